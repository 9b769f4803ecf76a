"""What a person sees: a table of rules, the findings below it, and a progress bar while it runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import IO

from flake8_jaxvjp.runtime.codes import OF_VALUES, ON_PURPOSE, PROCESS
from flake8_jaxvjp.runtime.report import BY_DESIGN, DOUBTED, FAILED, PASSED, VERDICTS, FileReport, RuleReport, counted

MARKS = {PASSED: "ok", FAILED: "FAILED", "skipped": "-"}


class Progress:
    """A bar on a terminal; nothing where nobody looks."""

    def __init__(self, total: int, stream: IO[str]) -> None:
        self._total, self._stream, self._done = total, stream, 0
        self._shown = stream.isatty()

    def __enter__(self) -> Progress:
        self._draw("")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def advance(self, report: FileReport) -> None:
        self._done += 1
        self._draw(os.path.basename(report.path))

    def _draw(self, name: str) -> None:
        if self._shown:
            filled = 30 * self._done // max(1, self._total)
            bar = "#" * filled + "." * (30 - filled)
            self._stream.write(f"\r\033[K[{bar}] {self._done}/{self._total} {name[:40]}")
            self._stream.flush()


def table(reports: Sequence[FileReport], seconds: float) -> str:
    """All rules, one line each, then the findings in the form that editors know, then a summary."""
    rows: list[tuple[str, ...]] = [("rule", "inputs", "stages", "verdict", "seconds")]
    rows += [_row(report, rule) for report in reports for rule in report.rules]
    widths = [min(60, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows] if len(rows) > 1 else []
    findings = [
        f"{report.path}:{remark.line}:{remark.column + 1}: {remark.code} {remark.message}"
        for report in reports
        for remark in report.all_remarks
    ]
    if any(remark.code in OF_VALUES for report in reports for remark in report.all_remarks):
        findings.append(ON_PURPOSE)
    findings += [
        f"{report.path}:{rule.line}: '{rule.label}' supports {'; '.join(rule.supports)}"
        for report in reports
        for rule in report.rules
        if rule.supports
    ]
    told = (report for report in reports if PROCESS.code in _codes(report) or report.remarks)
    printed = [line for report in told for line in _printed(report)]
    return "\n".join(
        [*lines, *([""] if lines and findings else []), *findings, *printed, "", _summary(reports, seconds)]
    )


def _codes(report: FileReport) -> set[str]:
    return {remark.code for remark in report.all_remarks}


def _row(report: FileReport, rule: RuleReport) -> tuple[str, ...]:
    inputs = f"{rule.inputs} ({rule.inputs_from})" if rule.inputs_from else "none found"
    name = f"{os.path.basename(report.path)}::{rule.label}"
    return (name, inputs, _stages(rule), rule.verdict, f"{rule.seconds:.2f}")


def _stages(rule: RuleReport) -> str:
    """The stages that failed, or how many passed."""
    failed = [stage.name for stage in rule.stages if stage.verdict == FAILED]
    if failed:
        return "failed: " + ", ".join(failed)
    passed = sum(stage.verdict == PASSED for stage in rule.stages)
    skipped = [stage.name for stage in rule.stages if stage.verdict not in {PASSED, FAILED}]
    return f"{passed} ok" + (f", without {', '.join(skipped)}" if skipped else "")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell if len(cell) <= width else cell[: width - 3] + "..." for cell, width in zip(row, widths, strict=True)]
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _printed(report: FileReport) -> list[str]:
    """What the file wrote before something happened to it, the last lines."""
    found = []
    for name, text in (("stdout", report.stdout), ("stderr", report.stderr)):
        found += [f"    {os.path.basename(report.path)}, {name}: {line}" for line in text.splitlines()[-5:]]
    return found


def _summary(reports: Sequence[FileReport], seconds: float) -> str:
    verdicts = [rule.verdict for report in reports for rule in report.rules]
    shown = [verdict for verdict in VERDICTS if verdict not in {DOUBTED, BY_DESIGN} or verdict in verdicts]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in shown)
    cached = sum(report.cached for report in reports)
    known = f", {cached} from the cache" if cached else ""
    where = f"{counted(len(verdicts), 'rule')} in {counted(len(reports), 'file')}"
    return f"{where}{known}: {counts}, in {seconds:.1f} s"
