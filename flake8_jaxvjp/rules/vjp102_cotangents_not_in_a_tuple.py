"""VJP102: a backward rule that returns an array, a dict, a generator: anything but a tuple or list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import Leaf, Origin, Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed
from flake8_jaxvjp.rules.joining import joiner
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import are_all_unseen_calls, has_plain_nondiff
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        if site.due is not None and site.due.count == 0:
            continue
        annotated = _annotated_array(site)
        for node, value in site.judged_returns:
            judged = annotated if annotated is not None else value
            if all(map(is_no_tuple, options(judged))) and not all(map(is_none, options(judged))):
                yield Problem(node, _message(site, node, judged, by_annotation=annotated is not None))


def _annotated_array(site: SiteFacts) -> Value | None:
    """The array that the return annotation promises, where no return says anything else."""
    function = site.backward_function
    if function is None or not isinstance(function.node, cst.FunctionDef) or function.node.returns is None:
        return None
    if not are_all_unseen_calls(function.node, site.backward):
        return None
    declared = site.annotation(function.node.returns.annotation, function)
    return declared if isinstance(declared, Leaf) and declared.kind not in ("text", "other") else None


def _message(site: SiteFacts, node: cst.CSTNode, value: Value, by_annotation: bool) -> str:
    found = describe(options(value)[0])
    joined = joiner(node)
    if joined and found == "an array":
        found = f"one array made by '{joined}'"
    if by_annotation:
        found += " (as its annotation says)"
    return f"backward rule '{site.backward_name}' returns {found}, but JAX takes a tuple: {_remedy(site)}"


def _remedy(site: SiteFacts) -> str:
    due = site.due
    if due is None or not has_plain_nondiff(site) or not due.is_exact:
        return "return a tuple with one cotangent for each differentiable argument"
    if due.count == 1:
        return f"return a tuple of 1, with a trailing comma, for '{due.names[0]}'"
    return f"return a tuple of {count_of(due.count, 'cotangent')}, one for each of {listed(due.names)}"


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.joined import joined_repair
    from flake8_jaxvjp.fixes.repair import Change, Repair, returned_expression
    from flake8_jaxvjp.fixes.surroundings import is_backward_only_a_rule

    for site in facts.sites:
        due, function = site.due, site.backward_function
        if due is None or not due.is_exact or not has_plain_nondiff(site) or site.is_backward_shared:
            continue
        is_alone = is_backward_only_a_rule(facts, site)
        for node, value in site.judged_returns:
            expression = returned_expression(node)
            if expression is None or function is None:
                continue
            repair = joined_repair(node, expression, function.node, due.count)
            if repair is not None:
                yield Repair(node, repair.changes, repair.is_safe and is_alone)
            elif due.count == 1 and all(map(_is_array, options(value))):
                # Whoever returns the cotangent itself, or joins arrays, may have to change more than a comma.
                is_bare = any(map(_is_cotangent, options(value)))
                is_safe = is_alone and not is_bare and not _joins_something(site)
                yield Repair(node, (Change(expression, before="(", after=",)"),), is_safe)


def _is_array(value: Value) -> bool:
    return isinstance(value, Leaf) and value.kind not in ("text", "other")


def _is_cotangent(value: Value) -> bool:
    match value:
        case Leaf(origin=Origin(source="cotangent", path=())):
            return True
    return False


def _joins_something(site: SiteFacts) -> bool:
    function = site.backward_function
    return function is None or any(isinstance(node, cst.Call) and joiner(node) for node in walk(function.node))


RULE = Rule(
    code="VJP102",
    name="cotangents-not-in-a-tuple",
    summary="the backward rule returns an array, a dict, a generator, ... where JAX takes a tuple",
    what=(
        "Checks that a backward rule returns a tuple (or, since JAX 0.4.29, a list) with one cotangent for each "
        "differentiable argument: not one concatenated or stacked array, not the bare cotangent of a single "
        "argument, not a dict, generator, `map`, set, string or named tuple."
    ),
    why=(
        "JAX tests the type of what the backward rule returns and never iterates it, so even an array whose first "
        "axis has the right length raises a `TypeError` when cotangents flow back. No sampler or optimiser wants "
        "one concatenated vector: NumPyro's NUTS flattens its latent sites itself, outside the rule."
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
    return jnp.concatenate((g * y, g * x))


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
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=(
        "`_flatten_bwd` in `jax._src.custom_derivatives`",
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    fix=fix,
    fixes=(
        "A join of exactly the cotangents due, as in `concatenate((gx, gy))`, becomes the tuple of them (with "
        "`--unsafe`, also where they are flattened or reshaped before); a bare array becomes a tuple of one, where one "
        "cotangent is due (the cotangent itself, and what is joined, only with `--unsafe`). All that is unsafe where "
        "the rule is called or given elsewhere too."
    ),
)
