"""VJP205: nondiff_argnums names a position that the primal does not have."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node
from flake8_jaxvjp.sites.verdicts import is_out_of_range


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        signature = site.signature
        if signature is None or not is_out_of_range(site):
            continue
        count = len(signature.positional)
        wrong = next(index for index in site.nondiff.written if not -count <= index < count)
        has = f"'{site.primal_name}' has {count_of(count, 'positional parameter')} {listed(signature.names)}"
        valid = f"positions count from 0 to {count - 1}" if count else "it has no positions"
        yield Problem(
            nondiff_node(site.receiver, "nondiff_argnums"), f"nondiff_argnums has {wrong}, but {has}: {valid}"
        )


RULE = Rule(
    code="VJP205",
    name="nondiff-argnums-out-of-range",
    summary="nondiff_argnums names a position that the primal does not have",
    what=(
        "Checks each position in `nondiff_argnums` against the primal's positional parameters, where it has no `*args`."
    ),
    why=(
        "JAX raises `IndexError: tuple index out of range` (or a `ValueError` for a negative one) at every "
        "call. Positions count from 0; keyword-only parameters have none."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    references=("`custom_vjp.__call__` in `jax._src.custom_derivatives`",),
    check=check,
)
