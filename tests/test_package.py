"""The repository around the engine: what is built, what is promised, and that no two places say different things."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import flake8_jaxvjp

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from email.message import Message

ROOT: Final = Path(__file__).parent.parent
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed_files() -> list[Path]:
    """What is in the repository, or will be with the next commit; in an unpacked archive, everything."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not {".nox", "__pycache__"} & set(path.parts)]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built by the declared back end from the working tree, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"import {PROJECT['build-system']['build-backend']} as back_end; back_end.build_wheel({str(folder)!r})"
    finished = subprocess.run([sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def member(archive: zipfile.ZipFile, ending: str) -> str:
    (name,) = (name for name in archive.namelist() if name.endswith(ending))
    return archive.read(name).decode()


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return HeaderParser().parsestr(member(wheel, ".dist-info/METADATA"))


def test_the_metadata_is_what_package_indexes_need(metadata: Message) -> None:
    assert metadata["Name"] == "flake8-jaxvjp"
    assert metadata["Version"] == flake8_jaxvjp.__version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "Framework :: Flake8" in metadata.get_all("Classifier", [])
    assert {"runtime", "test", "docs", "dev"} <= set(metadata.get_all("Provides-Extra", []))


def test_only_flake8_and_libcst_are_required_and_neither_is_held_back(metadata: Message) -> None:
    required = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert sorted(required) == ["flake8>=7.0", "libcst>=1.8"]


def test_no_requirement_of_any_extra_has_an_upper_bound(metadata: Message) -> None:
    everything = metadata.get_all("Requires-Dist", [])
    assert any(each.startswith("jax>=") for each in everything)
    bounds = [each.partition(";")[0] for each in everything]
    assert [each for each in bounds if re.search(r"<|==|~=|!=", each)] == []


def test_the_wheel_holds_the_typed_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"flake8_jaxvjp", f"flake8_jaxvjp-{flake8_jaxvjp.__version__}.dist-info"}
    assert "flake8_jaxvjp/py.typed" in names
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "flake8_jaxvjp").rglob("*.py")}
    assert sources <= names
    assert len(sources) > 5


def test_flake8_finds_the_plugin_by_its_entry_point(wheel: zipfile.ZipFile) -> None:
    assert "[flake8.extension]\nVJP = flake8_jaxvjp.plugin:Plugin\n" in member(wheel, "entry_points.txt")
    from flake8_jaxvjp.plugin import Plugin

    assert callable(Plugin)
    finished = subprocess.run(
        [sys.executable, "-m", "flake8", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"flake8-jaxvjp: {flake8_jaxvjp.__version__}" in finished.stdout, finished.stdout + finished.stderr


def test_the_version_stands_in_one_place() -> None:
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    stated = re.compile(rf"""version\w*["']?\s*[=:]\s*["']?{re.escape(flake8_jaxvjp.__version__)}\b""", re.IGNORECASE)
    settings = [path for path in committed_files() if path.suffix in {".py", ".toml", ".cfg", ".yml", ".yaml"}]
    places = [
        path.relative_to(ROOT).as_posix() for path in settings if stated.search(path.read_text("utf-8", "replace"))
    ]
    assert places == ["flake8_jaxvjp/__init__.py"]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_the_readme_shows_two_commands_and_continuous_integration_runs_the_second() -> None:
    section = read("README.md").partition("## Try it")[2].partition("\n## ")[0]
    commands = re.findall(r"^```sh\n(.+?)\n```$", section, re.MULTILINE | re.DOTALL)
    assert len(commands) == 2
    assert not any("\n" in command for command in commands)
    lint, test = commands
    assert lint.endswith("flake8 examples")
    assert read(".ci/run").splitlines()[-1] == test


def test_the_readme_leads_with_what_the_linter_shows() -> None:
    readme = read("README.md")
    places = [readme.index(f"<!-- {edge}: {part} -->") for part in ("excerpt", "rules") for edge in ("begin", "end")]
    assert places == sorted(places)
    assert places[0] < readme.index("\n## ")


def test_the_pre_commit_hook_selects_the_codes_of_the_plugin() -> None:
    hooks = read(".pre-commit-hooks.yaml")
    assert "- id: flake8-jaxvjp\n" in hooks
    assert "entry: flake8 --select VJP\n" in hooks
    assert "entry: jaxvjp check --format=concise\n" in hooks
    assert "entry: jaxvjp fix\n" in hooks


def test_every_relative_link_of_the_documentation_leads_somewhere() -> None:
    pages = [path for path in committed_files() if path.suffix == ".md"]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:", target)
    ]
    assert len(links) > 5
    broken = [f"{page.name}: {target}" for page, target in links if not (page.parent / target).exists()]
    assert broken == []


def test_no_path_of_one_machine_is_committed() -> None:
    local = re.compile(rb"(?<![A-Za-z0-9.])/(?:work|root|home|tmp|Users)/")
    files = committed_files()
    assert len(files) > 20
    assert local.search(b"open('/" + b"tmp/x')")
    named = [
        f"{path.relative_to(ROOT)}: {found.group().decode()}"
        for path in files
        for found in local.finditer(path.read_bytes())
    ]
    assert named == []
