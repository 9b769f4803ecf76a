"""VJP207: nondiff_argnames has a name that JAX ignores."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node
from flake8_jaxvjp.sites.verdicts import cannot_take_backward_arguments, has_wrong_count, is_out_of_range


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        signature, ignored = site.signature, site.nondiff.ignored
        if signature is None or not ignored or is_out_of_range(site) or site.is_backward_stub:
            continue
        if has_wrong_count(site) or cannot_take_backward_arguments(site):
            names = listed(signature.names[signature.positional_only :])
            yield Problem(
                nondiff_node(site.receiver, "nondiff_argnames"),
                f"nondiff_argnames of '{site.primal_name}' has '{ignored[0]}', which JAX ignores: "
                f"name one of its positional-or-keyword parameters {names}",
            )


RULE = Rule(
    code="VJP207",
    name="unknown-nondiff-argname",
    summary="nondiff_argnames has a name that JAX ignores",
    what=(
        "Checks each name in `nondiff_argnames` against the primal's parameters, when the backward rule is "
        "written as if the name counted."
    ),
    why=(
        "JAX silently ignores a name that is no positional-or-keyword parameter (misspelt, keyword-only or "
        "positional-only). The argument stays differentiable, and the backward rule gets one argument less "
        "than it takes."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnames=("exponent",))
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


@partial(jax.custom_vjp, nondiff_argnames=("n",))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    references=("`custom_vjp.__init__` in `jax._src.custom_derivatives`",),
    check=check,
)
