"""What Python's builtin functions return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import item_of, items_of
from flake8_jaxvjp.inference.building import constant, join, options, rest_of, sequence, sequence_of, tuple_of
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.values import (
    MAX_ITEMS,
    NONE,
    NUMBER,
    OTHER,
    Builtin,
    Choice,
    Constant,
    Imported,
    Instance,
    Leaf,
    Library,
    Mapping,
    Method,
    Reference,
    Sequence,
    SequenceKind,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State

NUMBERS = frozenset(
    "abs float int bool complex round pow divmod ord hash id any all callable hasattr issubclass".split()
)
STRINGS = frozenset("str repr format ascii chr bin hex oct bytes".split())
NAMES = (
    NUMBERS
    | STRINGS
    | frozenset(
        """
        tuple list set frozenset dict range zip map filter enumerate reversed sorted len sum min max isinstance print
        staticmethod classmethod property object type getattr iter next slice super vars setattr open
        """.split()
    )
    | frozenset("Exception ValueError TypeError NotImplementedError RuntimeError ImportError KeyError".split())
)


def call(interpreter: Interpreter, name: str, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
    given = [interpreter.contents(value, state) for value in arguments.positional] if arguments.exact else []
    match name, given:
        case (("tuple" | "list" | "set" | "frozenset"), _):
            return _collection(interpreter, name, given, arguments, state)
        case "len", [value]:
            return _length(value)
        case "range", _:
            return _range(given)
        case (("zip" | "enumerate" | "reversed" | "sorted" | "map" | "filter"), _):
            return _iterator(interpreter, name, given, arguments, state, node)
        case "isinstance", [value, kind]:
            return _isinstance(value, kind)
        case "sum" | "min" | "max", _:
            return _fold(name, given)
        case "dict", []:
            return Mapping(tuple(arguments.keywords.items()) if arguments.exact else None)
        case "staticmethod" | "classmethod", [value]:
            return Wrapped(value, f"builtins.{name}")
    return _plain(name, given) or _unknown(interpreter, name, arguments, state)


def _plain(name: str, given: list[Value]) -> Value | None:
    """Functions that give a number or a string whatever they are given."""
    if name in STRINGS:
        return OTHER
    if name == "divmod":
        return tuple_of(Unknown("divmod"), Unknown("divmod"))
    if name in ("abs", "pow", "round"):
        return given[0] if given and isinstance(given[0], Leaf) else OTHER
    return NUMBER if name in NUMBERS else None


def _unknown(interpreter: Interpreter, name: str, arguments: Arguments, state: State) -> Value:
    for value in arguments.positional:
        interpreter.escape(value, state)
    match name:
        case "print" | "setattr":
            return NONE
        case "dict":
            return Mapping(None)
        case "iter" if len(arguments.positional) == 1 and arguments.exact:
            return Sequence("iterator", None, name="an iterator")
    return Unknown(f"call of {name}")


def _collection(interpreter: Interpreter, name: str, given: list[Value], arguments: Arguments, state: State) -> Value:
    kind: SequenceKind = "set" if name in ("set", "frozenset") else "tuple" if name == "tuple" else "list"
    if not given:
        empty = arguments.exact and not arguments.positional
        return interpreter.new_list((), state) if empty and kind == "list" else _unless(empty, kind)
    results: list[Value] = []
    for option in options(given[0]):
        items = items_of(option)
        if items is None:
            at_least = option.at_least if isinstance(option, Sequence) else 0
            if isinstance(option, Sequence) and option.has_rest and kind == "tuple":
                results.append(rest_of(at_least))
                continue
            results.append(sequence_of(kind, at_least))
        elif kind == "list":
            results.append(interpreter.new_list(items, state))
        else:
            results.append(sequence(kind, items))
    return join(*results)


def _unless(empty: bool, kind: SequenceKind) -> Value:
    return sequence(kind, ()) if empty else sequence_of(kind)


def _length(value: Value) -> Value:
    match value:
        case Sequence(kind=kind, items=items) if items is not None and kind not in ("set", "iterator"):
            return constant(len(items))
        case Mapping(items=pairs) if pairs is not None:
            return constant(len({key for key, _ in pairs}))
        case Choice(options=choices):
            return join(*(_length(choice) for choice in choices))
    return NUMBER


def _range(given: list[Value]) -> Value:
    numbers = [value.value for value in given if isinstance(value, Constant) and isinstance(value.value, int)]
    if len(numbers) != len(given) or not 1 <= len(numbers) <= 3 or (len(numbers) == 3 and numbers[2] == 0):
        return sequence_of("range")
    whole = range(*numbers)
    # len(range) raises OverflowError past sys.maxsize; the last index is enough to compare.
    if whole[:1] and whole[MAX_ITEMS:][:1]:
        return sequence_of("range", MAX_ITEMS)
    return sequence("range", (constant(number) for number in whole))


def _iterator(
    interpreter: Interpreter,
    name: str,
    given: list[Value],
    arguments: Arguments,
    state: State,
    node: cst.CSTNode,
) -> Value:
    if name == "map" and len(given) > 1:
        return _map(interpreter, given, arguments.positional[0], state, node)
    known = [items_of(value) for value in given]
    items: tuple[Value, ...] | None = None
    lists = [row for row in known if row is not None]
    if lists and len(lists) == len(known):
        match name:
            case "zip":
                items = tuple(tuple_of(*row) for row in zip(*lists, strict=False))
            case "enumerate":
                items = tuple(tuple_of(_count(index, given, arguments), item) for index, item in enumerate(lists[0]))
            case "reversed":
                items = lists[0][::-1]
            case "sorted":
                items = tuple([join(*lists[0])] * len(lists[0]))
    if name == "sorted":
        return interpreter.new_list(items, state)
    return Sequence("iterator", items, 0, name=f"{name}(...)")


def _count(index: int, given: list[Value], arguments: Arguments) -> Value:
    return constant(index) if len(given) == 1 and not arguments.keywords else NUMBER


def _map(interpreter: Interpreter, given: list[Value], function: Value, state: State, node: cst.CSTNode) -> Value:
    rows = [items_of(value) for value in given[1:]]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        arguments = Arguments(tuple(item_of(value) for value in given[1:]))
        interpreter.call(function, arguments, state, node)
        return Sequence("iterator", None, name="map(...)")
    items = tuple(interpreter.call(function, Arguments(row), state, node) for row in zip(*known, strict=False))
    return Sequence("iterator", items, 0, name="map(...)")


def _fold(name: str, given: list[Value]) -> Value:
    """sum, min and max of arrays are arrays; of anything unknown, unknown (`sum(tuples, ())` is a tuple)."""
    values = given if name != "sum" and len(given) > 1 else list(items_of(given[0]) or ()) if given else []
    if values and (name != "sum" or len(given) == 1) and all(isinstance(value, (Leaf, Constant)) for value in values):
        return join(*values) if name != "sum" else _total(values)
    return Unknown(f"call of {name}")


def _total(values: list[Value]) -> Value:
    kinds = {value.kind for value in values if isinstance(value, Leaf)}
    return Leaf("jax") if "jax" in kinds else OTHER


_KINDS: dict[str, Callable[[Value], bool | None]] = {
    "tuple": lambda v: isinstance(v, Sequence) and v.kind in ("tuple", "namedtuple"),
    "list": lambda v: (isinstance(v, Sequence) and v.kind == "list") or isinstance(v, Reference),
    "dict": lambda v: isinstance(v, Mapping),
    "set": lambda v: isinstance(v, Sequence) and v.kind == "set",
}


def _isinstance(value: Value, kind: Value) -> Value:
    """Isinstance of a builtin container is known for known containers, arrays and None."""
    kinds = kind.items if isinstance(kind, Sequence) and kind.items is not None else (kind,)
    answers = [_is_a(option, one) for option in options(value) for one in kinds]
    if len(options(value)) == 1 and True in answers:
        return constant(True)
    return constant(False) if answers and all(answer is False for answer in answers) else NUMBER


def _is_a(value: Value, kind: Value) -> bool | None:
    match value, kind:
        case ((Unknown() | Instance() | Method() | Library() | Imported()), _):
            return None
        case Leaf(kind="other" | "text" | "number"), _:
            return False if kind in (Builtin("tuple"), Builtin("list")) else None
        case _, Builtin(name=name) if name in _KINDS:
            return _KINDS[name](value)
        case Sequence() | Mapping(), Library(name="jax.Array" | "jax.numpy.ndarray" | "numpy.ndarray"):
            return False
        case Leaf(kind="jax", origin=origin), Library(name="jax.Array" | "jax.numpy.ndarray"):
            # The cotangent of an integer output is of NumPy (float0).
            return None if origin is not None and origin.source == "cotangent" else True
    return None
