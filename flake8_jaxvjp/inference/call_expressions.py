"""The value of a call, and what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.values import (
    MAX_ITEMS,
    Leaf,
    Library,
    Mapping,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State


AT_METHODS = frozenset({"set", "add", "multiply", "mul", "divide", "div", "power", "min", "max", "apply", "get"})


def call_value(interpreter: Interpreter, node: cst.Call, state: State) -> Value:
    """What a call gives back."""
    if is_update(node.func):
        _evaluate_parts(interpreter, node, state)
        return Leaf("jax")
    function = interpreter.evaluate(node.func, state)
    arguments = _arguments(interpreter, node.args, state)
    if interpreter.observer is not None and interpreter.activation.is_open:
        interpreter.observer(node, function, arguments, state)
    if function == Library("functools.update_wrapper") and node.args and isinstance(node.args[0].value, cst.Name):
        state.bind(node.args[0].value.value, Unknown("a function with another's signature"))
    # A list in the result gets other names, or none, before it is changed.
    return interpreter.born(interpreter.call(function, arguments, state, node), state)


def is_update(function: cst.BaseExpression) -> bool:
    """Whether it is `x.at[...].set` or one of its kind, which gives an array whatever x is."""
    match function:
        case cst.Attribute(
            value=cst.Subscript(value=cst.Attribute(attr=cst.Name(value="at"))), attr=cst.Name(value=name)
        ):
            return name in AT_METHODS
    return False


def _evaluate_parts(interpreter: Interpreter, node: cst.Call, state: State) -> None:
    if isinstance(node.func, cst.Attribute):
        inner = node.func.value
        if isinstance(inner, cst.Subscript) and isinstance(inner.value, cst.Attribute):
            interpreter.evaluate(inner.value.value, state)
    _arguments(interpreter, node.args, state)


def _arguments(interpreter: Interpreter, args: Iterable[cst.Arg], state: State) -> Arguments:
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    exact, hides_keywords = True, False
    for arg in args:
        value = interpreter.evaluate(arg.value, state)
        match arg:
            case cst.Arg(keyword=cst.Name(value=name)):
                keywords[name] = value
            case cst.Arg(star="*"):
                items = items_of(interpreter.contents(value, state))
                if items is None:
                    interpreter.escape(value, state)
                    exact = False
                positional.extend(items or ())
            case cst.Arg(star="**"):
                if not _double_star(interpreter.contents(value, state), keywords):
                    interpreter.escape(value, state)
                    exact, hides_keywords = False, True
            case _:
                positional.append(value)
    return Arguments(tuple(positional), keywords, exact and len(positional) <= MAX_ITEMS, hides_keywords)


def _double_star(value: Value, keywords: dict[str, Value]) -> bool:
    if not isinstance(value, Mapping) or value.items is None:
        return False
    keywords.update({str(key): item for key, item in value.items})
    return True
