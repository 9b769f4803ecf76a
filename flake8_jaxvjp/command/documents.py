"""What Python a file holds: a module is one source, a notebook one, a document one for each block of code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flake8_jaxvjp.command.reading import decode, has_marker, is_marked
from flake8_jaxvjp.command.results import Located
from flake8_jaxvjp.findings import Finding, Position

NOTEBOOK = ".ipynb"
DOCUMENTS = (".md", ".markdown", ".rst", ".txt")
MODULES = (".py", ".pyi")


class UnreadableError(Exception):
    """A file of which nothing can be said; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source's line stands in its file: the cell, the line, and how many characters stand before it."""

    cell: int
    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A module's text with universal newlines. `origins`, one a line, is empty where it is the file itself."""

    text: str
    origins: tuple[Origin, ...] = ()
    is_example: bool = False

    @property
    def is_notebook(self) -> bool:
        return bool(self.origins) and self.origins[0].cell > 0

    def origin(self, line: int) -> Origin:
        if not self.origins:
            return Origin(0, line, 0)
        return self.origins[min(max(line, 1), len(self.origins)) - 1]

    def line_of(self, line: int) -> str:
        """A line as a person is told of it."""
        origin = self.origin(line)
        return f"{origin.line} of cell {origin.cell}" if origin.cell else str(origin.line)

    def locate(self, finding: Finding, shown: str) -> Located:
        """The finding at its place in the file."""
        end = finding.end or Position(finding.line, finding.column)
        first, last = self.origin(finding.line), self.origin(end.line)
        return Located(
            shown,
            first.cell,
            first.line,
            finding.column + first.column,
            finding.code,
            finding.message,
            last.line if last.cell == first.cell else first.line,
            end.column + last.column if last.cell == first.cell else finding.column + first.column,
        )


def is_document(path: str) -> bool:
    return path.lower().endswith(DOCUMENTS)


def may_matter(data: bytes, path: str, docs: bool, unused_noqa: bool = False) -> bool:
    """Whether a file can hold anything of interest, told from its bytes."""
    if unused_noqa and b"VJP" in data and b"noqa" in data.lower():
        return True
    if path.endswith(NOTEBOOK) or is_document(path):
        return has_marker(data)
    return is_marked(data) or (docs and has_marker(data) and b">>>" in data)


def sources_of(data: bytes, path: str, docs: bool) -> Iterator[Source]:
    """The sources of a file. Raises UnreadableError."""
    if path.endswith(NOTEBOOK):
        from flake8_jaxvjp.command.notebooks import read_notebook

        notebook = read_notebook(data)
        yield notebook.source
        if notebook.broken:
            numbers = ", ".join(map(str, notebook.broken))
            raise UnreadableError(f"cannot be parsed in cell {numbers}")
        return
    read = decode(data)
    text = read.universal
    if is_document(path):
        from flake8_jaxvjp.command.snippets import snippets_of

        yield from snippets_of(text, path)
        return
    if read.refusal:
        raise UnreadableError(f"cannot be decoded: {read.refusal}")
    yield Source(text)
    if docs and ">>>" in text:
        from flake8_jaxvjp.command.snippets import doctests_of

        yield from doctests_of(text)
