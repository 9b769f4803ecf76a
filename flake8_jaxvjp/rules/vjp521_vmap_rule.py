"""VJP521: the rule of a custom_vmap cannot take what JAX passes to it, or does not return what JAX wants."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.values import Leaf, Pullback, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_gradient import came_in
from flake8_jaxvjp.sites.custom_vmap import VmapFacts
from flake8_jaxvjp.sites.outputs import differ


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.vmap_sites:
        if site.function is None or site.names is None or site.signature is None:
            continue
        if not site.signature.takes(len(site.names) + 2):
            yield Problem(
                site.function.node,
                f"batching rule '{site.name}' takes {listed(site.signature.names)}, but JAX passes "
                f"{count_of(len(site.names) + 2, 'argument')}: take {listed(['axis_size', 'in_batched', *site.names])}",
            )
            continue
        for node, value in site.outcome.returns:
            message = _message(site, value)
            if message is not None:
                yield Problem(node, message)


def _message(site: VmapFacts, value: Value) -> str | None:
    choices = options(value)
    if all(map(_is_no_pair, choices)):
        found = "None" if is_none(choices[0]) else describe(choices[0])
        return f"batching rule '{site.name}' returns {found}: return a pair (output, whether each output is batched)"
    if all(map(_has_other_structure, choices)):
        return (
            f"batching rule '{site.name}' does not say of each output whether it is batched: "
            "give the second of the pair the structure of the first, with a bool for each array"
        )
    return None


def _is_no_pair(value: Value) -> bool:
    """JAX unpacks what the rule returns, so that any iterable of two will do."""
    if came_in(value) and not (isinstance(value, Sequence) and value.origin is None):
        return False
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items, at_least=at_least):
            return at_least > 2 if items is None else len(items) != 2
        case Leaf(kind="jax" | "array" | "number") | Pullback():
            return True
    return is_none(value)


def _has_other_structure(value: Value) -> bool:
    if not isinstance(value, Sequence) or value.items is None or len(value.items) != 2:
        return False
    output, batched = value.items
    if any(came_in(option) for option in options(output)) and not isinstance(output, Sequence):
        return False  # an argument as it came in may be of any structure
    return all(differ(one, two) for one in options(output) for two in options(batched))


RULE = Rule(
    code="VJP521",
    name="vmap-rule",
    summary="the rule of a custom_vmap cannot take its arguments, or returns no (output, batched) pair",
    what=(
        "Checks the rule that is given to `jax.custom_batching.custom_vmap` by `def_vmap`: it takes the axis size, a "
        "list that says which arguments are batched, and all arguments one by one; and returns the output and, in the "
        "same structure, a bool for each array of it."
    ),
    why=(
        "The rule runs only when the function is batched. A wrong signature then raises a `TypeError`, a missing or "
        "misshapen second element a `ValueError` about unpacking or structures."
    ),
    bad="""\
import jax
from jax.custom_batching import custom_vmap


@custom_vmap
def product(x, y):
    return x * y


@product.def_vmap
def product_vmap(axis_size, in_batched, x, y):
    return jax.numpy.multiply(x, y)
""",
    good="""\
import jax
from jax.custom_batching import custom_vmap


@custom_vmap
def product(x, y):
    return x * y


@product.def_vmap
def product_vmap(axis_size, in_batched, x, y):
    return jax.numpy.multiply(x, y), True
""",
    references=(
        "[`jax.custom_batching.custom_vmap`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_batching.custom_vmap.html)",
        "`vmap_unrestricted` in `jax._src.custom_batching`",
    ),
    check=check,
)
