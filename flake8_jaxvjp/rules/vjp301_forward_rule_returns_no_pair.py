"""VJP301: the forward rule does not return the pair (output, residuals)."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.verdicts import forgets_to_return


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = site.forward_function
        if function is None:
            continue
        rule = f"forward rule '{site.forward_name}'"
        for node, value in site.forward.returns:
            if all(map(_is_no_pair, options(value))):
                found = _described(options(value)[0])
                yield Problem(
                    node, f"{rule} returns {found}: return a pair (output of '{site.primal_name}', residuals)"
                )
        if not site.is_forward_stub and forgets_to_return(site, function.node, site.forward):
            yield Problem(
                function.node, f"{rule} returns nothing: return a pair (output of '{site.primal_name}', residuals)"
            )


def _is_no_pair(value: Value) -> bool:
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items, at_least=at_least):
            return at_least > 2 if items is None else len(items) != 2
    return is_no_tuple(value)


def _described(value: Value) -> str:
    return "None" if is_none(value) else describe(value)


RULE = Rule(
    code="VJP301",
    name="forward-rule-returns-no-pair",
    summary="the forward rule does not return the pair (output, residuals)",
    what=(
        "Checks that each `return` of a forward rule gives two things: the primal's output and the residuals, "
        "None if there are none."
    ),
    why=(
        "JAX raises `TypeError: Custom VJP fwd rule ... must produce a pair` when somebody differentiates. A "
        "primal with several outputs returns them as one tuple: `return (a, b), residuals`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), x, y


def energy_bwd(residuals, g):
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
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`_flatten_fwd` in `jax._src.custom_derivatives`",),
    check=check,
)
