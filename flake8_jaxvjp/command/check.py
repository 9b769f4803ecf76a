"""`jaxvjp check [PATH...]`: what the flake8 plugin finds, without flake8 around it."""

from __future__ import annotations

import argparse
import os
import stat
import sys
import time
from collections.abc import Sequence
from typing import Any

from flake8_jaxvjp.command.documents import may_matter
from flake8_jaxvjp.command.files import File, Shard, UsageError, Wanted, find
from flake8_jaxvjp.command.linting import Request, lint_bytes
from flake8_jaxvjp.command.parallel import cores, lint_files
from flake8_jaxvjp.command.progress import Progress
from flake8_jaxvjp.command.results import FileResult, Report
from flake8_jaxvjp.command.settings import FORMATS, add_common, settled

STDIN = "-"
STDIN_NAME = "<stdin>"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "check",
        help="read files, and report wrong rules",
        description="Reads files, never runs them, and reports derivative rules that JAX will reject.",
        epilog="Exit codes: 0 clean, 1 findings, 2 a file or the call could not be handled, 3 both.",
    )
    add_common(parser)
    parser.add_argument("--format", choices=FORMATS, help="how findings are written down (default: human)")
    parser.add_argument("--output-file", metavar="FILE", help="write there instead of to standard output")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="of the human format")
    parser.add_argument("--statistics", action="store_const", const=True, help="also count the findings by code")
    parser.add_argument("--unused-noqa", action="store_const", const=True, help="also report noqa that silence nothing")
    parser.add_argument("--exit-zero", action="store_const", const=True, help="end with 0 also when there are findings")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes at once (default: one a core)")
    parser.add_argument("--shard", default="1/1", metavar="PART/PARTS", help="look at one part of the files, as 2/8")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The subcommand. Findings go to standard output, all else to standard error."""
    try:
        settings = settled(options)
        shard = Shard.parse(options.shard)
        report = check(options.paths or ["."], settings, shard, options.stdin_filename)
        _write(report, settings, options)
    except UsageError as error:
        print(f"jaxvjp check: {error}", file=sys.stderr)
        return 2
    return report.exit_code & ~1 if settings["exit-zero"] else report.exit_code


def check(paths: Sequence[str], settings: dict[str, Any], shard: Shard, stdin_name: str | None = None) -> Report:
    """The results of the files that can matter, in their order."""
    began = time.monotonic()
    request = Request(
        select=settings["select"],
        ignore=settings["ignore"],
        preview=settings["preview"],
        docs=settings["docs"],
        unused_noqa=settings["unused-noqa"],
        frames=settings["format"] == "human",
    )
    if STDIN in paths:
        if len(paths) > 1:
            raise UsageError("standard input goes with no other file")
        name = stdin_name or STDIN_NAME
        result = lint_bytes(sys.stdin.buffer.read(), name, name, request)
        return Report((result,), 1, time.monotonic() - began)
    wanted = Wanted(settings["docs"], settings["exclude"], settings["respect-gitignore"])
    marked: list[File] = []
    sizes: list[int] = []
    settled_already: dict[str, FileResult] = {}
    order: list[str] = []
    number = 0
    for file in find(paths, wanted):
        if not shard.holds(file):
            continue
        number += 1
        seen = _first_look(file, request)
        if isinstance(seen, FileResult):
            settled_already[file.shown] = seen
        elif seen > 0:
            marked.append(file)
            sizes.append(seen)
        else:
            continue
        order.append(file.shown)
    with Progress(len(marked), sys.stderr) as progress:
        linted = lint_files(marked, sizes, request, settings["jobs"] or cores(), progress.advance)
        results = settled_already | {result.path: result for result in linted}
    return Report(tuple(results[shown] for shown in order), number, time.monotonic() - began)


def _first_look(file: File, request: Request) -> int | FileResult:
    """The size of a file that can matter, and 0 for all others.

    Or its result already: where it cannot be read, and of what can be read only once, such as a pipe.
    """
    try:
        with open(file.path, "rb", buffering=0) as stream:
            data = stream.read() or b""
            is_regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError as error:
        return FileResult(file.shown, error=f"cannot be read: {error.strerror or type(error).__name__}")
    if not may_matter(data, file.path, request.docs, request.unused_noqa):
        return 0
    return len(data) if is_regular else lint_bytes(data, file.path, file.shown, request)


def _write(report: Report, settings: dict[str, Any], options: argparse.Namespace) -> None:
    """The findings, and apart from them what could not be handled."""
    from flake8_jaxvjp.command.formats import write

    form = settings["format"]
    if options.output_file:
        try:
            with open(options.output_file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                write(report, form, stream, color="never", statistics=settings["statistics"])
        except OSError as error:
            raise UsageError(f"{options.output_file}: cannot be written: {error.strerror}") from None
    else:
        write(report, form, sys.stdout, color=options.color, statistics=settings["statistics"])
        sys.stdout.flush()
    for result in report.errors:
        print(f"jaxvjp check: {result.path}: {result.error}", file=sys.stderr)
