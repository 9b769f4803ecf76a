"""Operators on values: what Python gives, or surely raises.

A JAX array operates with arrays and numbers only: with a tuple, list, dict or None it raises TypeError
(`_accepted_binop_types` in jax._src.numpy.array_methods). A NumPy array takes lists and tuples too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

import libcst as cst

from flake8_jaxvjp.inference.building import constant, is_none, rest_of, sequence, sequence_of
from flake8_jaxvjp.inference.values import (
    ARRAY,
    MAX_ITEMS,
    NUMBER,
    OTHER,
    Bound,
    Class,
    Constant,
    CustomVjp,
    Function,
    Instance,
    Leaf,
    Mapping,
    Pullback,
    Reference,
    Sequence,
    SequenceKind,
    Unknown,
    Value,
    Wrapped,
)

MAX_INTEGER = 2**62


@dataclass(frozen=True)
class Failure:
    """An operation that surely raises: `kind` says how, `subject` is the value that is at fault."""

    kind: str
    subject: Value
    detail: tuple[object, ...] = ()


Result = Value | Failure

_SYMBOLS: dict[str, str] = {
    "Add": "+", "AddAssign": "+", "Subtract": "-", "SubtractAssign": "-", "Multiply": "*", "MultiplyAssign": "*",
    "Divide": "/", "DivideAssign": "/", "FloorDivide": "//", "FloorDivideAssign": "//", "Modulo": "%",
    "ModuloAssign": "%", "Power": "**", "PowerAssign": "**", "MatrixMultiply": "@", "MatrixMultiplyAssign": "@",
    "BitAnd": "&", "BitAndAssign": "&", "BitOr": "|", "BitOrAssign": "|", "BitXor": "^", "BitXorAssign": "^",
    "LeftShift": "<<", "LeftShiftAssign": "<<", "RightShift": ">>", "RightShiftAssign": ">>",
}  # fmt: skip

_ON_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}

_COMPARE: dict[type[cst.BaseCompOp], Callable[[object, object], bool]] = {
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: lambda a, b: a < b,  # type: ignore[operator]  # only ints and floats come here
    cst.LessThanEqual: lambda a, b: a <= b,  # type: ignore[operator]
    cst.GreaterThan: lambda a, b: a > b,  # type: ignore[operator]
    cst.GreaterThanEqual: lambda a, b: a >= b,  # type: ignore[operator]
}


NEVER_NONE = (Leaf, Constant, Sequence, Reference, Mapping, Function, Pullback, CustomVjp, Class, Instance)
"""Values of which it is known whether they are None; a library's attribute may be a flag that is None."""


def symbol(node: cst.BaseBinaryOp | cst.BaseAugOp) -> str:
    return _SYMBOLS.get(type(node).__name__, "?")


def binary(sign: str, left: Value, right: Value) -> Result:
    """The value of `left sign right`."""
    if isinstance(left, Instance) or isinstance(right, Instance):
        return Unknown("an operator of a class")
    match left, right:
        case Constant(kind="int", value=int(a)), Constant(kind="int", value=int(b)):
            return _integers(sign, a, b)
        case Constant(kind="str" | "bytes"), _ if sign in "+*%":
            return OTHER
        case _, Constant(kind="str" | "bytes") if sign == "*":
            return OTHER
        case Sequence(kind="set") | Mapping(), _:
            return OTHER if sign != "+" else Unknown("operator on a set or dict")
        case (Sequence(), _) | (_, Sequence()):
            return _with_sequence(sign, left, right)
    for value, other in ((left, right), (right, left)):
        if is_none(value) and (_is_number(other) or is_none(other)):
            return Failure("operator", value, (sign,))
    return _leaves(sign, left, right)


def _integers(sign: str, a: int, b: int) -> Result:
    function = _ON_INTEGERS.get(sign)
    if function is None or (sign in ("//", "%") and b == 0):
        return NUMBER
    result = function(a, b)
    return constant(result) if abs(result) < MAX_INTEGER else NUMBER


def _is_number(value: Value) -> bool:
    """Surely a number or JAX array: these do not operate with tuples, lists or None."""
    match value:
        case Leaf(kind="jax" | "number") | Constant(kind="int" | "float" | "bool"):
            return True
    return False


def _with_sequence(sign: str, left: Value, right: Value) -> Result:
    match sign, left, right:
        case "+", Sequence(), Sequence():
            return _concatenated(left, right)
        case "+", Sequence(kind="tuple" | "namedtuple"), Unknown():
            return sequence_of("tuple", left.at_least)
        case "+", Unknown(), Sequence(kind="tuple" | "namedtuple"):
            return Unknown("sum with something unknown")
        case "*", Sequence(), Constant(kind="int" | "bool", value=int(count)):
            return _repeated(left, count)
        case "*", Constant(kind="int" | "bool", value=int(count)), Sequence():
            return _repeated(right, count)
        case "*", Sequence(), Unknown() | Leaf():
            return _times_unknown(left, right)
        case "*", Unknown() | Leaf(), Sequence():
            return _times_unknown(right, left)
    subject, other = (left, right) if isinstance(left, Sequence) else (right, left)
    if subject.kind in ("set", "range", "iterator"):  # type: ignore[union-attr]  # one of them is a Sequence
        return OTHER
    if _is_number(other) or is_none(other) or isinstance(other, (Sequence, Mapping)):
        return Failure("operator", subject, (sign,))
    return OTHER if sign not in ("+", "*") else Unknown("operator on a sequence")


