"""The plugin under real flake8: noqa, order and processes, stdin, what is imported, run, written and kept."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance_cases import CASES, FAMILIES
from exploded import explode, first_line, silence
from flake8_jaxvjp.checker import check_source
from nasty import HEADER, RIGHT, WRONG, nasty_files
from nasty.base import indent, rule
from real_flake8 import OPTIONS, SECONDS, TESTS, Reported, environment, flake8

# Whether a public custom_vjp gets its rules in a neighbouring file nobody knows (VJP412), and here all are neighbours.
FLAGGED = [
    case
    for case in CASES
    if case.linter == "flag" and case.family in FAMILIES and case.name != "r8_never_defvjp"
]
PLAIN = HEADER + RIGHT + WRONG
PLAIN_LINE = PLAIN.splitlines().index("    return g * y, g * x, None  # WRONG VJP1") + 1

BY_HAND = {
    # How people break lines, in the forms in which a finding stands; HERE is where they would silence it.
    "backslashes": rule("f", "g * y, \\\n        g * x, \\\n        None  # HERE"),
    "string_over_lines": rule("f", 'g * y, g * x, """\n    text\n    """  # HERE'),
    "return_in_brackets": rule("f", "(  # HERE\n        g * y,\n        g * x,\n        None,\n    )"),
    "expression_on_next_line": rule("f", "(  # HERE\n        jnp.sum(g)\n    )"),
    "call_over_lines": rule("f", "jnp.concatenate(  # HERE\n        [g * y, g * x],\n    )"),
    "call_in_call": rule("f", "jnp.concatenate([  # HERE\n        g * y,\n        g * x,\n    ])"),
    "in_branches": rule(
        "f", before="    if x is None:\n        return (  # HERE\n            jnp.sum(g)\n        )\n"
    ),
    "in_a_class": "class C:\n" + indent(rule("f", "[  # HERE\n    g,\n    g,\n    g,\n]")),
    "forward_returns_no_pair": rule("f").replace(
        "return x * y, (x, y)", "return (  # HERE\n        x * y,\n        x,\n        y,\n    )"
    ),
    "residuals": rule("f").replace(
        "x, y = residuals", "(  # HERE\n        x,\n        y,\n        z,\n    ) = residuals"
    ),
    "parameters_over_lines": rule("f").replace(
        "f_bwd(residuals, g):", "f_bwd(  # HERE\n    n,\n    residuals,\n    g,\n):"
    ),
    "forward_over_lines": rule("f").replace("f_fwd(x, y):", "f_fwd(  # HERE\n    x,\n):\n    y = x"),
    "decorated_rule": rule("f").replace("def f_bwd(residuals, g):", "@jax.jit\ndef f_bwd(n, residuals, g):  # HERE"),
    "decorator": rule("f", decorator="partial(\n    jax.custom_vjp,\n    nondiff_argnums=(5,),  # HERE\n)"),
    "lambda_in_call": rule("f").replace(
        "f_fwd, f_bwd)", "\n    f_fwd,\n    lambda residuals, g: jnp.sum(  # HERE\n        g\n    ),\n)"
    ),
    "lambda_by_name": rule("f").replace(
        "f.defvjp", "f_bwd = lambda residuals, g: jnp.sum(  # HERE\n    g\n)\nf.defvjp"
    ),
}


def reported(folder: Path, *arguments: str) -> tuple[Reported, ...]:
    outcome = flake8(arguments or ["."], folder)
    assert outcome.survived, outcome.stderr
    assert not outcome.rejections
    return outcome.findings


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the cases that have a finding, and a plain file."""
    folder = tmp_path_factory.mktemp("cases")
    for case in FLAGGED:
        (folder / f"{case.name}.py").write_text(case.code)
    (folder / "plain.py").write_text(PLAIN)
    return folder


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[set[str]]]:
    """The codes in each module by hand: as it is, with the right comment, with a bare one, with a wrong one."""
    folder = tmp_path_factory.mktemp("by_hand")
    names: dict[str, list[set[str]]] = {f"./{name}.py": [] for name in BY_HAND}
    for comment in ("# HERE", "# noqa: {}", "# noqa", "# noqa: VJP000,E501"):
        for name, text in BY_HAND.items():
            codes = ",".join(sorted(*names[f"./{name}.py"][:1])) if names[f"./{name}.py"] else ""
            (folder / f"{name}.py").write_text(HEADER + text.replace("# HERE", comment.format(codes)))
        findings = reported(folder)
        for name, found in names.items():
            found.append({finding.code for finding in findings if finding.path == name})
    return names


