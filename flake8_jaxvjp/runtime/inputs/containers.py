"""How a function takes its parameters apart, read from its source: `a, b = p`, `p["w"]`, `for w, b in layers`.

A parameter whose annotation is a NamedTuple, or a dataclass that JAX knows as a pytree, is built from its fields.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax

LAYERS = 2


def _alone(values: Sequence[Any]) -> Any:
    return values[0]


@dataclass(frozen=True)
class Container:
    """The leaves of one parameter by name, and what makes the argument of them; one leaf if nothing is known.

    `sure` says that the annotation says so: a default such as None is then not all that there is to try.
    """

    names: tuple[str, ...]
    filled: Callable[[Sequence[Any]], Any] = _alone
    sure: bool = False


def containers_of(function: Any) -> dict[str, Container]:
    """By parameter, as far as annotations and source tell."""
    return {**_from_source(function), **_from_annotations(function)}


def _from_annotations(function: Any) -> dict[str, Container]:
    try:
        hints = typing.get_type_hints(inspect.unwrap(function))
    except Exception:
        return {}
    found = {}
    for name, hint in hints.items():
        fields = _fields(hint)
        if fields:
            found[name] = Container(tuple(fields), _maker(hint), sure=True)
    return found


def _maker(made: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda values: made(*values)


def _fields(hint: Any) -> tuple[str, ...]:
    """The fields of a class of arrays; none if some field is of another kind, or may be left out."""
    if not isinstance(hint, type):
        return ()
    if issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return tuple(hint._fields)
    if not dataclasses.is_dataclass(hint):
        return ()
    fields = dataclasses.fields(hint)
    if any(not (one.init and re.search("Array|ndarray", str(one.type))) for one in fields):
        return ()
    try:
        leaves = jax.tree_util.tree_leaves(hint(*range(len(fields))))
    except Exception:
        return ()
    return tuple(one.name for one in fields) if leaves == list(range(len(fields))) else ()


def _from_source(function: Any) -> dict[str, Container]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    found: dict[str, Container] = {}
    keys: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            names = _targets(node.targets[0])
            if names:
                found[node.value.id] = Container(names, tuple)
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Name):
            names = _targets(node.target)
            if names:
                found[node.iter.id] = Container(names * LAYERS, functools.partial(_rows, len(names)))
        elif isinstance(node, ast.Subscript):
            _note_keys(node, keys)
    for name, tree_of_keys in keys.items():
        paths = _paths(tree_of_keys)
        found[name] = Container(tuple(path[-1] for path in paths), functools.partial(_nested, paths))
    return found


def _targets(target: ast.expr) -> tuple[str, ...]:
    """Names for the items that a tuple of targets takes; none if it takes all that are left."""
    if not isinstance(target, (ast.Tuple, ast.List)) or any(isinstance(one, ast.Starred) for one in target.elts):
        return ()
    return tuple(one.id if isinstance(one, ast.Name) else f"item {i}" for i, one in enumerate(target.elts))


def _rows(width: int, values: Sequence[Any]) -> list[Any]:
    return [tuple(values[start : start + width]) for start in range(0, len(values), width)]


def _note_keys(node: ast.expr, keys: dict[str, Any]) -> None:
    """Add the path of `p["layer"]["w"]` to the keys of p."""
    path: list[str] = []
    while isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(key, str):
            return
        path.insert(0, key)
        node = node.value
    if isinstance(node, ast.Name):
        place = keys.setdefault(node.id, {})
        for key in path:
            place = place.setdefault(key, {})


def _paths(keys: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key in sorted(keys):
        found += _paths(keys[key], (*above, key)) or [(*above, key)]
    return found


def _nested(paths: Sequence[tuple[str, ...]], values: Sequence[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in zip(paths, values, strict=True):
        place = made
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return made
