"""Files as they come: encodings, newlines, links, pipes and notebooks that no editor of ours has written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from command.running import jaxvjp, process
from command.samples import BAD, BAD_LINE, HEADER, RIGHT, WRONG, notebook, rule

PLACE = f"{BAD_LINE}:12"
MODULES = {
    "crlf": (BAD.replace("\n", "\r\n").encode(), PLACE),
    "carriage_returns": (BAD.replace("\n", "\r").encode(), PLACE),
    "mark": (b"\xef\xbb\xbf" + BAD.encode(), PLACE),
    "latin_1": (("# -*- coding: latin-1 -*-\n# \xe9\n" + BAD).encode("latin-1"), f"{BAD_LINE + 2}:12"),
    "form_feeds": (BAD.replace("\n\n\n", "\n\f\n\n").encode() + b"\f\n", PLACE),
    "separators_that_are_no_newlines": (("s = 'a\u2028b\x85c\x1cd'\n" + BAD).encode(), f"{BAD_LINE + 1}:12"),
    "no_newline_at_the_end": (BAD.rstrip("\n").encode(), PLACE),
    "backslash": (BAD.replace("return jnp", "return \\\n        jnp").encode(), f"{BAD_LINE + 1}:5"),
    "tabs": (BAD.replace("    ", "\t").encode(), f"{BAD_LINE}:9"),
    "astral": (BAD.replace("return jnp", "s = '\U0001f600'; return jnp").encode(), f"{BAD_LINE}:21"),
    "wide_name": (BAD.replace("residuals", "\u6f22").encode(), PLACE),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_read_as_python_reads_it_and_fixed_in_place(tmp_path: Path, name: str) -> None:
    data, place = MODULES[name]
    path = tmp_path / "a.py"
    path.write_bytes(data)
    found = jaxvjp(tmp_path, "check", "--format=concise").lines
    assert [line.partition(": VJP102 ")[0] for line in found] == [f"a.py:{place}"]
    flake8 = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=VJP", "a.py"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert flake8.stdout.splitlines() == found
    jaxvjp(tmp_path, "fix")
    assert path.read_bytes() == data.replace(WRONG.encode(), RIGHT.encode())


def test_what_python_cannot_read_is_told_and_stays(tmp_path: Path) -> None:
    texts = {
        "broken.py": BAD.encode() + b"def (:\n",
        "null.py": BAD.encode() + b"\0",
        "dedent.py": BAD.replace("    return jnp.c", "    \f return jnp.c").encode(),
        "empty.ipynb": b"defvjp",
        "old.ipynb": json.dumps({"worksheets": [{"cells": [{"input": BAD}]}], "nbformat": 3}).encode(),
    }
    for name, data in {**texts, "sound.py": BAD.encode()}.items():
        (tmp_path / name).write_bytes(data)
    for command in ("check", "fix"):
        done = jaxvjp(tmp_path, command)
        assert done.code == (3 if command == "check" else 2)
        told = [line.split(": ")[1] for line in done.stderr.splitlines() if line.startswith(f"jaxvjp {command}: ")]
        assert told == sorted(texts)
    assert {name: (tmp_path / name).read_bytes() for name in texts} == texts
    assert RIGHT in (tmp_path / "sound.py").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_nowhere_or_in_a_circle_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "circle.py").symlink_to("circle.py")
    (tmp_path / "nowhere.py").symlink_to("absent.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "below").symlink_to(".", target_is_directory=True)
    (tmp_path / "real.py").write_text(BAD, encoding="utf-8")
    done = jaxvjp(tmp_path, "check", "--format=concise")
    assert [line.split(":")[0] for line in done.lines] == ["real.py"]
    assert done.stderr == ""
    named = jaxvjp(tmp_path, "check", "circle.py", "nowhere.py", "--format=concise")
    assert named.code == 2
    assert named.stderr.count("cannot be read") == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """As in `jaxvjp check <(git show HEAD:rules.py)`."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(BAD,), daemon=True)
    writer.start()
    done = process(tmp_path, "check", "pipe", "--format=concise")
    assert done.stdout.startswith(f"pipe:{PLACE}: VJP102")
    writer.join(60)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are text there")
