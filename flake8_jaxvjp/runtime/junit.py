"""The result as JUnit XML, one test case a rule, as continuous integration servers read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from flake8_jaxvjp.runtime.codes import Level
from flake8_jaxvjp.runtime.report import UNVERIFIED, FileReport, Remark

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(reports: Sequence[FileReport]) -> str:
    """XML text without the declaration's newline games: one `testsuite` a file."""
    root = ET.Element("testsuites", name="jaxvjp verify")
    for report in reports:
        errors = [remark for remark in report.remarks if remark.level is Level.ERROR]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=clean(report.path),
            tests=str(len(report.rules) + bool(errors)),
            failures=str(sum(rule.failed for rule in report.rules)),
            errors=str(int(bool(errors))),
            skipped=str(sum(rule.verdict == UNVERIFIED for rule in report.rules)),
            time=f"{report.seconds:.3f}",
        )
        if errors:
            case = ET.SubElement(suite, "testcase", name="the file", classname=clean(report.path))
            _message(case, "error", errors)
        for rule in report.rules:
            case = ET.SubElement(
                suite, "testcase", name=clean(rule.label), classname=clean(report.path), time=f"{rule.seconds:.3f}"
            )
            if rule.failed:
                _message(case, "failure", rule.remarks)
            elif rule.verdict == UNVERIFIED:
                ET.SubElement(
                    case, "skipped", message=clean(rule.remarks[0].message if rule.remarks else UNVERIFIED)
                )
            elif rule.remarks:
                lines = (f"line {remark.line}: {remark.code} {remark.message}" for remark in rule.remarks)
                ET.SubElement(case, "system-out").text = clean("\n".join(lines))
        ET.SubElement(suite, "system-out").text = clean(report.stdout)
        ET.SubElement(suite, "system-err").text = clean(report.stderr)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")


def _message(case: ET.Element, kind: str, remarks: Sequence[Remark]) -> None:
    text = "\n".join(f"line {remark.line}: {remark.code} {remark.message}" for remark in remarks)
    ET.SubElement(case, kind, message=clean(remarks[0].message), type=remarks[0].code).text = clean(text)


def clean(text: str) -> str:
    """Text without the characters that XML forbids: user code may print anything."""
    return FORBIDDEN.sub("?", text)
