"""Whether a condition holds, and what it says of the variables in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.operators import truth
from flake8_jaxvjp.inference.values import Unknown, join, options

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State


def truth_of(interpreter: Interpreter, node: cst.BaseExpression, state: State) -> bool | None:
    """Whether a condition holds, where that is known."""
    value = interpreter.contents(interpreter.evaluate(node, state), state)
    known = {truth(option) for option in options(value)}
    return known.pop() if len(known) == 1 else None


def narrow(interpreter: Interpreter, test: cst.BaseExpression, state: State, expected: bool) -> None:
    """Keep of a variable's possible values those with which `test` is `expected`."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            narrow(interpreter, inner, state, not expected)
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            if isinstance(operator, cst.And) is expected:
                narrow(interpreter, left, state, expected)
                narrow(interpreter, right, state, expected)
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
