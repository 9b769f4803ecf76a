"""What asks for JAX where there is none says what to install, and blames nobody's file."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import flake8_jaxvjp
from flake8_jaxvjp.cli import main
from flake8_jaxvjp.runtime import requirements
from flake8_jaxvjp.runtime.linting import findings_of

REMEDY = "install flake8-jaxvjp with its extra 'runtime'"


@pytest.fixture(autouse=True)
def _no_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == "jax" else found(name))


def test_verify(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", __file__]) == 2
    assert REMEDY in capsys.readouterr().err


def test_flake8(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text("import jax\n\njax.custom_vjp(lambda x: x)\n", encoding="utf-8")
    (finding,) = findings_of(str(path), path.read_text(encoding="utf-8").splitlines())
    assert finding.code == "VJP959"
    assert REMEDY in finding.message


def test_verify_vjp() -> None:
    with pytest.raises(ImportError, match="extra 'runtime'"):
        _ = flake8_jaxvjp.verify_vjp
