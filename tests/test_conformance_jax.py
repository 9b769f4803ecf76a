"""The conformance cases against the installed JAX: what they say that JAX does, it does."""

from __future__ import annotations

import re
import warnings
from typing import Any, Final

import pytest

from conformance_cases import CASES, Case

jax = pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

# What JAX accepts since a version later than the oldest that is supported; before it, the case is a TypeError.
ACCEPTED_SINCE: Final = {
    "r2_ok_kwonly_not_counted": (0, 4, 32),  # keyword-only parameters of the primal that have defaults
    "r7_ok_argnames": (0, 6, 2),  # nondiff_argnames
}
INSTALLED: Final = tuple(int(part) for part in re.findall(r"\d+", jax.__version__)[:3])


def expected_exception(case: Case) -> str | None:
    accepted_since = ACCEPTED_SINCE.get(case.name, INSTALLED)
    return "TypeError" if accepted_since > INSTALLED else case.rejected_with


def raised_by(case: Case) -> str | None:
    """The name of the exception that the module raises when it is imported and run."""
    namespace: dict[str, Any] = {}
    try:
        exec(compile(case.code, case.name, "exec"), namespace)
        namespace["run"]()
    except Exception as error:
        return type(error).__name__
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_jax_does_what_the_case_says(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert raised_by(case) == expected_exception(case), case.code


def test_the_table_of_versions_names_cases() -> None:
    assert set(ACCEPTED_SINCE) <= {case.name for case in CASES if case.rejected_with is None}
