"""VJP408: custom_vjp is called with its options alone, as a decorator with arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.values import Library
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

MAKERS = ("jax.custom_vjp", "jax.custom_jvp")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for use in facts.uses:
        given = use.arguments
        is_maker = isinstance(use.function, Library) and use.function.name in MAKERS
        if is_maker and given.exact and not given.positional and "fun" not in given.keywords and not use.is_guarded:
            name = use.function.name if isinstance(use.function, Library) else ""
            options = ", ".join(f"{keyword}=..." for keyword in given.keywords)
            written = f"'@functools.partial({name}, {options})'" if options else f"'@{name}' without parentheses"
            yield Problem(use.node, f"{name} is called without the function that it wraps: write {written}")


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Imported, Repair

    for node in walk(facts.module):
        if isinstance(node, cst.Decorator) and isinstance(node.decorator, cst.Call):
            call = node.decorator
            if not call.args:
                yield Repair(call, (Change(call, call.func),))
            elif all(arg.keyword is not None for arg in call.args):
                comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
                arguments = [cst.Arg(call.func, comma=comma), *call.args]
                partial = cst.Name("partial")
                through = call.with_changes(func=partial, args=arguments)
                yield Repair(call, (Change(call, through),), imports=Imported("functools", "partial", partial))


RULE = Rule(
    code="VJP408",
    name="custom-vjp-without-function",
    summary="`@jax.custom_vjp(...)` is called with its options alone",
    what=("Checks for calls of `jax.custom_vjp` and `jax.custom_jvp` that do not pass the function to wrap."),
    why=(
        "Neither can be called with options alone: `@jax.custom_vjp(nondiff_argnums=(1,))` raises a `TypeError` about "
        "a missing argument `fun` as soon as the module is imported. The options go through `functools.partial`. "
        "Flax's `nnx.custom_vjp` does take this form, and is not meant here."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp(nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)
""",
    references=("[`jax.custom_vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.html)",),
    check=check,
    fix=fix,
    fixes=(
        "The options of a decorator go through `functools.partial`, by the name that the file has for it, or which is "
        "imported; empty parentheses go."
    ),
)
