"""What the interpreter says of small programs, and that it is true of what Python and JAX give.

Each case is the body of a backward rule, or a module part and a body, with the value that the interpreter must find in
the notation of `programs.show`. `flag`, `other` and `items` are parameters of which nothing is known.
"""

from __future__ import annotations

import itertools

import pytest

from inference_cases import CASES, Case
from programs import covers, run, said_of, show

INPUTS = tuple(itertools.product((True, False), (True, False), ([], [1.0], [1.0, 2.0])))


PARAMETERS = [
    pytest.param(case, id=case.name, marks=[pytest.mark.xfail(reason=case.wrong, strict=True)] if case.wrong else [])
    for case in CASES
]


@pytest.mark.parametrize("case", PARAMETERS)
def test_says(case: Case) -> None:
    assert show(said_of(case.program)) == case.said


@pytest.mark.runtime
@pytest.mark.parametrize("case", PARAMETERS)
def test_what_is_said_is_true(case: Case) -> None:
    jax = pytest.importorskip("jax")
    said = said_of(case.program)
    runs = run(case.program, iter(INPUTS), jax.numpy.float32(2.0))
    assert runs.values, runs.exceptions[:1]
    assert [value for value in runs.values if not covers(said, value)] == []


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
