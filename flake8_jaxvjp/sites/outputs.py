"""Whether two values surely have different pytree structures."""

from __future__ import annotations

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.values import Constant, Leaf, Mapping, Sequence, Value, is_none, options

CONTAINERS = ("tuple", "list", "namedtuple")


def first_of_pair(value: Value) -> list[Value]:
    """What the first element of a pair can be; nothing where it is not sure that the value is a pair."""
    found: list[Value] = []
    for option in options(value):
        items = items_of(option)
        if not isinstance(option, Sequence) or option.kind not in CONTAINERS or items is None or len(items) != 2:
            return []
        found.extend(options(items[0]))
    return found


def differ(one: Value, two: Value) -> bool:
    """Whether the structures surely differ, whatever is unknown in them."""
    forms = _form(one), _form(two)
    if None in forms:
        return False
    if forms[0] != forms[1]:
        return True
    match one, two:
        case Sequence(), Sequence():
            return _items_differ(one, two)
        case Mapping(items=a), Mapping(items=b) if a is not None and b is not None:
            left, right = dict(a), dict(b)
            return left.keys() != right.keys() or any(_all_differ(left[key], right[key]) for key in left)
    return False


def _items_differ(one: Sequence, two: Sequence) -> bool:
    if one.items is not None and two.items is not None:
        is_other_length = len(one.items) != len(two.items)
        return is_other_length or any(map(_all_differ, one.items, two.items))
    known, open_end = (one, two) if one.items is not None else (two, one)
    return known.items is not None and open_end.at_least > len(known.items)


def _all_differ(one: Value, two: Value) -> bool:
    return all(differ(a, b) for a in options(one) for b in options(two))


def _form(value: Value) -> str | None:
    """The outermost node of the structure; None where it is not sure."""
    match value:
        case Leaf(kind="jax" | "array" | "number") | Constant(kind="int" | "float" | "bool"):
            return "leaf"
        case Constant() if is_none(value):
            return "None"
        case Sequence(kind="tuple" | "list" as kind):
            return kind
        case Sequence(kind="namedtuple", name=name):
            return f"named tuple {name}"
        case Mapping():
            return "dict"
    return None