class TestNoqa:
    @pytest.mark.parametrize("form", [str, explode], ids=["as_written", "exploded"])
    def test_reaches_every_kind_of_finding(self, tmp_path: Path, form: Callable[[str], str]) -> None:
        texts = {f"./{case.name}.py": form(case.code) for case in FLAGGED}
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        findings = reported(tmp_path)
        assert {finding.path for finding in findings} == set(texts)
        assert {finding.code[:4] for finding in findings} >= set(FAMILIES.values())
        for name, text in texts.items():
            codes: dict[int, set[str]] = {}
            for finding in findings:
                if finding.path == name:
                    codes.setdefault(finding.line, set()).add(finding.code)
            comments = {line: f"# noqa: {','.join(sorted(found))}" for line, found in codes.items()}
            (tmp_path / name).write_text(silence(text, comments))
        assert reported(tmp_path) == ()

    def test_stands_on_the_first_line_of_a_return_or_signature(self) -> None:
        checked = set()
        for case in FLAGGED:
            text = explode(case.code)
            for finding in check_source(text):
                first = first_line(text, finding.line)
                # Findings about a part of an expression stand on that part.
                if first is not None and finding.code not in ("VJP302", "VJP303", "VJP306", "VJP307"):
                    checked.add(finding.code[:4])
                    assert first == finding.line, (case.name, finding)
        assert checked >= {"VJP1", "VJP2", "VJP3"}

    @pytest.mark.parametrize("name", BY_HAND)
    def test_stands_where_people_put_it(self, by_hand: dict[str, list[set[str]]], name: str) -> None:
        found, with_code, bare, other = by_hand[f"./{name}.py"]
        assert len(found) == 1
        assert with_code == set()
        assert bare == set()
        assert other == found

    def test_silences_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "module.py").write_text("# flake8: noqa\n" + PLAIN)
        assert reported(tmp_path) == ()


@pytest.fixture(scope="module")
def expected(cases: Path) -> str:
    outcome = flake8(["--jobs=1", "."], cases, variables={"PYTHONHASHSEED": "0"})
    assert outcome.survived
    assert {finding.path for finding in outcome.findings} >= {f"./{case.name}.py" for case in FLAGGED}
    return outcome.stdout


