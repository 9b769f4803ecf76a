"""VJP415: the forward rule differentiates the very function that it is the rule of."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.sites.recursion import always_evaluated, gradient_of_itself, pullback_of_itself


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.forward_function
        if function is None or site.is_forward_stub or site.is_forward_shared:
            continue
        reader = Reader(function.node)
        for node in always_evaluated(function.node):
            is_pullback = pullback_of_itself(site, function, reader, node)
            by = "jax.vjp" if is_pullback else gradient_of_itself(site, function, reader, node)
            if by:
                yield Problem(
                    node,
                    f"forward rule '{site.forward_name}' calls {by} on '{site.primal_name}', whose forward rule it "
                    "is, and so calls itself without end: differentiate an undecorated function",
                )
                break


RULE = Rule(
    code="VJP415",
    name="forward-rule-differentiates-itself",
    summary="the forward rule differentiates the function that it is the rule of",
    what=(
        "Checks for `jax.vjp(f, x)` at the forward rule's own parameters, `jax.grad(f)(...)`, "
        "`jax.value_and_grad(f)(...)` and `jax.jacrev(f)(...)` in the forward rule of f itself."
    ),
    why=(
        "To differentiate f, JAX calls the forward rule of f, which differentiates f, which calls the forward rule: "
        "`RecursionError: maximum recursion depth exceeded`, as soon as anybody asks for a gradient. What is to be "
        "differentiated is the function below the decorator."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return jax.vjp(energy, x)


def energy_bwd(pullback, g):
    (x_bar,) = pullback(g)
    return (jnp.clip(x_bar, -1.0, 1.0),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


def energy_impl(x):
    return jnp.sum(x**2)


energy = jax.custom_vjp(energy_impl)


def energy_fwd(x):
    return jax.vjp(energy_impl, x)


def energy_bwd(pullback, g):
    (x_bar,) = pullback(g)
    return (jnp.clip(x_bar, -1.0, 1.0),)


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`custom_vjp_call_p` in `jax._src.custom_derivatives`",),
    check=check,
)
