"""What a safe fix writes, JAX accepts; what was there before, it rejects."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

jax = pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

if str(Path(__file__).parents[2]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.mutants.catalogue import BREAKING, NEUTRAL
from benchmarks.mutants.edits import Source
from benchmarks.mutants.targets import targets
from command.fix_cases import HEADER, FixCase
from command.fix_cases_later import CASES
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.fixes.asking import Asked
from flake8_jaxvjp.fixes.fixer import fix_text
from mutation_samples import SAMPLES

WITH_FIX = frozenset(
    """
    concatenated stacked made_an_array rules_swapped only_entry_bare_of_unknown_type only_entry_bare
    entry_of_array_nested none_appended entry_for_nondiff_argument nondiff_as_integer nested_whole pair_of_vjp_called
    output_of_vjp_called pullback_result_nested return_forgotten nondiff_misspelt backward_first_parameter_removed
    forward_nondiff_parameter_removed forward_last_parameter_removed
    """.split()
)
"""The breakages of the benchmark of which some are fixed."""
TAKEN = 7
"""One mutant of so many, so that the test takes a minute and not ten."""


def run(text: str, call: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "sample"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python about what is odd on purpose
        exec(compile(text, "<sample>", "exec", dont_inherit=True), namespace)
        return jax.device_get(eval(call, namespace))  # noqa: S307


@pytest.mark.parametrize("case", [case for case in CASES if case.after], ids=lambda case: str(case.name))
def test_jax_rejects_what_was_and_accepts_what_is(case: FixCase) -> None:
    with pytest.raises(Exception, match=r"."):
        run(HEADER + case.before, case.run)
    if case.is_safe:
        run(HEADER + case.after, case.run)


def mutants() -> list[tuple[str, str]]:
    """Wrong rules: each sample, as it is and rewritten in every harmless way, broken in every way that has a fix."""
    right = [Source(text) for text in SAMPLES.values()]
    right += [Source(each.text) for source in right for target in targets(source) for one in NEUTRAL
              for each in one.mutants(target)]  # fmt: skip
    kinds = [mutation for mutation in BREAKING if mutation.name in WITH_FIX]
    assert {mutation.name for mutation in kinds} == WITH_FIX
    return sorted({
        (mutation.name, mutant.text)
        for source in right for target in targets(source) for mutation in kinds for mutant in mutation.mutants(target)
    })  # fmt: skip


def test_fixed_mutants_compile_and_are_accepted() -> None:
    """What is fixed has no finding left of that code, and JAX differentiates it."""
    asked = Asked("sample.py", lambda _text, _finding: True)
    fixed: dict[str, int] = {}
    for name, text in mutants()[::TAKEN]:
        result = fix_text(text, asked)
        if result.mended:
            left = {finding.code for finding in check_source(result.raw)}
            assert not left & {finding.code for finding in result.mended}, (name, result.raw)
            run(result.raw, "run()")
            fixed[name] = fixed.get(name, 0) + 1
    assert sum(fixed.values()) >= 200, fixed
    assert len(fixed) >= 15, fixed
