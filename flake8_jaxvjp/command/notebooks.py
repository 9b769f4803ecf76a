"""Notebooks: the code cells joined in order, and where each character of them stands in the file.

The file is read with an own small JSON reader, because the standard one does not say where a string stands, and a fixed
notebook has to keep every byte around the fix.
"""

from __future__ import annotations

import ast
import json
import json.decoder
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from flake8_jaxvjp.command.documents import Origin, Source, UnreadableError

MARK = "\ufeff"
"""A byte order mark, which some editors put before the JSON; it stays where it is."""
SPACE = re.compile(r"[ \t\n\r]*")
ATOM = re.compile(r"[-+.\w]+")
ATOMS = {"true": True, "false": False, "null": None}
# The reader of strings that `json` itself uses; its stubs do not know it.
SCANNER = cast("Callable[[str, int], tuple[str, int]]", vars(json.decoder)["scanstring"])
PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%python3", "%%px")
"""Magics whose cells are Python all the same."""
ASSIGNED = re.compile(r"^(\s*[\w, ]+=\s*)[!%].*$")
ASYNC_CELLS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Literal(str):
    """A string of the file, and where it stands in it, with its quotes."""

    __slots__ = ("end", "start")
    start: int
    end: int


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among them, and the strings that its text is made of."""

    number: int
    pieces: tuple[Literal, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Notebook:
    """The file's text, its code cells, and the module that they make."""

    raw: str
    cells: tuple[Cell, ...]
    source: Source
    broken: tuple[int, ...] = ()


def read_notebook(data: bytes) -> Notebook:
    """Raises UnreadableError. A notebook of another language has no cells."""
    try:
        raw = data.decode("utf-8")
        document = _Reader(raw).document()
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"is no notebook: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise UnreadableError("is no notebook of format 4")
    cells = tuple(_code_cells(document)) if _is_python(document) else ()
    lines: list[str] = []
    origins: list[Origin] = []
    broken = []
    for cell in cells:
        readable = _python_of(cell.text)
        if readable is None:
            broken.append(cell.number)
            continue
        for number, line in enumerate(readable.split("\n"), 1):
            lines.append(line)
            origins.append(Origin(cell.number, number, 0))
    return Notebook(raw, cells, Source("\n".join([*lines, ""]), (*origins, Origin(0, 0, 0))), tuple(broken))


def _is_python(document: dict[str, Any]) -> bool:
    metadata = document.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    return not isinstance(info, dict) or str(info.get("name", "python")).lower() in {"python", "ipython"}


def _code_cells(document: dict[str, Any]) -> Iterator[Cell]:
    found = (cell for cell in document["cells"] if isinstance(cell, dict) and cell.get("cell_type") == "code")
    for number, cell in enumerate(found, 1):
        source = cell.get("source", "")
        pieces = source if isinstance(source, list) else [source]
        if all(isinstance(piece, Literal) for piece in pieces):
            yield Cell(number, tuple(pieces))


def _python_of(text: str) -> str | None:
    """A cell's text with a stand-in for each line that is for IPython or the shell; None when that is no Python."""
    if is_python(text):
        return text
    lines = text.split("\n")
    if lines[0].startswith("%%") and not lines[0].startswith(PYTHON_MAGICS):
        return "\n" * (len(lines) - 1)
    plain = "\n".join(_without_magics(lines))
    return plain if is_python(plain) else None


def _without_magics(lines: list[str]) -> Iterator[str]:
    goes_on, indent = False, ""
    for line in lines:
        bare = line.strip()
        assigned = ASSIGNED.match(line)
        is_magic = bare.startswith(("%", "!", "?")) or (bare.endswith("?") and not bare.startswith("#"))
        if not goes_on:
            indent = line[: len(line) - len(line.lstrip())]
        if goes_on or is_magic:
            goes_on = bare.endswith("\\")
            yield indent + "pass"
        elif assigned is not None:
            goes_on = bare.endswith("\\")
            yield assigned[1] + "get_ipython()"
        else:
            yield line


def is_python(text: str) -> bool:
    """Whether a cell can be parsed; `await` may stand outside of functions."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<cell>", "exec", ASYNC_CELLS, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Reader:
    """A JSON reader whose strings know their place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 1 if text.startswith(MARK) else 0

    def document(self) -> Any:
        value = self._value()
        if self._next():
            raise ValueError(f"unexpected text at character {self._at}")
        return value

    def _next(self) -> str:
        match = SPACE.match(self._text, self._at)
        self._at = match.end() if match is not None else self._at
        return self._text[self._at : self._at + 1]

    def _value(self) -> Any:
        match self._next():
            case "{":
                return dict(self._members())
            case "[":
                return list(self._items())
            case '"':
                return self._string()
        atom = ATOM.match(self._text, self._at)
        if atom is None:
            raise ValueError(f"unexpected text at character {self._at}")
        self._at = atom.end()
        return ATOMS[atom[0]] if atom[0] in ATOMS else json.loads(atom[0])

    def _string(self) -> Literal:
        start = self._at
        value, self._at = SCANNER(self._text, start + 1)
        literal = Literal(value)
        literal.start, literal.end = start, self._at
        return literal

    def _members(self) -> Iterator[tuple[str, Any]]:
        for _ in self._separated("}"):
            if self._next() != '"':
                raise ValueError(f"a key is missing at character {self._at}")
            key = self._string()
            if self._next() != ":":
                raise ValueError(f"a colon is missing at character {self._at}")
            self._at += 1
            yield key, self._value()

    def _items(self) -> Iterator[Any]:
        for _ in self._separated("]"):
            yield self._value()

    def _separated(self, closing: str) -> Iterator[None]:
        """Once for each element up to the closing bracket."""
        self._at += 1
        if self._next() == closing:
            self._at += 1
            return
        while True:
            yield
            character = self._next()
            self._at += 1
            if character == closing:
                return
            if character != ",":
                raise ValueError(f"a comma is missing at character {self._at - 1}")
