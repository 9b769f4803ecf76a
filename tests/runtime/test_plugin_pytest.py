"""`pytest --jaxvjp`, alone and with pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

from flake8_jaxvjp.runtime.session import Session

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


def make(k):
    # Rules of one place in the source; one of them is wrong.

    @jax.custom_vjp
    def scaled(x, data):
        return k * x + data

    scaled.defvjp(lambda x, data: (k * x + data, None), lambda r, g: (g * (k if k < 2 else 3.0), None))
    return scaled
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
    for k in (0.0, 1.0, 2.0):
        jax.grad(rules.make(k))(1.0, 2.0)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "rules.py").write_text(RULES, encoding="utf-8")
    (folder / "test_rules.py").write_text(TESTS, encoding="utf-8")
    return folder


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


FOUND = """\
rules.py::right: passed (x=f32[2,3], n=2.0)
rules.py::scaled: failed (x=f32[], data=2.0)
rules.py::swapped: failed (x=f32[3], y=f32[3])
"""


def verdicts(finished: subprocess.CompletedProcess[str]) -> str:
    return "".join(sorted(line + "\n" for line in finished.stdout.splitlines() if line.startswith("rules.py::")))


def test_rules_that_tests_call_are_verified_once(project: Path) -> None:
    finished = run(project, "--jaxvjp")
    assert finished.returncode == 1, finished.stdout
    assert "6 passed" in finished.stdout
    assert verdicts(finished) == FOUND
    assert "rules.py:12: VJP907" in finished.stdout
    assert "rules.py:40: VJP908" not in finished.stdout  # nobody differentiates with respect to `data`: no error
    assert "3 rules verified, 2 wrong" in finished.stdout


def test_it_needs_no_xdist(project: Path) -> None:
    """A plugin with hooks that nobody has defined is refused, unless they are said to be optional."""
    finished = run(project, "--jaxvjp", "-p", "no:xdist", "-p", "no:xdist.looponfail")
    assert finished.returncode == 1, finished.stdout
    assert "unknown hook" not in finished.stdout + finished.stderr
    assert verdicts(finished)


def test_workers_that_share_no_folder_divide_the_rules_among_them(project: Path, tmp_path: Path) -> None:
    """Each worker has a copy of the project of its own, as on machines of their own; execnet is all they share."""
    pytest.importorskip("xdist")
    (project / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    workers: list[str] = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        workers += ["--tx", f"popen//chdir={tmp_path / name}"]
    options = ["--dist", "load", *workers, "--rsyncdir", str(project), str(project / "test_rules.py")]
    finished = run(project, "--jaxvjp", *options)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert all((tmp_path / name / "project" / "rules.py").is_file() for name in ("first", "second"))
    assert verdicts(finished) == FOUND
    assert "3 rules verified, 2 wrong" in finished.stdout


MEANT = """\
import jax
import jax.numpy as jnp
import pytest
import rules
from flake8_jaxvjp import verify_vjp

X = jnp.arange(3.0) + 1


@pytest.mark.parametrize("n", range(3))
def test_use(n):
    jax.grad(lambda x: rules.swapped(x, X).sum())(2 * X)
    jax.grad(lambda x, data: rules.make(1.0)(x, data), argnums=(0, 1))(1.0, 2.0)


def test_custom():
    verify_vjp(rules.swapped, X, X + 1, expect_gradient="custom")


def test_data():
    verify_vjp(rules.make(1.0), 1.0, 2.0, data=("data",))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "load")], ids=["alone", "xdist"])
def test_what_a_test_says_of_a_rule_holds_for_the_run(workers: tuple[str, ...], project: Path) -> None:
    if workers:
        pytest.importorskip("xdist")
    (project / "test_rules.py").write_text(MEANT, encoding="utf-8")
    finished = run(project, "--jaxvjp", *workers)
    assert finished.returncode == 0, finished.stdout
    assert verdicts(finished) == (
        "rules.py::scaled: passed (x=f32[], data=f32[])\nrules.py::swapped: passed (x=f32[3], y=f32[3])\n"
    )
    assert "2 rules verified, 0 wrong" in finished.stdout


def test_what_the_checks_call_is_no_use_of_a_rule(project: Path) -> None:
    """A rule that only `verify_vjp` has called has its verdict from the test that called it."""
    tests = "import jax.numpy as jnp, pytest, rules\nfrom flake8_jaxvjp import verify_vjp\n\n\n"
    tests += "def test_wrong():\n    with pytest.raises(AssertionError):\n"
    tests += "        verify_vjp(rules.swapped, jnp.ones(3), 2 * jnp.ones(3))\n"
    (project / "test_rules.py").write_text(tests, encoding="utf-8")
    finished = run(project, "--jaxvjp")
    assert finished.returncode == 0, finished.stdout
    assert "0 rules verified, 0 wrong" in finished.stdout


def test_what_a_dead_worker_had_asked_for_is_said() -> None:
    """The controller knows what it gave to whom."""
    session, sent = Session(SimpleNamespace()), list[bool]()
    answers: list[Callable[[str], None]] = []
    channel = SimpleNamespace(send=sent.append, setcallback=answers.append)
    gateway = SimpleNamespace(id="gw0", newchannel=lambda: channel)
    node = SimpleNamespace(gateway=gateway, workerinput={})
    session.tell_worker(node)
    assert node.workerinput == {"jaxvjp_claims": channel}
    other = SimpleNamespace(gateway=SimpleNamespace(id="gw1", newchannel=lambda: channel), workerinput={})
    session.tell_worker(other)
    for worker, key in ((0, "rules.py:3:f"), (1, "rules.py:3:f"), (1, "rules.py:9:g")):
        answers[worker](key)
    assert sent == [True, False, True]
    session.hear_worker(node)
    lines: list[str] = []
    reporter = SimpleNamespace(section=lines.append, write_line=lambda text, **_: lines.append(text))
    session._config = SimpleNamespace()
    session.summarise(reporter)
    assert lines[1:] == [
        "rules.py:3:f: not verified: the worker that was to verify it ended before",
        "0 rules verified, 0 wrong",
    ]


def test_nothing_is_watched_without_the_option(project: Path) -> None:
    finished = run(project)
    assert finished.returncode == 0
    assert "derivative rules" not in finished.stdout


def test_the_plugin_is_light() -> None:
    script = "import sys, flake8_jaxvjp.pytest_plugin; assert not {'jax', 'numpy', 'libcst'} & set(sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0
