"""VJP204: nondiff_argnums is an integer: a comma is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node
from flake8_jaxvjp.sites.verdicts import cannot_take_backward_arguments

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        number = site.nondiff.single_integer
        if number is None or (number == 0 and not cannot_take_backward_arguments(site)):
            continue
        effect = "JAX ignores it" if number == 0 else "JAX cannot iterate it"
        yield Problem(
            nondiff_node(site.receiver, "nondiff_argnums"),
            f"nondiff_argnums of '{site.primal_name}' is the integer {number}, and {effect}: write ({number},)",
        )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for site in facts.sites:
        node = nondiff_node(site.receiver, "nondiff_argnums")
        if isinstance(node, cst.Arg) and isinstance(node.value, cst.Integer):
            number = node.value.with_changes(lpar=[], rpar=[])
            yield Repair(node, (Change(node.value, cst.Tuple([cst.Element(number, comma=cst.Comma())])),))


RULE = Rule(
    code="VJP204",
    name="nondiff-argnums-not-a-tuple",
    summary="nondiff_argnums is an integer: a comma is missing",
    what=(
        "Checks that `nondiff_argnums` is a tuple (or another collection) of positions: `(1)` is the integer "
        "1, `(1,)` a tuple."
    ),
    why=(
        "Any integer but 0 raises `TypeError: 'int' object is not iterable`, when the function is made or "
        "first called. 0 is false and so is ignored (JAX 0.5 raises), and the backward rule, written for a "
        "nondiff argument, is then called without it; it is reported when the backward rule cannot be called "
        "that way."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1))
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
    references=("`custom_vjp.__init__` in `jax._src.custom_derivatives`",),
    check=check,
    fix=fix,
    fixes="A number that is written there becomes a tuple of one.",
)
