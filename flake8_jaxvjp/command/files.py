"""Which files a run is about: those named, and those in folders that no .gitignore names."""

from __future__ import annotations

import fnmatch
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flake8_jaxvjp.command.documents import DOCUMENTS, MODULES, NOTEBOOK

EXCLUDED = frozenset(
    """
    .bzr .direnv .eggs .git .hg .ipynb_checkpoints .mypy_cache .nox .pytest_cache .ruff_cache .svn .tox .venv CVS
    __pycache__ __pypackages__ build dist node_modules site-packages venv
    """.split()
)
"""Folders that hold no sources of the project, as other linters know them."""


class UsageError(Exception):
    """The call asks for something that is not there, or cannot be."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be looked at: where it is, and how it is called in the output."""

    path: str
    shown: str


@dataclass(frozen=True)
class Wanted:
    """Which files are taken out of folders; files that are named are always taken."""

    docs: bool = False
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True

    @property
    def endings(self) -> tuple[str, ...]:
        return (*MODULES, NOTEBOOK, *(DOCUMENTS[:-1] if self.docs else ()))

    def leaves_out(self, name: str, shown: str) -> bool:
        return any(fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(shown, pattern) for pattern in self.exclude)


@dataclass(frozen=True)
class Shard:
    """One of `count` parts of a tree; which part a file is in depends on its name in the output alone."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        number, slash, count = text.partition("/")
        if not slash or not number.isdecimal() or not count.isdecimal() or not 1 <= int(number) <= int(count):
            raise UsageError(f"--shard takes PART/PARTS, such as 2/8, and not {text!r}")
        return cls(int(number), int(count))

    def holds(self, file: File) -> bool:
        return self.count == 1 or zlib.crc32(os.fsencode(Path(file.shown).as_posix())) % self.count == self.number - 1


def find(paths: Iterable[str], wanted: Wanted) -> Iterator[File]:
    """The files of a call, each once: in the order of the call, and sorted in each folder."""
    seen: set[str] = set()
    for path in paths:
        for file in _files(path, wanted):
            place = os.path.abspath(file.path)
            if place not in seen:
                seen.add(place)
                yield file


def _files(path: str, wanted: Wanted) -> Iterator[File]:
    if os.path.isdir(path):
        yield from _walk(path, wanted)
    else:  # whatever it is; if it cannot be read, that is said in its turn
        yield File(path, os.path.normpath(path))


def _walk(folder: str, wanted: Wanted) -> Iterator[File]:
    ignored = ignore_test(folder) if wanted.respect_gitignore else None
    pending = [(folder, "" if os.path.normpath(folder) == "." else os.path.normpath(folder))]
    while pending:
        place, shown = pending.pop()
        try:
            with os.scandir(place) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:
            yield File(place, shown or ".")  # it is reported as a file that cannot be read
            continue
        folders = []
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                called = os.path.join(shown, name)
                if name in EXCLUDED or wanted.leaves_out(name, called) or (ignored and ignored(entry.path, True)):
                    continue
                folders.append((entry.path, called))
            elif name.endswith(wanted.endings) and _is_file(entry):
                called = os.path.join(shown, name)
                if not wanted.leaves_out(name, called) and not (ignored and ignored(entry.path, False)):
                    yield File(entry.path, called)
        pending.extend(reversed(folders))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one; a link that leads in a circle is neither."""
    try:
        return entry.is_file()
    except OSError:
        return False


def ignore_test(folder: str) -> Callable[[str, bool], bool] | None:
    """Whether a path in a folder is named by a .gitignore; None when there is none, or nothing that reads it."""
    top = _repository_of(folder)
    try:
        from flake8_jaxvjp.command.gitignore import GitIgnore
    except ImportError:
        return _ask_git(top) if top is not None else None
    return GitIgnore(top if top is not None else os.path.abspath(folder)).names


def _repository_of(folder: str) -> str | None:
    """The folder with `.git` above a folder."""
    place = os.path.abspath(folder)
    while True:
        if os.path.exists(os.path.join(place, ".git")):
            return place
        place, below = os.path.dirname(place), place
        if place == below:
            return None


def _ask_git(top: str) -> Callable[[str, bool], bool] | None:
    """Without pathspec, git itself says what is ignored; without git, nothing is."""
    import subprocess  # seldom needed, and slow to load

    listing = ["git", "-C", top, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]
    try:
        done = subprocess.run(listing, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    ignored = {os.path.join(top, os.fsdecode(name).rstrip("/")) for name in done.stdout.split(b"\0") if name}
    return lambda path, _: os.path.abspath(path) in ignored


