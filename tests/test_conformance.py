"""The linter against the conformance cases: a finding wherever one is owed, none wherever the code is right."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance_cases import CASES, FAMILIES, Case
from flake8_jaxvjp.checker import check_source

OWED = [case for case in CASES if case.linter == "flag" and case.family in FAMILIES]
SILENT = [case for case in CASES if case.linter == "silent"]


def test_no_case_is_missing() -> None:
    assert len(CASES) == 146
    assert len({case.name for case in CASES}) == 146
    assert Counter(case.linter for case in CASES) == {"flag": 85, "silent": 60, "flag-opt-in": 1}


def test_every_family_of_the_table_has_cases() -> None:
    # The cases of R2b, a sub-rule, are filed under R2.
    assert set(FAMILIES) - {"R2b"} == {case.family for case in OWED}
    assert len(OWED) == 85


@pytest.mark.parametrize("case", OWED, ids=lambda case: case.name)
def test_a_wrong_rule_is_found(case: Case) -> None:
    codes = [finding.code for finding in check_source(case.code, f"{case.name}.py")]
    assert codes, f"{case.name}: no finding in\n{case.code}"
    assert any(code.startswith(FAMILIES[case.family or ""]) for code in codes), codes


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case.name)
def test_a_right_rule_has_no_finding(case: Case) -> None:
    assert [finding.text for finding in check_source(case.code, f"{case.name}.py")] == [], case.code


@pytest.mark.parametrize("case", [case for case in CASES if case.linter == "flag-opt-in"], ids=lambda case: case.name)
def test_what_is_likely_is_found_only_when_asked_for(case: Case) -> None:
    assert check_source(case.code) == ()
    assert {finding.code[:4] for finding in check_source(case.code, preview=True)} == {"VJP8"}
