"""VJP208: a keyword that custom_vjp or defvjp does not have."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node

DEFVJP_KEYWORDS = ("fwd", "bwd", "symbolic_zeros", "optimize_remat")
CUSTOM_VJP_KEYWORDS = ("fun", "nondiff_argnums", "nondiff_argnames")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        for name in site.receiver.keywords:
            if name not in CUSTOM_VJP_KEYWORDS:
                node = nondiff_node(site.receiver, name)
                yield Problem(node, f"jax.custom_vjp has no keyword '{name}': use one of {listed(CUSTOM_VJP_KEYWORDS)}")
        for arg in site.site.node.args:
            if arg.keyword is not None and arg.keyword.value not in DEFVJP_KEYWORDS:
                name = arg.keyword.value
                yield Problem(arg, f"defvjp has no keyword '{name}': use one of {listed(DEFVJP_KEYWORDS)}")


RULE = Rule(
    code="VJP208",
    name="unknown-custom-vjp-keyword",
    summary="a keyword that custom_vjp or defvjp does not have",
    what=(
        "Checks the keywords of `jax.custom_vjp` (`fun`, `nondiff_argnums`, `nondiff_argnames`) and of "
        "`defvjp` (`fwd`, `bwd`, `symbolic_zeros`, `optimize_remat`)."
    ),
    why=("A misspelt keyword raises a `TypeError` when the module is imported."),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnum=(1,))
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
    references=("[`jax.custom_vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.html)",),
    check=check,
)
