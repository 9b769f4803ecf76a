"""VJP103: a backward rule that returns None, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import forgets_to_return
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.backward_function
        if function is None or (site.due is not None and site.due.count == 0):
            continue
        for node, value in site.judged_returns:
            if all(map(is_none, options(value))):
                yield Problem(node, f"backward rule '{site.backward_name}' returns None: {_remedy(site)}")
        if not site.is_backward_stub and forgets_to_return(site, function.node, site.backward):
            yield Problem(function.node, f"backward rule '{site.backward_name}' returns nothing: {_remedy(site)}")


def _remedy(site: SiteFacts) -> str:
    names = f" of {listed(site.due.names)}" if site.due is not None else ""
    return f"return a tuple with one cotangent for each differentiable argument{names}, None for a zero one"


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for site in facts.sites:
        function = site.backward_function
        if function is None or site.is_backward_shared or not isinstance(function.node, cst.FunctionDef):
            continue
        last = _last_statement(function.node.body)
        value = None if last is None else _unused_tuple(site, function.node, last)
        if last is not None and value is not None:
            yield Repair(function.node, (Change(last, cst.Return(value, semicolon=last.semicolon)),))


def _last_statement(body: cst.BaseSuite) -> cst.BaseSmallStatement | None:
    block = body.body[-1] if isinstance(body, cst.IndentedBlock) and body.body else body
    if isinstance(block, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return block.body[-1]
    return None


def _unused_tuple(site: SiteFacts, function: cst.FunctionDef, last: cst.BaseSmallStatement) -> cst.Tuple | None:
    """The tuple that the last statement makes for nothing, where it has one entry for each cotangent."""
    match last:
        case cst.Expr(value=cst.Tuple() as value):
            pass
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=cst.Tuple() as value):
            nodes = list(walk(function))
            if any(isinstance(node, (cst.Global, cst.Nonlocal)) for node in nodes):
                return None
            if sum(isinstance(node, cst.Name) and node.value == name for node in nodes) > 1:
                return None
        case _:
            return None
    has_star = any(isinstance(element, cst.StarredElement) for element in value.elements)
    is_due = site.due is not None and site.due.is_exact and len(value.elements) == site.due.count
    return value if is_due and not has_star else None


RULE = Rule(
    code="VJP103",
    name="backward-rule-without-cotangents",
    summary="the backward rule returns None, or has no return",
    what=(
        "Checks that a backward rule returns something. A body that only raises, asserts False, passes or is `...` "
        "is a stub and is left alone."
    ),
    why=(
        "`None` is a fine entry of the tuple of cotangents, for an argument whose gradient is zero, but it is no "
        "tuple: JAX raises a `TypeError` about `PyTreeDef(None)` when cotangents flow back."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    gradients = g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    gradients = g * y, g * x
    return gradients


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`_flatten_bwd` in `jax._src.custom_derivatives`",),
    check=check,
    fix=fix,
    fixes=(
        "Where the last statement makes a tuple with one entry for each cotangent, and nothing comes of it, it becomes "
        "a `return`."
    ),
)
