"""VJP407: what a pullback returns, a tuple already, is put into a tuple once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import options, origin_of
from flake8_jaxvjp.inference.values import Leaf, Origin, Pullback, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

WHOLE = Origin("pullback result")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        due = site.due
        if due is None or not due.is_exact or not has_plain_nondiff(site) or site.is_backward_shared:
            continue
        primals = _primals_of_the_only_pullback(site)
        for node, value in site.judged_returns:
            name = _wrapped(site, value, primals)
            if name is not None:
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' returns the whole tuple of a pullback as the cotangent of "
                    f"'{name}': return what the pullback returns, which is a tuple already",
                )


def _primals_of_the_only_pullback(site: SiteFacts) -> frozenset[int]:
    """The forward rule's parameters, as they came in, by which its one pullback differentiates.

    The cotangent of a parameter has its structure, so a tuple that holds it has another, whatever the structure is.
    """
    function = site.backward_function
    if site.forward_pair is None or function is None or any(_makes_a_pullback(node) for node in walk(function.node)):
        return frozenset()
    residuals = site.forward_pair[1]
    found = [value for value in (residuals, *(items_of(residuals) or ())) if _may_be_a_pullback(value)]
    if len(found) != 1 or not isinstance(found[0], Pullback):
        return frozenset()
    origins = [origin_of(primal) for primal in found[0].primals or ()]
    return frozenset(origin.path[0] for origin in origins if origin is not None and origin.source == "parameter")


def _makes_a_pullback(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Name) and ("vjp" in node.value or "transpose" in node.value)


def _may_be_a_pullback(value: Value) -> bool:
    return any(isinstance(option, Pullback) for option in options(value))


def _wrapped(site: SiteFacts, value: Value, primals: frozenset[int]) -> str | None:
    """The parameter whose entry is a pullback's whole result, in whatever the return can be."""
    due, signature = site.due, site.signature
    rows = [items_of(option) for option in options(value)]
    if due is None or signature is None or any(row is None or len(row) != due.count for row in rows):
        return None
    for index, (name, declared) in enumerate(zip(due.names, site.declared_parameters, strict=True)):
        entries = [option for row in rows if row is not None for option in options(row[index])]
        is_whole = all(isinstance(entry, Sequence) and entry.origin == WHOLE for entry in entries)
        if is_whole and signature.names.index(name) in primals and not isinstance(declared, Leaf):
            return name
    return None


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair, returned_expression
    from flake8_jaxvjp.fixes.surroundings import is_backward_only_a_rule

    for site in facts.sites:
        for node, _ in site.judged_returns:
            display = returned_expression(node)
            match display:
                case cst.Tuple(elements=[cst.Element(value=pulled)]):
                    yield Repair(node, (Change(display, pulled),), is_backward_only_a_rule(facts, site))


RULE = Rule(
    code="VJP407",
    name="pullback-result-in-a-tuple",
    summary="what a pullback returns, a tuple already, is put into a tuple once more",
    what=(
        "Checks for backward rules that return `(pullback(g),)`, where the forward rule made the pullback by "
        "`jax.vjp` of its own parameters."
    ),
    why=(
        "A pullback returns a tuple with one cotangent for each primal, also when there is only one: just what the "
        "backward rule has to return. A further tuple around it makes the entry of the first argument a tuple, and "
        "JAX raises a `TypeError` about pytree structures when cotangents flow back."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return jax.vjp(lambda x: jnp.sum(x**2), x)


def energy_bwd(pullback, g):
    return (pullback(g),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return jax.vjp(lambda x: jnp.sum(x**2), x)


def energy_bwd(pullback, g):
    return pullback(g)


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
    fix=fix,
    fixes=(
        "A tuple around the pullback's result alone is taken away. That is unsafe where the rule is called or given "
        "elsewhere too."
    ),
)
