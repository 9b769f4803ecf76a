"""The places where a backward rule gives its result, for the mutations of that result.

The rule is right before, so each of its exits gives exactly one entry for each differentiable argument.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from benchmarks.mutants.registry import display, module_alias, result_edit, result_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Exit, Target


def every_exit(target: Target, result: str, *modules: str) -> Iterator[Edits]:
    """Give `result` at each exit, one mutant an exit; `{E}` is what it gave, `{0}` a module's name."""
    for place in target.backward_exits:
        aliases = [module_alias(target.source, module) for module in modules]
        given = result_text(target.source, place)
        if " for _each " in result and ":=" in given:
            continue  # not allowed inside a comprehension
        text = result
        for index, (alias, _) in enumerate(aliases):
            text = text.replace(f"{{{index}}}", alias)
        text = text.replace("{E}", given)
        yield [result_edit(target.source, place, text), *(edit for _, added in aliases for edit in added)]


def counted_exits(target: Target, least: int = 0) -> Iterator[tuple[Exit, list[str]]]:
    """The exits that are displays, with the texts of their entries, where the number of arguments is fixed."""
    if target.parameters is None:
        return
    for place in target.backward_exits:
        if place.entries is not None and len(place.entries) >= least:
            entries = [target.source.of(each) for each in place.entries]
            if not any(":=" in each for each in entries):  # an entry that a later one may need
                yield place, entries


def with_entries(target: Target, place: Exit, entries: Sequence[str]) -> Edits:
    return [result_edit(target.source, place, display(entries) if entries else "()")]


def is_fixed(target: Target, count: int) -> bool:
    """Whether the rule surely owes more than `count` cotangents."""
    return target.differentiable is not None and len(target.differentiable) > count


def is_bound(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def is_starred(text: str) -> bool:
    return text.startswith("*")
