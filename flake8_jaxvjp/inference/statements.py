"""How each kind of statement changes the state; None stands for a path that ends (return, raise, break)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import libcst as cst

from flake8_jaxvjp.inference import definitions
from flake8_jaxvjp.inference.assignments import assign, augment, delete
from flake8_jaxvjp.inference.block_names import names_in, walk_block
from flake8_jaxvjp.inference.conditions import narrow
from flake8_jaxvjp.inference.loops import Body, for_loop, forget_changed, leave, while_loop
from flake8_jaxvjp.inference.state import State, join_states
from flake8_jaxvjp.inference.values import (
    NEVER,
    Constant,
    Library,
    Unknown,
    Value,
)
from flake8_jaxvjp.syntax.tree import statements

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

Statement: TypeAlias = cst.BaseStatement | cst.BaseSmallStatement

QUIET_CONTEXTS = (
    "jax.named_scope",
    "jax.default_device",
    "jax.default_matmul_precision",
    "jax.ensure_compile_time_eval",
    "jax.disable_jit",
    "jax.numpy_dtype_promotion",
    "jax.enable_x64",
    "jax.experimental.enable_x64",
    "jax.profiler.TraceAnnotation",
    "numpy.errstate",
    "warnings.catch_warnings",
)
"""Context managers that let every exception pass."""


def execute_block(interpreter: Interpreter, body: Body, state: State) -> State | None:
    current: State | None = state
    for statement in statements(body):
        if current is None:
            return None
        interpreter.spend()
        current = _execute(interpreter, statement, current)
    return current


def _execute(interpreter: Interpreter, node: Statement, state: State) -> State | None:
    match node:
        case cst.Assign(targets=targets, value=value):
            found = interpreter.evaluate(value, state)
            for target in targets:
                assign(interpreter, target.target, found, state, node)
        case cst.Expr(value=value):
            found = interpreter.evaluate(value, state)
            if not isinstance(found, Unknown):
                interpreter.coming_back.add(node)
            elif found == NEVER:
                return None
        case cst.Return():
            _return(interpreter, node, state)
            return None
        case cst.If():
            return _if(interpreter, node, state)
        case cst.For():
            return for_loop(interpreter, node, state)
        case cst.While():
            return while_loop(interpreter, node, state)
        case cst.With():
            return _with(interpreter, node, state)
        case cst.Try() | cst.TryStar():
            return _try(interpreter, node, state)
        case cst.FunctionDef() | cst.ClassDef() | cst.Import() | cst.ImportFrom():
            definitions.define(interpreter, node, state)
        case cst.Break() | cst.Continue():
            leave(interpreter, node, state)
            return None
        case _:
            return _small(interpreter, node, state)
    return state


def _small(interpreter: Interpreter, node: Statement, state: State) -> State | None:
    match node:
        case cst.AnnAssign(target=target, value=value):
            if value is not None:
                assign(interpreter, target, interpreter.evaluate(value, state), state, node)
        case cst.AugAssign():
            augment(interpreter, node, state)
        case cst.Raise():
            return None
        case cst.Assert(test=test):
            if interpreter.truth(test, state) is False:
                return None
            narrow(interpreter, test, state, expected=True)
        case cst.Del(target=target):
            delete(interpreter, target, state)
        case cst.Match():
            return _match(interpreter, node, state)
        case cst.TypeAlias(name=name):
            state.bind(name.value, Unknown("a type alias"))
    return state


def _return(interpreter: Interpreter, node: cst.Return, state: State) -> None:
    value: Value = Constant("NoneType", None)
    if node.value is not None:
        value = interpreter.returned(interpreter.evaluate(node.value, state), state)
    interpreter.activation.returns.append((node, value))
    interpreter.activation.exits.append(state)


def _if(interpreter: Interpreter, node: cst.If, state: State) -> State | None:
    known = interpreter.truth(node.test, state)
    ends: list[State | None] = []
    for expected in (True, False):
        if known is (not expected):
            continue
        inside = state.fork()
        narrow(interpreter, node.test, inside, expected)
        ends.append(_branch(interpreter, node, inside, expected))
    return join_states([end for end in ends if end is not None])


def _branch(interpreter: Interpreter, node: cst.If, state: State, expected: bool) -> State | None:
    if expected:
        return interpreter.execute(node.body, state)
    match node.orelse:
        case cst.If():
            return _if(interpreter, node.orelse, state)
        case cst.Else(body=body):
            return interpreter.execute(body, state)
    return state


def _match(interpreter: Interpreter, node: cst.Match, state: State) -> State | None:
    interpreter.evaluate(node.subject, state)
    first_return = len(interpreter.activation.returns)
    ends: list[State | None] = []
    irrefutable = False
    for case in node.cases:
        inside = state.fork()
        for name in names_in(case.pattern):
            inside.bind(name, Unknown("matched"))
        if case.guard is not None:
            interpreter.evaluate(case.guard, inside)
        # Patterns are not matched, so a case may be one that is never reached.
        with interpreter.guarded():
            ends.append(interpreter.execute(case.body, inside))
        is_wild = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None
        irrefutable = irrefutable or (is_wild and case.guard is None)
    _doubt_returns(interpreter, first_return, "returned under a pattern")
    if not irrefutable:
        ends.append(state.fork())
    return join_states([end for end in ends if end is not None])


def _with(interpreter: Interpreter, node: cst.With, state: State) -> State | None:
    quiet = True
    for item in node.items:
        value = interpreter.evaluate(item.item, state)
        quiet = quiet and _is_quiet(interpreter, item.item, state)
        if item.asname is not None:
            interpreter.escape(value, state)
            assign(interpreter, item.asname.name, Unknown("a context manager"), state, item)
    before = state.fork()
    with interpreter.guarded(not quiet):
        end = interpreter.execute(node.body, state)
    if quiet:
        return end
    # A context manager may swallow an exception that any statement of the body raises.
    swallowed = _state_in_handlers(interpreter, node.body, before, end)
    return join_states([swallowed, *([end] if end is not None else [])])


def _is_quiet(interpreter: Interpreter, node: cst.BaseExpression, state: State) -> bool:
    function = node.func if isinstance(node, cst.Call) else node
    value = interpreter.evaluate(function, state)
    return isinstance(value, Library) and value.name in QUIET_CONTEXTS


def _try(interpreter: Interpreter, node: cst.Try | cst.TryStar, state: State) -> State | None:
    before = state.fork()
    first_return, suppressed = len(interpreter.activation.returns), interpreter.suppressed
    with interpreter.guarded(bool(node.handlers)):
        end = interpreter.execute(node.body, state)
    caught = _state_in_handlers(interpreter, node.body, before, end)
    if end is not None and node.orelse is not None:
        # When something in the body raises, the rest may be there for other values than these.
        raised, first_after = interpreter.suppressed > suppressed, len(interpreter.activation.returns)
        with interpreter.guarded(raised):
            end = interpreter.execute(node.orelse.body, end)
        if raised:
            _doubt_returns(interpreter, first_after, "returned after what raises")
    ends = [end]
    for handler in node.handlers:
        inside = caught.fork()
        if handler.name is not None:
            assign(interpreter, handler.name.name, Unknown("an exception"), inside, handler)
        ends.append(interpreter.execute(handler.body, inside))
    joined = join_states([one for one in ends if one is not None])
    if node.finalbody is None:
        return joined
    if _may_change_a_return(interpreter, node.finalbody.body):
        _doubt_returns(interpreter, first_return, "changed in finally")
    after = interpreter.execute(node.finalbody.body, joined if joined is not None else caught)
    return after if joined is not None else None


def _doubt_returns(interpreter: Interpreter, first: int, reason: str) -> None:
    """Forget what has been returned since."""
    returns = interpreter.activation.returns
    returns[first:] = [(place, Unknown(reason)) for place, _ in returns[first:]]


def _may_change_a_return(interpreter: Interpreter, body: Body) -> bool:
    """Whether a `finally` block may replace what is being returned, or change a list in it."""
    leaves = any(isinstance(node, (cst.Return, cst.Break, cst.Continue)) for node in walk_block(body))
    return leaves or bool(interpreter.names_changed(body))


def _state_in_handlers(interpreter: Interpreter, body: Body, before: State, end: State | None) -> State:
    """What may hold when the body has raised somewhere: each of its names has any value that it ever got."""
    caught = before.fork() if end is None else (join_states([before.fork(), end.fork()]) or before)
    for name in interpreter.names_bound(body):
        caught.variables[name] = before.frame.seen(name)
    forget_changed(interpreter, body, caught)
    return caught
