"""Taking values apart: unpacking, subscripts, attributes, iteration."""

from __future__ import annotations

from typing import TypeAlias

from flake8_jaxvjp.inference.building import is_none, join, sequence, sequence_of
from flake8_jaxvjp.inference.library_names import ARRAY_METHODS, canonical
from flake8_jaxvjp.inference.operators import Failure, Result
from flake8_jaxvjp.inference.values import (
    DTYPE,
    NUMBER,
    Bound,
    Class,
    Constant,
    CustomJvp,
    CustomVjp,
    Function,
    Imported,
    Instance,
    Leaf,
    Library,
    Mapping,
    Method,
    Pullback,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

Bounds: TypeAlias = tuple[Value | None, Value | None, Value | None]


def items_of(value: Value) -> tuple[Value, ...] | None:
    """The items that iteration gives, where they are known one by one."""
    match value:
        case Sequence(items=items):
            return items
        case Mapping(items=pairs) if pairs is not None:
            return tuple(Constant(type(key).__name__, key) for key, _ in pairs)
    return None


def item_of(value: Value) -> Value:
    """One item of something that is iterated, whichever it is."""
    match value:
        case Sequence(items=items) if items:
            return join(*items)
        case Leaf(kind="jax" | "array" as kind):
            return Leaf(kind)
    return Unknown("item of an unknown sequence")


def unpack(value: Value, count: int, star: int | None) -> tuple[Value, ...] | Failure:
    """The values of `count` targets, one of which may be starred, at index `star`."""
    items = items_of(value)
    if items is not None:
        return _unpack_known(value, items, count, star)
    match value:
        case Constant(kind=kind) if kind not in ("str", "bytes"):
            return Failure("unpack", value, (count,))
        case Sequence(at_least=at_least) if star is None and at_least > count:
            return Failure("unpack", value, (count,))
        case Leaf(kind="jax" | "array" as kind):
            one: Value = Leaf(kind)
            return tuple(sequence_of("list") if index == star else one for index in range(count))
        case Function() | Pullback():
            return Failure("unpack", value, (count,))
    reason = value.reason if isinstance(value, Unknown) else "item of an unknown sequence"
    return tuple(sequence_of("list") if index == star else Unknown(reason) for index in range(count))


def _unpack_known(value: Value, items: tuple[Value, ...], count: int, star: int | None) -> tuple[Value, ...] | Failure:
    if star is None:
        ordered = not (isinstance(value, Sequence) and value.kind == "set")
        if len(items) != count:
            return Failure("unpack", value, (count,)) if ordered else tuple([Unknown("set")] * count)
        return items
    if len(items) < count - 1:
        return Failure("unpack", value, (count - 1,))
    after = count - star - 1
    middle = items[star : len(items) - after]
    return (*items[:star], sequence("list", middle), *items[len(items) - after :])


def subscript(value: Value, index: Value) -> Result:
    """`value[index]`."""
    match value, index:
        case Sequence(items=items, kind="tuple" | "list" | "namedtuple" | "range"), Constant(value=int(position)):
            if items is None:
                return Unknown("item of an unknown sequence")
            if -len(items) <= position < len(items):
                return items[position]
            return Failure("index", value, (position,))
        case Sequence(kind="set" | "iterator"), _:
            return Failure("index", value, ("a subscript",))
        case Sequence(), Constant(kind="str"):
            return Failure("index", value, ("a name",))
        case Sequence(items=items), Leaf() if items:
            return join(*items)
        case Mapping(items=pairs), Constant(value=key) if pairs is not None:
            found = [item for known, item in pairs if known == key]
            return found[-1] if found else Failure("key", value, (key,))
        case Leaf(kind="jax" | "array" as kind), _:
            return Leaf(kind)
        case Constant(kind="NoneType"), _:
            return Failure("index", value, ("a subscript",))
    return Unknown("subscript of something unknown")


def slice_of(value: Value, bounds: Bounds) -> Value:
    """`value[lower:upper:step]`."""
    if isinstance(value, Leaf) and value.kind in ("jax", "array"):
        return Leaf(value.kind)
    if not isinstance(value, Sequence) or value.kind in ("set", "iterator"):
        return Unknown("slice of something unknown")
    kind = "tuple" if value.kind == "namedtuple" else value.kind
    numbers = [_slice_number(bound) for bound in bounds]
    if value.items is None or None in numbers or numbers[2] == (0,):
        return sequence_of(kind)
    lower, upper, step = (number[0] if number else None for number in numbers)
    return sequence(kind, value.items[lower:upper:step])


def _slice_number(bound: Value | None) -> tuple[int | None] | None:
    """The bound's number (None when it is left out), in a tuple; None when it is not known."""
    match bound:
        case None | Constant(kind="NoneType"):
            return (None,)
        case Constant(value=int(number)):
            return (number,)
    return None


NAMED_TUPLE_METHODS = ("_asdict", "_field_defaults", "_fields", "_make", "_replace")


def attribute(value: Value, name: str, is_set: bool = False) -> Result:
    """`value.name`, for a value whose attributes are not assigned in the function at hand.

    `is_set` says that the file sets an attribute of that name on some object, or on a class of one.
    """
    match value:
        case Library(name=module):
            return Library(canonical(f"{module}.{name}"))
        case Imported(bases=bases, parts=parts):
            return Imported(bases, (*parts, name))
        case Instance(of=cls):
            return _of_instance(cls, name, value)
        case Class():
            found = value.member(name)
            return _of_class(found, value) if found is not None else Unknown(f"attribute {name}")
        case Sequence(fields=fields, items=items) if items is not None and name in fields:
            return items[fields.index(name)]
        case Leaf(kind="jax" | "array"):
            return _of_array(value, name)
        case Leaf(kind="other" | "text") | Unknown():
            return Method(value, name)
        case Constant() if is_none(value) and not name.startswith("__"):
            return Failure("attribute", value, (name,))
        case Sequence(kind="tuple", name="") if not hasattr((), name):
            return Failure("attribute", value, (name,))
        case Sequence(kind="namedtuple", is_closed=True) if not (is_set or _has_named_tuple(value, name)):
            return Failure("attribute", value, (name,))
        case Sequence(kind="list") if not hasattr([], name):
            return Failure("attribute", value, (name,))
        case Mapping() if not hasattr({}, name):
            return Failure("attribute", value, (name,))
        case CustomVjp(function=inner) | CustomJvp(function=inner) if name in ("fun", "__wrapped__"):
            return inner
    return Method(value, name)


def _has_named_tuple(value: Sequence, name: str) -> bool:
    """Whether a named tuple has the attribute: as a field, or as every named tuple does."""
    return name in (*value.fields, *NAMED_TUPLE_METHODS) or name.startswith("__") or hasattr((), name)


def _of_array(value: Leaf, name: str) -> Value:
    match name:
        case "shape":
            return sequence_of("tuple")
        case "ndim" | "size" | "nbytes" | "itemsize":
            return NUMBER
        case "dtype":
            return DTYPE
        case "T" | "mT" | "real" | "imag":
            return Leaf(value.kind)
    return Method(value, name) if name in ARRAY_METHODS or name == "at" else Unknown(f"attribute {name} of an array")


def _of_instance(cls: Class, name: str, instance: Value) -> Value:
    found = cls.member(name)
    if cls.is_subclassed or cls.member("__getattribute__") is not None:
        return Unknown(f"attribute {name}, which a subclass may replace")
    match found:
        case None:
            return Unknown(f"attribute {name} of an object")
        case Function() | Bound(partial=False):
            return Bound(found, (instance,))
        case Wrapped(function=inner, by="builtins.staticmethod"):
            return inner
        case Wrapped(function=inner, by="builtins.classmethod"):
            return Bound(inner, (cls,))
        case Wrapped(function=Function()):
            # jit, vmap and their like give bound methods, as functions do.
            return Bound(found, (instance,))
        case CustomVjp():
            # Not a descriptor: `self.f` is the object itself (jax._src.custom_derivatives.custom_vjp has no __get__).
            return found
    return Unknown(f"attribute {name} of an object")


def _of_class(found: Value, cls: Class) -> Value:
    match found:
        case Wrapped(function=inner, by="builtins.staticmethod"):
            return inner
        case Wrapped(function=inner, by="builtins.classmethod"):
            return Bound(inner, (cls,))
        case Function() | Wrapped() | CustomVjp() | CustomJvp() | Class() | Bound():
            return found
    # Data of a class can be set from anywhere, and a member of an Enum is not its value.
    return Unknown("data of a class")
