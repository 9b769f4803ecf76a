"""VJP402: the output of jax.vjp is called instead of the pullback."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.values import Leaf
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

PULLBACK = re.compile(r"pull|vjp|(?:^|_)pb(?:_|$)")
"""Names that people give to a pullback."""


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


def _pairs(holder: cst.CSTNode) -> Iterator[cst.Tuple]:
    for node in walk(holder):
        if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Tuple):
            yield node.target


def _partner(target: cst.Tuple, first: str) -> Iterator[str]:
    match [element.value for element in target.elements]:
        case [cst.Name(value=name), cst.Name(value=second)] if name == first:
            yield second


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.surroundings import innermost_function

    for node, _ in facts.failures("primal output", "call"):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
            holder = innermost_function(facts.module, node)
            pairs = [pair for pair in _pairs(holder) if list(_partner(pair, node.func.value))]
            if len(pairs) == 1:
                yield from _repair(holder, pairs[0], node, node.func)


def _repair(holder: cst.CSTNode, pair: cst.Tuple, call: cst.Call, called: cst.Name) -> Iterator[Repair]:
    """Call the other name, if it is called like a pullback; else swap the names, if this one is only ever called."""
    from flake8_jaxvjp.fixes.repair import Change, Repair

    first, second = (element.value for element in pair.elements)
    if not isinstance(first, cst.Name) or not isinstance(second, cst.Name):
        return
    names = [node for node in walk(holder) if isinstance(node, cst.Name) and node is not first]
    if PULLBACK.search(second.value):
        bound = [node for node in names if node.value == second.value and node is not second]
        yield Repair(call, (Change(called, second),), is_safe=not bound)
        return
    calls = [node.func for node in walk(holder) if isinstance(node, cst.Call)]
    others = [node for node in names if node.value == first.value and not any(node is one for one in calls)]
    yield Repair(call, (Change(first, second), Change(second, first)), is_safe=not others, moves=True)


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
    fix=fix,
    fixes=(
        "Where the other name is called like a pullback, it is called instead; else the two names are swapped, if the "
        "first is used for nothing but calls. Where they are used for other things too, only with `--unsafe`, "
        "and not where a comment stands among the names that would change places."
    ),
)
