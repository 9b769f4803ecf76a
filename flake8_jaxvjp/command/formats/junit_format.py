"""JUnit XML, one test case a file that was looked at closely, as continuous integration servers read it."""

from __future__ import annotations

import re
from typing import IO
from xml.etree import ElementTree as ET

from flake8_jaxvjp.command.results import FileResult, Report

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, stream: IO[str]) -> None:
    root = ET.Element("testsuites", name="jaxvjp check")
    suite = ET.SubElement(
        root,
        "testsuite",
        name="jaxvjp check",
        tests=str(len(report.results)),
        failures=str(sum(bool(result.findings) for result in report.results)),
        errors=str(len(report.errors)),
        time=f"{report.seconds:.3f}",
    )
    for result in report.results:
        _case(suite, result)
    ET.indent(root)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n")


def _case(suite: ET.Element, result: FileResult) -> None:
    case = ET.SubElement(suite, "testcase", name=clean(result.path), classname="flake8_jaxvjp")
    if result.findings:
        first = result.findings[0]
        text = "\n".join(f"{finding.place}: {finding.code} {finding.message}" for finding in result.findings)
        ET.SubElement(case, "failure", type=first.code, message=clean(first.message)).text = clean(text)
    if result.error:
        ET.SubElement(case, "error", type="unreadable", message=clean(result.error))


def clean(text: str) -> str:
    """Text without the characters that XML forbids, which file names may hold."""
    return FORBIDDEN.sub("?", text)
