"""What the fixer is asked and what it answers; apart from it, because it takes long to load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flake8_jaxvjp.findings import Finding

UNSAFE = "--unsafe fixes it"
Wants = Callable[[str, Finding], bool]


@dataclass(frozen=True)
class Asked:
    """What may be fixed: `wants` is asked with the text and the finding, so that it can look at comments."""

    filename: str
    wants: Wants
    unsafe: bool = False
    preview: bool = False
    flags: int = 0


@dataclass(frozen=True)
class Fixed:
    """The new text and the findings that are gone; both as they were for a text that needs nothing.

    `refused` are findings of the new text that a rule knows how to put right, and why that was not done.
    """

    raw: str
    mended: tuple[Finding, ...] = ()
    refused: Mapping[Finding, str] = field(default_factory=dict, compare=False)
