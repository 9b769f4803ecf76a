"""SARIF 2.1.0, which code scanning services read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import quote

from flake8_jaxvjp import __version__
from flake8_jaxvjp.command.results import Located, Report
from flake8_jaxvjp.command.rulebook import Entry, entries

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write(report: Report, stream: IO[str]) -> None:
    """Columns count UTF-16 units or characters; which of the two is said in the run."""
    described = entries()
    indices = {entry.code: index for index, entry in enumerate(described)}
    run = {
        "tool": {
            "driver": {
                "name": "flake8-jaxvjp",
                "version": __version__,
                "rules": [_rule(entry) for entry in described],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, indices) for finding in report.findings],
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": result.error}, "locations": [_file(result.path)]}
                    for result in report.errors
                ],
            }
        ],
    }
    stream.write(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n")


def _rule(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in entry.name.split("-")),
        "shortDescription": {"text": entry.summary},
        "fullDescription": {"text": entry.what},
        "help": {"text": entry.text, "markdown": entry.text},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Located, indices: dict[str, int]) -> dict[str, Any]:
    location = _file(finding.path)
    location["physicalLocation"]["region"] = {
        "startLine": finding.line,
        "startColumn": finding.column + 1,
        "endLine": finding.end_line,
        "endColumn": finding.end_column + 1,
    }
    if finding.cell:
        location["message"] = {"text": f"in cell {finding.cell}, counted in its lines"}
    return {
        "ruleId": finding.code,
        **({"ruleIndex": indices[finding.code]} if finding.code in indices else {}),
        "level": "error",
        "message": {"text": finding.message},
        "locations": [location],
    }


def _file(path: str) -> dict[str, Any]:
    """A path below the working folder stays relative, so that services find it in the repository."""
    relative = os.path.relpath(path) if os.path.isabs(path) else path
    shown = path if relative.startswith("..") else relative
    address = PurePath(shown).as_uri() if os.path.isabs(shown) else quote(os.fsencode(PurePath(shown).as_posix()))
    return {"physicalLocation": {"artifactLocation": {"uri": address}}}
