"""What a name means: local, enclosing, global, builtin, or imported from another file of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.budget import FUEL, OutOfFuel
from flake8_jaxvjp.inference.calls import BUILTINS
from flake8_jaxvjp.inference.modules import extract, find, place_of
from flake8_jaxvjp.inference.outcomes import Activation
from flake8_jaxvjp.inference.state import Frame, ModuleSource, State, holds_list
from flake8_jaxvjp.inference.values import (
    Builtin,
    Choice,
    Constant,
    Imported,
    Library,
    Sequence,
    Unknown,
    Value,
    join,
    options,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

MAX_IMPORTED_LINES = 1_500


@dataclass(eq=False)
class Imports:
    """What the imports of one file are known to lead to, and how many lines of other files were read for them."""

    known: dict[Imported, Value] = field(default_factory=dict)
    lines: int = 0


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


def follow(interpreter: Interpreter, value: Value) -> Value:
    """What an import from the project leads to, in the files as they stand now."""
    if not any(isinstance(option, Imported) for option in options(value)):
        return value
    return join(*(_target(interpreter, o) if isinstance(o, Imported) else o for o in options(value)))


def _target(interpreter: Interpreter, imported: Imported) -> Value:
    """The value in the other file; an import that leads nowhere, or in a circle, is unknown."""
    known = interpreter.imports.known
    if imported in known:
        return known[imported]
    known[imported] = Unknown("a cyclic import")
    value: Value | None = None
    for path, name in find(imported.bases, imported.parts):
        value = _in_file(interpreter, path, name) if name else imported
        if value is not None:
            break
    known[imported] = value if value is not None else Library(".".join(imported.parts))
    return known[imported]


def _in_file(interpreter: Interpreter, path: Path, name: str) -> Value | None:
    """What a file binds to a name; None when nothing in it does."""
    if interpreter.imports.lines > MAX_IMPORTED_LINES:
        return Unknown("too many imports")
    found = extract(path, name)
    if found is None:
        return None
    interpreter.imports.lines += found.lines
    interpreter.scopes.update(found.scopes)
    interpreter.other_modules[found.module] = path
    source = ModuleSource(found.focus, place_of(str(path)))
    frame = Frame(interpreter.scopes[found.module], None, source=source)
    interpreter.activations.append(Activation(frame))
    state = State(frame)
    try:
        with interpreter.own_fuel(FUEL), interpreter.guarded():
            end = interpreter.execute(found.module, state)
    except (OutOfFuel, RecursionError):
        end = None
    finally:
        interpreter.activations.pop()
    value = Unknown(f"imported {name}") if end is None else end.variables.get(name, Unknown(f"imported {name}"))
    return follow(interpreter, own_value(interpreter, name, value, frame, state))
