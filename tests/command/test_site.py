"""The documentation as a site: every link leads somewhere, every block of code can be read, every page is reached."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from command.running import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>[\w{}-]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
# What is shown of a terminal or of an editor's own language is tried where that is there.
READ_ELSEWHERE = {"sh", "console", "text", "lua", "vim", "{toctree}"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_can_be_read(page: Path) -> None:
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        kind, text = found["kind"], textwrap.dedent(found["text"])
        match kind:
            case "python":
                ast.parse(text)
            case "toml":
                tomllib.loads(text)
            case "json":
                json.loads(text)
            case "ini":
                configparser.ConfigParser().read_string(text)
            case "yaml":
                assert pytest.importorskip("yaml").safe_load(text)
            case _:
                assert kind in READ_ELSEWHERE, f"{kind!r}: {text[:60]}"


def test_every_page_is_in_the_navigation() -> None:
    entries = {
        line
        for found in BLOCK.finditer((DOCS / "index.md").read_text(encoding="utf-8"))
        if found["kind"] == "{toctree}"
        for line in found["text"].splitlines()
        if line and not line.startswith(":")
    }
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"} | {"rules/index"}
    assert entries == pages


def test_every_picture_is_shown_and_small() -> None:
    shown = {link for page in DOCS.glob("*.md") for link in LINK.findall(prose(page)) if link.startswith("images/")}
    pictures = {f"images/{path.name}": path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert set(pictures) == shown
    assert max(pictures.values()) < 60_000


def test_the_pictures_of_the_editor_are_what_the_page_says() -> None:
    names = "neovim.svg", "neovim-fixed.svg"
    before, after = ((DOCS / "images" / name).read_text(encoding="utf-8") for name in names)
    assert "VJP102" in before
    assert "concatenate" in before
    assert "VJP102" not in after
    assert "concatenate" not in after


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for module in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(module, reason="the extra `docs` is not installed")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(DOCS), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "rules" / "VJP102.html").exists()
    assert (tmp_path / "site" / "_images" / "neovim.svg").exists()
