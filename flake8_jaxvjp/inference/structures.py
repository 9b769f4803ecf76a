"""Values made from the structure of other values: cotangents, compiled results, results of callbacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flake8_jaxvjp.inference.building import join, sequence_of
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.values import (
    ARRAY,
    NONE,
    OTHER,
    Bound,
    Choice,
    Constant,
    Function,
    Instance,
    Key,
    Leaf,
    Mapping,
    Pullback,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)


def round_trip(value: Value) -> Value:
    """What a pytree becomes when JAX takes it apart and makes it anew: the keys of a dict are sorted."""
    match value:
        case Choice(options=choices):
            return join(*map(round_trip, choices))
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items) if items is not None:
            return replace(value, items=tuple(map(round_trip, items)))
        case Mapping(items=pairs) if pairs is not None:
            return replace(value, items=in_order((key, round_trip(item)) for key, item in pairs))
    return value


def in_order(pairs: Iterable[tuple[Key, Value]]) -> tuple[tuple[Key, Value], ...] | None:
    """The items of a dict with their keys sorted, where it is sure how they are."""
    known = tuple(pairs)
    words = {key: value for key, value in known if isinstance(key, str)}
    numbers = {key: value for key, value in known if type(key) is int}
    if len(known) < 2:
        return known
    if len(words) == len(known):
        return tuple((key, words[key]) for key in sorted(words))
    return tuple((key, numbers[key]) for key in sorted(numbers)) if len(numbers) == len(known) else None


def as_arrays(value: Value) -> Value:
    """What a compiled function makes of it: numbers become arrays, structure stays."""
    match value:
        case Choice(options=choices):
            return join(*(as_arrays(choice) for choice in choices))
        case Constant(kind="int" | "float" | "bool") | Leaf(kind="number" | "array"):
            return ARRAY
        case Sequence(items=items) if items is not None:
            shown = tuple(as_arrays(item) for item in items)
            return Sequence(value.kind, shown, len(shown), None, value.fields, value.name)
        case Mapping(items=pairs) if pairs is not None:
            return Mapping(in_order((key, as_arrays(item)) for key, item in pairs))
    return value


def cotangent_like(primal: Value) -> Value:
    """The cotangent of a value: the same structure, with an array for each number or array."""
    match primal:
        case Choice(options=choices):
            return join(*(cotangent_like(choice) for choice in choices))
        case Leaf(kind="jax" | "array" | "number") | Constant(kind="int" | "float" | "bool"):
            return ARRAY
        case Leaf(kind="other"):  # what an operator gives: an array, or an object of a class that has it
            return OTHER
        case Constant(kind="NoneType"):
            return NONE
        case Sequence(kind="tuple" | "list" | "namedtuple" as kind, items=items):
            if items is None:
                return Sequence(kind, None, primal.at_least)
            shown = tuple(cotangent_like(item) for item in items)
            return Sequence(kind, shown, len(shown), None, primal.fields, primal.name)
        case Mapping(items=pairs) if pairs is not None:
            return Mapping(in_order((key, cotangent_like(item)) for key, item in pairs))
        case Unknown(reason=reason):
            return Unknown(reason)
    return Unknown("the cotangent of something unknown")


def results_like(shapes: Value) -> Value:
    """What a callback or kernel returns for a description of its results: an array for each leaf."""
    match shapes:
        case Choice(options=choices):
            return join(*(results_like(choice) for choice in choices))
        case Leaf():
            return ARRAY
        case Sequence(kind="tuple" | "list" as kind, items=items):
            if items is None:
                return sequence_of(kind, shapes.at_least)
            shown = tuple(results_like(item) for item in items)
            return Sequence(kind, shown, len(shown))
        case Mapping(items=pairs) if pairs is not None:
            return Mapping(in_order((key, results_like(item)) for key, item in pairs))
        case Constant(kind="NoneType"):
            return NONE
    return Unknown("results of an unknown shape")


def named_tuple(name: str, fields: tuple[str, ...], arguments: Arguments, is_closed: bool) -> Value:
    given = dict(zip(fields, arguments.positional, strict=False)) | arguments.keywords
    items = tuple(given.get(field, Unknown("a default")) for field in fields)
    return Sequence("namedtuple", items, len(items), None, fields, name, is_closed)


def is_no_tuple(value: Value) -> bool:
    """Surely neither a tuple nor a list, as JAX tests it (a named tuple is neither)."""
    match value:
        case Sequence(kind=kind):
            return kind not in ("tuple", "list")
        case Leaf() | Constant() | Mapping() | Pullback() | Function() | Bound() | Wrapped() | Instance():
            return True
    return False
