"""`jaxvjp check`: which files, which findings, in which order, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command.running import ROOT, jaxvjp, process
from command.samples import BAD, BAD_LINE, GOOD, HEADER, RIGHT, WRONG, module, notebook, rule
from conformance_cases import CASES, FAMILIES
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.cli import main
from flake8_jaxvjp.command.files import Shard, UsageError, Wanted, find, ignore_test
from flake8_jaxvjp.command.linting import Request, lint_bytes
from flake8_jaxvjp.command.reading import decode, is_marked
from flake8_jaxvjp.rules.base import all_rules


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "b.py": BAD,
            "a/bad.py": BAD,
            "a/good.py": GOOD,
            "a/plain.py": "x = 1\n",
            "a/z/two.py": module(WRONG, RIGHT, WRONG),
            "a.txt": BAD,
            "typed.pyi": BAD,
        },
    )
    return tmp_path


def concise(folder: Path, *arguments: str) -> list[str]:
    """`path:line` of each finding."""
    return [":".join(line.split(":")[:2]) for line in jaxvjp(folder, "check", "--format=concise", *arguments).lines]


SECOND = module(WRONG, RIGHT, WRONG).split("\n")[BAD_LINE:].index(f"    return {WRONG}") + BAD_LINE + 1


class TestFiles:
    def test_a_folder_is_read_in_order_whatever_the_number_of_jobs(self, tree: Path) -> None:
        inner = Path("a/bad.py"), Path("a/z/two.py")
        expected = [f"b.py:{BAD_LINE}", f"typed.pyi:{BAD_LINE}", f"{inner[0]}:{BAD_LINE}", f"{inner[1]}:{BAD_LINE}",
                    f"{inner[1]}:{SECOND}"]  # fmt: skip
        outputs = {process(tree, "check", "--format=concise", f"--jobs={jobs}").stdout for jobs in (1, 2, 5)}
        assert len(outputs) == 1
        assert concise(tree) == expected
        assert concise(tree, ".") == expected

    def test_processes_give_what_one_process_gives(self, tmp_path: Path) -> None:
        flagged = [case for case in CASES if case.linter == "flag" and case.family in FAMILIES]
        write(tmp_path, {f"{case.name}.py": case.code + "#" * 2000 + "\n" for case in flagged})
        one, two = (process(tmp_path, "check", "--format=json", f"--jobs={jobs}") for jobs in (1, 2))
        assert one == two
        assert one.stdout.count('"code": ') > 50

    def test_each_file_is_read_once_in_the_order_of_the_call(self, tree: Path) -> None:
        names = [file.shown for file in find([str(tree / "b.py"), str(tree), str(tree / "b.py")], Wanted())]
        assert names[0] == str(tree / "b.py")
        assert len(names) == len(set(names)) == 6

    def test_a_file_that_is_named_is_read_whatever_it_is_called(self, tree: Path) -> None:
        (tree / "script").write_text(BAD)
        assert concise(tree, "script") == [f"script:{BAD_LINE}"]

    def test_gitignore_files_are_respected(self, tree: Path) -> None:
        pytest.importorskip("pathspec")
        write(tree, {".gitignore": "typed.pyi\n/a/*\n!/a/z\n", "a/z/.gitignore": "# nothing\n", "a/z/b.py": BAD})
        (tree / ".git").mkdir()
        shown = [file.shown for file in find([str(tree)], Wanted())]
        assert [os.path.relpath(name, tree) for name in shown] == [
            "b.py", str(Path("a/z/b.py")), str(Path("a/z/two.py")),
        ]  # fmt: skip
        assert len(list(find([str(tree)], Wanted(respect_gitignore=False)))) == 7
        inner = [Path(file.shown).name for file in find([str(tree / "a" / "z")], Wanted())]
        assert inner == ["b.py", "two.py"]

    def test_a_deeper_gitignore_has_the_last_word(self, tree: Path) -> None:
        pytest.importorskip("pathspec")
        write(tree, {".gitignore": "*.py\n", "a/.gitignore": "!good.py\n"})
        (tree / ".git").mkdir()
        assert [Path(file.shown).name for file in find([str(tree)], Wanted())] == ["typed.pyi", "good.py"]

    def test_git_is_asked_where_pathspec_is_not_installed(self, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tree, {".gitignore": "typed.pyi\n/a/z/\n"})
        monkeypatch.setitem(sys.modules, "flake8_jaxvjp.command.gitignore", None)
        assert ignore_test(str(tree)) is None
        subprocess.run(["git", "init", "-q", str(tree)], check=True)
        names = [Path(file.shown).name for file in find([str(tree)], Wanted())]
        assert names == ["b.py", "bad.py", "good.py", "plain.py"]

    def test_folders_of_tools_and_excluded_names_are_left_out(self, tree: Path) -> None:
        write(tree, {".venv/lib/x.py": BAD, "node_modules/x.py": BAD, "a/__pycache__/x.py": BAD})
        assert len(list(find([str(tree)], Wanted()))) == 6
        assert len(list(find([str(tree)], Wanted(exclude=("z", "*.pyi"))))) == 4

    def test_links_to_folders_are_not_followed(self, tree: Path) -> None:
        (tree / "a" / "loop").symlink_to(tree, target_is_directory=True)
        assert len(list(find([str(tree)], Wanted()))) == 6

    def test_shards_are_parts_of_the_whole(self, tree: Path) -> None:
        write(tree, {f"many/{number}.py": BAD for number in range(40)})
        files = list(find([str(tree)], Wanted()))
        parts = [[file for file in files if Shard(number, 3).holds(file)] for number in (1, 2, 3)]
        assert all(parts)
        assert sorted(file.path for part in parts for file in part) == sorted(file.path for file in files)
        whole = jaxvjp(tree, "check", "--format=concise").lines
        split = [jaxvjp(tree, "check", "--format=concise", f"--shard={number}/3").lines for number in (1, 2, 3)]
        assert sorted(line for part in split for line in part) == sorted(whole)
        for wrong in ("0/3", "4/3", "3", "a/b", "1/0"):
            with pytest.raises(UsageError, match="such as 2/8"):
                Shard.parse(wrong)


class TestStandardInput:
    def test_has_a_name(self, tmp_path: Path) -> None:
        done = jaxvjp(tmp_path, "check", "-", "--stdin-filename=here.py", "--format=concise", stdin=BAD.encode())
        assert done.stdout.startswith(f"here.py:{BAD_LINE}:12: VJP102")
        assert jaxvjp(tmp_path, "check", "-", stdin=BAD.encode()).stdout.startswith(f"<stdin>:{BAD_LINE}:12: ")
        assert jaxvjp(tmp_path, "check", "-", stdin=b"").code == 0

    def test_stands_where_its_name_says(self, tmp_path: Path) -> None:
        """The imports of an unsaved buffer are followed from its place."""
        body = rule().replace("def f_bwd(residuals, g):\n    x, y = residuals\n    return " + WRONG + "\n", "")
        helper = f"import jax.numpy as jnp\n\n\ndef f_bwd(residuals, g):\n    x, y = residuals\n    return {WRONG}\n"
        write(tmp_path, {"rules.py": "", "helper.py": helper})
        text = HEADER + "from helper import f_bwd\n\n\n" + body
        done = jaxvjp(tmp_path, "check", "-", "--stdin-filename=rules.py", "--format=concise", stdin=text.encode())
        assert "(in helper.py, line 6)" in done.stdout

    def test_goes_with_no_other_file(self, tree: Path) -> None:
        assert jaxvjp(tree, "check", "-", "b.py", stdin=b"").code == 2

    def test_may_be_a_notebook(self, tmp_path: Path) -> None:
        text = notebook(HEADER, rule()).encode()
        done = jaxvjp(tmp_path, "check", "-", "--stdin-filename=n.ipynb", "--format=concise", stdin=text)
        assert done.stdout.startswith("n.ipynb:cell 2:12:12: VJP102")


class TestExitCodes:
    def test_say_what_happened(self, tree: Path) -> None:
        (tree / "broken.py").write_text("def defvjp(:\n")
        assert jaxvjp(tree, "check", "a/good.py").code == 0
        assert jaxvjp(tree, "check", "b.py").code == 1
        assert jaxvjp(tree, "check", "broken.py").code == 2
        assert jaxvjp(tree, "check", "absent.py").code == 2
        assert jaxvjp(tree, "check", "broken.py", "b.py").code == 3
        assert jaxvjp(tree, "check", "b.py", "--exit-zero").code == 0
        assert jaxvjp(tree, "check", "broken.py", "b.py", "--exit-zero").code == 2
        assert jaxvjp(tree, "check", "--nonsense").code == 2
        assert jaxvjp(tree, "check", "--shard=5").code == 2
        assert jaxvjp(tree, "check", "--select=E501").code == 2

    def test_a_file_that_cannot_be_read_is_named_and_the_run_goes_on(self, tree: Path) -> None:
        write(tree, {"broken.py": "def defvjp(:\n", "null.py": "defvjp\0\n"})
        done = jaxvjp(tree, "check", "absent.py", "broken.py", "null.py", "b.py", "--format=concise")
        assert [line.split(":")[:2] for line in done.lines] == [["b.py", str(BAD_LINE)]]
        told = done.stderr.splitlines()
        assert told[0] == "jaxvjp check: absent.py: cannot be read: No such file or directory"
        assert told[1].startswith("jaxvjp check: broken.py: cannot be parsed: ")
        assert told[1].endswith("(line 1)")
        assert told[2].startswith("jaxvjp check: null.py: cannot be parsed: ")
        assert len(told) == 3

    def test_a_file_that_ends_its_process_costs_only_itself(self, tmp_path: Path) -> None:
        write(tmp_path, {f"{number}.py": BAD + "#" * 40_000 + "\n" for number in range(3)})
        script = (
            "import os, sys\n"
            "from flake8_jaxvjp.command import parallel\n"
            "original = parallel.lint_path\n"
            "def lint_path(path, shown, request):\n"
            "    if path.endswith('1.py'):\n"
            "        os._exit(9)\n"
            "    return original(path, shown, request)\n"
            "parallel.lint_path = lint_path\n"
            "from flake8_jaxvjp.cli import main\n"
            "sys.exit(main(['check', '--jobs=2', '--format=concise']))\n"
        )
        if sys.platform in {"win32", "darwin"}:
            pytest.skip("what is replaced in this process is not replaced in the others")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 3, done.stderr
        assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["0.py", "2.py"]
        assert done.stderr == "jaxvjp check: 1.py: ends the process that reads it\n"


class TestWhatIsAsked:
    def test_codes_are_chosen_by_the_longest_prefix(self) -> None:
        request = Request(select=("VJP", "VJP102"), ignore=("VJP1",))
        assert request.wants("VJP102")
        assert not request.wants("VJP101")
        assert request.wants("VJP201")
        assert not Request(select=("VJP1",), ignore=("VJP1",)).wants("VJP101")
        assert not Request(select=("VJP2",)).wants("VJP101")

    def test_select_and_ignore(self, tree: Path) -> None:
        assert concise(tree, "b.py", "--select=VJP102") == [f"b.py:{BAD_LINE}"]
        assert concise(tree, "b.py", "--select=VJP2") == []
        assert concise(tree, "b.py", "--ignore=VJP1") == []
        assert concise(tree, "b.py", "--ignore=VJP1", "--select=VJP102,VJP2") == [f"b.py:{BAD_LINE}"]

    def test_statistics_count_by_code(self, tree: Path) -> None:
        assert jaxvjp(tree, "check", "--format=concise", "--statistics").lines[-1].split() == ["5", "VJP102"]

    def test_the_output_may_go_to_a_file(self, tree: Path) -> None:
        done = jaxvjp(tree, "check", "b.py", "--format=concise", "--output-file=out.txt")
        assert (done.code, done.stdout) == (1, "")
        assert (tree / "out.txt").read_text().startswith(f"b.py:{BAD_LINE}:12: VJP102")
        assert jaxvjp(tree, "check", "b.py", "--output-file=absent/out.txt").code == 2

    def test_without_a_subcommand_it_says_what_there_is(self, tmp_path: Path) -> None:
        assert jaxvjp(tmp_path).code == 2
        shown = jaxvjp(tmp_path, "--help").stdout
        assert all(command in shown for command in ("check", "explain", "rules", "verify"))

    def test_main_gives_its_exit_code_back(self, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(tree / "b.py"), "--format=concise"]) == 1
        assert "VJP102" in capsys.readouterr().out


class TestBytes:
    def test_every_wrong_module_is_looked_at(self) -> None:
        """The test on the bytes turns nothing away in which there is something to find."""
        wrong = [rule.bad for rule in all_rules()]
        wrong += [case.code for case in CASES if check_source(case.code, preview=True)]
        assert len(wrong) > 100
        assert [text for text in wrong if not is_marked(text.encode())] == []

    def test_the_marker_is_looked_for_before_anything_is_decoded(self) -> None:
        assert is_marked(b"f.defvjp(a, b)")
        assert is_marked(b"from jax import custom_vjp as cv")
        assert is_marked("from jax import \uff43ustom_vjp".encode())  # a letter that Python takes for "c"
        assert not is_marked(b"filter_vjp = 1  # the vjps of linear_vjp")
        assert not is_marked(b"x = 1")
        assert is_marked(b"# coding: utf-7\nimport jax\njax.+AHYAagBw-")
        assert not is_marked(b"# coding: utf-7\nimport jax\njax.+AHYAag-")
        assert not is_marked(b"# coding: latin-1\nx = 1")
        assert not is_marked(b"# coding: nonsense\nx = 1")

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
    def test_bytes_come_back_as_they_were(self, newline: str, encoding: str) -> None:
        cookie = "# coding: latin-1\n" if encoding == "latin-1" else ""
        data = (cookie + "# ä\n" + BAD).replace("\n", newline).encode(encoding)
        if cookie and newline == "\r":  # to Python, such a file is one line, and its comment is no cookie
            data = data.replace(b"\xe4", b"a")
        text = decode(data)
        assert text.is_exact
        assert text.encode(text.raw) == data
        (finding,) = lint_bytes(data, "a.py", "a.py", Request()).findings
        assert finding.line == BAD_LINE + (2 if cookie else 1)

    def test_what_is_not_what_it_says_is_latin_1(self) -> None:
        for data in (b"# \xe4\n", b"# coding: nonsense\n", b"# coding: utf-16\n# a"):
            assert not decode(data).is_exact
        assert decode(b"# \xe4\n").raw == "# ä\n"


def test_nothing_that_is_not_needed_is_loaded(tree: Path) -> None:
    """A run that finds nothing to look at loads no libcst, and none loads flake8 or rich without need."""
    script = (
        "import sys\nfrom flake8_jaxvjp.cli import main\nmain(['check', *sys.argv[1:], '--format=concise'])\n"
        "print(*sorted({'libcst', 'flake8', 'multiprocessing', 'rich', 'jax', 'asyncio'} & set(sys.modules)))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    outputs = []
    for name in ("a/plain.py", "a/bad.py"):
        command = [sys.executable, "-c", script, name]
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
        outputs.append(done.stdout.splitlines()[-1])
    assert outputs[0] == ""
    assert outputs[1] in {"libcst", "libcst multiprocessing"}, "libcst may load what it likes"
