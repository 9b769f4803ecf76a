"""The text of one file, by lines and as a whole; searched as a whole, since a file has thousands of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


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

    def numbers(self, pattern: re.Pattern[str]) -> list[int]:
        """The numbers of the lines in which a match of the pattern begins, in order."""
        found: list[int] = []
        number, seen = 1, 0
        for match in pattern.finditer(self.whole):
            number += self.whole.count("\n", seen, match.start())
            seen = match.start()
            if not found or found[-1] != number:
                found.append(number)
        return found
