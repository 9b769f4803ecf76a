"""One file's result: sources out of its bytes, findings out of the engine, without those that a comment silences."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_jaxvjp.checker import analyse_tree
from flake8_jaxvjp.collector import collector_paused
from flake8_jaxvjp.command.documents import Source, UnreadableError, sources_of
from flake8_jaxvjp.command.results import FileResult, Frame, Located
from flake8_jaxvjp.findings import Finding

OF_WHOLE_MODULES = frozenset({"VJP412"})
"""Codes for what is missing, which may stand in the next block of a document."""


@dataclass(frozen=True)
class Request:
    """What is asked of each file. Codes are chosen by the longest prefix that names them, as flake8 does."""

    select: tuple[str, ...] = ("VJP",)
    ignore: tuple[str, ...] = ()
    preview: bool = False
    docs: bool = False
    unused_noqa: bool = False
    frames: bool = False

    def wants(self, code: str) -> bool:
        chosen = max((len(prefix) for prefix in self.select if code.startswith(prefix)), default=-1)
        refused = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=-1)
        return chosen > refused


def lint_path(path: str, shown: str, request: Request) -> FileResult:
    """The result of a file; never raises."""
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError as error:
        return FileResult(shown, error=f"cannot be read: {error.strerror or type(error).__name__}")
    return lint_bytes(data, path, shown, request)


def lint_bytes(data: bytes, path: str, shown: str, request: Request) -> FileResult:
    """The result of what a file at `path` holds or would hold, called `shown`; never raises."""
    findings: dict[Located, Frame | None] = {}
    errors = []
    try:
        with collector_paused():
            for source in sources_of(data, path, request.docs):
                for finding, frame in lint_source(source, path, request):
                    findings.setdefault(source.locate(finding, shown), frame)
    except UnreadableError as error:
        errors.append(str(error))
    ordered = sorted(findings)
    frames = tuple(frame for frame in (findings[one] for one in ordered) if frame is not None)
    return FileResult(shown, tuple(ordered), frames, "; ".join(errors))


def lint_source(source: Source, path: str, request: Request) -> Iterator[tuple[Finding, Frame | None]]:
    """The findings of a source that are asked for and that no comment silences."""
    tree = parse(source)
    if tree is None:
        return
    found = analyse_tree(tree, source.text.split("\n"), path, request.preview).findings
    if source.is_example:
        found = tuple(finding for finding in found if finding.code not in OF_WHOLE_MODULES)
    kept: list[Finding] = list(found)
    if "noqa" in source.text.lower() and (found or request.unused_noqa):
        from flake8_jaxvjp.command.suppressions import Suppressions

        comments = Suppressions(source.text, path)
        kept = [finding for finding in found if not comments.silences(finding)]
        if request.unused_noqa:
            kept += comments.unused(found, _judged(request))
    kept = [finding for finding in kept if request.wants(finding.code)]
    if not request.frames or not kept:
        yield from ((finding, None) for finding in kept)
        return
    from flake8_jaxvjp.command.frames import frames_of

    yield from zip(kept, frames_of(source, tree, path, kept), strict=True)


def _judged(request: Request) -> tuple[str, ...]:
    """The codes of which this run can say that they are not found."""
    from flake8_jaxvjp.rules.base import all_rules

    return tuple(rule.code for rule in all_rules() if request.preview or not rule.is_preview)


def parse(source: Source) -> ast.Module | None:
    """The tree of a source; None for a broken example in a document, which may be meant to be broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the user's strings are another linter's business
            flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if source.is_notebook else 0)
            tree: ast.Module = compile(source.text, "<source>", "exec", flags, dont_inherit=True)
            return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if source.is_example:
            return None
        line = f" (line {source.line_of(error.lineno)})" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
        raise UnreadableError(f"cannot be parsed: {reason}{line}") from None


