"""The conformance cases, damaged in many ways: the engine never raises, never hangs, and points into the text."""

from __future__ import annotations

import ast
import random
import re
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance_cases import CASES
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.findings import Finding, Position
from mutations import damage_tokens, damage_tree

SECONDS = 60
"""Only a guard against hanging: a case takes milliseconds."""
ROUNDS = 6
SEEDS = range(8)


class HangsError(BaseException):
    """No `Exception`, so that an engine which never raises does not swallow it."""


@contextmanager
def guard(text: str) -> Iterator[None]:
    """Raises when the block hangs, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise HangsError(text)

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(text: str) -> tuple[Finding, ...]:
    with guard(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = check_source(text, "damaged.py")
    # Lines as flake8 and ast count them: str.splitlines would also end them at form feeds and the like.
    lines = re.split("\r\n|\r|\n", text)
    for finding in findings:
        assert re.fullmatch(r"VJP\d{3}", finding.code), finding
        assert finding.message.isprintable(), finding
        assert finding.message.strip() == finding.message != "", finding
        finding.text.encode()
        assert inside(finding.start, lines), (finding, text)
        assert finding.end is None or (inside(finding.end, lines) and finding.start <= finding.end), (finding, text)
    assert len(set(findings)) == len(findings), "none twice"
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings), "in order"
    return findings


def inside(place: Position, lines: list[str]) -> bool:
    return 1 <= place.line <= len(lines) and 0 <= place.column <= len(lines[place.line - 1])


def parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
        return True


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("damage", [damage_tokens, damage_tree], ids=lambda damage: damage.__name__)
def test_damaged_cases(
    monkeypatch: pytest.MonkeyPatch, damage: Callable[[str, random.Random], str], seed: int
) -> None:
    # With this set the engine hands on what it otherwise swallows: an error of its own, and with it all findings.
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")
    parsed = found = clean = 0
    for case in CASES[seed :: len(SEEDS)]:
        chance = random.Random(f"{seed} {case.name}")
        before = check(case.code)
        for _ in range(ROUNDS):
            text = damage(case.code, chance)
            findings = check(text)
            parsed += parses(text)
            found += bool(findings)
            clean += not findings
            assert parses(text) or not findings, "a text that Python rejects has no findings"
        assert check(case.code) == before, "what was checked before must not show"
    assert parsed >= (ROUNDS if damage is damage_tokens else 100), "the damage is of the kind that was meant"
    assert found >= 1, "some damage leaves a wrong rule to be found"
    assert clean >= 5, "some damage leaves nothing to be found"


def test_the_damage_is_the_same_on_each_run() -> None:
    for damage in (damage_tokens, damage_tree):
        texts = [[damage(case.code, random.Random(case.name)) for case in CASES[:20]] for _ in range(2)]
        assert texts[0] == texts[1]
        assert texts[0] != [case.code for case in CASES[:20]]
