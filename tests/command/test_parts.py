"""What runs without a terminal, a second core or a mishap only: pages for people, processes, interrupts, halving."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command.fix_cases import HEADER
from command.fix_cases_later import CASES
from command.running import ROOT
from command.samples import BAD, GOOD, WRONG
from flake8_jaxvjp import cli
from flake8_jaxvjp.command import check, parallel
from flake8_jaxvjp.command.files import File
from flake8_jaxvjp.command.linting import Request, lint_bytes, lint_path
from flake8_jaxvjp.command.results import FileResult
from flake8_jaxvjp.fixes import fixer
from flake8_jaxvjp.fixes.asking import Asked
from flake8_jaxvjp.fixes.fixer import fix_text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_page_is_laid_out_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert cli.main(["explain", "VJP102"]) == 0
    assert "cotangents-not-in-a-tuple" in terminal.getvalue()
    assert "```" not in terminal.getvalue(), "Markdown is shown, not written"
    plain = Terminal()
    monkeypatch.setattr(sys, "stdout", plain)
    monkeypatch.setitem(sys.modules, "rich.markdown", None)
    assert cli.main(["explain", "VJP102"]) == 0
    assert "```python" in plain.getvalue()


def test_an_interrupt_and_a_reader_that_goes_away_end_quietly(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def raising(error: BaseException) -> Any:
        def run(_: object) -> int:
            raise error

        return run

    monkeypatch.setattr(check, "run", raising(KeyboardInterrupt()))
    assert cli.main(["check"]) == cli.INTERRUPTED
    assert capfd.readouterr().err == "interrupted\n"
    kept = os.dup(1)
    try:
        monkeypatch.setattr(check, "run", raising(BrokenPipeError()))
        assert cli.main(["check"]) == 1
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def test_results_of_processes_come_in_order(tmp_path: Path) -> None:
    files = []
    for number in range(6):
        path = tmp_path / f"{number}.py"
        path.write_text(BAD if number % 2 else GOOD)
        files.append(File(str(path), path.name))
    steps: list[int] = []
    sizes = [100_000 + number for number in range(6)]
    results = list(parallel.lint_files(files, sizes, Request(), 2, lambda: steps.append(1)))
    assert [result.path for result in results] == [file.shown for file in files]
    assert [len(result.findings) for result in results] == [0, 1] * 3
    assert len(steps) == 6
    assert results == list(parallel.lint_files(files, sizes, Request(), 1, steps.clear))
    assert parallel.cores() >= 1


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="what is replaced here is not replaced elsewhere")
def test_a_process_that_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fatal(path: str, shown: str, request: Request) -> FileResult:
        if shown == "1.py":
            os._exit(9)
        return lint_path(path, shown, request)

    fatal.__module__, fatal.__qualname__ = parallel.__name__, "lint_path"  # as it is found in the other process
    monkeypatch.setattr(parallel, "lint_path", fatal)
    files = []
    for number in range(3):
        (tmp_path / f"{number}.py").write_text(BAD)
        files.append(File(str(tmp_path / f"{number}.py"), f"{number}.py"))
    results = list(parallel.lint_files(files, [100_000] * 3, Request(), 2, lambda: None))
    assert [bool(result.findings) for result in results] == [True, False, True]
    assert results[1].error == "ends the process that reads it"


def test_what_can_be_fixed_is_fixed_where_something_else_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repair that does not work out costs only itself."""
    names = ("concatenate", "stack", "array", "bare")
    chosen = [case for case in CASES if case.name in names]
    text = HEADER + "\n\n".join(case.before for case in chosen)
    tried = fixer._tried

    def choosy(state: Any, planned: Any, asked: Any) -> Any:
        return None if any("2 * x" in state.raw[edit.start :][:10] for one in planned for edit in one.edits) else tried(
            state, planned, asked
        )

    monkeypatch.setattr(fixer, "_tried", choosy)
    # Their rules have the same names, and so perhaps other callers: they are not safe.
    fixed = fix_text(text, Asked("a.py", lambda _text, _finding: True, unsafe=True))
    assert len(fixed.mended) == 3
    expected = [case.before if case.name == "bare" else case.after for case in chosen]
    assert fixed.raw == HEADER + "\n\n".join(expected)


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(BAD)
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse(path: str) -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "--format=concise"]) == 3


def test_the_plugin_loads_nothing_of_the_command(tmp_path: Path) -> None:
    script = (
        "import ast, sys, types\nfrom flake8_jaxvjp.plugin import Plugin\n"
        "text = open('a.py').read()\noptions = types.SimpleNamespace()\n"
        "found = list(Plugin(ast.parse(text), text.splitlines(True), 'a.py', options).run())\n"
        "print(len(found), [name for name in sys.modules if name.startswith(('flake8_jaxvjp.fixes',"
        " 'flake8_jaxvjp.command', 'rich', 'pathspec'))])\n"
    )
    (tmp_path / "a.py").write_text(BAD)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"


FRAMES = Request(frames=True)


def framed(text: str) -> list[tuple[int, ...]]:
    """For each finding: its first line, how many lines are shown, and the first line of the related place, or 0."""
    frames = lint_bytes(text.encode(), "a.py", "a.py", FRAMES).frames
    return [
        (frame.excerpt.first, len(frame.excerpt.lines), frame.related.first if frame.related is not None else 0)
        for frame in frames
    ]


def test_a_frame_shows_the_primal_unless_it_is_the_place_itself() -> None:
    line = BAD.split("\n").index(f"    return {WRONG}") + 1
    assert framed(BAD) == [(line, 1, BAD.split("\n").index("@jax.custom_vjp") + 1)]
    number = HEADER + next(case.before for case in CASES if case.name == "number")
    (place,) = framed(number)
    assert place[2] == 0, "the finding stands in the primal's decorator"
    (place,) = framed(HEADER + "def slope(f, x):\n    pair = jax.vjp(f, x)\n    return pair(1.0)\n")
    assert place[2] == 0, "there is no primal"
    (place,) = framed(HEADER + next(case.before for case in CASES if case.name == "bare_lambda"))
    assert place[2] == 0, "a lambda has no definition to show"


def test_a_display_keeps_what_makes_it_one() -> None:
    import libcst as cst

    from flake8_jaxvjp.fixes.repair import code, display_of, returned_expression

    two = cst.ensure_type(cst.parse_expression("(a, b)"), cst.Tuple)
    assert code(display_of([], two)) == "()"
    assert code(display_of([two.elements[0]], two)) == "(a,)"
    bare = cst.ensure_type(cst.parse_expression("a, b"), cst.Tuple)
    assert code(display_of([bare.elements[1]], bare)) == "(b,)"
    listed = cst.ensure_type(cst.parse_expression("[a, b]"), cst.List)
    assert code(display_of([], listed)) == "[]"
    assert returned_expression(cst.Pass()) is None
