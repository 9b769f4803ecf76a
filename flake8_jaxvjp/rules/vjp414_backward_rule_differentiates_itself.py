"""VJP414: the backward rule differentiates the very function that it is the rule of."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.sites.recursion import always_evaluated, gradient_of_itself


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.backward_function
        if function is None or site.is_backward_stub or site.is_backward_shared:
            continue
        reader = Reader(function.node)
        for node in always_evaluated(function.node):
            by = gradient_of_itself(site, function, reader, node)
            if by:
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' calls {by} on '{site.primal_name}', whose backward rule it "
                    "is, and so calls itself without end: differentiate an undecorated function",
                )
                break


RULE = Rule(
    code="VJP414",
    name="backward-rule-differentiates-itself",
    summary="the backward rule differentiates the function that it is the rule of",
    what=(
        "Checks for `jax.grad(f)(...)`, `jax.value_and_grad(f)(...)`, `jax.jacrev(f)(...)` and calls of the pullback "
        "of `jax.vjp(f, ...)` in the backward rule of f itself."
    ),
    why=(
        "To differentiate f, JAX calls the backward rule of f, which differentiates f, which calls the backward rule: "
        "the recursion has no end, and takes all memory before Python's own limit stops it."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return energy(x), x


def energy_bwd(x, g):
    return (g * jax.grad(energy)(x),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


def energy_impl(x):
    return jnp.sum(x**2)


energy = jax.custom_vjp(energy_impl)


def energy_fwd(x):
    return energy(x), x


def energy_bwd(x, g):
    return (g * jax.grad(energy_impl)(x),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`custom_vjp_call_p` in `jax._src.custom_derivatives`",),
    check=check,
)
