"""VJP103: a backward rule that returns None, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.values import is_none, options
from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import forgets_to_return


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.backward_function
        if function is None or (site.due is not None and site.due.count == 0):
            continue
        for node, value in site.backward.returns:
            if all(map(is_none, options(value))):
                yield Problem(node, f"backward rule '{site.backward_name}' returns None: {_remedy(site)}")
        if not site.is_backward_stub and forgets_to_return(site, function.node, site.backward):
            yield Problem(function.node, f"backward rule '{site.backward_name}' returns nothing: {_remedy(site)}")


def _remedy(site: SiteFacts) -> str:
    names = f" of {listed(site.due.names)}" if site.due is not None else ""
    return f"return a tuple with one cotangent for each differentiable argument{names}, None for a zero one"


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
)
