"""Results of many files on several cores, in the order of the files; small runs stay in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from flake8_jaxvjp.collector import collector_paused
from flake8_jaxvjp.command.files import File
from flake8_jaxvjp.command.linting import Request, lint_path
from flake8_jaxvjp.command.results import FileResult

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

WORTHWHILE_BYTES = 60_000
"""Below this much source with rules, starting processes takes longer than they save."""


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lint_files(
    files: Sequence[File], sizes: Sequence[int], request: Request, jobs: int, finished: Callable[[], None]
) -> Iterator[FileResult]:
    """One result a file, in their order; `finished` is called once a result."""
    jobs = min(jobs, len(files))
    if jobs <= 1 or sum(sizes) < WORTHWHILE_BYTES:
        for file in files:
            yield lint_path(file.path, file.shown, request)
            finished()
        return
    yield from _in_processes(files, sizes, request, jobs, finished)


def _in_processes(
    files: Sequence[File], sizes: Sequence[int], request: Request, jobs: int, finished: Callable[[], None]
) -> Iterator[FileResult]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    can_fork = sys.platform not in {"win32", "darwin"} and "fork" in multiprocessing.get_all_start_methods()
    if can_fork:
        _load_engine()  # once, for all the processes
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        # The longest first, so that no core is left with one when the others are done.
        order = sorted(range(len(files)), key=lambda index: -sizes[index])
        pending: dict[int, Future[FileResult]] = {}
        try:
            for index in order:
                pending[index] = pool.submit(lint_path, files[index].path, files[index].shown, request)
        except BrokenProcessPool:
            pass
        for index, file in enumerate(files):
            try:
                yield pending[index].result()
            except (BrokenProcessPool, KeyError):
                yield _alone(file, request, context)
            finished()


def _alone(file: File, request: Request, context: BaseContext) -> FileResult:
    """The result of a file in a process of its own, after some file has ended the others'."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(lint_path, file.path, file.shown, request).result()
    except BrokenProcessPool:
        return FileResult(file.shown, error="ends the process that reads it")


def _load_engine() -> None:
    """Import what every file with a rule needs."""
    with collector_paused():
        import flake8_jaxvjp.sites.analysis
        import flake8_jaxvjp.syntax.tree  # noqa: F401
        from flake8_jaxvjp.rules.base import all_rules

        all_rules()
