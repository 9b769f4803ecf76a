"""VJP206: a negative position in nondiff_argnums, and a rule that believes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node
from flake8_jaxvjp.sites.verdicts import cannot_take_backward_arguments, has_wrong_count, is_out_of_range

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        nondiff, signature = site.nondiff, site.signature
        if signature is None or not nondiff.negative or is_out_of_range(site) or site.is_backward_stub:
            continue
        if has_wrong_count(site) or cannot_take_backward_arguments(site):
            index = nondiff.negative[0]
            yield Problem(
                nondiff_node(site.receiver, "nondiff_argnums"),
                f"nondiff_argnums of '{site.primal_name}' has {index}, but JAX keeps that argument differentiable "
                f"too, and '{site.backward_name}' does not: write {index % max(len(signature.positional), 1)}",
            )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for site in facts.sites:
        node, signature = nondiff_node(site.receiver, "nondiff_argnums"), site.signature
        if not isinstance(node, cst.Arg) or signature is None or signature.star is not None:
            continue
        if isinstance(node.value, (cst.Tuple, cst.List)) and signature.positional:
            written = [(element.value, _negative(element.value)) for element in node.value.elements]
            count = len(signature.positional)
            changes = (Change(value, cst.Integer(str(index % count))) for value, index in written if index)
            yield Repair(node, tuple(changes))


def _negative(value: cst.BaseExpression) -> int | None:
    match value:
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value=number)):
            return -int(number, 0) if number.isdecimal() else None
    return None


RULE = Rule(
    code="VJP206",
    name="negative-nondiff-argnums",
    summary="a negative position in nondiff_argnums, and a rule that believes it",
    what=(
        "Checks for negative positions in `nondiff_argnums` when the backward rule is written as if they "
        "counted from the end."
    ),
    why=(
        "JAX takes a negative position only half: the argument is passed to the backward rule first, but it "
        "also stays a differentiable argument that needs an entry in the returned tuple. A rule that returns "
        "none for it is rejected when cotangents flow back. A rule that returns an entry for every argument "
        "works, and is not reported."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(-1,))
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
    references=("`custom_vjp.__call__` in `jax._src.custom_derivatives`",),
    check=check,
    fix=fix,
    fixes="Negative numbers that are written there become the positions that they stand for.",
)
