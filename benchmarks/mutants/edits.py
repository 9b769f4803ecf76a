"""Edits of a source text at the exact places that `ast` gives, so that all the rest stays as it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replaces the bytes from `start` to before `end`; an insertion where both are equal."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """A text with its tree; offsets count UTF-8 bytes, since `ast` counts its columns so."""

    text: str

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        starts = [0]
        for line in self.data.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return tuple(starts)

    def start(self, node: ast.expr | ast.stmt | ast.arg) -> int:
        return self.line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.arg) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.line_starts[node.end_lineno - 1] + node.end_col_offset

    def between(self, start: int, end: int) -> str:
        return self.data[start:end].decode()

    def of(self, node: ast.expr | ast.stmt | ast.arg) -> str:
        return self.between(self.start(node), self.end(node))

    def indentation(self, statement: ast.stmt) -> str | None:
        """The blanks before a statement, or None when it does not begin its line or something follows it."""
        begin = self.between(self.line_starts[statement.lineno - 1], self.start(statement))
        assert statement.end_lineno is not None
        rest = self.between(self.end(statement), self.line_starts[statement.end_lineno] - 1).strip()
        return begin if not begin.strip() and (not rest or rest.startswith("#")) else None

    def replace(self, node: ast.expr | ast.stmt | ast.arg, text: str) -> Edit:
        return Edit(self.start(node), self.end(node), text)

    def before(self, node: ast.expr | ast.stmt | ast.arg, text: str) -> Edit:
        return Edit(self.start(node), self.start(node), text)

    def before_line_of(self, statement: ast.stmt, text: str) -> Edit:
        """Insert whole lines before a statement, its decorators included."""
        line = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
        return Edit(self.line_starts[line - 1], self.line_starts[line - 1], text)

    def after_line_of(self, statement: ast.stmt, text: str) -> Edit:
        assert statement.end_lineno is not None
        place = min(self.line_starts[statement.end_lineno], len(self.data))
        newline = "" if self.data[:place].endswith(b"\n") else "\n"
        return Edit(place, place, newline + text)


def apply(source: Source, edits: Sequence[Edit]) -> str:
    """The text after all edits, which must not overlap."""
    data = source.data
    pieces = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < done:
            raise ValueError(f"edits overlap at byte {edit.start}")
        pieces += [data[done : edit.start], edit.text.encode()]
        done = edit.end
    return b"".join([*pieces, data[done:]]).decode()
