"""The functions behind the values of a rule, and what they give back when they are run by themselves."""

from __future__ import annotations

import libcst as cst

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.budget import OutOfFuel
from flake8_jaxvjp.inference.building import join, options
from flake8_jaxvjp.inference.functions import free_arguments
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Fault, Outcome
from flake8_jaxvjp.inference.signatures import (
    Arguments,
    bind,
    signature_of_node,
)
from flake8_jaxvjp.inference.state import State
from flake8_jaxvjp.inference.values import (
    Bound,
    CustomJvp,
    CustomVjp,
    Function,
    Sequence,
    Value,
    Wrapped,
)


def pair_of(outcome: Outcome) -> tuple[Value, Value] | None:
    """The two items of what a function returns, where every return is a pair."""
    pairs = []
    for _, value in outcome.returns:
        for option in options(value):
            items = items_of(option)
            if not isinstance(option, Sequence) or items is None or len(items) != 2:
                return None
            pairs.append(items)
    if not pairs:
        return None
    return join(*(pair[0] for pair in pairs)), join(*(pair[1] for pair in pairs))


def run_alone(
    interpreter: Interpreter,
    function: Function,
    value: Value,
    arguments: tuple[Value, ...] | None,
    known: dict[str, Value] | None = None,
) -> tuple[Outcome, list[Fault]]:
    """Run one rule by itself. When it cannot take these arguments, its parameters are anything but what is `known`."""
    interpreter.refuel()
    earlier, interpreter.faults = interpreter.faults, []
    signature = signature_of_node(function.node)
    bound: dict[str, Value | None] | None = None
    if arguments is not None:
        bound = bind_through(value, arguments)
    if bound is None:
        bound = {**free_arguments(signature), **(known or {})}
    try:
        outcome = interpreter.run(function, bound, State(function.frame))
    except (OutOfFuel, RecursionError):
        outcome = interpreter.at_a_glance(function)
        interpreter.faults = []
    faults, interpreter.faults = interpreter.faults, earlier
    return outcome, faults


def bind_through(value: Value, arguments: tuple[Value, ...]) -> dict[str, Value | None] | None:
    """The parameters of the function inside partials and wrappers, when it is called with these arguments."""
    given = Arguments(arguments)
    while not isinstance(value, Function):
        match value:
            case Wrapped(function=inner):
                value = inner
            case Bound(function=inner, arguments=positional, keywords=keywords):
                given = given.with_bound(positional, keywords)
                value = inner
            case _:
                return None
    return bind(signature_of_node(value.node), given)


def function_of(value: Value) -> Function | None:
    """The def or lambda under wrappers, partials and methods."""
    while not isinstance(value, Function):
        match value:
            case Wrapped(function=inner) | Bound(function=inner):
                value = inner
            case CustomVjp(function=inner) | CustomJvp(function=inner):
                value = inner
            case _:
                return None
    return value


def inspected_function(value: Value) -> Function | None:
    """The function whose signature is shown, through functools.wraps."""
    function = function_of(value)
    while function is not None and function.signature_of is not None:
        function = function_of(function.signature_of)
    return function


def name_of(function: Function | None) -> str:
    if function is None:
        return "?"
    return function.node.name.value if isinstance(function.node, cst.FunctionDef) else "<lambda>"
