"""Runs the linter's engine over the Python files of a folder, in processes, and keeps what the benchmarks count."""

from __future__ import annotations

import ast
import io
import os
import time
import tokenize
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILES_A_TASK = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, as plain data that crosses a process boundary."""

    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Site:
    """A `defvjp` call as the engine sees it; `unresolved` is empty when both counts of cotangents are known."""

    line: int
    primal: str
    proven: bool
    unresolved: str


@dataclass(frozen=True, slots=True)
class FileResult:
    """What the linter says about one file.

    `unread` says why the file could not be read, `crash` how the engine failed; else they are empty.
    `seconds` is the CPU time of the engine alone.
    """

    path: Path
    findings: tuple[Found, ...] = ()
    sites: tuple[Site, ...] = ()
    unread: str = ""
    crash: str = ""
    seconds: float = 0.0


def read_source(path: Path) -> str:
    """The decoded text with universal newlines, as flake8 hands it to its plugins."""
    data = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return io.TextIOWrapper(io.BytesIO(data), encoding, line_buffering=True).read()


def lint_text(text: str, name: str) -> tuple[tuple[Found, ...], tuple[Site, ...]]:
    """The engine's findings and sites, as plain data; a crash, which users never see, is shown here."""
    from flake8_jaxvjp.checker import analyse_source

    os.environ["FLAKE8_JAXVJP_DEBUG"] = "1"
    analysis = analyse_source(text, name)
    findings = tuple(Found(each.line, each.column, each.code, each.message) for each in analysis.findings)
    seen: tuple[Any, ...] = analysis.sites
    sites = tuple(Site(each.line, each.primal, each.proven, each.unresolved) for each in seen)
    return findings, sites


def findings_of(text: str, name: str) -> tuple[Found, ...]:
    """The same without the sites, as flake8 runs it, which is faster."""
    from flake8_jaxvjp.checker import check_source

    os.environ["FLAKE8_JAXVJP_DEBUG"] = "1"
    return tuple(Found(each.line, each.column, each.code, each.message) for each in check_source(text, name))


def lint_file(path: Path) -> FileResult:
    from flake8_jaxvjp.markers import has_marker

    try:
        text = read_source(path)
        if has_marker([text]):  # whether Python can parse the other files is not worth the time
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes in other people's strings
                ast.parse(text)
    except (OSError, SyntaxError, UnicodeError, ValueError, RecursionError, MemoryError) as error:
        # flake8 hands such a file to no plugin either.
        return FileResult(path, unread=f"{type(error).__name__}: {error}")
    begin = time.process_time()
    try:
        findings, sites = lint_text(text, str(path))
    except Exception as error:  # noqa: BLE001
        return FileResult(path, crash=f"{type(error).__name__}: {error}")
    return FileResult(path, findings, sites, seconds=time.process_time() - begin)


def python_files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.rglob("*.py") if path.is_file()))


def lint_files(paths: Iterable[Path], jobs: int) -> Iterator[FileResult]:
    """The results in the order of `paths`, whatever the number of processes."""
    if jobs <= 1:
        yield from map(lint_file, paths)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(lint_file, paths, chunksize=FILES_A_TASK)