class TestSameOutput:
    @pytest.mark.parametrize(("jobs", "seed"), [(1, "1"), (1, "424242"), (2, "0"), (2, "random")])
    def test_under_hash_seeds_and_jobs(self, cases: Path, expected: str, jobs: int, seed: str) -> None:
        outcome = flake8([f"--jobs={jobs}", "."], cases, variables={"PYTHONHASHSEED": seed})
        assert (outcome.code, outcome.stdout) == (0, expected)

    def test_in_another_order(self, cases: Path, expected: str) -> None:
        names = sorted((f"./{path.name}" for path in cases.iterdir()), reverse=True)
        assert sorted(flake8(["--jobs=1", *names], cases).stdout.splitlines()) == sorted(expected.splitlines())

    @pytest.mark.parametrize("name", ["plain", "crlf", "latin1_with_cookie"])
    def test_from_stdin(self, tmp_path: Path, name: str) -> None:
        data = {file.name: file.data for file in nasty_files()}.get(name, PLAIN.encode())
        (tmp_path / "module.py").write_bytes(data)
        from_path = flake8(["module.py"], tmp_path)
        assert from_path.findings
        (tmp_path / "module.py").unlink()
        assert flake8(["--stdin-display-name=module.py", "-"], tmp_path, stdin=data).stdout == from_path.stdout

    def test_without_options(self, tmp_path: Path) -> None:
        """On by default: nobody has to select the codes."""
        (tmp_path / "module.py").write_text(PLAIN)
        outcome = flake8(["--isolated", "module.py"], tmp_path, options=())
        assert outcome.code == 1
        assert any(
            line.startswith(f"module.py:{PLAIN_LINE}:") and " VJP1" in line for line in outcome.stdout.splitlines()
        )

    @pytest.mark.parametrize(
        "variables",
        [
            {"PYTHONIOENCODING": "ascii"},
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            {"PYTHONOPTIMIZE": "2"},
            {"PYTHONWARNINGS": "error"},
            {"PYTHONINTMAXSTRDIGITS": "640"},
            {"PYTHONDEVMODE": "1"},
        ],
        ids=lambda variables: next(iter(variables)),
    )
    def test_under_settings_of_python(self, tmp_path: Path, variables: dict[str, str]) -> None:
        (tmp_path / "module.py").write_text(HEADER + rule("\u03c0", "g, g, g") + "'\\\\d'\n", encoding="utf-8")
        without = flake8(["module.py"], tmp_path, module="flake8_without_plugin", variables=variables)
        assert without.survived, "the setting is one that flake8 survives"
        assert not without.reported
        outcome = flake8(["module.py"], tmp_path, variables=variables)
        assert outcome.survived, outcome.stderr
        assert [finding.code[:4] for finding in outcome.reported] == ["VJP1"]


MARKING = """\
import pathlib
(pathlib.Path(__file__).parent / "executed").open("a").write(__name__)
def mark(*values): (pathlib.Path(__file__).parent / "executed").open("a").write("called")
"""
VICTIM = (
    MARKING
    + """
import beside, beside.deeper, sibling, jax
from beside import *
from beside.deeper import numbers, f_bwd as imported_bwd
from . import sibling
import jax.numpy as jnp
from functools import partial

@partial(jax.custom_vjp, nondiff_argnums=numbers)
def f(x, y=mark()):
    return x * y
@partial(jax.custom_vjp, nondiff_argnums=tuple(mark() for _ in "a") or exec("mark()"))
def h(x, y):
    return x * y
class M(type):
    def __getattr__(cls, name): mark()
    def __instancecheck__(cls, value): mark()
class C(metaclass=M):
    bwd = property(mark)
    def __init_subclass__(cls): mark()
    def __class_getitem__(cls, item): mark()
    def __mul__(self, other): mark()
    def __len__(self): mark()
    def __iter__(self): mark()
    def __index__(self): mark()
    def __repr__(self): mark()
f.defvjp(lambda x, y: (x * y, (x, y)), imported_bwd)
h.defvjp(lambda x, y: (x * y, (x, y)), lambda r, g: (g,) * len(C()) + (*C(), C() * 2, f"{C()}", __import__("sibling")))
"""
)


class TestNothingIsRun:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A module and a package beside it that leave a mark when anything of them is imported or called."""
        (tmp_path / "beside").mkdir()
        deeper = MARKING + "numbers = (0,)\ndef f_bwd(r, g):\n    mark()\n    return g, g, g\n"
        for name in (
            "jax",
            "numpy",
            "sibling",
            "conftest",
            "setup",
            "__init__",
            "beside/__init__",
            "typing_extensions",
        ):
            (tmp_path / f"{name}.py").write_text(MARKING)
        (tmp_path / "beside" / "deeper.py").write_text(deeper)
        (tmp_path / "victim.py").write_text(VICTIM)
        (tmp_path / "plain.py").write_text(PLAIN)
        return tmp_path

    def test_linting_leaves_no_mark(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        assert {finding.path for finding in reported(folder)} >= {"./plain.py"}
        reported(tmp_path_factory.mktemp("elsewhere"), str(folder))
        for name in ("victim.py", "plain.py"):
            stdin = (folder / name).read_bytes()
            assert flake8([f"--stdin-display-name={name}", "-"], folder, stdin=stdin).survived
        assert list(folder.rglob("executed")) == []

    def test_importing_would_leave_one(self, folder: Path) -> None:
        for code in ("import victim", "import beside.deeper", "import jax"):
            subprocess.run(
                [sys.executable, "-c", code], cwd=folder, capture_output=True, timeout=SECONDS, check=False
            )
            (mark, *_) = folder.rglob("executed")
            mark.unlink()


class TestNothingIsWritten:
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_lint_leaves_the_disk_as_it_was(self, cases: Path, tmp_path: Path, jobs: int) -> None:
        homes = {name: tmp_path / name.lower() for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
        for home in homes.values():
            home.mkdir()
        before = dict(snapshot(cases))
        assert len(before) == len(FLAGGED) + 1
        variables = {name: str(home) for name, home in homes.items()}
        outcome = flake8([f"--jobs={jobs}", "."], cases, variables=variables)
        assert outcome.survived
        assert outcome.findings
        assert dict(snapshot(cases)) == before
        assert [list(home.rglob("*")) for home in homes.values()] == [[], [], [], []]


def snapshot(folder: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    for path in folder.rglob("*"):
        yield str(path), (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")


def in_process(script: str, folder: Path) -> list[str]:
    """The lines that a script prints which calls flake8 in its own process."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