def _concatenated(left: Sequence, right: Sequence) -> Result:
    kinds = {"tuple" if value.kind == "namedtuple" else value.kind for value in (left, right)}
    if len(kinds) > 1 or kinds & {"set", "range", "iterator"}:
        return Failure("operator", left, ("+",)) if kinds <= {"tuple", "list"} else Unknown("sum of sequences")
    kind: SequenceKind = "list" if left.kind == "list" else "tuple"
    if kind == "tuple" and left.has_rest + right.has_rest == 1 and (left.items is None) + (right.items is None) == 1:
        return rest_of(left.at_least + right.at_least)
    if left.items is None or right.items is None:
        return sequence_of(kind, min(left.at_least + right.at_least, MAX_ITEMS))
    return sequence(kind, (*left.items, *right.items))


def _repeated(value: Sequence, count: int) -> Result:
    kind: SequenceKind = "list" if value.kind == "list" else "tuple"
    if value.kind in ("set", "range", "iterator"):
        return Failure("operator", value, ("*",))
    if count <= 0:
        return replace(sequence(kind, ()), origin=value.origin)
    if value.items is None or len(value.items) * count > MAX_ITEMS:
        repeated = sequence_of(kind, min(value.at_least * min(count, MAX_ITEMS), MAX_ITEMS))
    else:
        repeated = sequence(kind, value.items * count)
    return replace(repeated, origin=value.origin)


def _times_unknown(value: Sequence, other: Value) -> Result:
    """A tuple times an int is a longer tuple; times a float, or an array of JAX, also one of integers, a TypeError.

    NumPy multiplies what may be numbers in it: an array comes out.
    """
    match other:
        case Leaf(kind="jax"):
            return Failure("operator", value, ("*",))
        case Unknown() | Leaf(kind="number" | "text" | "other") if _holds_no_number(value.items or ()):
            return replace(sequence_of(value.kind), name="repeated")
        case Unknown() | Leaf():
            return Unknown("a sequence that an int repeats and NumPy multiplies")
    return Failure("operator", value, ("*",))


def _holds_no_number(items: tuple[Value, ...]) -> bool:
    return not all(map(_may_be_number, items))


def _may_be_number(value: Value) -> bool:
    """Whether NumPy may multiply something: None and functions it does not."""
    return not (is_none(value) or isinstance(value, (Function, Pullback, Mapping)))


def _leaves(sign: str, left: Value, right: Value) -> Result:
    kinds = {value.kind for value in (left, right) if isinstance(value, Leaf)}
    known = [_is_number(value) or isinstance(value, Leaf) for value in (left, right)]
    if "jax" in kinds:
        return ARRAY
    if "array" in kinds:
        return Leaf("array")
    if all(known):
        return NUMBER if all(_is_number(value) for value in (left, right)) else OTHER
    for value in (left, right):
        if (isinstance(value, Constant) and value.kind == "float") or (sign == "+" and _is_number(value)):
            return OTHER
    if sign in {"+", "*"}:
        # Two unknown things may be a tuple and a tuple, or a tuple and an int.
        return Unknown(f"'{sign}' of unknown values")
    return OTHER


def unary(node: cst.BaseUnaryOp, value: Value) -> Result:
    match node, value:
        case _, Instance():
            return Unknown("an operator of a class")
        case cst.Not(), _:
            known = truth(value)
            return NUMBER if known is None else constant(not known)
        case cst.Minus(), Constant(kind="int", value=int(number)):
            return constant(-number)
        case _, Sequence(kind="tuple" | "list" | "namedtuple"):
            return Failure("operator", value, ("-",))
        case _, Constant(kind="NoneType"):
            return Failure("operator", value, ("-",))
        case _, Leaf():
            return replace(value, origin=None)
    return NUMBER if _is_number(value) else OTHER


def compare(node: cst.BaseCompOp, left: Value, right: Value) -> Value:
    """The value of a comparison: a known bool, or something that is no tuple."""
    if isinstance(left, Instance) or isinstance(right, Instance):
        return Unknown("an operator of a class")
    match node:
        case cst.Is() | cst.IsNot():
            same = _identical(left, right)
            return OTHER if same is None else constant(same is isinstance(node, cst.Is))
        case cst.In() | cst.NotIn():
            found = _contains(right, left)
            return OTHER if found is None else constant(found is isinstance(node, cst.In))
    match left, right:
        case Constant(kind="int" | "bool" | "float", value=a), Constant(kind="int" | "bool" | "float", value=b):
            return constant(_COMPARE[type(node)](a, b)) if type(node) in _COMPARE else OTHER
        case Constant(value=a), Constant(value=b) if isinstance(node, (cst.Equal, cst.NotEqual)):
            return constant((a == b) is isinstance(node, cst.Equal))
    return OTHER


def _identical(left: Value, right: Value) -> bool | None:
    for value, other in ((left, right), (right, left)):
        if is_none(other) and isinstance(value, NEVER_NONE):
            return is_none(value)
    match left, right:
        case Constant(kind="bool", value=a), Constant(kind="bool", value=b):
            return a is b
    return None


def _contains(container: Value, value: Value) -> bool | None:
    match container, value:
        case Sequence(items=items), Constant() if items is not None and all(isinstance(i, Constant) for i in items):
            return any(item.value == value.value for item in items if isinstance(item, Constant))
    return None


def truth(value: Value) -> bool | None:
    """Whether it counts as true, where that is known."""
    match value:
        case Constant(value=known):
            return bool(known)
        case Sequence(kind="iterator"):
            return True
        case Sequence(items=items, at_least=at_least):
            return len(items) > 0 if items is not None else (True if at_least else None)
        case Mapping(items=items):
            return None if items is None else bool(items)
        case Function() | Wrapped() | Bound() | CustomVjp() | Pullback():
            return True
    return None
