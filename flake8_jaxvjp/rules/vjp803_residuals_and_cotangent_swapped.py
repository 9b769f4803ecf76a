"""VJP803: the backward rule takes the cotangent first, by its parameters' names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts

RESIDUALS = re.compile(r"_*(?:res|resid|residuals?|saved\w*|ctx|cache|aux|tape)$")
COTANGENT = re.compile(r"_*(?:g|gs|ct|cts|cotangents?|d_?out\w*|dy|dz|grad_?out\w*|g_out\w*|out_bar|y_bar|z_bar)$")

def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function, first, second = site.backward_function, site.backward_parameter(0), site.backward_parameter(1)
        if function is None or first is None or second is None:
            continue
        if COTANGENT.match(first) and RESIDUALS.match(second):
            yield Problem(
                function.node,
                f"backward rule '{site.backward_name}' takes '{first}' before '{second}', but JAX passes the residuals "
                f"first and the cotangent last: write ({second}, {first})",
            )


RULE = Rule(
    code="VJP803",
    name="residuals-and-cotangent-swapped",
    summary="the backward rule names the cotangent before the residuals",
    what=(
        "Checks for backward rules whose parameters are named like the cotangent (`g`, `ct`, `dout`, ...) first "
        "and like the residuals (`res`, `ctx`, `saved`, ...) last."
    ),
    why=(
        "JAX passes the residuals first and the cotangent last, whatever the parameters are called. PyTorch's "
        "`backward(ctx, grad)` has the same order, TensorFlow's rules take the cotangent alone. With the names "
        "swapped, each is used for the other."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x * y), jnp.stack([x, y])


def energy_bwd(g, residuals):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x * y), jnp.stack([x, y])


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