def test_a_name_that_is_no_text_is_shown_somehow(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.py")).write_text(BAD, encoding="utf-8")
    for form in ("human", "concise", "json", "sarif", "github", "gitlab", "junit"):
        assert jaxvjp(tmp_path, "check", f"--format={form}").code == 1


class TestNotebooks:
    @pytest.mark.parametrize(
        "text",
        [
            "\ufeff" + notebook(HEADER, rule()),
            notebook(HEADER, rule(), newline="\r\n"),
            notebook(HEADER.replace("\n", "\r\n"), rule().replace("\n", "\r\n")),
            notebook(HEADER + "s = '\u2028'\n", rule()),
            notebook(HEADER + "s = 'x'\n", rule()).replace("'x'", "'\\ud83d\\ude00'"),
            notebook(HEADER, rule()).replace("# A title", "\\ud83d"),
            notebook(HEADER, rule()).replace('"cell_type": "code"', '"cell_type": "raw", "cell_type": "code"'),
        ],
        ids=["mark", "newlines", "newlines_of_cells", "separator", "pairs", "half_a_pair", "twice"],
    )
    def test_that_others_wrote(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.ipynb").write_bytes(text.encode())
        found = jaxvjp(tmp_path, "check", "--format=concise").stdout
        assert found.startswith("a.ipynb:cell 2:12:12: VJP102"), found
        assert jaxvjp(tmp_path, "fix").code == 0
        assert (tmp_path / "a.ipynb").read_bytes().decode() == text.replace(WRONG, RIGHT)

    def test_without_cells(self, tmp_path: Path) -> None:
        text = json.dumps({"cells": [], "metadata": {"about": "defvjp"}, "nbformat": 4, "nbformat_minor": 5})
        (tmp_path / "a.ipynb").write_text(text, encoding="utf-8")
        assert jaxvjp(tmp_path, "check").code == jaxvjp(tmp_path, "fix").code == 0


class TestEncodings:
    @pytest.mark.parametrize(
        ("head", "said"),
        [
            (b"# coding: nonsense\n", "there is no encoding 'nonsense' of text, which it says it is in"),
            (b"#!/usr/bin/python\n# vim: set fileencoding=base64 :\n", "there is no encoding 'base64' of text"),
            (b"# coding: ascii\n# \xe4\n", "it is not in ascii, which it says it is in"),
            (b"# coding: utf-8\n\n\n# \xe4\n", "it is not in utf-8, which it says it is in"),
            (b"# coding: utf8 \xe4\n", "it is not in utf8, which it says it is in"),
            (b"# coding: undefined\n", "it is not in undefined, which it says it is in"),
            (b"\xef\xbb\xbf# coding: latin-1\n", "it says that it is in latin-1, and has the mark of utf-8"),
            (b"\xef\xbb\xbf# \xe4\n", "it is not in utf-8, which it says it is in"),
        ],
    )
    def test_that_python_refuses_are_told_and_the_others_read(self, tmp_path: Path, head: bytes, said: str) -> None:
        data = head + BAD.encode()
        (tmp_path / "a.py").write_bytes(data)
        (tmp_path / "b.py").write_text(BAD, encoding="utf-8")
        done = jaxvjp(tmp_path, "check", "--format=concise")
        assert done.code == 3
        assert done.lines[0].startswith(f"b.py:{PLACE}: VJP102")
        assert len(done.lines) == 1
        assert done.stderr.startswith(f"jaxvjp check: a.py: cannot be decoded: {said}")
        assert jaxvjp(tmp_path, "fix", "a.py").code == 2
        assert (tmp_path / "a.py").read_bytes() == data

    def test_without_a_name_are_read_as_flake8_reads_them(self, tmp_path: Path) -> None:
        """A comment in latin-1 in a file that says nothing: `import` takes it, and so does flake8."""
        for head in (b"# \xe4\n", b"x = 1\n# coding: nonsense \xe4\n"):
            (tmp_path / "a.py").write_bytes(head + BAD.encode())
            compile((tmp_path / "a.py").read_bytes(), "a.py", "exec")
            done = jaxvjp(tmp_path, "check", "--format=concise")
            assert (done.code, done.stderr) == (1, "")
