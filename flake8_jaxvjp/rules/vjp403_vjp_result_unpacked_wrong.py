"""VJP403: what jax.vjp returns is unpacked into the wrong number of names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

IGNORED = "_"


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, failure in facts.failures("vjp pair", "unpack"):
        is_triple = describe(failure.subject) == "a tuple of 3"
        found = "(output, pullback, aux) with has_aux=True" if is_triple else "(output, pullback)"
        names = count_of(int(str(failure.detail[0])), "name")
        yield Problem(node, f"jax.vjp returns {found}, but is unpacked into {names}: unpack {3 if is_triple else 2}")


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair
    from flake8_jaxvjp.fixes.surroundings import innermost_function, is_only_called

    for node, failure in facts.failures("vjp pair", "unpack"):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Tuple() | cst.List() as target)]):
                names = [element.value for element in target.elements if isinstance(element, cst.Element)]
            case _:
                continue
        holder = innermost_function(facts.module, node)
        has_aux = describe(failure.subject) == "a tuple of 3"
        pullback = names[-1]
        is_short = len(names) == len(target.elements) == (2 if has_aux else 1)
        if not is_short or not isinstance(pullback, cst.Name) or not is_only_called(holder, pullback):
            continue
        if not any(isinstance(one, cst.Name) and one.value == IGNORED and one not in names for one in walk(holder)):
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            ignored = cst.Element(cst.Name(IGNORED))
            last = target.elements[-1]
            kept = [*target.elements[:-1], last.with_changes(comma=cst.MaybeSentinel.DEFAULT)]
            bare = cst.Element(pullback, comma=comma)
            elements = [*kept[:-1], bare, ignored] if has_aux else [ignored.with_changes(comma=comma), *kept]
            yield Repair(node, (Change(target, target.with_changes(elements=elements)),))


RULE = Rule(
    code="VJP403",
    name="vjp-result-unpacked-wrong",
    summary="what jax.vjp returns is unpacked into the wrong number of names",
    what=(
        "Checks the number of names into which the result of `jax.vjp` is unpacked: two, or three with `has_aux=True`."
    ),
    why=(
        "`jax.vjp(f, *primals)` returns (output, pullback), and `jax.vjp(f, *primals, has_aux=True)` returns "
        "(output, pullback, aux). Another number raises a `ValueError`."
    ),
    bad="""\
import jax


def gradient(f, x):
    output, pullback = jax.vjp(f, x, has_aux=True)
    return pullback(1.0)
""",
    good="""\
import jax


def gradient(f, x):
    output, pullback, aux = jax.vjp(f, x, has_aux=True)
    return pullback(1.0)
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
    fix=fix,
    fixes=(
        "Where the name that is only ever called shows which one is the pullback, the missing output or auxiliary "
        "value is unpacked into `_`."
    ),
)
