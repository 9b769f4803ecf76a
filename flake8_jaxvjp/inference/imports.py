"""What an import from the project leads to, in the other files as they stand now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.bindings import own_value
from flake8_jaxvjp.inference.budget import FUEL, OutOfFuel
from flake8_jaxvjp.inference.building import join, options
from flake8_jaxvjp.inference.modules import Extract, extract, find, place_of
from flake8_jaxvjp.inference.outcomes import Activation
from flake8_jaxvjp.inference.state import Frame, ModuleSource, State
from flake8_jaxvjp.inference.values import Imported, Library, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter

MAX_IMPORTED_LINES = 1_500
MAX_TOGETHER = 8
"""How many names of one import are looked up together; each adds to what has to be read for the others."""


@dataclass(frozen=True, eq=False)
class OtherFile:
    """A part of another file that has been executed: its frame, and the state at its end (None: it has none)."""

    frame: Frame
    start: State
    end: State | None


@dataclass(eq=False)
class Imports:
    """What the imports of one file are known to lead to, and how many lines of other files were read for them."""

    known: dict[Imported, Value] = field(default_factory=dict)
    together: dict[Imported, frozenset[str]] = field(default_factory=dict)
    files: dict[tuple[Path, frozenset[str]], OtherFile | Unknown | None] = field(default_factory=dict)
    lines: int = 0

    def note(self, imported: Iterable[Imported]) -> None:
        """Names that one statement imports and that are used: they are looked up in one reading of the other file."""
        group = list(imported)[:MAX_TOGETHER]
        names = frozenset(each.parts[-1] for each in group)
        for each in group:
            self.together.setdefault(each, names)


def follow(interpreter: Interpreter, value: Value) -> Value:
    """What an import from the project leads to; other values as they are."""
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
        names = interpreter.imports.together.get(imported, frozenset({name}))
        value = _in_file(interpreter, path, name, names | {name}) if name else imported
        if value is not None:
            break
    known[imported] = value if value is not None else Library(".".join(imported.parts))
    return known[imported]


def _in_file(interpreter: Interpreter, path: Path, name: str, names: frozenset[str]) -> Value | None:
    """What a file binds to a name; None when nothing in it does."""
    if interpreter.imports.lines > MAX_IMPORTED_LINES:
        return Unknown("too many imports")
    files = interpreter.imports.files
    if (path, names) not in files:
        found = extract(path, names)
        files[path, names] = Unknown("a cyclic import")
        files[path, names] = None if found is None else _executed(interpreter, found, len(names))
    other = files[path, names]
    if isinstance(other, Unknown):
        return other
    if other is None or name not in other.frame.module.focus.module_names:
        return None
    value = Unknown(f"imported {name}") if other.end is None else other.end.variables.get(name)
    value = Unknown(f"imported {name}") if value is None else value
    return follow(interpreter, own_value(interpreter, name, value, other.frame, other.start))


def _executed(interpreter: Interpreter, found: Extract, questions: int) -> OtherFile:
    interpreter.imports.lines += found.lines
    interpreter.scopes.update(found.scopes)
    interpreter.other_modules[found.module] = found.path
    source = ModuleSource(found.focus, place_of(str(found.path)))
    frame = Frame(interpreter.scopes[found.module], None, source=source)
    interpreter.activations.append(Activation(frame))
    state = State(frame)
    try:
        with interpreter.own_fuel(FUEL * questions), interpreter.guarded():
            end = interpreter.execute(found.module, state)
    except (OutOfFuel, RecursionError):
        end = None
    finally:
        interpreter.activations.pop()
    return OtherFile(frame, state, end)
