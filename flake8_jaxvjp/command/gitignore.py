"""What the .gitignore files of a tree name, read with pathspec (extra `cli`)."""

from __future__ import annotations

import os
from functools import lru_cache

from pathspec import GitIgnoreSpec


class GitIgnore:
    """The .gitignore files between the top of a tree and a path; the deepest that has a word on it decides."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._chain = lru_cache(maxsize=None)(self._chain_of)

    def names(self, path: str, is_folder: bool) -> bool:
        """Whether a path is ignored; that a folder above it is, whoever walks the tree has seen already."""
        place = os.path.abspath(path)
        for folder, spec in self._chain(os.path.dirname(place)):
            relative = os.path.relpath(place, folder).replace(os.sep, "/")
            verdict = spec.check_file(relative + "/" if is_folder else relative).include
            if verdict is not None:
                return verdict
        return False

    def _chain_of(self, folder: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
        """The folders with a .gitignore from this one up to the top."""
        spec = self._spec(folder)
        own = () if spec is None else ((folder, spec),)
        above = os.path.dirname(folder)
        return own if folder in {self._top, above} else (*own, *self._chain(above))

    def _spec(self, folder: str) -> GitIgnoreSpec | None:
        try:
            with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as stream:
                return GitIgnoreSpec.from_lines(stream)
        except OSError:
            return None
