"""Calls of the user's own functions: their arguments bound, their bodies run, their results remembered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.annotations import annotated
from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.budget import CALL_FUEL, GLANCE_FUEL, OutOfFuel
from flake8_jaxvjp.inference.building import join, sequence_of
from flake8_jaxvjp.inference.outcomes import Activation, Outcome, Remembered
from flake8_jaxvjp.inference.signatures import Arguments, Parameter, Signature, bind, signature_of_node
from flake8_jaxvjp.inference.state import Frame, State, holds_list, join_states, merge
from flake8_jaxvjp.inference.values import NONE, Function, Sequence, Unknown, Value
from flake8_jaxvjp.syntax.nodes import walk
from flake8_jaxvjp.syntax.tree import last_statement

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

MAX_CALLS = 10


@dataclass(eq=False)
class Calls:
    """The functions that are being run, and what earlier calls gave; `cut` counts the calls that went too deep."""

    stack: list[cst.CSTNode] = field(default_factory=list)
    memo: dict[tuple[object, ...], Remembered] = field(default_factory=dict)
    cut: int = 0


def call_function(interpreter: Interpreter, function: Function, arguments: Arguments, state: State) -> Value:
    """What a local function returns, its effects on lists included; Unknown past the depth."""
    given = (*arguments.positional, *arguments.keywords.values())
    named = tuple(arguments.keywords.items())
    key = (function, function.frame.version(), arguments.positional, named, arguments.exact)
    is_pure = not function.frame.reaches_lists() and not any(map(holds_list, given))
    if is_pure and key in interpreter.calls.memo:
        return _remembered(interpreter, interpreter.calls.memo[key])
    bound = bind(signature_of_node(function.node), arguments)
    is_too_deep = len(interpreter.calls.stack) >= MAX_CALLS or interpreter.calls.stack.count(function.node) > 1
    if bound is None or is_too_deep:
        interpreter.calls.cut += bound is not None
        return _not_followed(interpreter, function, given, state)
    if signature_of_node(function.node).double_star is not None:
        for value in arguments.keywords.values():
            interpreter.escape(value, state)
    cut, known_faults, fuel = interpreter.calls.cut, len(interpreter.faults), interpreter.fuel
    interpreter.fuel = min(fuel, CALL_FUEL)
    allowed = interpreter.fuel
    try:
        outcome = run(interpreter, function, bound, state, is_call=True)
    except OutOfFuel:
        if fuel <= CALL_FUEL or interpreter.file_fuel < 0:
            raise
        interpreter.fuel = fuel - CALL_FUEL
        _not_followed(interpreter, function, given, state)
        return at_a_glance(interpreter, function).value
    spent = allowed - interpreter.fuel
    interpreter.fuel = fuel - spent
    result = merge(outcome.values, state.heap)
    # What was cut short for its depth may come out fuller elsewhere; guarded code reports no faults.
    if is_pure and interpreter.calls.cut == cut and not interpreter.is_guarded and not holds_list(result):
        interpreter.calls.memo[key] = Remembered(result, tuple(interpreter.faults[known_faults:]), spent)
    return result


def _remembered(interpreter: Interpreter, call: Remembered) -> Value:
    """A call's result again, at its price: what is known must not depend on what was asked before."""
    interpreter.fuel -= call.spent
    if interpreter.fuel < 0:
        raise OutOfFuel
    if not interpreter.is_guarded:
        interpreter.faults.extend(fault for fault in call.faults if fault not in interpreter.faults)
    return call.value


def _not_followed(
    interpreter: Interpreter, function: Function, given: tuple[Value, ...], state: State
) -> Value:
    for value in (function, *given):
        interpreter.escape(value, state)
    return Unknown("a call that is not followed")


def run(
    interpreter: Interpreter,
    function: Function,
    bound: dict[str, Value | None],
    state: State,
    is_open: bool = False,
    is_call: bool = False,
) -> Outcome:
    """Run a function's body; `state` gets the effects.

    `is_open` marks the one walk that records rule sites, `is_call` a call from code that is being followed: it
    gets the very lists that are returned, where others get them as they stand.
    """
    node = function.node
    if interpreter.scopes[node].is_generator:
        for value in (function, *bound.values()):
            interpreter.escape(value or NONE, state)  # its body runs later, a part at a time
    frame = Frame(interpreter.scopes[node], function.frame)
    inner = State(frame, heap=dict(state.heap), rules=dict(state.rules))
    for name, value in _arguments(interpreter, function, bound).items():
        inner.bind(name, interpreter.thaw(value, inner))
    activation = Activation(frame, is_open, is_call)
    interpreter.activations.append(activation)
    interpreter.calls.stack.append(node)
    try:
        end = _run_body(interpreter, node, inner, activation)
    finally:
        interpreter.activations.pop()
        interpreter.calls.stack.pop()
    after = join_states(activation.exits + ([end] if end is not None else []))
    if after is not None:
        state.take_heap(after)
    return _outcome(interpreter, node, activation, end)


