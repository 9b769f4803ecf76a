"""From changed nodes to edits of the text, which keep every character that they do not mean to change."""

from __future__ import annotations

import io
import re
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

import libcst as cst
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider

from flake8_jaxvjp.fixes.repair import Change, Repair, code
from flake8_jaxvjp.syntax.nodes import children

NEWLINE = re.compile(r"\r\n|\r|\n")
TOKEN = re.compile(r"\w+|[^\S\n]+|.", re.DOTALL)
WORD = re.compile(r"\w")
WORD_OR_QUOTE = re.compile(r"[\w.'\"]")
COMMENT = re.compile(r"#[^\n]*")
PRAGMA = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|pylint|pyright|mypy|ruff|fmt|nosec)\b", re.IGNORECASE)
"""Comments that are for tools, and say nothing of what stands before them."""


class NotSureError(Exception):
    """The edit cannot be made as it is meant; the text, if there is one, is what a person is told of it."""


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """Characters of the file's own text, from `start` to `end`, that become `text`."""

    start: int
    end: int
    text: str

    def meets(self, other: Edit) -> bool:
        """Whether both are about the same characters, or about the same place between two."""
        return (self.start < other.end and other.start < self.end) or self.start == other.start


def universal(raw: str) -> str:
    """The text with the newlines that Python sees."""
    return NEWLINE.sub("\n", raw) if "\r" in raw else raw


def apply(raw: str, edits: Iterable[Edit]) -> str:
    """The text with edits that do not meet."""
    pieces = []
    at = 0
    for edit in sorted(edits):
        pieces += [raw[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, raw[at:]])


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: whether it has a line of its own, and whether it stands inside brackets."""

    line: int
    text: str
    is_alone: bool
    is_inside: bool


class Writer:
    """Makes edits for the nodes of one module, which was read from this text."""

    def __init__(self, raw: str, module: cst.Module) -> None:
        self._raw = raw
        self._starts = [0, *(match.end() for match in NEWLINE.finditer(raw))]
        newline = NEWLINE.search(raw)
        self._newline = newline[0] if newline is not None else "\n"
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self._places = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self._indents = dict(_indents(module))

    def edits(self, repair: Repair) -> tuple[Edit, ...]:
        """The edits of a repair. Raises NotSureError when the text is not what the nodes say, or a comment is lost."""
        if repair.moves:
            self._look_for_comments(repair.changes)
        made = sorted(edit for change in repair.changes for edit in self._of(change))
        if not made or any(one.meets(other) for one, other in pairwise(made)):
            raise NotSureError
        return tuple(made)

    def line_before(self, number: int, text: str) -> Edit:
        """A new line above a line."""
        start = self._starts[number - 1]
        return Edit(start, start, text + self._newline)

    def _look_for_comments(self, changes: Iterable[Change]) -> None:
        """Raises NotSureError where a comment stands among pieces of code that are to change places.

        What linters are told at the end of a single line still stands at that line.
        """
        places = [self._places[change.node] for change in changes if change.node in self._places]
        if not places:
            return
        first = min(place.start.line for place in places)
        last = max(place.end.line for place in places)
        above = {comment.line for comment in self._comments if comment.is_alone and comment.is_inside}
        while first - 1 in above:
            first -= 1
        for comment in self._comments:
            if first <= comment.line <= last and (first != last or not PRAGMA.match(comment.text)):
                raise NotSureError("a comment stands where code would change places")

    @cached_property
    def _comments(self) -> tuple[Comment, ...]:
        try:
            return tuple(_comments_of(universal(self._raw)))
        except (tokenize.TokenError, SyntaxError):
            raise NotSureError from None

    def _of(self, change: Change) -> Iterator[Edit]:
        place = self._places.get(change.node)
        if place is None:
            raise NotSureError
        start, end = self._offset(place.start), self._offset(place.end)
        indent = self._indents[change.node]
        written = code(change.node, indent)
        if not _is_same(universal(self._raw[start:end]), written):
            raise NotSureError
        if change.before:
            yield Edit(start, start, change.before)
        if change.instead is not None:
            wanted = self._apart(start, end, code(change.instead, indent))
            if Counter(COMMENT.findall(written)) != Counter(COMMENT.findall(wanted)):
                raise NotSureError("a comment would be lost")
            yield from self._differences(start, written, wanted)
        if change.after:
            yield Edit(end, end, change.after)

    def _apart(self, start: int, end: int, wanted: str) -> str:
        """What is wanted, with a space where it would grow together with a word beside it, as in `return(x)`."""
        before = " " if WORD.match(self._raw[max(start - 1, 0) : start]) and WORD_OR_QUOTE.match(wanted) else ""
        after = " " if WORD.match(self._raw[end : end + 1]) and WORD.match(wanted[-1:]) else ""
        return before + wanted + after

    def _offset(self, position: object) -> int:
        line, column = position.line, position.column  # type: ignore[attr-defined]
        return int(self._starts[line - 1]) + int(column)

    def _differences(self, start: int, written: str, wanted: str) -> Iterator[Edit]:
        """The parts in which two texts differ, so that newlines and spaces between them stay as they are."""
        old, new = TOKEN.findall(written), TOKEN.findall(wanted)
        offsets = self._token_offsets(start, old)
        for kind, first, last, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                text = "".join(new[low:high]).replace("\n", self._newline)
                yield Edit(offsets[first], offsets[last], text)

    def _token_offsets(self, start: int, tokens: Sequence[str]) -> list[int]:
        """Where each token begins in the file, whose newlines may be two characters; and where the last one ends."""
        offsets = [start]
        for token in tokens:
            at = offsets[-1]
            is_pair = token.startswith("\n") and self._raw.startswith("\r\n", at)
            offsets.append(at + (2 if is_pair else len(token)))
        return offsets


def _comments_of(text: str) -> Iterator[Comment]:
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        elif token.type == tokenize.COMMENT:
            is_alone = not token.line[: token.start[1]].strip()
            yield Comment(token.start[0], token.string, is_alone, depth > 0)


def _indents(module: cst.Module) -> Iterator[tuple[cst.CSTNode, str]]:
    """Each node with the indentation of the block in which it stands."""
    pending: list[tuple[cst.CSTNode, str]] = [(module, "")]
    while pending:
        node, indent = pending.pop()
        yield node, indent
        if isinstance(node, cst.IndentedBlock):
            indent += module.default_indent if node.indent is None else node.indent
        pending.extend((child, indent) for child in children(node))


def _is_same(written: str, read: str) -> bool:
    """Names were read in the form in which Python compares them."""
    return written == read or unicodedata.normalize("NFKC", written) == unicodedata.normalize("NFKC", read)