MAIN = """
    import contextlib, io, sys
    from flake8.main.cli import main

    def lint(*arguments):
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as output:
            main(["--isolated", "--select=VJP", "--jobs=1", *arguments])
            output.flush()
            return output.buffer.getvalue().decode()
"""
MODULES = (
    MAIN
    + """
    print("found" if "VJP" in lint("module.py") else "silent")
    print(*sorted(sys.modules), sep="\\n")
"""
)


class TestImports:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x = 1\n",
            HEADER,
            "import jax\nx = jax.grad(abs)\n",
            "import os\nos.system('x')\n" * 100,
        ],
        ids=["empty", "plain", "jax", "grad", "long"],
    )
    def test_a_file_without_rules_costs_no_libcst(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "module.py").write_text(text)
        verdict, *modules = in_process(MODULES, tmp_path)
        assert verdict == "silent"
        assert not {"libcst", "jax", "numpy", "numpyro"} & set(modules)
        assert not [
            name for name in modules if name.startswith(("libcst.", "flake8_jaxvjp.rules", "flake8_jaxvjp.infer"))
        ]
        assert "flake8_jaxvjp.plugin" in modules

    def test_a_file_with_rules_costs_only_what_it_needs(self, tmp_path: Path) -> None:
        (tmp_path / "module.py").write_text("".join(case.code for case in FLAGGED[::5]))
        verdict, *modules = in_process(MODULES, tmp_path)
        assert verdict == "found"
        assert "libcst" in modules
        dear = ("libcst.matchers", "libcst.codemod", "jax", "jaxlib", "numpy", "numpyro")
        assert not [
            name for name in modules if name in dear or name.startswith(tuple(f"{package}." for package in dear))
        ]


IN_AN_EDITOR = """
    import contextlib, io, runpy, sys
    from pathlib import Path
    import flake8.utils

    class Stdin:
        pass

    def lint(text, *arguments):
        flake8.utils.stdin_get_value.cache_clear()  # flake8's own memory of what it read
        sys.stdin = Stdin()
        sys.stdin.buffer = io.BytesIO(text)
        sys.argv = ["flake8", "--isolated", "--select=VJP", "--format=%(row)d,%(code)s", *arguments]
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as output:
            with contextlib.suppress(SystemExit):
                runpy.run_module("flake8", run_name="__main__")
            output.flush()
            return output.buffer.getvalue().decode().split()

    wrong = Path("wrong.py").read_bytes()
    right = Path("right.py").read_bytes()
    for text in (wrong, right, wrong, b"# moved\\n" + wrong, right, b"", right + b"(", wrong):
        print("stdin", *lint(text, "--stdin-display-name=module.py", "-"))
    for text in (wrong, right, wrong, b"# moved\\n" + wrong, right, b"", right + b"(", wrong):
        Path("module.py").write_bytes(text)
        print("file", *lint(b"", "--jobs=1", "module.py"))
"""

