"""One JSON object: the findings, what could not be handled, and which version says so."""

from __future__ import annotations

import json
from typing import IO, Any

from flake8_jaxvjp import __version__
from flake8_jaxvjp.command.results import Located, Report


def write(report: Report, stream: IO[str]) -> None:
    value = {
        "version": __version__,
        "findings": [_finding(finding) for finding in report.findings],
        "errors": [{"path": result.path, "message": result.error} for result in report.errors],
    }
    stream.write(json.dumps(value, indent=1) + "\n")


def _finding(finding: Located) -> dict[str, Any]:
    """Lines and columns count from 1, as editors count."""
    return {
        "path": finding.path,
        "cell": finding.cell or None,
        "line": finding.line,
        "column": finding.column + 1,
        "end_line": finding.end_line,
        "end_column": finding.end_column + 1,
        "code": finding.code,
        "message": finding.message,
    }
