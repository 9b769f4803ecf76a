"""Right programs that look wrong give no finding, and JAX gives their gradients."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from flake8_jaxvjp.checker import analyse_source
from look_alikes import LOOK_ALIKES, LookAlike


@pytest.mark.parametrize("case", LOOK_ALIKES, ids=lambda case: case.name)
def test_no_finding(case: LookAlike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")
    analysis = analyse_source(case.text)
    assert [finding.text for finding in analysis.findings] == []


def test_each_has_a_rule_and_a_check() -> None:
    assert len({case.name for case in LOOK_ALIKES}) == len(LOOK_ALIKES) > 200
    assert all("vjp" in case.text and ("agree(" in case.check or "assert" in case.check) for case in LOOK_ALIKES)


@pytest.mark.runtime
@pytest.mark.parametrize("case", LOOK_ALIKES, ids=lambda case: case.name)
def test_the_gradient_is_right(case: LookAlike, monkeypatch: pytest.MonkeyPatch) -> None:
    jax: Any = pytest.importorskip("jax")
    numpy: Any = pytest.importorskip("numpy")

    def agree(got: object, wanted: object) -> None:
        leaves, expected = jax.tree_util.tree_leaves(got), jax.tree_util.tree_leaves(wanted)
        assert len(leaves) == len(expected) > 0
        assert all(numpy.allclose(leaf, other) for leaf, other in zip(leaves, expected, strict=True))

    module = ModuleType("a_look_alike")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(case.text, module.__dict__)
    module.__dict__["agree"] = agree
    try:
        exec(case.check, module.__dict__)
    except AttributeError as error:
        if "module 'jax" not in str(error):
            raise
        pytest.skip(f"this JAX is too old: {error}")
