"""Comprehensions and generator expressions over what has a known length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import item_of, items_of
from flake8_jaxvjp.inference.values import MAX_ITEMS, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State


def comprehension(
    interpreter: Interpreter, element: cst.BaseExpression, clause: cst.CompFor, state: State
) -> tuple[Value, ...] | None:
    """The items that a comprehension makes, or None when their number is not known."""
    inside = state.fork()
    inside.in_comprehension = True
    items = _clause_items(interpreter, element, clause, inside)
    for key, content in inside.heap.items():
        if key not in state.heap or state.heap[key] != content:
            state.heap[key] = content if key not in state.heap else None
    return items


def _clause_items(
    interpreter: Interpreter, element: cst.BaseExpression, clause: cst.CompFor, state: State
) -> tuple[Value, ...] | None:
    iterable = interpreter.contents(interpreter.evaluate(clause.iter, state), state)
    known = items_of(iterable)
    results: list[Value] = []
    exact = known is not None and clause.asynchronous is None
    for item in known if known is not None else (item_of(iterable),):
        bind_quietly(clause.target, item, state)
        conditions = [interpreter.truth(condition.test, state) for condition in clause.ifs]
        if False in conditions:
            continue
        exact = exact and None not in conditions
        if clause.inner_for_in is not None:
            inner = _clause_items(interpreter, element, clause.inner_for_in, state)
            exact = exact and inner is not None
            results.extend(inner or ())
        else:
            results.append(interpreter.evaluate(element, state))
        if len(results) > MAX_ITEMS:
            return None
    return tuple(results) if exact else None


def bind_quietly(target: cst.BaseExpression, value: Value, state: State) -> None:
    """Bind a comprehension's target in its own copy of the variables."""
    match target:
        case cst.Name(value=name):
            state.variables[name] = value
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            items = items_of(value)
            fits = items is not None and len(items) == len(elements)
            fits = fits and not any(isinstance(element, cst.StarredElement) for element in elements)
            for index, element in enumerate(elements):
                bind_quietly(element.value, items[index] if items and fits else Unknown("unpacked"), state)
