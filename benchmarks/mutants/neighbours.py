"""The folder in which a mutant stands that imports another module: the project's own, with that module in it.

The corpus is only read. Its folders are made anew in a temporary place, with links to what is in them, so that the
mutant's own imports lead where they did.
"""

from __future__ import annotations

import getpass
import hashlib
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.mutants.breaking_hidden import OTHER_MODULE, OTHER_RULE, OTHER_TEXT

if TYPE_CHECKING:
    from benchmarks.mutants.registry import Mutant


class Neighbourhood:
    """Where one file stands among links to its project's files."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def file(self) -> Path:
        """The file's place; its folders, and the links in them, are made when it is first asked for."""
        top = self._path.parent
        while (top / "__init__.py").is_file() and top.parent != top:
            top = top.parent
        name = hashlib.sha256(str(self._path).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"jaxvjp-mutants-{getpass.getuser()}" / name
        steps = self._path.relative_to(top).parts
        for depth, step in enumerate(steps):
            made = folder.joinpath(*steps[:depth])
            made.mkdir(parents=True, exist_ok=True)
            for entry in top.joinpath(*steps[:depth]).iterdir():
                link = made / entry.name
                if (entry.name != step or depth == len(steps) - 1) and not link.is_symlink():
                    link.symlink_to(entry)
        _write(folder / f"{OTHER_MODULE}.py", OTHER_TEXT)
        return folder.joinpath(*steps)

    def settled(self, mutant: Mutant) -> str:
        """The mutant's text as it has to be in this folder, in which the module that it imports then stands."""
        if not mutant.beside:
            return mutant.text
        _write(self.file.parent / f"{OTHER_RULE}.py", mutant.beside)
        is_package = (self.file.parent / "__init__.py").is_file()
        dot = "." if is_package else ""
        return mutant.text.replace(f"from {OTHER_RULE} import", f"from {dot}{OTHER_RULE} import")


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
