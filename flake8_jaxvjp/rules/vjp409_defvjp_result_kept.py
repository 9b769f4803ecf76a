"""VJP409: what defvjp returns, which is None, takes the place of the function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk_statements
from flake8_jaxvjp.syntax.tree import dotted_name

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    sites = {site.site.node: site for site in (*facts.sites, *facts.swapped)}
    for statement in walk_statements(facts.module) if sites else ():
        for name, call in _assigned(statement):
            if call in sites and _loses_the_function(call, name) and not facts.returns_receiver:
                yield Problem(
                    statement,
                    f"defvjp returns None, so '{name}' is None from here on: call it as a statement of its own",
                )


def _assigned(statement: cst.CSTNode) -> Iterator[tuple[str, cst.Call]]:
    """The one name that gets the result of a call, with and without an annotation."""
    match statement:
        case cst.Assign(value=cst.Call() as call, targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            yield name, call
        case cst.AnnAssign(value=cst.Call() as call, target=cst.Name(value=name)):
            yield name, call


def _loses_the_function(call: cst.Call, name: str) -> bool:
    """Whether the name was the function's own, or the function was made in the same expression and has none."""
    receiver = call.func.value if isinstance(call.func, cst.Attribute) else None
    if isinstance(receiver, cst.Call):
        return not name.startswith("_")
    return receiver is not None and dotted_name(receiver) == name


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for statement in walk_statements(facts.module):
        for name, call in _assigned(statement):
            match statement, call.func:
                case cst.Assign() | cst.AnnAssign(), cst.Attribute(value=cst.Name(value=receiver)) if receiver == name:
                    yield Repair(statement, (Change(statement, cst.Expr(call, semicolon=statement.semicolon)),))


RULE = Rule(
    code="VJP409",
    name="defvjp-result-kept",
    summary="`f = f.defvjp(...)`: what defvjp returns is None",
    what=(
        "Checks for assignments of what `defvjp` returns to the name of the function itself, and of a function that "
        "is made in the same expression: `f = jax.custom_vjp(impl).defvjp(fwd, bwd)`."
    ),
    why=(
        "`defvjp` registers the two rules and returns `None`. From the assignment on the name is None, and the next "
        "call raises `TypeError: 'NoneType' object is not callable`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def double(x):
    return 2.0 * x


def double_fwd(x):
    return double(x), None


def double_bwd(_, g):
    return (2.0 * g,)


double = double.defvjp(double_fwd, double_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def double(x):
    return 2.0 * x


def double_fwd(x):
    return double(x), None


def double_bwd(_, g):
    return (2.0 * g,)


double.defvjp(double_fwd, double_bwd)
""",
    references=("[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",),
    check=check,
    fix=fix,
    fixes="`f = f.defvjp(...)` becomes `f.defvjp(...)`.",
)
