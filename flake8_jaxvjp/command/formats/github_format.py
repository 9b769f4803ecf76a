"""Workflow commands, which GitHub Actions shows as annotations at the lines of a pull request."""

from __future__ import annotations

from typing import IO

from flake8_jaxvjp.command.results import Report


def write(report: Report, stream: IO[str]) -> None:
    for finding in report.findings:
        end = f",endLine={finding.end_line}"
        if finding.end_line == finding.line:  # columns mean something on one line only
            end += f",endColumn={finding.end_column + 1}"
        place = f"file={_property(finding.path)},line={finding.line},col={finding.column + 1}{end}"
        text = _data(f"{finding.place}: {finding.code} {finding.message}")
        stream.write(f"::error title={_property(f'flake8-jaxvjp ({finding.code})')},{place}::{text}\n")
    for result in report.errors:
        stream.write(f"::error title=flake8-jaxvjp,file={_property(result.path)}::{_data(result.error)}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
