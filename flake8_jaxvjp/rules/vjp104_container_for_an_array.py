"""VJP104: the backward rule gives a tuple, list or dict as the cotangent of an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.values import Leaf, Mapping, Origin, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Change, Repair

Items = tuple[Value, ...]


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        if site.due is None or not site.due.is_exact or not has_plain_nondiff(site):
            continue
        for node, value in site.judged_returns:
            for name, entry in _bad_entries(site, value):
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' returns {describe(entry)} for '{name}', "
                    f"which is an array in '{site.primal_name}': return one array (or None) for it",
                )


def _bad_entries(site: SiteFacts, value: Value) -> Iterator[tuple[str, Value]]:
    """The entries that are containers in every tuple that the return can give."""
    due = site.due
    rows = [option.items for option in options(value) if isinstance(option, Sequence) and option.items is not None]
    if due is None or len(rows) < len(options(value)) or any(len(row) != due.count for row in rows):
        return
    for index, (name, declared) in enumerate(zip(due.names, site.declared_parameters, strict=True)):
        entries = [entry for row in rows for entry in options(row[index])]
        if isinstance(declared, Leaf) and all(_is_container(entry, declared) for entry in entries):
            yield name, entries[0]


def _is_container(value: Value, declared: Leaf) -> bool:
    """Whether JAX takes the entry for a pytree.

    Sets, ranges and iterators are leaves to it, which are ignored for an integer, and a number may be one.
    """
    if isinstance(value, Mapping):
        return True
    leaves = {"range", "set", "iterator"} if declared.kind == "number" else {"range"}
    return isinstance(value, Sequence) and value.kind not in leaves


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Repair, returned_expression
    from flake8_jaxvjp.fixes.surroundings import is_backward_only_a_rule

    for site in facts.sites:
        if site.due is None or not has_plain_nondiff(site) or site.is_backward_shared:
            continue
        for node, value in site.judged_returns:
            display = returned_expression(node)
            if isinstance(display, (cst.Tuple, cst.List)) and len(display.elements) == site.due.count:
                names = [name for name, _ in _bad_entries(site, value)]
                items = value.items if isinstance(value, Sequence) else None
                wrong = [site.due.names.index(name) for name in names]
                changes = _changes(display, items or (), wrong)
                if changes:
                    yield Repair(node, tuple(changes), is_backward_only_a_rule(facts, site))


def _changes(display: cst.Tuple | cst.List, items: Items, wrong: list[int]) -> list[Change]:
    """Take the only entry of each wrong container; of a lone one that a pullback returns, it is the tuple already."""
    from flake8_jaxvjp.fixes.repair import Change

    changes: list[Change] = []
    for index in wrong:
        written = display.elements[index]
        if len(items) != len(display.elements) or isinstance(written, cst.StarredElement):
            return []
        match written.value, items[index]:
            case cst.BaseExpression() as call, Sequence(origin=Origin(source="pullback result", path=()), items=(_,)):
                if len(display.elements) == 1:
                    changes.append(Change(display, call))
                else:
                    changes.append(Change(call, after="[0]"))
            case cst.Tuple(elements=[cst.Element(value=inner)]) as outer, Sequence(items=(Leaf(),)):
                changes.append(Change(outer, inner))
            case _:
                return []
    return changes


RULE = Rule(
    code="VJP104",
    name="container-for-an-array",
    summary="the backward rule gives a tuple, list or dict as the cotangent of an array",
    what=(
        "Checks each entry of the returned tuple against its parameter, where the primal's annotation says "
        "that it is an array or a number: a tuple, list, dict or generator cannot be its cotangent."
    ),
    why=(
        "A cotangent has the structure of its argument, or is None, or one array for a whole subtree. A "
        "container where the argument is an array, even an empty one, is rejected with a `TypeError` about "
        "pytree structures when cotangents flow back. Such entries are often the result of a pullback, which "
        "is a tuple, put into a tuple once more."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x: jax.Array, y: jax.Array):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return (g * y,), (g * x,)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x: jax.Array, y: jax.Array):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`_flatten_bwd` in `jax._src.custom_derivatives`",),
    check=check,
    fix=fix,
    fixes=(
        "The only entry of a tuple takes its place; what a pullback of one primal returns, alone, is what is due. "
        "That is unsafe where the rule is called or given elsewhere too."
    ),
)
