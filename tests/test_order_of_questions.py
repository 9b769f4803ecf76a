"""What is found does not depend on which rule asks first: facts are inferred when they are asked for, and kept."""

from __future__ import annotations

import random

import pytest

from flake8_jaxvjp.checker import analyse_source
from flake8_jaxvjp.rules import base
from rule_cases import CASES

ORDERS = 3


@pytest.mark.parametrize("order", range(ORDERS))
def test_rules_ask_in_any_order(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case, with the rules shuffled, has the findings that it has with the rules in their own order."""
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")
    rules = list(base.all_rules())
    shuffled = list(rules)
    random.Random(order).shuffle(shuffled)
    assert shuffled != rules
    chosen = [case for index, case in enumerate(CASES) if index % ORDERS == order]
    usual = [analyse_source(case.text, preview=True) for case in chosen]
    monkeypatch.setattr(base, "all_rules", lambda: tuple(shuffled))
    for case, expected in zip(chosen, usual, strict=True):
        assert analyse_source(case.text, preview=True) == expected, case.name
    assert any(len(analysis.findings) > 1 for analysis in usual)
