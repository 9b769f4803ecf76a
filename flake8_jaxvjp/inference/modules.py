"""Other files of the project: where an import leads, and the part of that file which names need.

Files are only read, never imported; those that are large, not regular or not Python are not followed.
"""

from __future__ import annotations

import ast
import io
import stat
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_jaxvjp.source import Focus, focus_on
from flake8_jaxvjp.syntax.tree import parse

if TYPE_CHECKING:
    import libcst as cst

    from flake8_jaxvjp.syntax.scopes import Scope

MAX_BYTES = 1_000_000
MAX_LEVELS = 12
CACHED_FILES = 128
CACHED_TREES = 16
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".git")

LIBRARIES = frozenset(
    """
    jax jaxlib numpy scipy functools typing typing_extensions collections dataclasses itertools operator math abc
    warnings enum equinox flax jaxtyping beartype typeguard chex optax numpyro torch tensorflow
    """.split()
)
"""Top-level names that are known libraries, or surely no part of the project."""


@dataclass(frozen=True)
class Place:
    """Where a file stands: its folder, and the folders in which its absolute imports are looked up."""

    folder: Path
    roots: tuple[Path, ...]


@dataclass(frozen=True)
class Extract:
    """The part of another file that some of its names need."""

    path: Path
    focus: Focus
    module: cst.Module
    scopes: dict[cst.CSTNode, Scope]

    @property
    def lines(self) -> int:
        """How many lines it has that are not blank."""
        return sum(1 for line in self.focus.text.split("\n") if line.strip())


def place_of(filename: str) -> Place | None:
    """The place of a file that exists; None for text from elsewhere."""
    try:
        path = Path(filename).absolute()
        return Place(path.parent, tuple(_roots(path.parent))) if path.is_file() else None
    except (OSError, ValueError):
        return None


def _roots(folder: Path) -> Iterator[Path]:
    """The folder above the topmost package, the folder itself for a script, and the project's root and `src`."""
    top = folder
    while (top / "__init__.py").is_file() and top.parent != top:
        top = top.parent
    yield top
    for ancestor in [top, *top.parents][:MAX_LEVELS]:
        if any((ancestor / name).exists() for name in PROJECT_FILES):
            if ancestor != top:
                yield ancestor
            if (ancestor / "src").is_dir() and ancestor / "src" != top:
                yield ancestor / "src"
            return


def find(bases: tuple[Path, ...], parts: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """The files and names in them to which `parts` may lead, in Python's order.

    A package's own name goes before its submodule (the name is then ""), and a package before a module beside it.
    """
    for base in bases:
        for count, name in ((len(parts) - 1, parts[-1] if parts else ""), (len(parts), "")):
            target = base.joinpath(*parts[:count])
            module = [target.with_name(target.name + ".py")] if count else []
            path = next((path for path in (target / "__init__.py", *module) if _is_regular(path)), None)
            if path is not None:
                yield path, name


def _is_regular(path: Path) -> bool:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES


def extract(path: Path, names: frozenset[str]) -> Extract | None:
    """What `names` need of a file; read again when the file has changed."""
    try:
        status = path.stat()
        return _extract(path, names, status.st_mtime_ns, status.st_size)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=CACHED_FILES)
def _extract(path: Path, names: frozenset[str], changed: int, size: int) -> Extract | None:
    tree, lines = _read(path, changed, size)
    focused = focus_on(tree, lines, names)
    read = None if focused is None else parse(focused)
    return None if focused is None or read is None else Extract(path, focused, *read)


@lru_cache(maxsize=CACHED_TREES)
def _read(path: Path, _changed: int, _size: int) -> tuple[ast.Module, list[str]]:
    content = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text), text.split("\n")