LEGACY = """
    import contextlib, io
    from pathlib import Path
    from flake8.api import legacy
    counts = []
    for name in ("wrong.py", "right.py", "wrong.py"):
        Path("module.py").write_bytes(Path(name).read_bytes())
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            guide = legacy.get_style_guide(select=["VJP"])
            counts.append(len(guide.check_files(["module.py"]).get_statistics("VJP")))
    print(*counts)
"""

STATE = (
    MAIN
    + """
    from flake8_jaxvjp.plugin import Plugin
    before = dict(vars(Plugin))
    assert lint("wrong.py", "right.py").count("VJP") == 1
    print(dict(vars(Plugin)) == before)
"""
)


class TestOneProcess:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "wrong.py").write_text(HEADER + WRONG)
        (tmp_path / "right.py").write_text(HEADER + RIGHT)
        return tmp_path

    def test_editor_sees_each_change(self, folder: Path) -> None:
        found = f"{(HEADER + WRONG)[: (HEADER + WRONG).index('    return g * y')].count(chr(10)) + 1}"
        lines = [line.split() for line in in_process(IN_AN_EDITOR, folder)]
        rows = {
            way: [[place.split(",")[0] for place in line[1:]] for line in lines if line[0] == way]
            for way in ("stdin", "file")
        }
        moved = str(int(found) + 1)
        expected = [[found], [], [found], [moved], [], [], [], [found]]
        assert rows == {"stdin": expected, "file": expected}

    def test_legacy_api_sees_each_change(self, folder: Path) -> None:
        assert in_process(LEGACY, folder) == ["1 0 1"]

    def test_class_keeps_no_state(self, folder: Path) -> None:
        assert in_process(STATE, folder) == ["True"]


class TestEdge:
    def test_asks_flake8_for_what_it_documents(self) -> None:
        from flake8_jaxvjp.plugin import Plugin

        assert list(inspect.signature(Plugin).parameters) == ["tree", "lines", "filename", "options"]

    def test_is_small(self) -> None:
        from flake8_jaxvjp import plugin

        assert len(Path(inspect.getfile(plugin)).read_text().splitlines()) < 80

    def test_flake8_lists_it(self) -> None:
        outcome = flake8(["--version"], TESTS, options=())
        assert "flake8-jaxvjp" in outcome.stdout.replace("\n", " ")

    def test_survives_what_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "plain.py").write_text(PLAIN)
        (tmp_path / "folder.py").mkdir()
        (tmp_path / "dangling.py").symlink_to("nowhere.py")
        (tmp_path / "circle").symlink_to(".")
        outcome = flake8(["missing.py", "dangling.py", "."], tmp_path)
        assert outcome.survived, outcome.stderr
        assert {finding.path for finding in outcome.findings} >= {"./plain.py"}
        assert {rejection.code for rejection in outcome.rejections} == {"E902"}

    def test_position_counts_characters(self, tmp_path: Path) -> None:
        """`ast` counts bytes of UTF-8, flake8 characters: behind wide characters the two differ."""
        wide = "s = '\U0001f600\u00e9\u6e2c'; "
        text = (
            HEADER + f"{wide}f = jax.custom_vjp(lambda x, y: x * y); "
            f"{wide}f.defvjp(lambda x, y: (x * y, (x, y)), lambda r, g: (g * r[1], g * r[0], None))\n"
        )
        narrow = text.replace(wide, "s = 'abc'; ")
        (tmp_path / "wide.py").write_text(text, encoding="utf-8")
        (tmp_path / "narrow.py").write_text(narrow, encoding="utf-8")
        (wide_finding,) = reported(tmp_path, "wide.py")
        (narrow_finding,) = reported(tmp_path, "narrow.py")
        assert (wide_finding.line, wide_finding.column) == (narrow_finding.line, narrow_finding.column)

    @pytest.mark.parametrize("name", list(OPTIONS))
    def test_options_of_the_tests_are_known(self, tmp_path: Path, name: str) -> None:
        assert flake8([], tmp_path, options=(name, "--exit-zero")).survived
