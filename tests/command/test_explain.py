"""`jaxvjp explain` and `jaxvjp rules`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flake8_jaxvjp.cli import main
from flake8_jaxvjp.command.rulebook import entries
from flake8_jaxvjp.rules.base import all_rules
from flake8_jaxvjp.runtime.codes import CODES

ROOT = Path(__file__).parent.parent.parent


def test_every_code_is_in_the_book_once() -> None:
    codes = [entry.code for entry in entries()]
    assert codes == sorted(set(codes))
    assert set(codes) == {"VJP001", *(rule.code for rule in all_rules()), *(code.code for code in CODES)}
    assert all(entry.summary and "\n" not in entry.summary for entry in entries())


def test_explain_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "rules" / "VJP102.md").read_text(encoding="utf-8").rstrip()
    for name in ("VJP102", "vjp102", "cotangents-not-in-a-tuple"):
        assert main(["explain", name]) == 0
        assert capsys.readouterr().out.rstrip() == page
    assert main(["explain", "VJP102", "VJP901"]) == 0
    assert "# VJP901: " in capsys.readouterr().out


def test_explain_knows_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "VJP102", "VJP777"]) == 2
    assert "there is no VJP777" in capsys.readouterr().err


def test_rules_are_listed_for_people_and_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(entries()) + 1
    assert lines[0].split()[:3] == ["code", "name", "stage"]
    for line, entry in zip(lines[1:], entries(), strict=True):
        for title, cell in (("name", entry.name), ("stage", entry.stage), ("fix", entry.fix), ("what", entry.summary)):
            assert line[lines[0].index(title) :].startswith(cell), "each cell stands below its title"
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [rule["code"] for rule in listed] == [entry.code for entry in entries()]
