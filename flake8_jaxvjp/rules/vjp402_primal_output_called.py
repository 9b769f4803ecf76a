"""VJP402: the output of jax.vjp is called instead of the pullback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.values import Leaf
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, failure in facts.failures("primal output", "call"):
        is_sure = isinstance(failure.subject, Leaf) and failure.subject.kind == "jax"
        if isinstance(node, cst.Call) and (is_sure or _other_is_never_used(facts.module, node)):
            yield Problem(
                node,
                "jax.vjp returns (output, pullback), and the output is called here: "
                "swap the names, as in 'output, pullback = jax.vjp(...)', and call the pullback",
            )


def _other_is_never_used(module: cst.Module, call: cst.Call) -> bool:
    """Whether the name that is unpacked beside the called one occurs nowhere else in the module."""
    if not isinstance(call.func, cst.Name):
        return False
    partners = Counter(name for target in _pairs(module) for name in _partner(target, call.func.value))
    names = Counter(node.value for node in walk(module) if isinstance(node, cst.Name))
    return bool(partners) and all(names[name] == count for name, count in partners.items())


def _pairs(module: cst.Module) -> Iterator[cst.Tuple]:
    for node in walk(module):
        if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Tuple):
            yield node.target


def _partner(target: cst.Tuple, first: str) -> Iterator[str]:
    match [element.value for element in target.elements]:
        case [cst.Name(value=name), cst.Name(value=second)] if name == first:
            yield second


RULE = Rule(
    code="VJP402",
    name="primal-output-called",
    summary="the output of jax.vjp is called instead of the pullback",
    what=(
        "Checks for calls of the first of the two things that `jax.vjp` returns, when it surely is an array, "
        "or when the second one is never used."
    ),
    why=(
        "`jax.vjp` returns (output, pullback), in this order. With the two names swapped, the output is "
        "called, and JAX raises a `TypeError` that an array is not callable."
    ),
    bad="""\
import jax


def gradients(f, params, cotangent):
    vjp_func, pullback = jax.vjp(f, params)
    return vjp_func(cotangent)
""",
    good="""\
import jax


def gradients(f, params, cotangent):
    output, pullback = jax.vjp(f, params)
    return pullback(cotangent)
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
)
