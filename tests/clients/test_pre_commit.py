"""`pre-commit try-repo` on a small repository of wrong rules. pre-commit installs the hooks, so this needs an index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command.samples import BAD, BAD_LINE, GOOD, HEADER, module, notebook, rule

pytest.importorskip("pre_commit", reason="pre-commit is not installed (extra `clients`)")
pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]
ROOT = Path(__file__).parent.parent.parent
AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as a repository of hooks, as it is now."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("flake8_jaxvjp", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "hooks")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "bad.py": BAD,
        "good.py": GOOD,
        "left.py": module("g * y, g * x, None"),
        "book.ipynb": notebook(HEADER, rule()),
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    return tmp_path


def try_repo(hooks: Path, cache: Path, project: Path, hook: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--all-files", "--verbose"]
    return subprocess.run(
        command,
        cwd=project,
        env=environment | {"PRE_COMMIT_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("hook", ["jaxvjp-check", "flake8-jaxvjp"])
def test_wrong_rules_are_found(hooks: Path, cache: Path, project: Path, hook: str) -> None:
    done = try_repo(hooks, cache, project, hook)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"bad.py:{BAD_LINE}:12: VJP102" in done.stdout
    assert "left.py:16:12: VJP101" in done.stdout
    assert ("book.ipynb:cell 2:12:12: VJP102" in done.stdout) == (hook == "jaxvjp-check")
    assert "good.py" not in done.stdout


def test_what_can_be_put_right_is(hooks: Path, cache: Path, project: Path) -> None:
    done = try_repo(hooks, cache, project, "jaxvjp-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert "left.py:16:12: VJP101" in done.stdout
    assert (project / "bad.py").read_text(encoding="utf-8") == GOOD
    (project / "left.py").unlink()
    git(project, "add", "-A")
    assert try_repo(hooks, cache, project, "jaxvjp-fix").returncode == 0
