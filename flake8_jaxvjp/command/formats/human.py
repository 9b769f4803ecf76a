"""What a person reads: each finding with its lines, a mark under the expression, and where the primal is defined."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from typing import IO

from flake8_jaxvjp.command.results import Excerpt, Frame, Located, Report, on_one_line

Paint = Callable[[str, str], str]


def write(report: Report, stream: IO[str], color: str) -> None:
    """With colours on a terminal, if rich is installed; the same words without."""
    paint = _painter(stream, color)
    frames = [frame for result in report.results for frame in result.frames]
    for finding, frame in zip(report.findings, frames, strict=True):
        for line in _shown(finding, frame, paint):
            stream.write(line + "\n")
        stream.write("\n")
    stream.write(_summary(report, paint) + "\n")


def _painter(stream: IO[str], color: str) -> Paint:
    """What colours a piece of text; nothing without a terminal, without rich, and where NO_COLOR is set."""
    wanted = color == "always" or (color == "auto" and stream.isatty() and not os.environ.get("NO_COLOR"))
    if not wanted:
        return lambda text, _: text
    try:
        from rich.color import ColorSystem
        from rich.style import Style
    except ImportError:
        return lambda text, _: text
    return lambda text, style: Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def _shown(finding: Located, frame: Frame, paint: Paint) -> Iterator[str]:
    yield f"{paint(on_one_line(finding.place), 'bold')}: {paint(finding.code, 'bold red')} {finding.message}"
    excerpts = [excerpt for excerpt in (frame.excerpt, frame.related) if excerpt is not None]
    width = len(str(max(excerpt.first + len(excerpt.lines) - 1 for excerpt in excerpts)))
    yield from _marked(finding, frame.excerpt, width, paint)
    if frame.related is not None:
        yield paint(f"{' ' * width} = ", "blue") + f"the primal '{frame.related_name}':"
        for number, line in enumerate(frame.related.lines, frame.related.first):
            yield paint(f"{number:{width}} | ", "blue") + _plain(line)


def _marked(finding: Located, excerpt: Excerpt, width: int, paint: Paint) -> Iterator[str]:
    """The lines, with a mark under what the finding is about on the first of them."""
    for number, line in enumerate(excerpt.lines, excerpt.first):
        yield paint(f"{number:{width}} | ", "blue") + _plain(line)
        if number == finding.line:
            is_one_line = finding.end_line == finding.line and finding.end_column > finding.column
            end = finding.end_column if is_one_line else max(len(line.rstrip()), finding.column + 1)
            before, under = _plain(line[: finding.column]), _plain(line[finding.column : end])
            mark = " " * _cells(before) + paint("^" * max(1, _cells(under)), "bold red")
            yield paint(f"{' ' * width} | ", "blue") + mark


def _plain(text: str) -> str:
    """Text whose width is known: tabs are spaces, and what moves a terminal's cursor is not written to it."""
    spaced = text.expandtabs(4) if "\t" in text else text
    return "".join(character if character.isprintable() else "?" for character in spaced)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def _summary(report: Report, paint: Paint) -> str:
    read = report.files - sum(not result.findings for result in report.errors)
    files = f"{read} file{'s' * (read != 1)}"
    unread = f", {len(report.errors)} could not be handled" if report.errors else ""
    if not report.findings:
        return paint(f"nothing found in {files}", "green" if not unread else "yellow") + unread
    number = len(report.findings)
    holding = len({finding.path for finding in report.findings})
    found = f"{number} finding{'s' * (number != 1)} in {holding} of {files}"
    return paint(found, "bold red") + unread
