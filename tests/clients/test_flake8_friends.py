"""nbqa runs flake8 on notebooks, and Flake8-pyproject lets it read pyproject.toml: the plugin works through both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command.running import ROOT, jaxvjp
from command.samples import BAD, BAD_LINE, HEADER, notebook, rule

pytestmark = pytest.mark.clients


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_nbqa_shows_what_our_own_reader_shows(tmp_path: Path) -> None:
    pytest.importorskip("nbqa", reason="nbqa is not installed (extra `clients`)")
    (tmp_path / "a.ipynb").write_text(notebook("%load_ext x\n" + HEADER, rule()), encoding="utf-8")
    theirs = run(tmp_path, "nbqa", "flake8", "--select=VJP", "a.ipynb")
    assert theirs.stdout.startswith("a.ipynb:cell_2:12:12: VJP102"), theirs.stderr
    assert jaxvjp(tmp_path, "check", "--format=concise").stdout.startswith("a.ipynb:cell 2:12:12: VJP102")


def test_flake8_pyproject_reads_our_options(tmp_path: Path) -> None:
    pytest.importorskip("flake8p", reason="Flake8-pyproject is not installed (extra `clients`)")
    (tmp_path / "a.py").write_text(BAD, encoding="utf-8")
    project = tmp_path / "pyproject.toml"
    project.write_text('[tool.flake8]\nselect = ["VJP"]\njaxvjp-preview = true\n', encoding="utf-8")
    assert run(tmp_path, "flake8", ".").stdout.startswith(f"./a.py:{BAD_LINE}:12: VJP102")
    project.write_text('[tool.flake8]\nselect = ["VJP"]\nextend-ignore = ["VJP1"]\n', encoding="utf-8")
    assert run(tmp_path, "flake8", ".").stdout == ""
