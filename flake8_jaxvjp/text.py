"""The text of one file, by lines and as a whole; searched as a whole, since a file has thousands of lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

WORD = re.compile(r"\w+|\*")
IMPORT = re.compile(r"\bimport\b(?:[ \t]*\((?:[^)#]|#[^\n]*)*\)|(?:\\\n|[^\n])*)")


@dataclass(frozen=True)
class Text:
    """A file's lines, which may keep their newlines; the first is line 1."""

    lines: Sequence[str]

    @cached_property
    def bare(self) -> list[str]:
        """The lines without their newlines."""
        return [line.rstrip("\r\n") for line in self.lines]

    @cached_property
    def whole(self) -> str:
        return "\n".join(self.bare)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The words behind every `import`, also below functions and in strings; a `*` for a star import."""
        return frozenset(word for found in IMPORT.finditer(self.whole) for word in WORD.findall(found[0]))

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.bare), initial=0))

    def line_of(self, place: int) -> int:
        """The number of the line that holds a place of `whole`."""
        return bisect_right(self._starts, place)

    def places(self, word: str, *, as_part: bool = False) -> Iterator[int]:
        """Where a word begins in `whole`, in order; `as_part` also where it is a part of a longer one.

        Looked for word by word: an alternation of words has to be tried at every character of the file.
        """
        text, place = self.whole, -1
        while (place := text.find(word, place + 1)) >= 0:
            end = place + len(word)
            if as_part or not (_in_a_word(text[place - 1 : place]) or _in_a_word(text[end : end + 1])):
                yield place

    def numbers(self, words: Iterable[str], *, as_part: bool = False) -> list[int]:
        """The numbers of the lines that hold one of the words, in order."""
        return sorted({self.line_of(place) for word in words for place in self.places(word, as_part=as_part)})


def _in_a_word(character: str) -> bool:
    return character == "_" or character.isalnum()
