"""What every part of the project hands on: a finding, and the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: `line` counts from 1, `column` in characters from 0, as `ast` and flake8 count."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake, at the place where the user edits.

    `code` is "VJP" and three digits, `message` one line that names the function, the fact and the remedy
    (without the code), `end` the end of the expression where it is known.
    """

    start: Position
    code: str
    message: str
    end: Position | None = None

    @property
    def line(self) -> int:
        return self.start.line

    @property
    def column(self) -> int:
        return self.start.column

    @property
    def text(self) -> str:
        """The code and the message, as flake8 wants them."""
        return f"{self.code} {self.message}"
