"""The options that several subcommands of `jaxvjp` have mean the same thing everywhere."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_jaxvjp.cli import build_parser

ROOT = Path(__file__).parent.parent.parent


def _subcommands() -> dict[str, argparse.ArgumentParser]:
    (subparsers,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(subparsers.choices)


@pytest.mark.parametrize("name", sorted(_subcommands()))
def test_what_a_person_reads_is_called_human_everywhere(name: str) -> None:
    for action in _subcommands()[name]._actions:
        if "--format" in action.option_strings:
            assert "human" in (action.choices or ())
            assert action.default in {None, "human"}
            assert "(default: human)" in (action.help or "")


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_call_from_a_folder_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from flake8_jaxvjp.cli import main; sys.exit(main(['check', '-']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=gone,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "jaxvjp: the folder in which it was called is no longer there\n"
