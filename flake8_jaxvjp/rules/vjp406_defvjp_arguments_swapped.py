"""VJP406: the backward rule is given as the forward rule, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts, argument_node
from flake8_jaxvjp.sites.custom_vjp import BACKWARD, FORWARD

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.swapped:
        yield Problem(
            site.site.node,
            f"defvjp of '{site.primal_name}' gets '{site.forward_name}' as the forward rule and "
            f"'{site.backward_name}' as the backward rule, and each is the other: swap them",
        )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for site in facts.swapped:
        call = site.site.node
        first, second = (argument_node(call, index, name) for index, name in ((FORWARD, "fwd"), (BACKWARD, "bwd")))
        if isinstance(first, cst.Arg) and isinstance(second, cst.Arg) and not first.star and not second.star:
            changes = Change(first.value, second.value), Change(second.value, first.value)
            yield Repair(call, changes, moves=True)


RULE = Rule(
    code="VJP406",
    name="defvjp-arguments-swapped",
    summary="the two rules stand in each other's place",
    what=(
        "Checks for a `defvjp` whose first argument has the parameters of a backward rule and whose second those of a "
        "forward rule, where neither can be called as JAX calls it; or whose names say that they are swapped, where "
        "the one that is given as the backward rule returns the output of the primal."
    ),
    why=(
        "`defvjp` takes the forward rule first. Swapped, both are called with the wrong number of arguments, which "
        "raises a `TypeError` as soon as somebody differentiates, or each gets what the other was written for."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y, z):
    return jnp.sum(x * y * z)


def energy_fwd(x, y, z):
    return energy(x, y, z), (x, y, z)


def energy_bwd(residuals, g):
    x, y, z = residuals
    return g * y * z, g * x * z, g * x * y


energy.defvjp(energy_bwd, energy_fwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y, z):
    return jnp.sum(x * y * z)


def energy_fwd(x, y, z):
    return energy(x, y, z), (x, y, z)


def energy_bwd(residuals, g):
    x, y, z = residuals
    return g * y * z, g * x * z, g * x * y


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",),
    check=check,
    fix=fix,
    fixes="The two arguments change places, where no comment stands among them, which would not go with them.",
)
