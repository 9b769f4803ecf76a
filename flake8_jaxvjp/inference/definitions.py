"""Imports, functions and classes: what their statements bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.library_names import CLASS_DECORATORS, canonical
from flake8_jaxvjp.inference.modules import LIBRARIES
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.state import Frame, State
from flake8_jaxvjp.inference.values import Class, Function, Imported, Library, Unknown, Value
from flake8_jaxvjp.syntax.scopes import imported_name
from flake8_jaxvjp.syntax.tree import dotted_name, statements

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

Definition = cst.FunctionDef | cst.ClassDef | cst.Import | cst.ImportFrom


def define(interpreter: Interpreter, node: Definition, state: State) -> None:
    match node:
        case cst.FunctionDef():
            _function(interpreter, node, state)
        case cst.ClassDef():
            _class(interpreter, node, state)
        case cst.Import(names=names):
            for alias in names:
                _import(alias, state)
        case cst.ImportFrom():
            _import_from(interpreter, node, state)


def _import(alias: cst.ImportAlias, state: State) -> None:
    whole = dotted_name(alias.name)
    module = whole if alias.asname is not None else whole.partition(".")[0]
    state.bind(imported_name(alias), _absolute(module, state))


def _absolute(name: str, state: State) -> Value:
    """What an absolute import of this dotted name is: a library's, or perhaps the project's own."""
    place = state.frame.module.place
    parts = tuple(name.split("."))
    if place is None or parts[0] in LIBRARIES:
        return Library(canonical(name))
    return Imported(place.roots, parts)


def _relative(level: int, module: str, name: str, state: State) -> Value:
    """What `from ..module import name` is."""
    place = state.frame.module.place
    if place is None or level > len(place.folder.parents):
        return Unknown(f"imported {name}")
    base = [place.folder, *place.folder.parents][level - 1]
    return Imported((base,), (*(module.split(".") if module else ()), name))


def _import_from(interpreter: Interpreter, node: cst.ImportFrom, state: State) -> None:
    if isinstance(node.names, cst.ImportStar):
        return
    module = dotted_name(node.module) if node.module is not None else ""
    words = state.frame.module.focus.words
    used: list[Imported] = []
    for alias in node.names:
        name = dotted_name(alias.name)
        level = len(node.relative)
        known = _relative(level, module, name, state) if level else _absolute(f"{module}.{name}", state)
        state.bind(imported_name(alias), known)
        if isinstance(known, Imported) and words[imported_name(alias)] > 1:
            used.append(known)
    interpreter.imports.note(used)


def _function(interpreter: Interpreter, node: cst.FunctionDef, state: State) -> None:
    function = Function(node, state.frame)
    interpreter.disturb(node.params, state)
    if interpreter.activation.is_open and _may_hold_rules(interpreter, node, state):
        interpreter.pending.append(function)
    value: Value = function
    for decorator in reversed(node.decorators):
        value = _decorated(interpreter, decorator, value, state)
    state.bind(node.name.value, value)


def _may_hold_rules(interpreter: Interpreter, node: cst.FunctionDef, state: State) -> bool:
    """Whether the function mentions a vjp, or is a method of a class that does: it may call a rule of the class."""
    scope = state.frame.scope
    return interpreter.scopes[node].mentions_vjp or (scope.is_class and scope.mentions_vjp)


def _decorated(interpreter: Interpreter, decorator: cst.Decorator, value: Value, state: State) -> Value:
    maker = interpreter.evaluate(decorator.decorator, state)
    if interpreter.observer is not None and interpreter.activation.is_open:
        interpreter.observer(decorator, maker, Arguments((value,)), state)
    return interpreter.call(maker, Arguments((value,)), state, decorator)


def _class(interpreter: Interpreter, node: cst.ClassDef, state: State) -> None:
    bases = tuple(interpreter.evaluate(arg.value, state) for arg in node.bases)
    frame = Frame(interpreter.scopes[node], state.frame)
    inside = State(frame, heap=state.heap, rules=state.rules, enclosing=state)
    end = interpreter.execute(node.body, inside)
    if end is not None:
        state.take_heap(end)
        inside = end
    focus = state.frame.module.focus
    stored = {name: Unknown("an attribute that is set elsewhere") for name in focus.stored_attributes}
    members = tuple((name, stored.get(name, value)) for name, value in inside.variables.items() if "." not in name)
    is_open = node.name.value in focus.subclassed
    is_closed = len(bases) == 1 and not node.decorators and not focus.is_dynamic and _has_only_fields(node)
    value: Value = Class(node, members, bases, _named_tuple_fields(node, bases), is_open, is_closed)
    interpreter.instances[frame] = value
    if not all(_keeps_class(interpreter, decorator.decorator, state) for decorator in node.decorators):
        value = Unknown("a decorated class")
    state.bind(node.name.value, value)


def _keeps_class(interpreter: Interpreter, decorator: cst.BaseExpression, state: State) -> bool:
    """Whether a class decorator is known to return the class that it gets."""
    maker = interpreter.evaluate(decorator.func if isinstance(decorator, cst.Call) else decorator, state)
    return isinstance(maker, Library) and maker.name in CLASS_DECORATORS


def _has_only_fields(node: cst.ClassDef) -> bool:
    """Whether a class body is annotated names and a docstring."""
    kinds = (cst.SimpleString, cst.ConcatenatedString)
    return all(
        (isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name))
        or (isinstance(statement, cst.Expr) and isinstance(statement.value, kinds))
        for statement in statements(node.body)
    )


def _named_tuple_fields(node: cst.ClassDef, bases: tuple[Value, ...]) -> tuple[str, ...] | None:
    """The fields of a NamedTuple class; one that defines its own operators is another thing."""
    body = statements(node.body)
    own = [statement.name.value for statement in body if isinstance(statement, cst.FunctionDef)]
    if Library("typing.NamedTuple") not in bases or any(name.startswith("__") for name in own):
        return None
    return tuple(
        statement.target.value
        for statement in body
        if isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name)
    )
