"""VJP305: the forward rule puts something among the residuals that JAX cannot carry."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.values import Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.jax_types import rejected_leaf
from flake8_jaxvjp.sites.outputs import CONTAINERS

REMEDIES = {
    "a string": "pass it through nondiff_argnums",
    "a function": "wrap it in jax.tree_util.Partial, or pass it through nondiff_argnums",
    "a dtype": "keep an array of that dtype, as in jnp.zeros((0,), x.dtype)",
    "a method (not called)": "call it",
}


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        returns = site.forward.returns
        if site.is_forward_shared and len(returns) > 1:
            continue
        for node, value in returns:
            rows = [_residuals(option) for option in options(value)]
            found = [None if row is None else rejected_leaf(row, site.nondiff.positions) for row in rows]
            if found and found[0] is not None and None not in found:
                remedy = REMEDIES.get(found[0], "make a tuple of it")
                yield Problem(
                    node,
                    f"forward rule '{site.forward_name}' puts {found[0]} among the residuals, but JAX carries arrays, "
                    f"numbers and pytrees of them: {remedy}",
                )


def _residuals(value: Value) -> Value | None:
    items = items_of(value)
    if not isinstance(value, Sequence) or value.kind not in CONTAINERS or items is None or len(items) != 2:
        return None
    return items[1]


RULE = Rule(
    code="VJP305",
    name="residual-no-jax-type",
    summary="the forward rule puts a string, a function, a dtype, ... among the residuals",
    what=(
        "Checks the residuals for what is no JAX type: strings, bytes, functions and lambdas (`jnp.sin` and jitted "
        "functions too), classes, `x.dtype` and `jnp.float32`, sets, ranges, generators.\n\nArrays, numbers, bools, "
        "`None`, `x.shape`, pytrees of them, `jax.tree_util.Partial` and the pullbacks of `jax.vjp` are fine."
    ),
    why=(
        "Residuals travel through JAX's transformations as a pytree of arrays. Anything else raises `TypeError: ... "
        "is not a valid JAX type` as soon as somebody differentiates. What does not change with the arguments belongs "
        "into `nondiff_argnums`, which hands it to the backward rule as it is."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def rounded(x):
    return jnp.round(x)


def rounded_fwd(x):
    return rounded(x), (x.shape, x.dtype)


def rounded_bwd(residuals, g):
    shape, dtype = residuals
    return (jnp.broadcast_to(g, shape).astype(dtype),)


rounded.defvjp(rounded_fwd, rounded_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def rounded(x):
    return jnp.round(x)


def rounded_fwd(x):
    return rounded(x), (x.shape, jnp.zeros((0,), x.dtype))


def rounded_bwd(residuals, g):
    shape, prototype = residuals
    return (jnp.broadcast_to(g, shape).astype(prototype.dtype),)


rounded.defvjp(rounded_fwd, rounded_bwd)
""",
    references=("`custom_vjp.__call__` in `jax._src.custom_derivatives`", "`_check_arg` in `jax._src.dispatch`"),
    check=check,
)
