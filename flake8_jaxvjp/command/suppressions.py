"""`# noqa`, by flake8's own code: the same comments silence the same findings, whatever its version says.

Comments that silence nothing are reported on request, as VJP001.
"""

from __future__ import annotations

import io
import tokenize
from argparse import Namespace
from collections.abc import Iterable, Iterator

from flake8 import defaults
from flake8.processor import FileProcessor
from flake8.utils import parse_comma_separated_list
from flake8.violation import Violation

from flake8_jaxvjp.findings import Finding, Position

UNUSED = "VJP001"
FAMILY = "VJP"


class Suppressions:
    """The comments of one text, which has universal newlines."""

    def __init__(self, text: str, filename: str) -> None:
        options = Namespace(
            disable_noqa=False, hang_closing=False, indent_size=4, max_line_length=79, max_doc_length=None, verbose=0
        )
        self._filename = filename
        self._processor = FileProcessor(filename, options, io.StringIO(text).readlines())
        self.silences_file = self._processor.should_ignore_file()

    def silences(self, finding: Finding) -> bool:
        if self.silences_file:
            return True
        line = self._processor.noqa_line_for(finding.line)
        if line is None:  # flake8 then looks at the line in the file, where tokens cannot be had
            line = (self._processor.lines[finding.line - 1 : finding.line] or [""])[0]
        column = finding.column + 1
        violation = Violation(finding.code, self._filename, finding.line, column, finding.message, line)
        return bool(violation.is_inline_ignored(disable_noqa=False))

    def unused(self, findings: Iterable[Finding], judged: Iterable[str]) -> Iterator[Finding]:
        """Comments that name a code of ours and silence none of these findings; only `judged` codes are looked at."""
        if self.silences_file:
            return
        by_span: dict[str, set[str]] = {}
        for finding in findings:
            by_span.setdefault(self._processor.noqa_line_for(finding.line) or "", set()).add(finding.code)
        known = tuple(judged)
        for token in self._comments():
            span = self._processor.noqa_line_for(token.start[0]) or ""
            match = defaults.NOQA_INLINE_REGEXP.search(span)
            # flake8 looks at the first comment of a statement alone.
            if match is None or match["codes"] is None or match[0].rstrip() not in token.string:
                continue
            idle = [code for code in parse_comma_separated_list(match["codes"]) if _is_idle(code, by_span, span, known)]
            if idle:
                written = match[0].rstrip()
                start = token.start[1] + token.string.index(written)
                message = f"unused '# noqa: {', '.join(idle)}': nothing of that code is found here: remove it"
                line = token.start[0]
                yield Finding(Position(line, start), UNUSED, message, Position(line, start + len(written)))

    def _comments(self) -> Iterator[tokenize.TokenInfo]:
        try:
            tokens = self._processor.file_tokens
        except (tokenize.TokenError, SyntaxError):
            return
        yield from (token for token in tokens if token.type == tokenize.COMMENT)


def _is_idle(code: str, by_span: dict[str, set[str]], span: str, judged: tuple[str, ...]) -> bool:
    """Whether a code in a comment is one of ours that may be judged, and silences nothing."""
    if not code.startswith(FAMILY) or not any(one.startswith(code) for one in judged):
        return False
    return not any(found.startswith(code) for found in by_span.get(span, ()))
