"""Breakages of a result that does not stand in the `return` itself: under a name, in a branch, behind a function.

And of a rule that does not stand in the file: the file itself, broken, is the module from which it is imported.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import breaking_counts, breaking_flow, breaking_types
from benchmarks.mutants.edits import Edit
from benchmarks.mutants.registry import Mutation, at_top

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

KINDS = ("last_entry_dropped", "none_appended", "stacked", "none", "generator", "triple")
OTHER_FILE = "another file"
"""The group of what needs `OTHER_MODULE` beside the file."""
OTHER_MODULE = "_jaxvjp_other_file"
OTHER_TEXT = "def passed(value):\n    kept = value\n    return kept\n"
HELPER = "def _passed(value):\n    kept = value\n    return kept\n\n\n"
IMPORT = f"from {OTHER_MODULE} import passed as _passed\n"
WAYS = {
    "a_name": ("hidden by a name", "_hidden = {X}\n{B}return _hidden", ""),
    "a_branch": ("hidden in a branch", "if __name__:\n{B}    _hidden = {X}\n{B}    return _hidden\n{B}{O}", ""),
    "a_helper": ("hidden by a function", "return _passed({X})", HELPER),
    "a_file": (OTHER_FILE, "return _passed({X})", IMPORT),
}


def hidden(kind: Mutation, way: str) -> Mutation:
    """The same breakage, with its result given in another way."""
    group, form, added = WAYS[way]

    def make(target: Target) -> Iterator[Edits]:
        source = target.source
        for first, *others in kind.make(target):
            for place in (*target.backward_exits, *target.forward_exits):
                if place.statement is None or source.start(place.statement) != first.start:
                    continue
                blanks = source.indentation(place.statement)
                result = first.text.removeprefix("return").strip()
                if blanks is None or not first.text.startswith("return"):
                    continue
                text = form.replace("{X}", f"({result})").replace("{B}", blanks)
                text = text.replace("{O}", source.of(place.statement))
                more = [at_top(source, added)] if added else []
                yield [Edit(first.start, first.end, text), *others, *more]
                break

    return Mutation(f"{kind.name}_by_{way}", group, kind.effect, kind.rejection, make)


OTHER_RULE = "_jaxvjp_other_rule"
"""The module that holds the changed source itself; it stands in the same folder, and differs from mutant to mutant."""


def imported(kind: Mutation) -> Mutation:
    """The same breakage, in a copy of the file from which this one imports the rule."""

    def make(target: Target) -> Iterator[Edits]:
        for index, _ in _in_rules(kind, target):
            argument = target.rule_argument(index)
            line = f"from {OTHER_RULE} import {ast.unparse(argument)} as _imported_rule\n"
            yield [target.source.replace(argument, "_imported_rule"), at_top(target.source, line)]

    def make_beside(target: Target) -> Iterator[Edits]:
        yield from (changes for _, changes in _in_rules(kind, target))

    return Mutation(f"{kind.name}_in_a_file", OTHER_FILE, kind.effect, kind.rejection, make, make_beside=make_beside)


def _in_rules(kind: Mutation, target: Target) -> Iterator[tuple[int, Edits]]:
    """The edits of a rule that stands in no function, and which rule it is, forward (0) or backward (1)."""
    for changes in kind.make(target):
        for index, exits in enumerate((target.forward_exits, target.backward_exits)):
            statements = [place.statement for place in exits if place.statement is not None]
            starts = [target.source.start(statement) for statement in statements]
            argument = target.rule_argument(index)
            rules = [each.name for each in target.source.tree.body if isinstance(each, ast.FunctionDef)]
            is_plain = isinstance(argument, ast.Name) and rules.count(argument.id) == 1
            if changes[0].start in starts and is_plain and target.statement in target.source.tree.body:
                yield index, changes


_BY_NAME = {
    kind.name: kind for registry in (breaking_counts, breaking_types, breaking_flow) for kind in registry.REGISTRY
}
REGISTRY = (
    *(hidden(_BY_NAME[name], way) for way in WAYS for name in KINDS),
    *(imported(_BY_NAME[name]) for name in KINDS),
)
