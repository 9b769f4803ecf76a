"""Values made, joined and taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flake8_jaxvjp.inference.values import (
    MAX_ITEMS,
    MAX_OPTIONS,
    Choice,
    Constant,
    Leaf,
    Mapping,
    Origin,
    Pullback,
    Reference,
    Sequence,
    SequenceKind,
    Unknown,
    Value,
)


def constant(value: bool | int | float | str | bytes | None) -> Constant:
    return Constant(type(value).__name__, value)


def is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.kind == "NoneType"


def options(value: Value) -> tuple[Value, ...]:
    """The values that it can be, one by one."""
    return value.options if isinstance(value, Choice) else (value,)


def sequence(kind: SequenceKind, items: Iterable[Value], origin: Origin | None = None) -> Sequence:
    """A sequence of known items, or of unknown ones when they are too many."""
    known = tuple(items)
    if kind == "set" and not _are_distinct(known):
        return Sequence(kind, None, 0, origin)
    if len(known) > MAX_ITEMS:
        return Sequence(kind, None, 0 if kind == "list" else MAX_ITEMS, origin)
    return Sequence(kind, known, len(known), origin)


def _are_distinct(items: tuple[Value, ...]) -> bool:
    """Whether the items of a set are constants, no two of them equal (as 1 and True are)."""
    values = [item.value for item in items if isinstance(item, Constant)]
    return len(values) == len(items) and len(set(values)) == len(values)


def sequence_of(kind: SequenceKind, at_least: int = 0) -> Sequence:
    """A sequence of unknown items; a list may be shortened in place, so it has no least length."""
    return Sequence(kind, None, 0 if kind == "list" else at_least)


def rest_of(at_least: int) -> Sequence:
    """A tuple of the length of the primal's `*args`, and some more."""
    return Sequence("tuple", None, at_least, has_rest=True)


def tuple_of(*items: Value) -> Sequence:
    return sequence("tuple", items)


def with_origin(value: Value, source: str, path: tuple[int, ...] = ()) -> Value:
    """The value with its origin, and the origin of each of its items, marked."""
    origin = Origin(source, path)
    match value:
        case Choice(choices):
            return join(*(with_origin(choice, source, path) for choice in choices))
        case Sequence(items=items) if items is not None:
            marked = tuple(with_origin(item, source, (*path, index)) for index, item in enumerate(items))
            return replace(value, items=marked, origin=origin)
        case Sequence() | Leaf() | Constant() | Mapping() | Pullback() | Reference() | Unknown():
            return replace(value, origin=origin)
    return value


def origin_of(value: Value) -> Origin | None:
    match value:
        case Sequence() | Leaf() | Constant() | Mapping() | Pullback() | Reference() | Unknown():
            return value.origin
    return None


def join(*values: Value) -> Value:
    """The least value that covers all of them; no values at all (dead code) are Unknown."""
    merged: list[Value] = []
    for value in _flat(values):
        if isinstance(value, Unknown):
            return value
        _merge_into(merged, value)
        if len(merged) > MAX_OPTIONS:
            return Unknown("too many possible values")
    match merged:
        case []:
            return Unknown("never bound")
        case [one]:
            return one
    return Choice(tuple(merged))


def _flat(values: Iterable[Value]) -> Iterator[Value]:
    for value in values:
        yield from options(value)


def _merge_into(merged: list[Value], value: Value) -> None:
    for index, other in enumerate(merged):
        if other == value:
            return
        both = _merge(other, value)
        if both is not None:
            merged[index] = both
            return
    merged.append(value)


def _merge(one: Value, two: Value) -> Value | None:
    """One value for two of the same form, or None when they have to stay apart."""
    match one, two:
        case Sequence(items=a), Sequence(items=b) if _alike(one, two) and a is not None and b is not None:
            return replace(one, items=tuple(map(join, a, b)), origin=_common(one.origin, two.origin))
        case Leaf(kind=a_kind), Leaf(kind=b_kind) if a_kind == b_kind:
            return replace(one, origin=_common(one.origin, two.origin))
    return None


def _alike(one: Sequence, two: Sequence) -> bool:
    same_class = (one.fields, one.name, one.is_closed) == (two.fields, two.name, two.is_closed)
    return same_class and (one.kind, one.length) == (two.kind, two.length)


def _common(one: Origin | None, two: Origin | None) -> Origin | None:
    return one if one == two else None
