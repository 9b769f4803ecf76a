"""Which files a run verifies, and which of them a function that is to be called, or a model, belongs to."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator

from flake8_jaxvjp.command.files import UsageError, Wanted, find

MARKER = re.compile(rb"custom_vjp|custom_jvp|custom_gradient")
MODULES = (".py",)


def expand(paths: Iterable[str], wanted: Wanted | None = None) -> dict[str, tuple[str, ...]]:
    """Files with the names asked for in each (none: all). A folder stands for the files in it that mention a rule, as
    `jaxvjp check` finds them: what a .gitignore names and what holds environments is left out, because it would be
    imported. Raises UsageError for a path that is not there, or that is no Python file.
    """
    targets: dict[str, tuple[str, ...]] = {}
    for text in paths:
        name, _, rule = text.partition("::")
        if os.path.isdir(name):
            if rule:
                raise UsageError(f"{name!r} is a folder: a rule is asked for in a file, as in PATH.py::{rule}")
            for file in find([name], wanted if wanted is not None else Wanted()):
                if file.path.endswith(MODULES) and _mentions_a_rule(file.path):
                    targets[file.shown] = ()
        elif os.path.isfile(name):
            known = targets.get(name)
            targets[name] = () if not rule or known == () else (*(known or ()), rule)
        else:
            raise UsageError(f"there is no file or folder {name!r}")
    return targets


def _mentions_a_rule(path: str) -> bool:
    """Whether a file is to be imported; one that cannot be read is, so that it is said."""
    try:
        with open(path, "rb") as stream:
            return MARKER.search(stream.read()) is not None
    except OSError:
        return True


def having(name: str, paths: Iterable[str]) -> frozenset[str]:
    """The files, of several, that bind a name at their top level; all of them if none does, so that each says so."""
    every = frozenset(paths)
    return frozenset(path for path in every if name in _bound(path)) or every


def _bound(path: str) -> frozenset[str]:
    """The names that the source of a module binds at its top level, in its branches too."""
    try:
        with open(path, "rb") as stream:
            return frozenset(_names(ast.parse(stream.read())))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _names(child)
