"""Editors: python-lsp-server over its protocol, and flake8 as the VS Code extension calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.language_server import Server
from command.running import ROOT, jaxvjp
from command.samples import BAD, BAD_LINE, GOOD, HEADER, rule

pytestmark = pytest.mark.clients


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    pytest.importorskip("pylsp", reason="python-lsp-server is not installed (extra `clients`)")
    running = Server(tmp_path)
    yield running
    running.close()


def test_diagnostics_of_an_unsaved_buffer_appear_move_and_vanish(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text("", encoding="utf-8")
    (found,) = server.open(path, BAD)
    assert found["code"] == "VJP102"
    assert found["source"] == "flake8"
    assert found["message"].startswith("VJP102 backward rule 'f1_bwd' returns one array")
    assert found["range"]["start"] == {"line": BAD_LINE - 1, "character": 11}
    (moved,) = server.change(path, "# a line more\n\n" + BAD, 2)
    assert moved["range"]["start"]["line"] == BAD_LINE + 1
    assert server.change(path, GOOD, 3) == []
    assert len(server.change(path, BAD + "\n\n" + rule(name="g"), 4)) == 2


def test_every_diagnostic_lies_inside_the_document(server: Server, tmp_path: Path) -> None:
    """The server drops all diagnostics of a file when one of them lies past its last line."""
    path = tmp_path / "rules.py"
    path.write_text("", encoding="utf-8")
    lines = BAD.rstrip("\n").split("\n")
    texts = ["\n".join(lines[:number]) for number in range(BAD_LINE - 1, len(lines) + 1)]
    counts = []
    for version, text in enumerate(texts, 2):
        found = server.open(path, text) if version == 2 else server.change(path, text, version)
        counts.append(sum(one["code"] == "VJP102" for one in found))
        for one in found:
            assert one["range"]["end"]["line"] < len(text.split("\n"))
    assert counts[0] == 0
    assert counts[-1] == 1


VSCODE = """
import contextlib, io, json, runpy, sys
from pathlib import Path
import flake8.utils

def run(arguments, text=None):
    # The module is run in this process again and again; what flake8 keeps of the last buffer has to go.
    getattr(flake8.utils.stdin_get_value, "cache_clear", lambda: None)()
    output = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        sys.argv = ["flake8", *arguments]
        if text is not None:
            sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
        runpy.run_module("flake8", run_name="__main__")
    output.flush()
    return output.buffer.getvalue().decode().splitlines()

texts = json.loads(sys.argv[1])
form = "--format=%(row)d,%(col)d,%(code).1s,%(code)s:%(text)s"
outputs = []
for text in texts:
    Path("a.py").write_text(text)
    outputs.append(run([form, "--select=VJP", "a.py"]))
    outputs.append(run([form, "--select=VJP", "--stdin-display-name", "a.py", "-"], text))
print(json.dumps(outputs))
"""


def test_flake8_twice_in_one_process_with_the_file_changed_in_between(tmp_path: Path) -> None:
    """As the VS Code extension does it: row, column, the code's first letter, code and text, a line a finding."""
    texts = [BAD, GOOD, "\n" + BAD]
    done = subprocess.run(
        [sys.executable, "-c", VSCODE, json.dumps(texts)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout.splitlines()[-1])
    begins = [f"{BAD_LINE},12,V,VJP102:", f"{BAD_LINE},12,V,VJP102:", "", "", *[f"{BAD_LINE + 1},12,V,VJP102:"] * 2]
    first = [lines[0] if lines else "" for lines in outputs]
    assert [line[: len(begin)] for line, begin in zip(first, begins, strict=True)] == begins
    assert outputs[2] == outputs[3] == []


def test_a_linter_of_an_editor_reads_json_from_standard_input(tmp_path: Path) -> None:
    """The call that docs/editors.md gives for nvim-lint and its like."""
    text = (HEADER + rule()).encode()
    done = jaxvjp(tmp_path, "check", "--format=json", "--stdin-filename=a.py", "-", stdin=text)
    (finding,) = json.loads(done.stdout)["findings"]
    lines = text.decode().split("\n")
    marked = lines[finding["line"] - 1][finding["column"] - 1 : finding["end_column"] - 1]
    assert marked == "jnp.concatenate((g * y, g * x))"
