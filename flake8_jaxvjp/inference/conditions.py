"""Whether a condition holds, and what it says of the variables in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.building import join, options
from flake8_jaxvjp.inference.operators import truth
from flake8_jaxvjp.inference.values import Builtin, Class, CustomVjp, Function, Imported, Library, Unknown
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State


TYPE_QUESTIONS = frozenset(map(Builtin, ("isinstance", "hasattr", "callable", "type", "getattr", "issubclass")))


def truth_of(interpreter: Interpreter, node: cst.BaseExpression, state: State) -> bool | None:
    """Whether a condition holds, where that is known."""
    value = interpreter.contents(interpreter.evaluate(node, state), state)
    known = {truth(option) for option in options(value)}
    return known.pop() if len(known) == 1 else None


def narrow(interpreter: Interpreter, test: cst.BaseExpression, state: State, expected: bool) -> None:
    """Keep of a variable's possible values those with which `test` is `expected`.

    A variable whose type is asked for, in a way that is not understood, is unknown behind the condition: the code
    there is not for the value that is known.
    """
    _keep(interpreter, test, state, expected)
    for name in dict.fromkeys(_asked_names(interpreter, test, state)):
        _doubt(interpreter, name, test, state)


def _asked_names(interpreter: Interpreter, test: cst.BaseExpression, state: State) -> Iterator[str]:
    """The variables that are passed to a function in the condition, if it may look at their type."""
    for node in walk(test):
        match node:
            case cst.Call(func=function, args=[cst.Arg(value=cst.Name(value=name)), *_]) if name in state.variables:
                with interpreter.guarded():
                    value = interpreter.evaluate(function, state)
                if not isinstance(value, (Library, Builtin)) or value in TYPE_QUESTIONS:
                    yield name


def _doubt(interpreter: Interpreter, name: str, test: cst.BaseExpression, state: State) -> None:
    for choice in options(state.variables[name]):
        if isinstance(choice, (Library, Imported, Function, Class, CustomVjp)):
            continue  # a module or function is what it is, whatever it has
        trial = state.fork()
        trial.variables[name] = choice
        with interpreter.guarded():
            if truth_of(interpreter, test, trial) is None:
                state.variables[name] = Unknown("its type is asked for")
                return


def _keep(interpreter: Interpreter, test: cst.BaseExpression, state: State, expected: bool) -> None:
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            _keep(interpreter, inner, state, not expected)
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            if isinstance(operator, cst.And) is expected:
                _keep(interpreter, left, state, expected)
                _keep(interpreter, right, state, expected)
        case cst.Comparison(left=cst.Name(value=name)) | cst.Name(value=name):
            _narrow_name(interpreter, name, test, state, expected)
        case cst.Call(args=[cst.Arg(value=cst.Name(value=name)), *_]):
            _narrow_name(interpreter, name, test, state, expected)


def _narrow_name(interpreter: Interpreter, name: str, test: cst.BaseExpression, state: State, expected: bool) -> None:
    choices = options(state.variables.get(name, Unknown()))
    if len(choices) < 2:
        return
    kept = []
    for choice in choices:
        trial = state.fork()
        trial.variables[name] = choice
        with interpreter.guarded():
            if truth_of(interpreter, test, trial) is not (not expected):
                kept.append(choice)
    state.variables[name] = join(*kept) if kept else Unknown("excluded by a condition")
