"""The words without which a file holds nothing of interest; so light that flake8's edge can ask it for every file."""

from __future__ import annotations

from collections.abc import Iterable

MARKERS = ("vjp", "custom_jvp", "custom_gradient", "custom_vmap")


def has_marker(lines: Iterable[str]) -> bool:
    """Whether the text can hold anything of interest; most files cannot, and cost just this."""
    text = "\n".join(lines)
    return any(marker in text for marker in MARKERS)
