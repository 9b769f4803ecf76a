"""`jaxvjp fix`: what is written where, what is left, and how it ends."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from command.running import Done, jaxvjp
from command.samples import BAD, GOOD, HEADER, RIGHT, WRONG, module, notebook, rule
from flake8_jaxvjp.cli import main
from flake8_jaxvjp.command.writing import write_bytes

ROOT = Path(__file__).parent.parent.parent
LEFT = "g * y, g * x, None"


def fix(folder: Path, *arguments: str, stdin: bytes = b"") -> Done:
    return jaxvjp(folder, "fix", *arguments, stdin=stdin)


def test_files_are_fixed_and_the_rest_is_told(tmp_path: Path) -> None:
    for name, text in {"a.py": BAD, "b.py": module(WRONG, LEFT), "c.py": GOOD, "d.txt": BAD}.items():
        (tmp_path / name).write_text(text)
    done = fix(tmp_path)
    assert done.code == 1
    assert (tmp_path / "a.py").read_text() == GOOD
    assert (tmp_path / "b.py").read_text() == module(RIGHT, LEFT)
    assert (tmp_path / "d.txt").read_text() == BAD
    assert done.stdout == ""
    told = done.stderr.splitlines()
    assert told[0].startswith("b.py:")
    assert "VJP101" in told[0]
    assert told[1:] == ["2 findings fixed, 1 left"]
    again = fix(tmp_path, "a.py")
    assert (again.code, again.stderr) == (0, "0 findings fixed, 0 left\n")


def test_what_is_left_is_told_with_the_reason(tmp_path: Path) -> None:
    """Where a rule knows how to put it right."""
    swapped = module(RIGHT).replace("(f1_fwd, f1_bwd)", "(\n    f1_bwd,  # forward\n    f1_fwd,\n)")
    (tmp_path / "a.py").write_text(swapped.replace("(x, y):", "(x, y, z):"))
    (tmp_path / "b.py").write_text(module(LEFT))
    (tmp_path / "c.py").write_text(module("(g * y,)").replace("x, y):", "x, y=2.0):", 1))
    (tmp_path / "d.ipynb").write_text(notebook(HEADER, rule("(g * y,)").replace("x, y):", "x, y=2.0):", 1)))
    told = fix(tmp_path).stderr.splitlines()
    reasons = [line.partition(" [")[2] for line in told[:-1]]
    waiting = "--unsafe fixes it]"
    assert [line.split(":")[0] for line in told[:-1]] == ["a.py", "b.py", "c.py", "d.ipynb"]
    assert reasons == ["not fixed: a comment stands where code would change places]", "", waiting, waiting]
    assert told[-1] == "0 findings fixed, 4 left (--unsafe fixes 2 of them)"
    assert fix(tmp_path, "--unsafe").stderr.splitlines()[-1] == "2 findings fixed, 2 left"


def test_a_sum_that_is_another_than_before_is_explained(tmp_path: Path) -> None:
    """Until the decorator has its parentheses, nothing is known of the rules below it."""
    hidden = module(LEFT).replace("@jax.custom_vjp", "@jax.custom_vjp()")
    (tmp_path / "a.py").write_text(hidden)
    assert len(jaxvjp(tmp_path, "check", "--format=concise").lines) == 1
    told = fix(tmp_path).stderr.splitlines()
    assert told[-1] == "1 finding fixed, 1 left; 1 of these came to light by fixing others"


def test_a_diff_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD)
    done = fix(tmp_path, "--diff")
    assert (tmp_path / "a.py").read_text() == BAD
    assert [line for line in done.lines if line.startswith(("+", "-"))] == [
        "--- a.py", "+++ a.py", f"-    return {WRONG}", f"+    return {RIGHT}",
    ]  # fmt: skip
    assert done.stderr == "1 finding would be fixed, 0 left\n"
    assert done.code == 0


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("kind", ["crlf", "latin-1", "form feed", "mark", "no newline"])
def test_a_diff_is_a_patch(kind: str, tmp_path: Path) -> None:
    text = BAD.replace("def f1_bwd", "\x0c\ndef f1_bwd") if kind == "form feed" else BAD
    data = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "latin-1": ("# -*- coding: latin-1 -*-\n" + text.replace(WRONG, f"{WRONG}  # \xe9")).encode("latin-1"),
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "no newline": text.rstrip().encode(),
    }.get(kind, text.encode())
    path = tmp_path / "a.py"
    path.write_bytes(data)
    command = [sys.executable, "-m", "flake8_jaxvjp", "fix", "--isolated", "a.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run([*command, "--diff"], cwd=tmp_path, env=environment, capture_output=True, check=False).stdout
    assert path.read_bytes() == data
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    fixed = path.read_bytes()
    assert fixed != data
    path.write_bytes(data)
    subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=shown, check=True)
    assert path.read_bytes() == fixed


def test_unsafe_fixes_are_made_when_asked_for(tmp_path: Path) -> None:
    text = module("(g * y,)").replace("x, y):", "x, y=2.0):", 1)
    (tmp_path / "a.py").write_text(text)
    assert fix(tmp_path).code == 1
    assert (tmp_path / "a.py").read_text() == text
    assert fix(tmp_path, "--unsafe").code == 0
    assert (tmp_path / "a.py").read_text() == text.replace("(g * y,)", "(g * y, None)")


def test_what_is_ignored_or_silenced_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for text in (module(f"{WRONG}  # noqa: VJP102"), "# flake8: noqa\n" + BAD):
        path.write_text(text)
        assert fix(tmp_path).code == 0
        assert path.read_text() == text
    path.write_text(BAD)
    assert fix(tmp_path, "--ignore=VJP102").code == 0
    assert path.read_text() == BAD
    path.write_text(module(f"{WRONG}  # noqa: VJP102", WRONG))
    assert fix(tmp_path).code == 0
    assert path.read_text() == module(f"{WRONG}  # noqa: VJP102", RIGHT)


def test_standard_input_goes_to_standard_output(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode()
    done = fix(tmp_path, "-", stdin=data)
    assert done.stdout.encode() == data.replace(WRONG.encode(), RIGHT.encode())
    assert fix(tmp_path, "-", stdin=b"x = (\n").stdout == "x = (\n"
    assert "+    return g * y, g * x" in fix(tmp_path, "-", "--diff", stdin=BAD.encode()).stdout
    assert fix(tmp_path, "-", "a.py", stdin=b"").code == 2


def test_a_filter_of_an_editor_says_nothing_beside_the_text(tmp_path: Path) -> None:
    """Vim puts into the buffer whatever a filter writes, standard error too."""
    for text, after, code in ((BAD, GOOD, 0), (module(LEFT), module(LEFT), 1), ("def defvjp(:", "def defvjp(:", 2)):
        assert fix(tmp_path, "--quiet", "-", stdin=text.encode()) == Done(code, after, "")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_every_other_byte_stays(tmp_path: Path, newline: str, encoding: str) -> None:
    cookie = "# coding: latin-1\n# \xe4" if encoding == "latin-1" else "# \xe4 \u6f22"
    text = f"{cookie}\n{BAD}\n\f\nx = '''\t \n'''   \n# no newline at the end".replace("\n", newline)
    if encoding == "latin-1" and newline == "\r":
        text = text.replace("\xe4", "a")
    path = tmp_path / "a.py"
    path.write_bytes(text.encode(encoding))
    assert fix(tmp_path).code == 0
    assert path.read_bytes() == text.replace(WRONG, RIGHT).encode(encoding)


def test_bytes_that_python_would_not_take_are_left(tmp_path: Path) -> None:
    data = b"# \xe4\n" + BAD.encode()
    (tmp_path / "a.py").write_bytes(data)
    assert fix(tmp_path).code == 1
    assert (tmp_path / "a.py").read_bytes() == data


def test_what_cannot_be_read_or_parsed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def defvjp(:\n")
    (tmp_path / "b.py").write_text(BAD)
    done = fix(tmp_path, "a.py", "absent.py", "b.py")
    assert done.code == 2
    assert "jaxvjp fix: a.py: cannot be parsed" in done.stderr
    assert "jaxvjp fix: absent.py: cannot be read" in done.stderr
    assert (tmp_path / "b.py").read_text() == GOOD
    assert fix(tmp_path, "--select=X").code == 2


class TestWriting:
    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real.py").write_text(BAD)
        (tmp_path / "link.py").symlink_to("real.py")
        assert fix(tmp_path, "link.py").code == 0
        assert (tmp_path / "link.py").is_symlink()
        assert (tmp_path / "real.py").read_text() == GOOD

    def test_a_hard_link_means_the_same_file_afterwards(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(BAD)
        os.link(tmp_path / "a.py", tmp_path / "b.py")
        assert fix(tmp_path, "a.py").code == 0
        assert (tmp_path / "b.py").read_text() == GOOD
        assert (tmp_path / "a.py").stat().st_nlink == 2

    def test_permissions_stay(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(BAD)
        (tmp_path / "a.py").chmod(0o751)
        assert fix(tmp_path).code == 0
        assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o751

    def test_a_file_that_may_not_be_written_stays(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(BAD)
        (tmp_path / "a.py").chmod(0o444)
        done = fix(tmp_path)
        assert done.code == 3
        assert "jaxvjp fix: a.py: cannot be written: Permission denied" in done.stderr
        assert "0 findings fixed, 1 left" in done.stderr
        assert (tmp_path / "a.py").read_text() == BAD
        assert [path.name for path in tmp_path.iterdir()] == ["a.py"]

    def test_a_file_that_changed_in_the_meantime_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "a.py"
        path.write_bytes(b"new")
        with pytest.raises(OSError, match="somebody else"):
            write_bytes(str(path), b"old", b"fixed")
        assert path.read_bytes() == b"new"
        assert list(tmp_path.iterdir()) == [path]

    def test_nothing_is_half_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.py"
        path.write_bytes(b"old")

        def fail(*_: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="no space"):
            write_bytes(str(path), b"old", b"fixed")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


class TestNotebooks:
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_only_the_fixed_lines_differ(self, tmp_path: Path, newline: str) -> None:
        text = notebook("%load_ext x\n" + HEADER, "!ls\n" + rule() + "x = 'ä \"quoted\"'", newline=newline)
        (tmp_path / "a.ipynb").write_bytes(text.encode())
        assert fix(tmp_path).code == 0
        assert (tmp_path / "a.ipynb").read_bytes().decode() == text.replace(WRONG, RIGHT)

    def test_strings_are_written_as_the_file_writes_them(self, tmp_path: Path) -> None:
        body = rule(f"{WRONG}  # ä").replace("f(", "f(")
        text = json.dumps(json.loads(notebook(HEADER + body)))
        assert "\\u00e4" in text
        (tmp_path / "a.ipynb").write_text(text)
        assert fix(tmp_path).code == 0
        assert (tmp_path / "a.ipynb").read_text() == text.replace(WRONG, RIGHT)

    def test_a_cell_of_one_string(self, tmp_path: Path) -> None:
        value = json.loads(notebook(HEADER, rule()))
        for cell in value["cells"]:
            cell["source"] = "".join(cell["source"])
        (tmp_path / "a.ipynb").write_text(json.dumps(value))
        assert fix(tmp_path).code == 0
        assert (tmp_path / "a.ipynb").read_text() == json.dumps(value).replace(WRONG, RIGHT)

    def test_more_lines_and_fewer(self, tmp_path: Path) -> None:
        long = "jnp.concatenate(\n        [\n            g * y,\n            g * x,\n        ]\n    )"
        short = "(\n            g * y,\n            g * x,\n        )"
        (tmp_path / "a.ipynb").write_text(notebook(HEADER, rule(long)))
        assert fix(tmp_path).code == 0
        assert (tmp_path / "a.ipynb").read_text() == notebook(HEADER, rule(short))

    def test_an_import_that_is_added(self, tmp_path: Path) -> None:
        body = rule(RIGHT).replace("@jax.custom_vjp", "@jax.custom_vjp(nondiff_argnums=())")
        (tmp_path / "a.ipynb").write_text(notebook("%load_ext x\n" + HEADER, body))
        assert fix(tmp_path).code == 0
        after = body.replace("@jax.custom_vjp(", "@partial(jax.custom_vjp, ")
        expected = notebook("%load_ext x\nfrom functools import partial\n" + HEADER, after)
        assert (tmp_path / "a.ipynb").read_text() == expected

    def test_escapes_that_are_not_ours_are_left(self, tmp_path: Path) -> None:
        text = notebook(HEADER, rule()).replace("    return jnp.conc", "\\u0020   return jnp.conc")
        (tmp_path / "a.ipynb").write_text(text)
        assert fix(tmp_path).code == 1
        assert (tmp_path / "a.ipynb").read_text() == text


def test_main_counts_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(module(LEFT))
    assert main(["fix", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("0 findings fixed, 1 left\n")
    (tmp_path / "a.md").write_text(f"```python\n{BAD}```\n")
    assert main(["fix", "--docs", str(tmp_path / "a.md")]) == 1, "documents are read, and not written"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert main(["fix", "-", "--diff"]) == 0
