"""Import a file as the module that it is, and find the live derivative rules that it defines.

Two ways, because neither finds all: `defvjp` and its relatives are watched while the file is imported (this finds rules
made in functions and loops, with their lines), and the module is searched (this finds rules of modules that were
imported before, and decorated functions for which no rule was ever defined).
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import jax

from flake8_jaxvjp.runtime.places import code_of
from flake8_jaxvjp.runtime.subject import Subject, subject_of

LIBRARIES = (os.path.dirname(jax.__file__) + os.sep, f"{os.sep}equinox{os.sep}")


@dataclass
class Found:
    """A live object and the line of the call that gave it its rule (0 if that was not seen)."""

    value: Any
    subject: Subject
    line: int


@dataclass
class Watch:
    """What was defined in one file, in order. A later definition for the same object replaces the earlier."""

    filename: str
    seen: dict[int, tuple[Any, int]] = field(default_factory=dict)

    def keep(self, identities: Set[int]) -> None:
        """Forget all objects but these."""
        self.seen = {identity: one for identity, one in self.seen.items() if identity in identities}

    def note(self, value: Any, frame: FrameType | None) -> None:
        depth = 0
        while frame is not None and depth < 12:
            if os.path.realpath(frame.f_code.co_filename) == self.filename:
                self.seen[id(value)] = (value, frame.f_lineno)
                return
            if not any(library in frame.f_code.co_filename for library in LIBRARIES):
                return
            owner = frame.f_locals.get("self")
            if type(owner).__name__ == "filter_custom_vjp":
                value = owner
            frame, depth = frame.f_back, depth + 1


def _rule_classes() -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = [(jax.custom_vjp, "defvjp"), (jax.custom_jvp, "defjvp"), (jax.custom_jvp, "defjvps")]
    hijax = sys.modules.get("jax._src.hijax")
    if hijax is not None and hasattr(hijax, "custom_vjp3"):
        found.append((hijax.custom_vjp3, "defvjp"))
    return found


@contextmanager
def watching(filename: str) -> Iterator[Watch]:
    """Note each definition of a rule in a file, while the block runs."""
    watch = Watch(os.path.realpath(filename))
    kept: list[tuple[Any, str, Any]] = []
    for owner, method in _rule_classes():
        original = getattr(owner, method)
        kept.append((owner, method, original))
        setattr(owner, method, _noting(original, watch))
    try:
        yield watch
    finally:
        for owner, method, original in kept:
            setattr(owner, method, original)


def _noting(original: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @functools.wraps(original)
    def define(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        watch.note(self, sys._getframe(1))
        return result

    return define


def import_file(path: Path) -> ModuleType:
    """Import a file as the module that it is in its package; a lone file under its own name."""
    path = Path(os.path.realpath(path))
    parts = [path.stem] if path.stem != "__init__" else []
    root = path.parent
    # A folder without __init__.py is a package too, for a file that imports from beside itself.
    above = _levels(path)
    while root.name.isidentifier() and (above > 0 or (root / "__init__.py").is_file()):
        parts.insert(0, root.name)
        root, above = root.parent, above - 1
    name = ".".join(parts)
    if len(parts) > 1 or path.stem == "__init__":
        sys.path.insert(0, str(root))
        module = importlib.import_module(name)
        if os.path.realpath(getattr(module, "__file__", "") or "") == str(path):
            return module
    else:
        sys.path.insert(0, str(root))
    return _import_alone(path, name)


def _levels(path: Path) -> int:
    """How many folders up the relative imports of a file reach: 1 for `from .here import this`."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return 0
    return max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)


def _import_alone(path: Path, name: str) -> ModuleType:
    taken = name in sys.modules or name in sys.stdlib_module_names or not name.isidentifier()
    chosen = f"jaxvjp_verified_{abs(hash(str(path)))}" if taken else name
    spec = importlib.util.spec_from_file_location(chosen, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python source file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[chosen] = module
    spec.loader.exec_module(module)
    return module


def rules_of(module: ModuleType, watch: Watch) -> list[Found]:
    """The rules of a module in the order of their lines, each once."""
    found: dict[int, Found] = {}
    for value, line in watch.seen.values():
        subject = subject_of(value)
        if subject is not None:
            found[id(value)] = Found(value, subject, line)
    for value in _members(module):
        subject = subject_of(value)
        if subject is not None and id(value) not in found and _defined_in(subject, watch.filename):
            found[id(value)] = Found(value, subject, 0)
    return sorted(found.values(), key=lambda one: (one.line or _first_line(one.subject), one.subject.name))


def _members(module: ModuleType) -> Iterator[Any]:
    """Attributes of the module, and of the classes in it, with what wraps them taken off."""
    for value in list(vars(module).values()):
        yield from _unwrapped(value)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for inner in list(vars(value).values()):
                yield from _unwrapped(inner)


def _unwrapped(value: Any) -> Iterator[Any]:
    for _ in range(10):
        yield value
        inner = getattr(value, "__func__", None) or getattr(value, "__wrapped__", None)
        if inner is None or subject_of(value) is not None:
            return
        value = inner


def _defined_in(subject: Subject, filename: str) -> bool:
    for function in (subject.primal, subject.forward, subject.backward):
        code = code_of(function)
        if code is not None:
            return os.path.realpath(code.co_filename) == filename
    return False


def _first_line(subject: Subject) -> int:
    code = code_of(subject.primal)
    return code.co_firstlineno if code is not None else 0
