"""JAX's own tests of custom rules are linted: nothing is found but what is there to be rejected, or never runs.

They come with JAX's repository alone, not with its package. `FLAKE8_JAXVJP_JAX_TESTS` names a copy of the folder
`tests`, as CONTRIBUTING.md says. Nothing of it is imported or run.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_jaxvjp.checker import analyse_source

VARIABLE = "FLAKE8_JAXVJP_JAX_TESTS"
FOLDER = os.environ.get(VARIABLE, "")

Found = tuple[str, str, str]
"""The name of a file, a code, and the outermost function in which the finding stands."""

REJECTED: frozenset[Found] = frozenset(
    {
        ("custom_api_test.py", "VJP101", "test_vjp_rule_inconsistent_pytree_structures_error"),
        ("custom_api_test.py", "VJP102", "test_vjp_bwd_returns_non_tuple_error"),
    }
)
"""Rules that these tests make so that JAX may reject them."""

NEVER_RUN: frozenset[Found] = frozenset({("custom_api_test.py", "VJP521", "test_method_forwarding")})
"""Wrong rules that their tests only register: a batching rule that returns an array instead of a pair."""

NEVER_RUN_IN_LATER_VERSIONS: frozenset[Found] = frozenset(
    {("custom_api_test.py", "VJP306", "test_jvp_error_symbolic_zeros")}
)
"""The same in tests that JAX 0.10.2 has not yet: `jvp` is refused before the forward rule could fail."""

LEAST_RULES = 150
"""Far fewer than there are, and too many for a folder that is not the one meant."""

pytestmark = pytest.mark.skipif(not FOLDER, reason=f"{VARIABLE} names no copy of the tests in JAX's repository")


@pytest.fixture(autouse=True)
def _raise_what_the_engine_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")


def test_nothing_is_found_but_what_is_wrong() -> None:
    found: set[Found] = set()
    rules = 0
    for path in sorted(Path(FOLDER).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        analysis = analyse_source(text, str(path))
        rules += sum(site.proven for site in analysis.sites)
        for finding in analysis.findings:
            found.add((path.name, finding.code, _outermost_function(text, finding.line)))
    assert rules >= LEAST_RULES, f"{FOLDER} holds {rules} rules: it is not the folder `tests` of JAX's repository"
    assert found - NEVER_RUN_IN_LATER_VERSIONS == REJECTED | NEVER_RUN


def _outermost_function(text: str, line: int) -> str:
    names = [function.name for function in _outermost(ast.parse(text)) if function.lineno <= line <= _end(function)]
    return names[0] if names else ""


def _outermost(node: ast.AST) -> Iterator[ast.FunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        else:
            yield from _outermost(child)


def _end(node: ast.FunctionDef) -> int:
    return node.end_lineno or node.lineno
