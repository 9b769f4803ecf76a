"""Breakages of how many cotangents the backward rule returns."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants.registry import STRUCTURE, Registry, display, result_edit, result_text
from benchmarks.mutants.returns import counted_exits, every_exit, is_fixed, is_starred, with_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
COUNTED = "the number of entries must be the number of differentiable arguments, None or not"


@REGISTRY.add("count", COUNTED, STRUCTURE)
def last_entry_dropped(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        if not is_starred(entries[-1]):
            yield with_entries(target, place, entries[:-1])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def first_entry_dropped(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 2):
        if not is_starred(entries[0]):
            yield with_entries(target, place, entries[1:])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def every_entry_dropped(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 2):
        if not all(map(is_starred, entries)):
            yield with_entries(target, place, [])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def none_appended(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target):
        yield with_entries(target, place, [*entries, "None"])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def none_prepended(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target):
        yield with_entries(target, place, ["None", *entries])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def last_entry_doubled(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        if not is_starred(entries[-1]):
            yield with_entries(target, place, [*entries, entries[-1]])


@REGISTRY.add("count", "a nondiff argument gets no entry, not even None", STRUCTURE)
def entry_for_nondiff_argument(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target):
        if target.nondiff and not any(map(is_starred, entries)):
            index = min(target.nondiff[0], len(entries))
            yield with_entries(target, place, [*entries[:index], "None", *entries[index:]])


@REGISTRY.add("count", COUNTED, STRUCTURE)
def tuple_with_none_added(target: Target) -> Iterator[Edits]:
    if target.parameters is not None:
        yield from every_exit(target, "tuple({E}) + (None,)")


@REGISTRY.add("count", COUNTED, STRUCTURE)
def display_with_none_added(target: Target) -> Iterator[Edits]:
    for place, _ in counted_exits(target):
        if isinstance(place.value, ast.Tuple):
            yield [result_edit(target.source, place, result_text(target.source, place) + " + (None,)")]


@REGISTRY.add("count", COUNTED, STRUCTURE)
def display_repeated(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        if not any(map(is_starred, entries)):
            yield [result_edit(target.source, place, result_text(target.source, place) + " * 2")]


@REGISTRY.add("count", COUNTED, STRUCTURE)
def display_sliced(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        if not any(map(is_starred, entries)):
            yield [result_edit(target.source, place, result_text(target.source, place) + "[:-1]")]


@REGISTRY.add("count", COUNTED, STRUCTURE)
def starred_with_none(target: Target) -> Iterator[Edits]:
    if target.parameters is not None:
        yield from every_exit(target, "(*{E}, None)")


@REGISTRY.add("count", COUNTED, STRUCTURE)
def all_none_one_too_many(target: Target) -> Iterator[Edits]:
    if target.differentiable is not None:
        yield from every_exit(target, f"(None,) * {len(target.differentiable) + 1}")


@REGISTRY.add("count", "a tuple in a tuple is one entry", STRUCTURE)
def nested_whole(target: Target) -> Iterator[Edits]:
    if is_fixed(target, 1):
        yield from every_exit(target, "({E},)")


@REGISTRY.add("count", "each branch is refused by itself when it is taken", STRUCTURE)
def early_return_with_one_entry_less(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 2):
        if place.statement is None or is_starred(entries[-1]):
            continue
        blanks = target.source.indentation(place.statement)
        if blanks is not None:
            branch = f"if __name__:\n{blanks}    return {display(entries[:-1])}\n{blanks}"
            yield [target.source.replace(place.statement, branch + target.source.of(place.statement))]


@REGISTRY.add("count", COUNTED, STRUCTURE)
def one_entry_less_by_a_name(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 2):
        if place.statement is None or is_starred(entries[-1]):
            continue
        blanks = target.source.indentation(place.statement)
        if blanks is not None:
            assigned = f"_cotangents = {display(entries[:-1])}\n{blanks}return _cotangents"
            yield [target.source.replace(place.statement, assigned)]


@REGISTRY.add("count", COUNTED, STRUCTURE)
def one_entry_less_by_a_helper(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 2):
        if place.statement is None or is_starred(entries[-1]):
            continue
        blanks = target.source.indentation(place.statement)
        if blanks is not None:
            helper = f"def _cotangents():\n{blanks}    return {display(entries[:-1])}\n{blanks}return _cotangents()"
            yield [target.source.replace(place.statement, helper)]
