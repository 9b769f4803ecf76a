"""The rules' own examples, names and pages cannot lie: the linter runs on every one of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from flake8_jaxvjp import check_source
from flake8_jaxvjp.docs import generated, main
from flake8_jaxvjp.rules.base import Rule, all_rules

ROOT = Path(__file__).parent.parent
RULES = all_rules()


def ids(rule: Rule) -> str:
    return rule.code


def test_there_are_rules_and_their_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) >= 20
    assert len(set(codes)) == len(codes)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_each_rule_file_holds_the_rule_that_its_name_says() -> None:
    files = sorted(path.stem for path in (ROOT / "flake8_jaxvjp" / "rules").glob("vjp*.py"))
    assert files == sorted(f"{rule.code.lower()}_{rule.name.replace('-', '_')}" for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_bad_example_has_a_finding_of_its_code_alone(rule: Rule) -> None:
    findings = check_source(rule.bad, preview=rule.is_preview)
    assert {finding.code for finding in findings} == {rule.code}


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_good_example_has_no_finding(rule: Rule) -> None:
    assert check_source(rule.good, preview=True) == ()


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_messages_are_one_line_with_a_fact_and_a_remedy(rule: Rule) -> None:
    for finding in check_source(rule.bad, preview=True):
        assert "\n" not in finding.message
        assert ": " in finding.message, "the remedy follows a colon"
        assert not finding.message.endswith(".")
        assert finding.text == f"{rule.code} {finding.message}"


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_rule_texts_are_complete(rule: Rule) -> None:
    assert re.fullmatch(r"VJP[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")
    assert rule.references
    assert rule.is_preview == rule.code.startswith("VJP8")
    for example in (rule.bad, rule.good):
        ast.parse(example)


def test_generated_pages_and_tables_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(ROOT)]) == 0, capsys.readouterr().out


def test_every_page_in_the_folder_is_generated() -> None:
    pages = set((ROOT / "docs" / "rules").glob("*.md"))
    assert pages == {path for path in generated(ROOT) if path.parent.name == "rules"}


def test_the_generator_notices_a_page_that_drifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "examples").mkdir()
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    (tmp_path / "docs" / "rules" / "VJP101.md").write_text("something else", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "VJP101.md" in capsys.readouterr().out