def at_a_glance(interpreter: Interpreter, function: Function) -> Outcome:
    """The returns of a function that takes too long to follow: each by what is written in it, its names unknown."""
    node = function.node
    unknown = ((node, Unknown("too much to follow")),)
    if isinstance(node, cst.Lambda) or interpreter.scopes[node].is_generator or node.asynchronous is not None:
        return Outcome(unknown, falls_through=False)
    below = list(walk_block(node.body))
    if any(isinstance(inner, (cst.Finally, cst.Match)) for inner in below):
        return Outcome(unknown, falls_through=False)
    frame = Frame(interpreter.scopes[node], function.frame)
    interpreter.activations.append(Activation(frame, is_call=True))
    found = [inner for inner in below if isinstance(inner, cst.Return)]
    helpers = _helpers_called_last(node)
    returns = tuple((inner, _alone(interpreter, _meant(inner.value, node), frame, helpers)) for inner in found)
    interpreter.activations.pop()
    ends_in_return = isinstance(last_statement(node), cst.Return)
    return Outcome(returns if ends_in_return else (*returns, *unknown), falls_through=False)


def _meant(node: cst.BaseExpression | None, function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a returned name stands for, where nothing but one assignment and this `return` mentions it."""
    if not isinstance(node, cst.Name):
        return node
    names = [inner for inner in walk(function) if isinstance(inner, cst.Name) and inner.value == node.value]
    for inner in walk_block(function.body):
        match inner:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                if name == node.value and len(names) == 2:
                    return value
    return node


def _helpers_called_last(function: cst.FunctionDef) -> list[cst.FunctionDef]:
    """The inner functions that nothing but a `return` mentions, by the only name that they have."""
    inner = [node for node in walk_block(function.body) if isinstance(node, cst.FunctionDef) and not node.decorators]
    if not inner:
        return []
    times = Counter(node.value for node in walk(function) if isinstance(node, cst.Name))
    returned = {
        node.value.func.value
        for node in walk_block(function.body)
        if isinstance(node, cst.Return)
        and isinstance(node.value, cst.Call)
        and isinstance(node.value.func, cst.Name)
    }
    return [node for node in inner if node.name.value in returned and times[node.name.value] == 2]


def _alone(
    interpreter: Interpreter,
    node: cst.BaseExpression | None,
    frame: Frame,
    helpers: list[cst.FunctionDef],
) -> Value:
    if node is None:
        return NONE
    state = State(frame)
    for helper in helpers:
        state.bind(helper.name.value, Function(helper, frame))
    try:
        with interpreter.own_fuel(GLANCE_FUEL), interpreter.guarded():
            return interpreter.freeze(interpreter.evaluate(node, state), state)
    except (OutOfFuel, RecursionError):
        return Unknown("too much to follow")


def _run_body(
    interpreter: Interpreter, node: cst.FunctionDef | cst.Lambda, state: State, activation: Activation
) -> State | None:
    if isinstance(node, cst.Lambda):
        activation.returns.append((node.body, interpreter.returned(interpreter.evaluate(node.body, state), state)))
        activation.exits.append(state)
        return None
    return interpreter.execute(node.body, state)


def _outcome(
    interpreter: Interpreter, node: cst.FunctionDef | cst.Lambda, activation: Activation, end: State | None
) -> Outcome:
    if interpreter.scopes[node].is_generator and isinstance(node, cst.FunctionDef):
        return Outcome(((node, Sequence("iterator", None, name="a generator")),), falls_through=False)
    if isinstance(node, cst.FunctionDef) and node.asynchronous is not None:
        return Outcome(((node, Sequence("iterator", None, name="a coroutine")),), falls_through=False)
    together: dict[cst.CSTNode, list[Value]] = {}
    for place, value in activation.returns:
        together.setdefault(place, []).append(value)
    returns = tuple((place, join(*values)) for place, values in together.items())
    return Outcome(returns, falls_through=end is not None)


def _arguments(
    interpreter: Interpreter, function: Function, bound: dict[str, Value | None]
) -> dict[str, Value]:
    signature = signature_of_node(function.node)
    by_name = {p.name: p for p in (*signature.positional, *signature.keyword_only)}
    outside = State(function.frame)
    return {
        name: _argument(interpreter, value, by_name.get(name), function.frame, outside) for name, value in bound.items()
    }


def _argument(
    interpreter: Interpreter, given: Value | None, parameter: Parameter | None, frame: Frame, outside: State
) -> Value:
    """What was passed, else the default; where that is not known, what the annotation says."""
    value = given
    if value is None and parameter is not None and parameter.default is not None:
        value = interpreter.evaluate(parameter.default, outside)
    if (value is None or isinstance(value, Unknown)) and parameter is not None:
        annotation = declared(interpreter, parameter, frame)
        value = annotation if annotation is not None else value
    return value if value is not None else Unknown("a parameter")


def declared(interpreter: Interpreter, parameter: Parameter, frame: Frame) -> Value | None:
    """What a parameter's annotation says it is, where it says that it is an array or a number."""
    is_optional = isinstance(parameter.default, cst.Name) and parameter.default.value == "None"
    if parameter.annotation is None or is_optional:
        return None
    return declared_by(interpreter, parameter.annotation, frame)


def declared_by(interpreter: Interpreter, annotation: cst.BaseExpression, frame: Frame) -> Value | None:
    """What an annotation says, where it says that something is an array or a number."""
    try:
        return annotated(interpreter, annotation, frame)
    except (OutOfFuel, RecursionError):
        return None


def free_arguments(signature: Signature) -> dict[str, Value | None]:
    """Arguments about which nothing is known, for a function that is looked at by itinterpreter."""
    bound: dict[str, Value | None] = {
        parameter.name: Unknown("a parameter") for parameter in (*signature.positional, *signature.keyword_only)
    }
    if signature.star is not None:
        bound[signature.star] = sequence_of("tuple")
    if signature.double_star is not None:
        bound[signature.double_star] = Unknown("keyword arguments")
    return bound
