"""VJP401: the pair that jax.vjp returns is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, _ in facts.failures("vjp pair", "call"):
        yield Problem(
            node,
            "jax.vjp returns a pair (output, pullback), and the pair is called here: "
            "unpack it and call the pullback, as in 'output, pullback = jax.vjp(...)'",
        )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for node, _ in facts.failures("vjp pair", "call"):
        if isinstance(node, cst.Call):
            yield Repair(node, (Change(node.func, after="[1]"),))


RULE = Rule(
    code="VJP401",
    name="vjp-pair-called",
    summary="the pair that jax.vjp returns is called",
    what=("Checks for calls of what `jax.vjp(f, *primals)` returns."),
    why=(
        "`jax.vjp` returns a pair: the output and the pullback. Calling the pair raises `TypeError: 'tuple' "
        "object is not callable`. Take the second: `output, pullback = jax.vjp(f, x)`, then "
        "`pullback(cotangent)`."
    ),
    bad="""\
import jax


def gradients(f, x, y, cotangent):
    x_bar, = jax.vjp(lambda x: f(x, y), x)(cotangent)
    return x_bar
""",
    good="""\
import jax


def gradients(f, x, y, cotangent):
    _, pullback = jax.vjp(lambda x: f(x, y), x)
    (x_bar,) = pullback(cotangent)
    return x_bar
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
    fix=fix,
    fixes="The pullback is taken out of the pair with `[1]`.",
)
