"""`pytest --jaxvjp`, alone and with pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parent.parent.parent
RULES = """\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def swapped(x, y):
    return jnp.sum(x * y)


def swapped_bwd(res, g):
    x, y = res
    return g * x, g * y


swapped.defvjp(lambda x, y: (swapped(x, y), (x, y)), swapped_bwd)


@jax.custom_vjp
def right(x, n=2.0):
    return jnp.sum(x) * n


right.defvjp(lambda x, n: (right(x, n), (x, n)), lambda r, g: (g * r[1] * jnp.ones_like(r[0]), g * jnp.sum(r[0])))


@jax.custom_vjp
def never_called(x):
    return x


never_called.defvjp(lambda x: (x, None), lambda r, g: g)
"""
TESTS = """\
import jax
import jax.numpy as jnp
import pytest
import rules


@pytest.mark.parametrize("n", range(6))
def test_gradient(n):
    jax.jit(jax.grad(rules.swapped))(jnp.arange(3.0), jnp.arange(3.0) + 1)
    rules.right(jnp.ones((2, 3)))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")
    (tmp_path / "test_rules.py").write_text(TESTS, encoding="utf-8")
    return tmp_path


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    known = [] if _installed() else ["-p", "flake8_jaxvjp.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *known, *options]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(point.value == "flake8_jaxvjp.pytest_plugin" for point in entry_points(group="pytest11"))


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "two workers"])
def test_rules_that_tests_call_are_verified_once(project: Path, workers: list[str]) -> None:
    if workers:
        pytest.importorskip("xdist")
    finished = run(project, "--jaxvjp", *workers)
    assert finished.returncode == 1, finished.stdout
    assert "6 passed" in finished.stdout
    assert finished.stdout.count("rules.py::swapped: failed (x=f32[3], y=f32[3])") == 1
    assert finished.stdout.count("rules.py::right: passed (x=f32[2,3], n=2.0)") == 1
    assert "rules.py:12: VJP907" in finished.stdout
    assert "never_called" not in finished.stdout
    assert "2 rules verified, 1 wrong" in finished.stdout


def test_nothing_is_watched_without_the_option(project: Path) -> None:
    finished = run(project)
    assert finished.returncode == 0
    assert "jaxvjp" not in finished.stdout


def test_the_plugin_is_light() -> None:
    script = "import sys, flake8_jaxvjp.pytest_plugin; assert not {'jax', 'numpy', 'libcst'} & set(sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0
