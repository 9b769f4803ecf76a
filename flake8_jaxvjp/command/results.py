"""What a run hands to the formats: findings at their places, what could not be handled, and what to show of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Located:
    """A finding in a file. `cell` counts a notebook's code cells from 1 and is 0 elsewhere; columns count from 0."""

    path: str
    cell: int
    line: int
    column: int
    code: str
    message: str
    end_line: int
    end_column: int

    @property
    def place(self) -> str:
        """`path:line:column`, or `path:cell 3:line:column`, with the column from 1, as editors count."""
        cell = f":cell {self.cell}" if self.cell else ""
        return f"{self.path}{cell}:{self.line}:{self.column + 1}"


def on_one_line(place: str) -> str:
    """A place, whose path may hold what moves a terminal's cursor; bytes that are no text are left to the stream."""
    return "".join(one if _is_shown(one) else one.encode("unicode_escape").decode() for one in place)


def _is_shown(character: str) -> bool:
    return character.isprintable() or "\ud800" <= character <= "\udfff"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file, the first with this number."""

    first: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a person is shown of one finding: its lines, and those where the primal is defined."""

    excerpt: Excerpt
    related: Excerpt | None = None
    related_name: str = ""


@dataclass(frozen=True, slots=True)
class FileResult:
    """The findings of one file, or why there are none. `frames` go with the findings, if they were asked for."""

    path: str
    findings: tuple[Located, ...] = ()
    frames: tuple[Frame, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Report:
    """A whole run, in the order of the files."""

    results: tuple[FileResult, ...]
    files: int = 0
    seconds: float = 0.0
    findings: tuple[Located, ...] = field(init=False)
    errors: tuple[FileResult, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(one for result in self.results for one in result.findings))
        object.__setattr__(self, "errors", tuple(result for result in self.results if result.error))

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 something could not be handled, 3 both."""
        return int(bool(self.findings)) + 2 * bool(self.errors)

    @property
    def statistics(self) -> tuple[tuple[str, int], ...]:
        """How often each code was found, by code."""
        return count(finding.code for finding in self.findings)


def count(codes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
    return tuple(sorted(counts.items()))
