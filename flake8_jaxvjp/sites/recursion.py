"""A rule that differentiates the very function that it is the rule of."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.values import CustomVjp, Function, Library
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.syntax.nodes import children, walk
from flake8_jaxvjp.syntax.tree import dotted_name, statements

MAKERS = {"jax.grad": (), "jax.value_and_grad": (), "jax.jacrev": (), "jax.vjp": (1,)}
"""What makes a function that runs the backward rule, and which of its results that function is."""
NOT_ALWAYS = (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.GeneratorExp, cst.ListComp, cst.SetComp, cst.DictComp)


def always_evaluated(function: cst.FunctionDef | cst.Lambda) -> Iterator[cst.CSTNode]:
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


def gradient_of_itself(site: SiteFacts, function: Function, reader: Reader, node: cst.CSTNode) -> str:
    """For a call of the gradient of the rule's own primal, or of a pullback of it: the function that made it."""
    if not isinstance(node, cst.Call):
        return ""
    maker, path = _made_by(reader, node.func)
    if maker is None or _may_allow_integers(maker):
        return ""
    by = _called_on_itself(site, function, reader, maker)
    return by if MAKERS.get(by) == path else ""


def pullback_of_itself(site: SiteFacts, function: Function, reader: Reader, node: cst.CSTNode) -> bool:
    """Whether a call asks for the pullback of the forward rule's own primal at the rule's own parameters.

    At other primals, which may be integers, JAX need not run the rules of the primal again.
    """
    if not isinstance(node, cst.Call) or any(argument.star for argument in node.args):
        return False
    primals = [argument.value for argument in node.args if argument.keyword is None][1:]
    names = site.forward_signature.names if site.forward_signature is not None else ()
    are_own = bool(names) and tuple(getattr(primal, "value", None) for primal in primals) == names
    is_rebound = not reader.bound.isdisjoint(names)
    return are_own and not is_rebound and _called_on_itself(site, function, reader, node) == "jax.vjp"


def _called_on_itself(site: SiteFacts, function: Function, reader: Reader, call: cst.Call) -> str:
    """The JAX function that is called on the rule's own primal, by its whole name."""
    if not call.args or call.args[0].star or call.args[0].keyword is not None:
        return ""
    names = [part for part in (call.func, call.args[0].value) if isinstance(part, (cst.Name, cst.Attribute))]
    own = reader.parameters | reader.bound
    if len(names) < 2 or any(dotted_name(name).partition(".")[0] in own for name in names):
        return ""
    made, primal = (site.value_of(name, function) for name in names)
    is_own = isinstance(primal, CustomVjp) and primal.node == site.receiver.node
    return made.name if is_own and isinstance(made, Library) else ""


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


def _may_allow_integers(maker: cst.Call) -> bool:
    """Of integers there is no derivative, so that JAX does not run the rules."""
    return any(argument.star or (argument.keyword and argument.keyword.value == "allow_int") for argument in maker.args)
