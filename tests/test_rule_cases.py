"""Rules written in every way: the linter finds what is due, and JAX agrees."""

from __future__ import annotations

from typing import Any

import pytest

from flake8_jaxvjp.checker import analyse_source
from rule_cases import CASES, GROUPS, RuleCase

IDS = [f"{group}: {case.name}" for group, cases in GROUPS.items() for case in cases]


@pytest.fixture(autouse=True)
def _raise_what_the_engine_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_linter(case: RuleCase) -> None:
    findings = analyse_source(case.text, preview=case.preview).findings
    assert sorted(finding.code for finding in findings) == sorted(case.codes), [finding.text for finding in findings]
    assert all(finding.message.isprintable() for finding in findings)


@pytest.mark.runtime
@pytest.mark.parametrize("case", [case for case in CASES if case.call], ids=lambda case: case.name)
def test_jax(case: RuleCase) -> None:
    jax: Any = pytest.importorskip("jax")
    if case.needs:
        pytest.importorskip(case.needs)
    namespace: dict[str, Any] = {"jax": jax}
    is_newer = "nondiff_argnames" in case.text or "nondiff_argnums=(1, 1)" in case.text
    if is_newer and tuple(map(int, jax.__version__.split(".")[:3])) < (0, 6, 2):
        pytest.skip("names, and numbers given twice, are taken by newer versions only")
    rejected = None
    try:
        exec(case.text, namespace)
        exec(case.call, namespace)
    except Exception as error:
        rejected = error
    assert (rejected is not None) == bool(case.codes), rejected
