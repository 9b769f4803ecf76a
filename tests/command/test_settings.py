"""`[tool.flake8-jaxvjp]`, flags over it, and what is said of a mistake in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from command.running import jaxvjp
from command.samples import BAD, BAD_LINE
from flake8_jaxvjp.cli import main
from flake8_jaxvjp.command.settings import DEFAULTS, KEYS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_text(BAD)
    (tmp_path / "inner" / "b.py").write_text(BAD)
    return tmp_path


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def test_every_setting_has_a_default() -> None:
    assert KEYS.keys() == DEFAULTS.keys()


def test_the_nearest_file_counts_and_flags_override_it(project: Path) -> None:
    configure(project, '[tool.flake8-jaxvjp]\nformat = "concise"\nignore = ["VJP1"]\nexit-zero = true\n')
    assert jaxvjp(project / "inner", "check").stdout == ""
    assert jaxvjp(project, "check", "--ignore=VJP2").lines[0].startswith(f"a.py:{BAD_LINE}:12: VJP102")
    assert jaxvjp(project, "check", "--ignore=VJP2", "--format=json").stdout.startswith("{")
    assert jaxvjp(project, "check", "--ignore=").code == 0
    configure(project / "inner", "[tool.other]\n")
    assert jaxvjp(project / "inner", "check").code == 1, "the nearest file decides, whatever is in it"
    assert jaxvjp(project, "check", "--isolated").code == 1
    assert jaxvjp(project / "inner", "check", "--config=../pyproject.toml", "--format=concise").stdout == ""


def test_the_mark_that_some_editors_begin_a_file_with_is_no_mistake(project: Path) -> None:
    configure(project, '\ufeff[tool.flake8-jaxvjp]\nignore = ["VJP1"]\n')
    assert jaxvjp(project, "check").code == 0


def test_each_key_is_understood(project: Path) -> None:
    configure(
        project,
        '[tool.flake8-jaxvjp]\nselect = ["VJP"]\nignore = "VJP2,VJP3"\nexclude = ["inner"]\npreview = false\n'
        'docs = true\nrespect-gitignore = false\nunused-noqa = true\nexit-zero = false\nstatistics = true\njobs = 1\n'
        'format = "concise"\n',
    )
    done = jaxvjp(project, "check")
    assert (done.code, done.stderr) == (1, "")
    assert [line.split(":")[0] for line in done.lines] == ["a.py", "     1 VJP102"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "pyproject.toml: [tool.flake8-jaxvjp]: unknown key 'selct': it may be select, ignore, "),
        ("select = 1", "pyproject.toml: [tool.flake8-jaxvjp]: select takes a list of strings, and not 1"),
        ("select = [1]", "select takes a list of strings, and not [1]"),
        ('ignore = ["E501"]', "ignore: 'E501' is no code of this linter: they are VJP and three digits"),
        ('preview = "yes"', "preview takes true or false, and not 'yes'"),
        ("jobs = true", "jobs takes a number of processes, 0 for one a core, and not True"),
        ("jobs = -1", "jobs takes a number of processes"),
        ('format = "xml"', "format takes one of human, concise, json, sarif, github, gitlab, junit, and not 'xml'"),
        ("preview = ", "pyproject.toml: "),
    ],
)
def test_a_mistake_is_told_in_one_line(project: Path, text: str, message: str) -> None:
    configure(project, f"[tool.flake8-jaxvjp]\n{text}\n")
    done = jaxvjp(project, "check")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("jaxvjp check: ")
    assert message in done.stderr


def test_a_table_that_is_none_and_a_file_that_is_not_there(project: Path) -> None:
    configure(project, "[tool]\nflake8-jaxvjp = 1\n")
    assert "[tool.flake8-jaxvjp] is no table" in jaxvjp(project, "check").stderr
    configure(project, "tool = 1  # flake8-jaxvjp\n")
    assert jaxvjp(project, "check").code == 1
    done = jaxvjp(project, "check", "--config=absent.toml")
    assert (done.code, done.stderr) == (2, "jaxvjp check: absent.toml: cannot be read: No such file or directory\n")


def test_on_an_old_python_without_tomli_only_a_table_of_ours_is_missed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tomllib", "tomli"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.chdir(project)
    configure(project, '[project]\ndependencies = ["flake8-jaxvjp"]\n')
    assert main(["check", "--format=concise"]) == 1
    configure(project, "[tool.flake8-jaxvjp]\n")
    assert main(["check"]) == 2
    assert "without tomli: install it" in capsys.readouterr().err
