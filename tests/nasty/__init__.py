"""Nasty files: what a linter meets in the wild, and what is owed to each of them."""

from __future__ import annotations

from nasty import arguments, constants, depth, encodings, flow, layout, names, receivers, syntax
from nasty.base import HEADER, RIGHT, WRONG, Nasty

__all__ = ["HEADER", "RIGHT", "WRONG", "Nasty", "nasty_files"]


def nasty_files() -> tuple[Nasty, ...]:
    """Every nasty file; the order and the bytes are the same on each call."""
    parts = (encodings, layout, syntax, receivers, arguments, names, flow, depth, constants)
    return tuple(file for part in parts for file in part.files())
