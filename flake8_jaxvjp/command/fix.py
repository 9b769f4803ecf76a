"""`jaxvjp fix [PATH...]`: write what the messages ask for into the files, or show it."""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flake8_jaxvjp.command.check import STDIN, STDIN_NAME
from flake8_jaxvjp.command.documents import NOTEBOOK, UnreadableError, is_document, may_matter, sources_of
from flake8_jaxvjp.command.files import File, UsageError, Wanted, find
from flake8_jaxvjp.command.linting import Request, lint_bytes
from flake8_jaxvjp.command.reading import Text, decode
from flake8_jaxvjp.command.results import FileResult, Located
from flake8_jaxvjp.command.settings import add_common, settled
from flake8_jaxvjp.command.writing import write_bytes
from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.fixes.asking import UNSAFE, Asked, Fixed


@dataclass(frozen=True)
class Outcome:
    """What became of one file: its bytes before and after, the codes that are mended, and what is left.

    `found` counts the findings before; `refused` says of what is left why it was not put right, where that is known.
    """

    file: File
    before: bytes = b""
    after: bytes = b""
    mended: tuple[str, ...] = ()
    found: int = 0
    refused: Mapping[Located, str] = field(default_factory=dict)
    left: FileResult | None = None
    error: str = ""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "fix",
        help="put findings right in the files",
        description="Puts right what it is sure of; every other character of a file stays as it is.",
        epilog=(
            "Exit codes: 0 nothing is left, 1 findings are left, 2 a file or the call could not be handled, 3 both; "
            "with --diff, as if the fixes were made (in CI, 'jaxvjp check' fails on fixes that wait). "
            "What --docs adds is told, and not fixed."
        ),
    )
    add_common(parser)
    parser.add_argument("--diff", action="store_true", help="show what would change, and change nothing")
    parser.add_argument("--unsafe", action="store_true", help="also fixes that have to be looked at")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing beside: the exit code tells")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The subcommand. A diff, or the fixed standard input, goes to standard output; all else to standard error."""
    try:
        settings = settled(options)
        outcomes = list(_stdin(options, settings) if STDIN in options.paths else _files(options, settings))
    except UsageError as error:
        print(f"jaxvjp fix: {error}", file=sys.stderr)
        return 2
    left = sum(map(_left, outcomes))
    if not options.quiet:
        _tell(outcomes, left, "would be fixed" if options.diff else "fixed")
    return int(left > 0) + 2 * any(outcome.error for outcome in outcomes)


def _tell(outcomes: Sequence[Outcome], left: int, done: str) -> None:
    """What went wrong, what is left, and how much was done."""
    for outcome in outcomes:
        if outcome.error:
            print(f"jaxvjp fix: {outcome.file.shown}: {outcome.error}", file=sys.stderr)
        for finding in outcome.left.findings if outcome.left is not None else ():
            reason = outcome.refused.get(finding)
            told = f"{finding.place}: {finding.code} {finding.message}" + (f" [{reason}]" if reason else "")
            print(told, file=sys.stderr)
    print(_counted(outcomes, left, done), file=sys.stderr)


def _counted(outcomes: Sequence[Outcome], left: int, done: str) -> str:
    """The sum of it; and why it is another than that of `jaxvjp check`, where a fix has changed what else is found."""
    mended = sum(len(outcome.mended) for outcome in outcomes)
    told = f"{mended} finding{'s' * (mended != 1)} {done}, {left} left"
    reasons = [reason for outcome in outcomes for reason in outcome.refused.values()]
    if UNSAFE in reasons:
        told += f" (--unsafe fixes {reasons.count(UNSAFE)} of them)"
    changes = [len(outcome.mended) + _left(outcome) - outcome.found for outcome in outcomes if outcome.mended]
    appeared, gone = sum(max(0, change) for change in changes), sum(max(0, -change) for change in changes)
    if appeared:
        told += f"; {appeared} of these came to light by fixing others"
    if gone:
        told += f"; {gone} more went with them"
    return told


def _left(outcome: Outcome) -> int:
    return len(outcome.left.findings) if outcome.left is not None else 0


def _stdin(options: argparse.Namespace, settings: dict[str, Any]) -> Iterator[Outcome]:
    if len(options.paths) > 1:
        raise UsageError("standard input goes with no other file")
    name = options.stdin_filename or STDIN_NAME
    outcome = fix_bytes(sys.stdin.buffer.read(), File(name, name), settings, unsafe=options.unsafe)
    if options.diff:
        _show(outcome)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(outcome.after)
        sys.stdout.buffer.flush()
    yield outcome


