"""What a name that a frame binds means to those who use it: they may not be the only ones that bind or change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.state import holds_list
from flake8_jaxvjp.inference.values import Choice, Constant, Sequence, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import Frame, State


def own_value(interpreter: Interpreter, name: str, value: Value, frame: Frame, user: State) -> Value:
    """What a name of this frame means to `user`, who may not be the only one that binds or changes it."""
    scope = frame.scope
    if name in scope.rebound or (scope.is_module and name in frame.module.focus.rebound_names):
        interpreter.escape(value, user)
        return Unknown("rebound by another function")
    if name in scope.captured or (
        scope.is_module and holds_list(value) and name in frame.module.focus.names_in_rest
    ):
        interpreter.escape(value, user)
    if scope.is_module and scope.node in interpreter.other_modules and name in interpreter.stored_attributes:
        return Unknown("perhaps set by the file that imports it")
    if scope.is_module and name in frame.module.focus.before_star:
        return Unknown("perhaps bound anew by a star import")
    if scope.is_module and frame.module.focus.is_dynamic and isinstance(value, (Constant, Sequence, Choice)):
        return Unknown("data of a module that is changed by name")
    return value
