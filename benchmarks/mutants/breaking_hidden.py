"""Breakages of a result that does not stand in the `return` itself: under a name, in a branch, behind a function."""

from __future__ import annotations

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


_BY_NAME = {
    kind.name: kind for registry in (breaking_counts, breaking_types, breaking_flow) for kind in registry.REGISTRY
}
REGISTRY = tuple(hidden(_BY_NAME[name], way) for way in WAYS for name in KINDS)
