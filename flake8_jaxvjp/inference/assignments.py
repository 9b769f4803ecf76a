"""Binding and unbinding: names, unpacked targets, items, attributes, and what is changed in place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import items_of, unpack
from flake8_jaxvjp.inference.building import join, options
from flake8_jaxvjp.inference.expressions import operate
from flake8_jaxvjp.inference.memory import capped
from flake8_jaxvjp.inference.operators import Failure, symbol
from flake8_jaxvjp.inference.state import State
from flake8_jaxvjp.inference.values import (
    Bound,
    Constant,
    CustomJvp,
    CustomVjp,
    Function,
    Library,
    Mapping,
    Reference,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)
from flake8_jaxvjp.syntax.tree import dotted_name

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter


def delete(interpreter: Interpreter, target: cst.BaseExpression, state: State) -> None:
    """`del name` unbinds it, `del container[key]` changes the container."""
    match target:
        case cst.Name(value=name):
            state.bind(name, Unknown("deleted"))
            del state.variables[name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                delete(interpreter, element.value, state)
        case cst.Subscript(value=container):
            interpreter.escape(interpreter.evaluate(container, state), state)
        case cst.Attribute():
            state.variables.pop(dotted_name(target), None)


CALLABLES = (Function, Bound, Wrapped, CustomVjp, CustomJvp, Library)


def assign(
    interpreter: Interpreter, target: cst.BaseExpression, value: Value, state: State, place: cst.CSTNode
) -> None:
    """`target = value`; what cannot be unpacked is a fault at `place`."""
    match target:
        case cst.Name(value=name):
            state.bind(name, interpreter.thaw(value, state))
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            _unpack(interpreter, elements, value, state, place)
        case cst.StarredElement(value=inner):
            assign(interpreter, inner, value, state, place)
        case cst.Attribute(value=receiver):
            interpreter.escape(value, state)
            _set_attribute(receiver, dotted_name(target), value, state)
        case cst.Subscript():
            _store(interpreter, target, interpreter.thaw(value, state), state)


def _set_attribute(receiver: cst.BaseExpression, name: str, value: Value, state: State) -> None:
    """`receiver.name = value`: functions and rules are remembered, data may be changed through other names.

    A function that is given a signature of its own is no longer known.
    """
    if not isinstance(receiver, cst.Name) or not name:
        return
    state.bind_attribute(name, value if isinstance(value, CALLABLES) else Unknown("data of an object"))
    if name.endswith((".__wrapped__", ".__signature__")):
        state.bind(receiver.value, Unknown("a function with another's signature"))


def _unpack(
    interpreter: Interpreter,
    elements: Iterable[cst.BaseElement],
    value: Value,
    state: State,
    place: cst.CSTNode,
) -> None:
    targets = list(elements)
    star = next((i for i, element in enumerate(targets) if isinstance(element, cst.StarredElement)), None)
    choices = options(interpreter.contents(value, state))
    results = [unpack(choice, len(targets), star) for choice in choices]
    rows = [row for row in results if not isinstance(row, Failure)]
    if not rows and isinstance(results[0], Failure):
        interpreter.report(place, results[0])
        rows = [tuple([Unknown("an operation that raises")] * len(targets))]
    for index, element in enumerate(targets):
        assign(interpreter, element.value, join(*(row[index] for row in rows)), state, place)


def _store(interpreter: Interpreter, target: cst.Subscript, value: Value, state: State) -> None:
    """`receiver[key] = value`: followed for a constant key of a dict, or index of a list; else all is unknown."""
    receiver = interpreter.evaluate(target.value, state)
    key: Value = Unknown()
    match target.slice:
        case [cst.SubscriptElement(slice=cst.Index(value=index, star=None))]:
            key = interpreter.evaluate(index, state)
    content = state.heap.get(receiver.key) if isinstance(receiver, Reference) else None
    if isinstance(receiver, Reference) and content is not None and isinstance(key, Constant):
        shown = interpreter.contents(receiver, state)
        if isinstance(shown, Mapping):
            state.heap[receiver.key] = tuple({**dict(shown.items or ()), key.value: value}.items())
            return
        if isinstance(key.value, int) and isinstance(shown, Sequence) and shown.items is not None:
            items = list(shown.items)
            if -len(items) <= key.value < len(items):
                items[key.value] = value
                state.heap[receiver.key] = tuple(items)
                return
    interpreter.escape(value, state)
    interpreter.escape(receiver, state)


def augment(interpreter: Interpreter, node: cst.AugAssign, state: State) -> None:
    right = interpreter.contents(interpreter.evaluate(node.value, state), state)
    left = interpreter.evaluate(node.target, state)
    sign = symbol(node.operator)
    if sign == "+" and isinstance(left, Reference) and not left.is_dict:
        items, extra = items_of(interpreter.contents(left, state)), items_of(right)
        state.heap[left.key] = None if items is None or extra is None else capped((*items, *extra))
        if state.heap[left.key] is None:
            interpreter.escape(right, state)
        return
    if any(isinstance(option, Reference) or _is_list(option) for option in options(left)):
        interpreter.escape(left, state)
        value: Value = Unknown("a list changed in place")
    else:
        value = operate(interpreter, node, sign, left, right, state)
    assign(interpreter, node.target, value, state, node)


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and value.kind == "list"
