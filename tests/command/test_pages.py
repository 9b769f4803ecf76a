"""The pages on the command: their commands can be parsed, their blocks read, and no option is forgotten."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command.running import ROOT
from command.samples import BAD, BAD_LINE
from flake8_jaxvjp.cli import build_parser
from flake8_jaxvjp.command.settings import DEFAULTS, FORMATS, KEYS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("check", "editors", "ci")}
BLOCKS = [
    (name, kind, text)
    for name, page in PAGES.items()
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
]


def blocks(kind: str) -> list[str]:
    found = [text for _, each, text in BLOCKS if each == kind]
    assert found
    return found


def test_every_command_of_the_pages_is_one() -> None:
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    lines += re.findall(r"^ +- (?:run: )?(jaxvjp .+)$", PAGES["ci"], re.MULTILINE)
    lines += re.findall(r"`:%!(jaxvjp .+?)`", PAGES["editors"])
    commands = [shlex.split(line, comments=True) for line in lines]
    assert len(commands) >= 12
    for program, *arguments in commands:
        assert program == "jaxvjp"
        assert build_parser(arguments[0]).parse_args(arguments).run


def test_every_option_is_on_the_page() -> None:
    for command in ("check", "fix"):
        arguments = [sys.executable, "-m", "flake8_jaxvjp", command, "--help"]
        shown = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        options = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"}
        assert len(options) > 8
        assert {option for option in options if option not in PAGES["check"]} == set()


def test_every_setting_and_format_is_on_the_page() -> None:
    (text,) = blocks("toml")
    table = tomllib.loads(text)["tool"]["flake8-jaxvjp"]
    assert table.keys() == KEYS.keys() == DEFAULTS.keys()
    for key, value in table.items():
        KEYS[key](value)
    assert set(FORMATS) <= set(re.findall(r"^\| `(\w+)` \|", PAGES["check"], re.MULTILINE))


def test_recipes_are_yaml_and_json() -> None:
    for text in blocks("json"):
        assert json.loads(text)
    yaml = pytest.importorskip("yaml")
    read = [yaml.safe_load(text) for text in blocks("yaml")]
    assert len(read) == 5
    hooks = {hook["id"] for one in read for repo in one.get("repos", ()) for hook in repo["hooks"]}
    ours = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert hooks - {"flake8"} <= ours


@pytest.mark.clients
@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_vim_jumps_to_the_finding(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD, encoding="utf-8")
    (text,) = blocks("vim")
    text = text.replace("jaxvjp\\ ", f"{sys.executable}\\ -m\\ flake8_jaxvjp\\ ")
    report = "call writefile(map(getqflist(), {_, one -> one.lnum .. ':' .. one.col .. ':' .. one.text}), 'out')"
    (tmp_path / "run.vim").write_text(f"{text}\nedit a.py\nsilent make!\n{report}\nqall!\n", encoding="utf-8")
    command = ["vim", "-Nu", "NONE", "-i", "NONE", "-es", "-S", "run.vim"]
    subprocess.run(command, cwd=tmp_path, check=False, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
    listed = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert listed[0].startswith(f"{BAD_LINE}:12:VJP102 backward rule 'f1_bwd'")


def test_the_picture_shows_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import record  # type: ignore[import-not-found]

    committed = (ROOT / "docs" / "images" / "check.svg").read_text(encoding="utf-8")
    for picture in (committed, record.picture()):
        assert "VJP402" in picture
        assert "^^^" in picture
