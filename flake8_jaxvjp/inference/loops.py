"""Loops: unrolled over items that are known, else run once with all that they change unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import libcst as cst

from flake8_jaxvjp.inference.access import item_of, items_of
from flake8_jaxvjp.inference.assignments import assign
from flake8_jaxvjp.inference.state import State, join_states
from flake8_jaxvjp.inference.values import Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

MAX_UNROLLED = 24
Body: TypeAlias = cst.BaseSuite | cst.Module


@dataclass(eq=False)
class Loop:
    """The paths that leave the body of a loop by `break` or `continue`."""

    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)


def for_loop(interpreter: Interpreter, node: cst.For, state: State) -> State | None:
    iterable = interpreter.contents(interpreter.evaluate(node.iter, state), state)
    items = items_of(iterable)
    if items is not None and len(items) <= MAX_UNROLLED and node.asynchronous is None:
        return _unrolled(interpreter, node, items, state)
    return _any_number(interpreter, node, item_of(iterable), state)


def _unrolled(interpreter: Interpreter, node: cst.For, items: tuple[Value, ...], state: State) -> State | None:
    loop = Loop()
    current: State | None = state
    for item in items:
        if current is None:
            break
        assign(interpreter, node.target, item, current, node)
        current = _body_once(interpreter, node.body, current, loop)
    if current is not None and node.orelse is not None:
        current = interpreter.execute(node.orelse.body, current)
    return join_states([*([current] if current is not None else []), *loop.breaks])


def _body_once(interpreter: Interpreter, body: Body, state: State, loop: Loop) -> State | None:
    loop.continues.clear()
    interpreter.activation.loops.append(loop)
    try:
        end = interpreter.execute(body, state)
    finally:
        interpreter.activation.loops.pop()
    return join_states([*([end] if end is not None else []), *loop.continues])


def _any_number(
    interpreter: Interpreter, node: cst.For | cst.While, item: Value, state: State, endless: bool = False
) -> State | None:
    """A loop of which nobody knows how often it runs: what it changes is unknown in it and after it."""
    loop = Loop()
    inside = state.fork()
    for name in interpreter.names_bound(node.body):
        interpreter.escape(inside.variables.get(name, Unknown()), inside)
        inside.bind(name, Unknown("changed in a loop"))
    forget_changed(interpreter, node.body, inside)
    if isinstance(node, cst.For):
        assign(interpreter, node.target, item, inside, node)
    before = state.fork()
    end = _body_once(interpreter, node.body, inside, loop)
    normal = join_states([before, *([end] if end is not None else [])])
    if endless:
        normal = None
    elif normal is not None and node.orelse is not None:
        normal = interpreter.execute(node.orelse.body, normal)
    return join_states([*([normal] if normal is not None else []), *loop.breaks])


def while_loop(interpreter: Interpreter, node: cst.While, state: State) -> State | None:
    interpreter.disturb(node.test, state)  # it is not evaluated, and runs at least once
    if _is_true(node.test):
        return _any_number(interpreter, node, Unknown(), state, endless=True)
    return _any_number(interpreter, node, Unknown(), state)


def _is_true(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Name, cst.Integer)) and node.value in ("True", "1")


def leave(interpreter: Interpreter, node: cst.Break | cst.Continue, state: State) -> None:
    if interpreter.activation.loops:
        loop = interpreter.activation.loops[-1]
        (loop.breaks if isinstance(node, cst.Break) else loop.continues).append(state)


def forget_changed(interpreter: Interpreter, body: Body, state: State) -> None:
    """The lists that a body may change, directly or through a call, have unknown items."""
    for name in interpreter.names_changed(body):
        value = state.variables.get(name)
        if value is not None:
            interpreter.escape(value, state)
