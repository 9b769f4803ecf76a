"""Fixes in notebooks: lines of cells are replaced in the file's own JSON, whose other characters all stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher

from flake8_jaxvjp.command.notebooks import Cell, Notebook, read_notebook
from flake8_jaxvjp.fixes.asking import Asked, Fixed
from flake8_jaxvjp.fixes.edits import Edit, NotSureError, apply
from flake8_jaxvjp.fixes.fixer import fix_text


def fix_notebook(data: bytes, asked: Asked) -> tuple[bytes, Fixed]:
    """The notebook with its fixes, and what they mended of its module. Raises UnreadableError."""
    notebook = read_notebook(data)
    fixed = fix_text(notebook.source.text, asked)
    try:
        edits = list(_edits(notebook, fixed.raw))
    except NotSureError:
        return data, Fixed("")
    return (apply(notebook.raw, edits).encode("utf-8") if edits else data), fixed


def _edits(notebook: Notebook, text: str) -> Iterator[Edit]:
    """The strings of the file that become others. Raises NotSureError where lines of two cells would be mixed."""
    old, new = notebook.source.text.split("\n"), text.split("\n")
    cells = {cell.number: cell for cell in notebook.cells}
    for kind, first, last, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        below = 1 if kind == "insert" else 0  # a new line goes with the one that stands there
        origins = notebook.source.origins[first : last + below]
        if kind == "delete" or len({origin.cell for origin in origins}) != 1:
            raise NotSureError
        lines, wanted = old[first : last + below], new[low : high + below]
        yield from _in_cell(notebook.raw, cells[origins[0].cell], origins[0].line - 1, lines, wanted)


def _in_cell(raw: str, cell: Cell, first: int, old: list[str], new: list[str]) -> Iterator[Edit]:
    if cell.text.split("\n")[first : first + len(old)] != old:  # a stand-in for a magic is no line of the file
        raise NotSureError
    if len(cell.pieces) == 1:
        lines = cell.text.split("\n")
        lines[first : first + len(old)] = new
        (piece,) = cell.pieces
        yield Edit(piece.start, piece.end, _encoded("\n".join(lines), raw[piece.start : piece.end], piece))
        return
    pieces = cell.pieces[first : first + len(old)]
    if any(piece.removesuffix("\n") != line for piece, line in zip(pieces, old, strict=True)):
        raise NotSureError
    between = raw[cell.pieces[0].end : cell.pieces[1].start]
    end = "\n" if pieces[-1].endswith("\n") else ""
    texts = [line + "\n" for line in new[:-1]] + [new[-1] + end]
    if len(texts) == len(pieces):
        for piece, text in zip(pieces, texts, strict=True):
            yield Edit(piece.start, piece.end, _encoded(text, raw[piece.start : piece.end], piece))
        return
    written = [_encoded(text, raw[pieces[0].start : pieces[0].end], pieces[0]) for text in texts]
    yield Edit(pieces[0].start, pieces[-1].end, between.join(written))


def _encoded(text: str, written: str, value: str) -> str:
    """A string as JSON, in the way in which this file writes strings. Raises NotSureError when that is another."""
    for ascii_only in (False, True):
        if json.dumps(value, ensure_ascii=ascii_only) == written:
            return json.dumps(text, ensure_ascii=ascii_only)
    raise NotSureError
