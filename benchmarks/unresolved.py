"""The rules of the corpus of which the linter does not know how many cotangents they return, as a page.

`python benchmarks/corpus.py --write` makes `unresolved.md` of it, so that each change of inference shows in a diff.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).parent / "unresolved.md"
Row = tuple[str, int, str, str]
"""A file with its package, a line, the name of the primal, and the reason."""


def kind_of(reason: str) -> str:
    """The reason without the name of what is imported or called, so that like ones are counted together."""
    head, word, _ = reason.partition(" imported ")
    return f"{head}{word}..." if word else reason


def page(rows: Iterable[Row], proven: int, packages: Iterable[str]) -> str:
    """The page: figures, reasons by count, and each rule."""
    listed = sorted(rows)
    resolved = proven - len(listed)
    reasons = Counter(kind_of(reason) for *_, reason in listed)
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    counted = [f"| {reason} | {count} |" for reason, count in ordered]
    each = [f"| `{file}:{line}` | `{primal}` | {reason} |" for file, line, primal, reason in listed]
    return "\n".join(
        [
            "# Rules that the linter does not understand",
            "",
            "Made by `python benchmarks/corpus.py --write`. Do not edit.",
            "",
            f"Proven rules: {proven}. Resolved, with both counts of cotangents: {resolved} = {resolved / proven:.1%}.",
            "",
            f"Packages: {', '.join(packages)}.",
            "",
            "| reason | rules |",
            "| --- | --- |",
            *counted,
            "",
            "| rule | primal | reason |",
            "| --- | --- | --- |",
            *each,
            "",
        ]
    )
