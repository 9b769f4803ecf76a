"""How each kind of statement changes the state; None stands for a path that ends (return, raise, break)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import libcst as cst

from flake8_jaxvjp.inference import definitions
from flake8_jaxvjp.inference.access import item_of, items_of, unpack
from flake8_jaxvjp.inference.expressions import narrow, operate
from flake8_jaxvjp.inference.operators import Failure, symbol
from flake8_jaxvjp.inference.state import State, join_states
from flake8_jaxvjp.inference.values import (
    Constant,
    Library,
    Mapping,
    Reference,
    Sequence,
    Unknown,
    Value,
    join,
    options,
)
from flake8_jaxvjp.syntax.scopes import MUTATORS
from flake8_jaxvjp.syntax.tree import dotted_name, statements

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

MAX_UNROLLED = 24
Statement: TypeAlias = cst.BaseStatement | cst.BaseSmallStatement
Body: TypeAlias = cst.BaseSuite | cst.Module

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


@dataclass(eq=False)
class Loop:
    """The paths that leave the body of a loop by `break` or `continue`."""

    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)


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
            if not isinstance(interpreter.evaluate(value, state), Unknown):
                interpreter.coming_back.add(node)
        case cst.Return():
            _return(interpreter, node, state)
            return None
        case cst.If():
            return _if(interpreter, node, state)
        case cst.For():
            return _for(interpreter, node, state)
        case cst.While():
            return _while(interpreter, node, state)
        case cst.With():
            return _with(interpreter, node, state)
        case cst.Try() | cst.TryStar():
            return _try(interpreter, node, state)
        case cst.FunctionDef() | cst.ClassDef() | cst.Import() | cst.ImportFrom():
            definitions.define(interpreter, node, state)
        case cst.Break() | cst.Continue():
            _leave_loop(interpreter, node, state)
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
            _augmented(interpreter, node, state)
        case cst.Raise():
            return None
        case cst.Assert(test=test):
            if interpreter.truth(test, state) is False:
                return None
            narrow(interpreter, test, state, expected=True)
        case cst.Del(target=target):
            _delete(interpreter, target, state)
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


def _leave_loop(interpreter: Interpreter, node: cst.Break | cst.Continue, state: State) -> None:
    if interpreter.activation.loops:
        loop = interpreter.activation.loops[-1]
        (loop.breaks if isinstance(node, cst.Break) else loop.continues).append(state)


def _delete(interpreter: Interpreter, target: cst.BaseExpression, state: State) -> None:
    """`del name` unbinds it, `del container[key]` changes the container."""
    match target:
        case cst.Name(value=name):
            state.bind(name, Unknown("deleted"))
            del state.variables[name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                _delete(interpreter, element.value, state)
        case cst.Subscript(value=container):
            interpreter.escape(interpreter.evaluate(container, state), state)
        case cst.Attribute():
            state.variables.pop(dotted_name(target), None)


# Binding


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
            name = dotted_name(target)
            if isinstance(receiver, cst.Name) and name:
                state.variables[name] = value
        case cst.Subscript():
            _store(interpreter, target, value, state)


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


def _augmented(interpreter: Interpreter, node: cst.AugAssign, state: State) -> None:
    right = interpreter.contents(interpreter.evaluate(node.value, state), state)
    left = interpreter.evaluate(node.target, state)
    sign = symbol(node.operator)
    if sign == "+" and isinstance(left, Reference) and not left.is_dict:
        items, extra = items_of(interpreter.contents(left, state)), items_of(right)
        state.heap[left.key] = None if items is None or extra is None else (*items, *extra)
        return
    if any(isinstance(option, Reference) or _is_list(option) for option in options(left)):
        interpreter.escape(left, state)
        value: Value = Unknown("a list changed in place")
    else:
        value = operate(interpreter, node, sign, left, right, state)
    assign(interpreter, node.target, value, state, node)


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and value.kind == "list"


# Branches


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
    ends: list[State | None] = []
    irrefutable = False
    for case in node.cases:
        inside = state.fork()
        for name in _names_in(case.pattern):
            inside.bind(name, Unknown("matched"))
        if case.guard is not None:
            interpreter.evaluate(case.guard, inside)
        ends.append(interpreter.execute(case.body, inside))
        is_wild = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None
        irrefutable = irrefutable or (is_wild and case.guard is None)
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
    first_return = len(interpreter.activation.returns)
    with interpreter.guarded(bool(node.handlers)):
        end = interpreter.execute(node.body, state)
    caught = _state_in_handlers(interpreter, node.body, before, end)
    if end is not None and node.orelse is not None:
        end = interpreter.execute(node.orelse.body, end)
    ends = [end]
    for handler in node.handlers:
        inside = caught.fork()
        if handler.name is not None:
            assign(interpreter, handler.name.name, Unknown("an exception"), inside, handler)
        ends.append(interpreter.execute(handler.body, inside))
    joined = join_states([one for one in ends if one is not None])
    if node.finalbody is None:
        return joined
    if _may_change_a_return(node.finalbody.body):
        returns = interpreter.activation.returns
        returns[first_return:] = [(place, Unknown("changed in finally")) for place, _ in returns[first_return:]]
    after = interpreter.execute(node.finalbody.body, joined if joined is not None else caught)
    return after if joined is not None else None


def _may_change_a_return(body: Body) -> bool:
    """Whether a `finally` block may replace what is being returned, or change a list in it."""
    leaves = any(isinstance(node, (cst.Return, cst.Break, cst.Continue)) for node in _walk(body))
    return leaves or bool(names_changed_in(body))


def _state_in_handlers(interpreter: Interpreter, body: Body, before: State, end: State | None) -> State:
    """What may hold when the body has raised somewhere: each of its names has any value that it ever got."""
    caught = before.fork() if end is None else (join_states([before.fork(), end.fork()]) or before)
    for name in names_bound_in(body):
        caught.variables[name] = before.frame.seen(name)
    _forget_changed_lists(interpreter, body, caught)
    return caught


# Loops


def _for(interpreter: Interpreter, node: cst.For, state: State) -> State | None:
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
    for name in names_bound_in(node.body):
        interpreter.escape(inside.variables.get(name, Unknown()), inside)
        inside.bind(name, Unknown("changed in a loop"))
    _forget_changed_lists(interpreter, node.body, inside)
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


def _while(interpreter: Interpreter, node: cst.While, state: State) -> State | None:
    if _is_true(node.test):
        return _any_number(interpreter, node, Unknown(), state, endless=True)
    return _any_number(interpreter, node, Unknown(), state)


def _is_true(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Name, cst.Integer)) and node.value in ("True", "1")


def _forget_changed_lists(interpreter: Interpreter, body: Body, state: State) -> None:
    """The lists that a body may change, directly or through a call, have unknown items."""
    for name in names_changed_in(body):
        value = state.variables.get(name)
        if value is not None:
            interpreter.escape(value, state)


def names_bound_in(body: cst.CSTNode) -> list[str]:
    """Names (and dotted names) that a block may bind, functions in it left out; in order of appearance."""
    found: dict[str, None] = {}
    for node in _walk(body):
        match node:
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                found.update(dict.fromkeys(_names_in(target)))
            case cst.For(target=target) | cst.NamedExpr(target=target) | cst.Del(target=target):
                found.update(dict.fromkeys(_names_in(target)))
            case cst.AsName(name=target):
                found.update(dict.fromkeys(_names_in(target)))
            case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
                found[name] = None
            case cst.ImportAlias(evaluated_alias=None, evaluated_name=name):
                found[name.partition(".")[0]] = None
            case cst.MatchAs() | cst.MatchStar() | cst.MatchMapping():
                found.update(dict.fromkeys(_names_in(node)))
    return list(found)


def names_changed_in(body: cst.CSTNode) -> list[str]:
    found: dict[str, None] = {}
    for node in _walk(body):
        match node:
            case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=method)) if method in MUTATORS:
                found[name] = None
            case cst.Arg(value=cst.Name(value=name)) | cst.AugAssign(target=cst.Name(value=name)):
                found[name] = None
            case cst.AssignTarget(target=cst.Subscript(value=cst.Name(value=name))):
                found[name] = None
            case cst.Del(target=cst.Subscript(value=cst.Name(value=name))):
                found[name] = None
    return list(found)


def _names_in(node: cst.CSTNode) -> list[str]:
    """The names that a target or pattern binds."""
    match node:
        case cst.Name(value=name):
            return [name]
        case cst.Attribute():
            return [name for name in [dotted_name(node)] if name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for element in elements for name in _names_in(element.value)]
        case cst.MatchAs(name=cst.Name(value=name), pattern=pattern):
            return [name, *(_names_in(pattern) if pattern is not None else [])]
        case cst.MatchStar(name=cst.Name(value=name)) | cst.MatchMapping(rest=cst.Name(value=name), elements=()):
            return [name]
        case cst.MatchPattern():
            return [name for child in node.children for name in _names_in(child)]
        case cst.MatchSequenceElement() | cst.MatchMappingElement() | cst.MatchOrElement():
            return [name for child in node.children for name in _names_in(child)]
        case cst.MatchKeywordElement(pattern=pattern):
            return _names_in(pattern)
    return []


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes below, functions and classes as single nodes."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if current is node or not isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            pending.extend(current.children)
