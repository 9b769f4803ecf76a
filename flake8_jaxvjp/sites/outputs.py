"""Whether two values surely have different pytree structures."""

from __future__ import annotations

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.values import Constant, Leaf, Mapping, Sequence, Unknown, Value

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
    if _is_inside(one, two) or _is_inside(two, one):
        return True
    forms = _form(one), _form(two)
    if None in forms:
        return False
    if "other" in forms:
        return bool({"tuple", "list", "None"} & set(forms))
    if forms[0] != forms[1]:
        return True
    match one, two:
        case Sequence(), Sequence():
            return _items_differ(one, two)
        case Mapping(items=a), Mapping(items=b) if a is not None and b is not None:
            left, right = dict(a), dict(b)
            return left.keys() != right.keys() or any(_all_differ(left[key], right[key]) for key in left)
    return False


def _is_inside(part: Value, whole: Value) -> bool:
    """Whether a parameter, of whatever structure, stands in a container: its structure is a part of the other."""
    if not isinstance(part, Unknown) or part.origin is None or part.origin.source != "parameter":
        return False
    match whole:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items) if items is not None:
            return any(item == part or _is_inside(part, item) for item in items)
        case Mapping(items=pairs) if pairs is not None:
            return any(item == part or _is_inside(part, item) for _, item in pairs)
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
    """The outermost node of the structure, "other" for what surely is no tuple, list or None; None if unknown."""
    match value:
        case Leaf(kind="jax" | "array" | "number") | Constant(kind="int" | "float" | "bool"):
            return "leaf"
        case Constant() if is_none(value):
            return "None"
        case Leaf(kind="other" | "text", origin=None):
            return "other"
        case Sequence(kind="tuple" | "list" as kind):
            return kind
        case Sequence(kind="namedtuple", name=name):
            return f"named tuple {name}"
        case Mapping():
            return "dict"
    return None
