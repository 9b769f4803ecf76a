"""What a name means: local, enclosing, global, builtin, or imported from another file of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.bindings import own_value
from flake8_jaxvjp.inference.calls import BUILTINS
from flake8_jaxvjp.inference.imports import follow
from flake8_jaxvjp.inference.values import Builtin, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import Frame, State


def lookup(interpreter: Interpreter, name: str, state: State) -> Value:
    """What a name means at this place: local, enclosing, global, builtin."""
    return follow(interpreter, _found(interpreter, name, state, state))


def _found(interpreter: Interpreter, name: str, state: State, user: State) -> Value:
    if name in state.variables and name not in state.frame.scope.outer:
        return own_value(interpreter, name, state.variables[name], state.frame, user)
    frame: Frame | None = state.frame
    if state.enclosing is not None and frame is not None and not frame.scope.binds(name):
        return _found(interpreter, name, state.enclosing, user)
    while frame is not None:
        skipped = frame.scope.is_class and frame is not state.frame
        if frame.scope.binds(name) and not skipped:
            return own_value(interpreter, name, frame.seen(name), frame, user)
        frame = frame.parent
    focus = state.frame.module.focus
    if name in focus.module_names or focus.has_star_import:
        return Unknown("a name bound outside the focus")
    return Builtin(name) if name in BUILTINS else Unknown(f"the name {name}")
