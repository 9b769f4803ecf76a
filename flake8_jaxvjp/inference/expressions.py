"""The value of each kind of expression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import attribute, items_of, slice_of, subscript
from flake8_jaxvjp.inference.building import constant, join, options, origin_of, rest_of, sequence, sequence_of
from flake8_jaxvjp.inference.call_expressions import call_value
from flake8_jaxvjp.inference.comprehensions import comprehension
from flake8_jaxvjp.inference.conditions import narrow, truth_of
from flake8_jaxvjp.inference.operators import binary, compare, symbol, truth, unary
from flake8_jaxvjp.inference.state import join_heaps, merge
from flake8_jaxvjp.inference.values import (
    ARRAY,
    MAX_ITEMS,
    NUMBER,
    OTHER,
    Constant,
    Function,
    Imported,
    Instance,
    Key,
    Leaf,
    Mapping,
    Sequence,
    Unknown,
    Value,
)
from flake8_jaxvjp.syntax.tree import dotted_name

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State

MAX_DIGITS = 18


def evaluate(interpreter: Interpreter, node: cst.BaseExpression, state: State) -> Value:
    """What the expression can be. Never raises but `OutOfFuel`."""
    match node:
        case cst.Name(value=name):
            return _name(interpreter, name, state)
        case cst.Attribute():
            return _attribute(interpreter, node, state)
        case cst.Call():
            return call_value(interpreter, node, state)
        case cst.Tuple(elements=elements):
            return display(interpreter, "tuple", elements, state)
        case cst.List(elements=elements):
            return _list(interpreter, elements, state)
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            return _binary(interpreter, node, symbol(operator), left, right, state)
        case cst.Subscript():
            return _subscript(interpreter, node, state)
        case cst.IfExp():
            return _conditional(interpreter, node, state)
        case cst.Lambda(params=params):
            interpreter.disturb(params, state)
            return _lambda(interpreter, node, state)
        case cst.NamedExpr(target=cst.Name(value=name), value=value):
            found = interpreter.thaw(interpreter.evaluate(value, state), state)
            state.bind(name, found)
            return found
        case _:
            return _other(interpreter, node, state)


def _other(interpreter: Interpreter, node: cst.BaseExpression, state: State) -> Value:
    match node:
        case cst.Integer(value=text):
            return constant(int(text.replace("_", ""), 0)) if len(text) <= MAX_DIGITS else NUMBER
        case cst.Float() | cst.Imaginary():
            return _float(node)
        case cst.SimpleString() | cst.ConcatenatedString():
            return _string(node)
        case cst.FormattedString():
            interpreter.disturb(node, state)
            return OTHER
        case cst.Ellipsis():
            return OTHER
        case cst.UnaryOperation(operator=operator, expression=expression):
            value = interpreter.contents(interpreter.evaluate(expression, state), state)
            return interpreter.over_options(node, lambda v: unary(operator, v), value)
        case cst.BooleanOperation():
            return _boolean(interpreter, node, state)
        case cst.Comparison():
            return _comparison(interpreter, node, state)
        case cst.Dict():
            return _dict(interpreter, node, state)
        case cst.Set(elements=elements):
            return display(interpreter, "set", elements, state)
        case cst.ListComp(elt=element, for_in=clause):
            items = comprehension(interpreter, element, clause, state)
            return interpreter.new_list(items, state)
        case cst.GeneratorExp(elt=element, for_in=clause):
            items = comprehension(interpreter, element, clause, state)
            return Sequence("iterator", items, 0, name="a generator")
        case cst.SetComp():
            interpreter.disturb(node, state)
            return sequence_of("set")
        case cst.DictComp():
            interpreter.disturb(node, state)
            return interpreter.new_dict(None, state)
    interpreter.disturb(node, state)
    return Unknown(f"a {type(node).__name__} expression")


def _name(interpreter: Interpreter, name: str, state: State) -> Value:
    match name:
        case "None":
            return constant(None)
        case "True" | "False":
            return constant(name == "True")
    return interpreter.lookup(name, state)


def _float(node: cst.Float | cst.Imaginary) -> Value:
    try:
        return constant(float(node.value)) if isinstance(node, cst.Float) else NUMBER
    except ValueError:
        return NUMBER


def _string(node: cst.SimpleString | cst.ConcatenatedString) -> Value:
    try:
        value = node.evaluated_value
    except Exception:  # noqa: BLE001 - libcst evaluates the literal, whatever it is
        return OTHER
    return constant(value) if isinstance(value, (str, bytes)) and len(value) < MAX_ITEMS else OTHER


def display(interpreter: Interpreter, kind: str, elements: Iterable[cst.BaseElement], state: State) -> Sequence:
    """A tuple, list or set display; a starred part of unknown length makes a lower bound."""
    items: list[Value] = []
    known = True
    rests = 0
    for element in elements:
        value = interpreter.evaluate(element.value, state)
        if not isinstance(element, cst.StarredElement):
            items.append(value)
            continue
        inner = items_of(interpreter.contents(value, state))
        if inner is None:
            known = False
            rests += 1 if isinstance(value, Sequence) and value.has_rest else 2
            if isinstance(value, Sequence):
                items.extend([Unknown("starred")] * min(value.at_least, MAX_ITEMS))
        else:
            items.extend(inner)
    result = sequence(kind, items)  # type: ignore[arg-type]  # the callers name the three displays
    if rests == 1 and kind == "tuple" and len(items) < MAX_ITEMS:
        return rest_of(len(items))
    return result if known else sequence_of(result.kind, min(len(items), MAX_ITEMS))


def _list(interpreter: Interpreter, elements: Iterable[cst.BaseElement], state: State) -> Value:
    shown = display(interpreter, "list", elements, state)
    return interpreter.new_list(shown.items, state)


def _dict(interpreter: Interpreter, node: cst.Dict, state: State) -> Value:
    pairs: dict[Key, Value] = {}
    known = True
    for element in node.elements:
        value = interpreter.evaluate(element.value, state)
        key = interpreter.evaluate(element.key, state) if isinstance(element, cst.DictElement) else None
        if isinstance(key, Constant):
            pairs[key.value] = value
            continue
        known = False
        interpreter.escape(value, state)
    return interpreter.new_dict(tuple(pairs.items()) if known and len(pairs) <= MAX_ITEMS else None, state)


def _binary(
    interpreter: Interpreter,
    node: cst.CSTNode,
    sign: str,
    left: cst.BaseExpression,
    right: cst.BaseExpression,
    state: State,
) -> Value:
    operands = [interpreter.evaluate(operand, state) for operand in (left, right)]
    if any(isinstance(option, Instance) for operand in operands for option in options(operand)):
        for operand in operands:
            interpreter.escape(operand, state)
    shown = [interpreter.contents(operand, state) for operand in operands]
    for index, written in enumerate((left, right)):
        if _was_meant_for_an_array(interpreter, written):
            shown[index] = ARRAY
    return operate(interpreter, node, sign, shown[0], shown[1], state)


def _was_meant_for_an_array(interpreter: Interpreter, operand: cst.BaseExpression) -> bool:
    """Whether an operand is an operation that raises since a pullback's tuple is in it: mended, it gives an array.

    So `pullback(g) * 2.0 - pullback(g)` has two mistakes, and not one that hides the other.
    """
    if not isinstance(operand, (cst.BinaryOperation, cst.UnaryOperation)):
        return False
    return any(
        fault.node is operand and fault.failure.kind == "operator" and _is_pulled(fault.failure.subject)
        for fault in interpreter.faults
    )


def _is_pulled(value: Value) -> bool:
    origin = origin_of(value)
    return origin is not None and origin.source == "pullback result" and not origin.path


def operate(interpreter: Interpreter, node: cst.CSTNode, sign: str, left: Value, right: Value, state: State) -> Value:
    """`left sign right`, on every combination of what they can be; a new list where a list comes out."""
    value = interpreter.over_options(node, lambda a, b: binary(sign, a, b), left, right)
    return interpreter.born(value, state)


def _subscript(interpreter: Interpreter, node: cst.Subscript, state: State) -> Value:
    container = interpreter.evaluate(node.value, state)
    value = interpreter.contents(container, state)
    match node.slice:
        case [cst.SubscriptElement(slice=cst.Index(value=index, star=None))]:
            position = interpreter.evaluate(index, state)
            item = interpreter.over_options(node, subscript, value, interpreter.contents(position, state))
            if isinstance(item, Unknown) and not _is_known_place(value, position):
                # Some list in it now has another name, or a method of a class has got the index.
                interpreter.escape(container, state)
                interpreter.escape(position, state)
            return item
        case [cst.SubscriptElement(slice=cst.Slice(lower=lower, upper=upper, step=step))]:
            bounds = [None if b is None else interpreter.evaluate(b, state) for b in (lower, upper, step)]
            triple = (bounds[0], bounds[1], bounds[2])
            sliced = join(*(slice_of(option, triple) for option in options(value)))
            return interpreter.born(sliced, state)
    for element in node.slice:
        if isinstance(element.slice, cst.Index):
            interpreter.evaluate(element.slice.value, state)
    is_array = isinstance(value, Leaf) and value.kind in ("jax", "array")
    return Leaf(value.kind) if is_array and isinstance(value, Leaf) else Unknown("subscript of something unknown")


def _is_known_place(container: Value, position: Value) -> bool:
    """Whether it is one item that is taken: what is unknown in it was not known before."""
    match container, position:
        case Sequence(items=items), Constant(kind="int"):
            return items is not None
        case Mapping(items=pairs), Constant():
            return pairs is not None
    return False


def _lambda(interpreter: Interpreter, node: cst.Lambda, state: State) -> Value:
    if state.in_comprehension:
        # Closures look names up in frames, and a comprehension's names are in none.
        return Unknown("a lambda in a comprehension")
    function = Function(node, state.frame)
    if interpreter.activation.is_open and interpreter.scopes[node].mentions_vjp:
        interpreter.pending.append(function)
    return function


def _attribute(interpreter: Interpreter, node: cst.Attribute, state: State) -> Value:
    name = dotted_name(node)
    if name and name in state.variables:
        return state.variables[name]
    value = interpreter.evaluate(node.value, state)
    if isinstance(value, Imported) and node.attr.value in state.frame.module.focus.stored_attributes:
        return Unknown("an attribute of a module that this file sets")
    if not hasattr([], node.attr.value) and not hasattr({}, node.attr.value):
        value = interpreter.contents(value, state)  # no method of a list or dict that would change it
    is_set = node.attr.value in state.frame.module.focus.stored_attributes
    found = interpreter.over_options(node, lambda option: attribute(option, node.attr.value, is_set), value)
    return interpreter.follow(found)


def _conditional(interpreter: Interpreter, node: cst.IfExp, state: State) -> Value:
    known = truth_of(interpreter, node.test, state)
    values: list[Value] = []
    paths: list[State] = []
    for branch, expected in ((node.body, True), (node.orelse, False)):
        if known is None or known is expected:
            inside = state.fork()
            narrow(interpreter, node.test, inside, expected)
            values.append(interpreter.evaluate(branch, inside))
            paths.append(inside)
    state.heap = join_heaps([path.heap for path in paths])
    return merge(values, state.heap)


def _boolean(interpreter: Interpreter, node: cst.BooleanOperation, state: State) -> Value:
    left = interpreter.evaluate(node.left, state)
    is_and = isinstance(node.operator, cst.And)
    known = truth(interpreter.contents(left, state))
    if known is not None and known is not is_and:
        return left
    inside = state.fork()
    narrow(interpreter, node.left, inside, is_and)
    right = interpreter.evaluate(node.right, inside)
    if known is not None:
        state.heap = inside.heap
        return right
    state.heap = join_heaps([state.heap, inside.heap])
    kept = [option for option in options(left) if truth(interpreter.contents(option, state)) is not is_and]
    return merge([*kept, right], state.heap)


def _comparison(interpreter: Interpreter, node: cst.Comparison, state: State) -> Value:
    left = interpreter.contents(interpreter.evaluate(node.left, state), state)
    results: list[Value] = []
    for target in node.comparisons:
        right = interpreter.contents(interpreter.evaluate(target.comparator, state), state)
        results.append(join(*(compare(target.operator, a, b) for a in options(left) for b in options(right))))
        left = right
    return results[0] if len(results) == 1 else OTHER
