"""Each conformance case, verified: what JAX rejects gets a finding, what it accepts passes, what is wrong fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance_cases import CASES, Case
from test_conformance_jax import expected_exception

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

from flake8_jaxvjp.runtime.codes import Level
from flake8_jaxvjp.runtime.filecheck import Job, check_file

# With JAX_CUSTOM_VJP3=1 `f = f.defvjp(...)` is accepted, and `jax.linearize` is not implemented yet.
OTHERWISE_WITH_VJP3 = {"r8_rebind_result", "r11_ok_linearize_only"}
# Accepted by JAX only because the case never differentiates it; the rule itself is wrong.
NEVER_DIFFERENTIATED = {"ok_wrong_bwd_never_differentiated"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_gets_the_verdict_that_jax_gives(case: Case, tmp_path: Path) -> None:
    if os.environ.get("JAX_CUSTOM_VJP3") == "1" and case.name in OTHERWISE_WITH_VJP3:
        pytest.skip("the coming implementation decides otherwise")
    path = tmp_path / f"{case.name}.py"
    path.write_text(case.code, encoding="utf-8")
    announced: list[tuple[str, Any]] = []
    check_file(Job(str(path), call="run"), lambda kind, value: announced.append((kind, value)))
    remarks = [value for kind, value in announced if kind == "remark"]
    remarks += [remark for kind, value in announced if kind == "rule" for remark in value.remarks]
    errors = [remark for remark in remarks if remark.level is Level.ERROR]
    assert not any(remark.code == "VJP959" for remark in remarks), remarks
    if expected_exception(case) is not None or case.linter != "silent":
        assert errors, f"no finding for {case.name}"
        lines = case.code.count("\n")
        assert all(1 <= remark.line <= lines for remark in errors)
        assert all("\n" not in remark.message for remark in errors)
    else:
        assert not errors, errors


def test_the_exception_is_one_case() -> None:
    assert {
        case.name
        for case in CASES
        if case.linter == "flag" and case.rejected_with is None and case.name.startswith("ok_")
    } == NEVER_DIFFERENTIATED
