"""Breakages of the definition: `nondiff_argnums`, the primal's own parameters, and their agreement with the rules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures
from benchmarks.mutants.edits import Edit
from benchmarks.mutants.registry import ARGUMENTS, STRUCTURE, Registry, parameter_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
INTEGER = "an integer is no tuple: 0 counts as nothing said, any other cannot be iterated"


def literal_nondiff(target: Target) -> tuple[ast.expr, tuple[int, ...]] | None:
    """The expression of `nondiff_argnums` and its indices, where it is written out and alone."""
    if target.wrapping is None or target.nondiff is None or target.parameters is None:
        return None
    node = target.wrapping.nondiff_node
    if node is None or not target.nondiff:
        return None
    call = target.wrapping.call
    named = call is not None and any(keyword.arg == "nondiff_argnames" for keyword in call.keywords)
    return None if named else (node, target.nondiff)


def backward_takes(target: Target, nondiff: int) -> bool:
    """Whether the backward rule would fit that many nondiff arguments."""
    return target.backward is None or signatures.accepts(target.backward.args, nondiff + 2)


@REGISTRY.add("nondiff", INTEGER, f"not iterable|{ARGUMENTS}")
def nondiff_as_integer(target: Target) -> Iterator[Edits]:
    found = literal_nondiff(target)
    if found is not None and len(found[1]) == 1 and not backward_takes(target, 0):
        yield [target.source.replace(found[0], str(found[1][0]))]


@REGISTRY.add("nondiff", "an index beyond the last parameter names nothing", "out of range")
def nondiff_out_of_range(target: Target) -> Iterator[Edits]:
    found = literal_nondiff(target)
    if found is not None and target.parameters is not None:
        indices = [*found[1][:-1], len(target.parameters)]
        yield [target.source.replace(found[0], "(" + "".join(f"{each}, " for each in indices).strip() + ")")]


@REGISTRY.add(
    "nondiff",
    "without it the argument is no longer handed to the backward rule, and has to be a JAX type",
    f"{ARGUMENTS}|not a valid JAX type",
)
def nondiff_forgotten(target: Target) -> Iterator[Edits]:
    found = literal_nondiff(target)
    if found is not None and not backward_takes(target, 0):
        yield [target.source.replace(found[0], "()")]


@REGISTRY.add(
    "nondiff", "one nondiff argument less is handed to the backward rule", f"{ARGUMENTS}|not a valid JAX type"
)
def nondiff_index_removed(target: Target) -> Iterator[Edits]:
    found = literal_nondiff(target)
    if found is not None and len(found[1]) >= 2 and not backward_takes(target, len(found[1]) - 1):
        yield [target.source.replace(found[0], repr(found[1][:-1]))]


@REGISTRY.add(
    "nondiff", "one nondiff argument more is handed to the backward rule, or it is a tracer", f"{ARGUMENTS}|JAX Tracer"
)
def nondiff_index_added(target: Target) -> Iterator[Edits]:
    found = literal_nondiff(target)
    if found is None or target.parameters is None or backward_takes(target, len(found[1]) + 1):
        return
    free = [index for index, _ in enumerate(target.parameters) if index not in found[1]]
    if len(free) >= 2:  # with no argument left to differentiate the rule would not run at all
        yield [target.source.replace(found[0], repr(tuple(sorted((*found[1], free[-1])))))]


@REGISTRY.add("nondiff", "custom_vjp has no such parameter", "unexpected keyword")
def nondiff_misspelt(target: Target) -> Iterator[Edits]:
    call = target.wrapping.call if target.wrapping is not None else None
    for keyword in call.keywords if call is not None else ():
        if keyword.arg == "nondiff_argnums":
            value = target.source.of(keyword.value)
            begin = target.source.line_starts[keyword.lineno - 1] + keyword.col_offset
            yield [Edit(begin, target.source.end(keyword.value), f"nondiff_argnum={value}")]


@REGISTRY.add("primal signature", "the forward rule was not changed with the primal: it gets one more", ARGUMENTS)
def primal_parameter_added(target: Target) -> Iterator[Edits]:
    if target.primal is None or target.parameters is None or target.forward is None:
        return
    changed = signatures.with_last(target.primal.args, "_added", ast.Constant(1.0))
    if not signatures.accepts(target.forward.args, len(target.parameters) + 1):
        yield from parameter_list(target.source, target.primal, changed)


@REGISTRY.add(
    "primal signature",
    "the backward rule was not changed with the primal: it owes one entry more",
    STRUCTURE,
)
def primal_and_forward_parameter_added(target: Target) -> Iterator[Edits]:
    if target.primal is None or target.parameters is None or target.forward is None:
        return
    if not signatures.is_exact(target.forward.args) or not target.backward_exits:
        return
    primal = signatures.with_last(target.primal.args, "_added", ast.Constant(1.0))
    forward = signatures.with_last(target.forward.args, "_added", ast.Constant(1.0))
    if target.primal is target.forward or any(place.fixed_entries is None for place in target.backward_exits):
        return
    for first in parameter_list(target.source, target.primal, primal):
        for second in parameter_list(target.source, target.forward, forward):
            yield [*first, *second]


@REGISTRY.add("primal signature", "the forward rule was not changed with the primal: it gets one less", ARGUMENTS)
def primal_last_parameter_removed(target: Target) -> Iterator[Edits]:
    """Of a parameter with a default, so that the calls still fit; the primal's body does not run in a derivative."""
    primal, forward = target.primal, target.forward
    if primal is None or forward is None or target.parameters is None or not primal.args.defaults:
        return
    if target.nondiff is None or len(target.parameters) - 1 in target.nondiff or len(target.parameters) < 2:
        return
    if not signatures.accepts(forward.args, len(target.parameters) - 1):
        yield from parameter_list(target.source, primal, signatures.without(primal.args, -1))


@REGISTRY.add("primal signature", "the parameter becomes keyword-only, and JAX hands over positions only", ARGUMENTS)
def forward_last_parameter_keyword_only(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is None or rule.args.vararg is not None or not rule.args.args or target.forward_due is None:
        return
    last = rule.args.args[-1]
    default = rule.args.defaults[-1] if rule.args.defaults else None
    changed = signatures.with_keyword_only(signatures.without(rule.args, -1), last.arg, default)
    if not signatures.accepts(changed, target.forward_due):
        yield from parameter_list(target.source, rule, changed)
