"""VJP810: a forward rule that never mentions a parameter which the primal uses."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.values import Function
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import reads
from flake8_jaxvjp.sites.functions import function_of
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        forward, primal = site.forward_function, function_of(site.receiver)
        if forward is None or primal is None or not has_plain_nondiff(site) or site.is_forward_stub:
            continue
        for name in _forgotten(site, forward, primal):
            yield Problem(
                forward.node,
                f"forward rule '{site.forward_name}' never uses '{name}', which '{site.primal_name}' does: "
                "compute the same output",
            )


def _forgotten(site: SiteFacts, forward: Function, primal: Function) -> Iterator[str]:
    if site.signature is None or site.forward_signature is None or site.signature.star is not None:
        return
    pairs = zip(site.signature.names, site.forward_signature.names, strict=False)
    for index, (own, name) in enumerate(pairs):
        is_meant = name.startswith("_") or index in site.nondiff.positions
        if not is_meant and reads(primal.node, own) and not reads(forward.node, name):
            yield name


RULE = Rule(
    code="VJP810",
    name="parameter-never-used-by-forward-rule",
    summary="the forward rule never mentions one of the differentiable parameters that the primal uses",
    what=(
        "Checks for differentiable parameters that the primal's body mentions and the forward rule's body does "
        "not. A name that begins with an underscore says that it is meant."
    ),
    why=(
        "The forward rule has to compute the primal's output. One that ignores an argument gives another value "
        "as soon as somebody differentiates, which JAX does not compare."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x * x), x


def energy_bwd(x, g):
    return g * x, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
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


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    is_preview=True,
)
