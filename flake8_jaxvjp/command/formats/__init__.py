"""The formats, one module each with `write(report, stream)`; a format is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import IO

from flake8_jaxvjp.command.results import Report, on_one_line

MODULES = {name: f"{name}_format" for name in ("json", "sarif", "github", "gitlab", "junit")}


def write(report: Report, form: str, stream: IO[str], *, color: str = "never", statistics: bool = False) -> None:
    """Write a report in a format. What is meant for machines has no statistics in its text."""
    if form == "human":
        from flake8_jaxvjp.command.formats import human

        human.write(report, stream, color)
    elif form == "concise":
        for finding in report.findings:
            stream.write(f"{on_one_line(finding.place)}: {finding.code} {finding.message}\n")
    else:
        import_module(f"{__name__}.{MODULES[form]}").write(report, stream)
    if statistics and form in {"human", "concise"}:
        for code, number in report.statistics:
            stream.write(f"{number:6} {code}\n")