def _files(options: argparse.Namespace, settings: dict[str, Any]) -> Iterator[Outcome]:
    wanted = Wanted(settings["docs"], settings["exclude"], settings["respect-gitignore"])
    for file in find(options.paths or ["."], wanted):
        try:
            with open(file.path, "rb") as stream:
                data = stream.read()
        except OSError as error:
            yield Outcome(file, error=f"cannot be read: {error.strerror or type(error).__name__}")
            continue
        if not may_matter(data, file.path, settings["docs"]):
            continue
        outcome = fix_bytes(data, file, settings, unsafe=options.unsafe)
        if outcome.after != outcome.before and options.diff:
            _show(outcome)
        elif outcome.after != outcome.before:
            try:
                write_bytes(file.path, outcome.before, outcome.after)
            except OSError as error:
                reason = f"cannot be written: {error.strerror or error}"
                yield Outcome(file, left=lint_bytes(data, file.path, file.shown, request_of(settings)), error=reason)
                continue
        yield outcome


def request_of(settings: dict[str, Any]) -> Request:
    return Request(settings["select"], settings["ignore"], settings["preview"], settings["docs"])


def fix_bytes(data: bytes, file: File, settings: dict[str, Any], *, unsafe: bool) -> Outcome:
    """The bytes of one file with its findings fixed; the same bytes when nothing can be done."""
    request = request_of(settings)
    try:
        after, fixed = _fixed(data, file.path, request, unsafe)
    except (UnreadableError, UnicodeEncodeError):
        after, fixed = data, Fixed("")
    left = lint_bytes(after, file.path, file.shown, request)
    found = left if after == data else lint_bytes(data, file.path, file.shown, request)
    codes = tuple(finding.code for finding in fixed.mended)
    refused = _refused(after, file, fixed) if fixed.refused else {}
    return Outcome(file, data, after, codes, len(found.findings), refused, left, left.error)


def _refused(data: bytes, file: File, fixed: Fixed) -> Mapping[Located, str]:
    """The reasons, by the findings as they are told."""
    source = next(sources_of(data, file.path, docs=False))
    return {source.locate(finding, file.shown): reason for finding, reason in fixed.refused.items()}


def _fixed(data: bytes, path: str, request: Request, unsafe: bool) -> tuple[bytes, Fixed]:
    if path.endswith(NOTEBOOK):
        from flake8_jaxvjp.command.notebook_fixes import fix_notebook

        return fix_notebook(data, _asked(path, request, unsafe, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    text = decode(data)
    if is_document(path) or not text.is_exact:
        return data, Fixed("")
    return _fixed_module(text, data, path, request, unsafe)


def _fixed_module(text: Text, data: bytes, path: str, request: Request, unsafe: bool) -> tuple[bytes, Fixed]:
    from flake8_jaxvjp.fixes.fixer import fix_text

    fixed = fix_text(text.raw, _asked(path, request, unsafe))
    return (text.encode(fixed.raw) if fixed.mended else data), fixed


def _asked(path: str, request: Request, unsafe: bool, flags: int = 0) -> Any:
    """What the fixer is asked: no finding that is left out or silenced is touched."""
    from flake8_jaxvjp.command.suppressions import Suppressions

    comments: dict[str, Suppressions] = {}

    def wants(text: str, finding: Finding) -> bool:
        if not request.wants(finding.code):
            return False
        if "noqa" not in text.lower():
            return True
        if text not in comments:
            comments.clear()
            comments[text] = Suppressions(text, path)
        return not comments[text].silences(finding)

    return Asked(path, wants, unsafe, request.preview, flags)


def _show(outcome: Outcome) -> None:
    """A unified diff of the bytes, which `patch -p0` and `git apply -p0` take whatever the encoding and newlines."""
    before, after = outcome.before, outcome.after
    if b"\n" not in before:  # newlines of old Macintosh computers: to be read, and no patch knows them
        before, after = before.replace(b"\r", b"\n"), after.replace(b"\r", b"\n")
    name = os.fsencode(outcome.file.shown)
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after), name, name)
    shown = [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines]
    sys.stdout.flush()
    sys.stdout.buffer.write(b"".join(shown))
    sys.stdout.buffer.flush()


def _lines(data: bytes) -> list[bytes]:
    """Lines as patch sees them: a form feed ends none."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)
