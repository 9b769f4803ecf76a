"""VJP306: symbolic_zeros is on, and the forward rule uses its parameters as plain arrays."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.symbolic import is_symbolic, plain_forward, returned_as_they_are, used_as_arrays


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        forward = plain_forward(site) if is_symbolic(site) else None
        if forward is None:
            continue
        function, reader = forward
        uses = list(used_as_arrays(site, function, reader))
        for node, name in uses:
            yield Problem(
                node,
                f"forward rule '{site.forward_name}' uses '{name}' as an array, but symbolic_zeros makes it a "
                f"CustomVJPPrimal: write {name}.value",
            )
        if not uses and returned_as_they_are(site, function, reader):
            for node, _ in site.forward.returns[:1]:
                yield Problem(
                    node,
                    f"forward rule '{site.forward_name}' returns its parameters as they are, but symbolic_zeros makes "
                    "them CustomVJPPrimal objects, which are no JAX types: return their .value",
                )


RULE = Rule(
    code="VJP306",
    name="symbolic-zeros-without-value",
    summary="with `symbolic_zeros=True`, the forward rule uses its parameters as plain arrays",
    what=(
        "Checks the forward rule of a `defvjp(..., symbolic_zeros=True)` for differentiable parameters that are used "
        "in operators or `jax.numpy` functions, or returned, without `.value`."
    ),
    why=(
        "With `symbolic_zeros=True` each leaf of each differentiable argument reaches the forward rule as a "
        "`CustomVJPPrimal` with the fields `value` and `perturbed`. It has no arithmetic, and is no JAX type that "
        "could be an output or a residual: both raise a `TypeError` as soon as somebody differentiates."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x * y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd, symbolic_zeros=True)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x.value * y.value), (x.value, y.value)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd, symbolic_zeros=True)
""",
    references=("[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",),
    check=check,
)
