"""VJP414: the backward rule differentiates the very function that it is the rule of."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.values import CustomVjp, Function, Library
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.syntax.nodes import children, walk
from flake8_jaxvjp.syntax.tree import dotted_name, statements

MAKERS = {"jax.grad": (), "jax.value_and_grad": (), "jax.jacrev": (), "jax.vjp": (1,)}
"""What makes a function that runs the backward rule, and which of its results that function is."""
NOT_ALWAYS = (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.GeneratorExp, cst.ListComp, cst.SetComp, cst.DictComp)


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.backward_function
        if function is None or site.is_backward_stub or site.is_backward_shared:
            continue
        reader = Reader(function.node)
        for node in _always_evaluated(function.node):
            by = _by_which(site, function, reader, node)
            if by:
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' calls {by} on '{site.primal_name}', whose backward rule it "
                    "is, and so calls itself without end: differentiate an undecorated function",
                )
                break


def _always_evaluated(function: cst.FunctionDef | cst.Lambda) -> Iterator[cst.CSTNode]:
    """The expressions that each run of a function evaluates: not those in branches, loops and inner functions."""
    if isinstance(function, cst.Lambda):
        yield from _inside(function.body)
        return
    for statement in statements(function.body):
        match statement:
            case cst.Assign() | cst.Expr() | cst.AnnAssign() | cst.Return():
                yield from _inside(statement)
            case cst.FunctionDef():
                continue
            case _ if any(isinstance(node, (cst.Return, cst.Raise)) for node in walk(statement)):
                return


def _inside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if not isinstance(current, NOT_ALWAYS):
            pending.extend(children(current))


def _by_which(site: SiteFacts, function: Function, reader: Reader, node: cst.CSTNode) -> str:
    """For a call of the gradient of the rule's own primal, or of a pullback of it: the function that made it."""
    if not isinstance(node, cst.Call):
        return ""
    maker, path = _made_by(reader, node.func)
    if maker is None or not maker.args or maker.args[0].star or maker.args[0].keyword is not None:
        return ""
    names = [part for part in (maker.func, maker.args[0].value) if isinstance(part, (cst.Name, cst.Attribute))]
    own = reader.parameters | reader.bound
    if len(names) < 2 or any(dotted_name(name).partition(".")[0] in own for name in names):
        return ""
    made, primal = (site.value_of(name, function) for name in names)
    is_own = isinstance(primal, CustomVjp) and primal.node == site.receiver.node
    by = made.name if isinstance(made, Library) else ""
    return by if is_own and MAKERS.get(by) == path else ""


def _made_by(reader: Reader, node: cst.BaseExpression) -> tuple[cst.Call | None, tuple[int, ...]]:
    """The call that made a function, and which of its results the function is."""
    match node:
        case cst.Call():
            return node, ()
        case cst.Name(value=name) if name in reader.once:
            value, path = reader.once[name]
            return (value if isinstance(value, cst.Call) else None), path
        case cst.Subscript(
            value=cst.Call() as call, slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer(value="1")))]
        ):
            return call, (1,)
    return None, ()


RULE = Rule(
    code="VJP414",
    name="backward-rule-differentiates-itself",
    summary="the backward rule differentiates the function that it is the rule of",
    what=(
        "Checks for `jax.grad(f)(...)`, `jax.value_and_grad(f)(...)`, `jax.jacrev(f)(...)` and calls of the pullback "
        "of `jax.vjp(f, ...)` in the backward rule of f itself."
    ),
    why=(
        "To differentiate f, JAX calls the backward rule of f, which differentiates f, which calls the backward rule: "
        "the recursion has no end, and takes all memory before Python's own limit stops it."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return energy(x), x


def energy_bwd(x, g):
    return (g * jax.grad(energy)(x),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


def energy_impl(x):
    return jnp.sum(x**2)


energy = jax.custom_vjp(energy_impl)


def energy_fwd(x):
    return energy(x), x


def energy_bwd(x, g):
    return (g * jax.grad(energy_impl)(x),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`custom_vjp_call_p` in `jax._src.custom_derivatives`",),
    check=check,
)
