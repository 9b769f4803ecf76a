"""GitLab's code quality report: JSON with a fingerprint for each finding, by which it knows old ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import IO, Any

from flake8_jaxvjp.command.results import Located, Report


def write(report: Report, stream: IO[str]) -> None:
    """The fingerprint leaves the line out, so that code which only moved is not new."""
    seen: dict[str, int] = {}
    stream.write(json.dumps([_issue(finding, seen) for finding in report.findings], indent=1) + "\n")


def _issue(finding: Located, seen: dict[str, int]) -> dict[str, Any]:
    path = PurePath(finding.path).as_posix()
    key = f"{path}:{finding.cell}:{finding.code}:{finding.message}"
    seen[key] = seen.get(key, 0) + 1
    return {
        "description": f"{finding.code} {finding.message}",
        "check_name": finding.code,
        "fingerprint": hashlib.sha256(f"{key}:{seen[key]}".encode(errors="surrogateescape")).hexdigest(),
        "severity": "major",
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": finding.line, "column": finding.column + 1},
                "end": {"line": finding.end_line, "column": finding.end_column + 1},
            },
        },
    }
