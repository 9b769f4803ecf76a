"""Rules that come from other files of the project: they are read, never run, and what is wrong is said here."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from flake8_jaxvjp.checker import analyse_source
from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.inference.modules import MAX_BYTES

PRIMAL = """
@jax.custom_vjp
def f(x, y):
    return x * y


def fwd(x, y):
    return x * y, (x, y)

"""
WRONG = "def bwd(res, g):\n    return (g,)\n"
RIGHT = "def bwd(res, g):\n    return g, g\n"


@pytest.fixture(autouse=True)
def _raise_what_the_engine_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")


def lint(folder: Path, files: dict[str, str], linted: str = "pkg/ops.py") -> tuple[Finding, ...]:
    """The findings in one of some files; `{f}` stands for a primal and its forward rule."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown(text), encoding="utf-8")
    return analyse_source((folder / linted).read_text(encoding="utf-8"), str(folder / linted)).findings


def shown(text: str) -> str:
    return textwrap.dedent(text).replace("{f}", PRIMAL)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


PACKAGE = {"pyproject.toml": "", "pkg/__init__.py": "", "pkg/rules.py": WRONG}
IMPORTS = {
    "relative": "from .rules import bwd",
    "relative with alias": "from .rules import bwd as backward\nbwd = backward",
    "a module, relative": "from . import rules\nbwd = rules.bwd",
    "absolute": "from pkg.rules import bwd",
    "absolute module": "import pkg.rules\nbwd = pkg.rules.bwd",
    "absolute module with alias": "import pkg.rules as other\nbwd = other.bwd",
    "from the package": "from pkg import rules as other\nbwd = other.bwd",
    "guarded": "try:\n    from .rules import bwd\nexcept ImportError:\n    raise",
}


@pytest.mark.parametrize("line", IMPORTS.values(), ids=IMPORTS)
def test_imports_of_a_rule(tmp_path: Path, line: str) -> None:
    text = f"import jax\n{line}\n{{f}}\nf.defvjp(fwd, bwd)\n"
    (finding,) = lint(tmp_path, {**PACKAGE, "pkg/ops.py": text})
    assert finding.code == "VJP101"
    assert finding.message.endswith("(in rules.py, line 2)")
    ops = (tmp_path / "pkg/ops.py").read_text(encoding="utf-8").split("\n")
    assert ops[finding.line - 1][finding.column :].startswith("bwd)")


def test_the_place_is_the_argument_wherever_it_stands(tmp_path: Path) -> None:
    text = "import jax\nfrom .rules import bwd\n{f}\nf.defvjp(bwd=bwd, fwd=fwd)\n"
    (finding,) = lint(tmp_path, {**PACKAGE, "pkg/ops.py": text})
    assert finding.end is not None
    assert (finding.column, finding.end.column) == (len("f.defvjp(bwd="), len("f.defvjp(bwd=bwd"))
    star = "import jax\nfrom .rules import bwd\n{f}\nf.defvjp(*(fwd, bwd))\n"
    (finding,) = lint(tmp_path, {**PACKAGE, "pkg/ops.py": star})
    assert finding.column == 0


def test_a_helper_in_another_file(tmp_path: Path) -> None:
    files = {
        **PACKAGE,
        "pkg/deep/__init__.py": "from .helpers import both, one\n",
        "pkg/deep/helpers.py": """
            COUNT = 1

            def both(g):
                return (g,) * COUNT

            def one(g):
                return both(g) + (g,)
            """,
        "pkg/ops.py": "import jax\nfrom .deep import both, one\n{f}\nf.defvjp(fwd, lambda res, g: both(g))\n"
        "h = jax.custom_vjp(f)\nh.defvjp(fwd, lambda res, g: one(g))\n",
    }
    assert codes(lint(tmp_path, files)) == ["VJP101"]


def test_a_primal_in_another_file(tmp_path: Path) -> None:
    files = {
        **PACKAGE,
        "pkg/primals.py": """
            import jax

            @jax.custom_vjp
            def f(x, y):
                return x

            def fwd(x):
                return x, None
            """,
        "pkg/ops.py": "from pkg.primals import f, fwd\n\nf.defvjp(fwd, lambda res, g: (g,))\n",
    }
    assert codes(lint(tmp_path, files)) == ["VJP202", "VJP101"]


def test_parents_of_packages(tmp_path: Path) -> None:
    files = {
        **PACKAGE,
        "pkg/deep/__init__.py": "",
        "pkg/deep/ops.py": "import jax\nfrom ..rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n",
    }
    assert codes(lint(tmp_path, files, "pkg/deep/ops.py")) == ["VJP101"]
    files["pkg/deep/ops.py"] = "import jax\nfrom ......rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n"
    assert codes(lint(tmp_path, files, "pkg/deep/ops.py")) == []


@pytest.mark.parametrize("layout", ["", "src/"])
def test_tests_beside_the_package(tmp_path: Path, layout: str) -> None:
    files = {
        "pyproject.toml": "",
        f"{layout}pkg/__init__.py": "",
        f"{layout}pkg/rules.py": WRONG,
        "tests/test_ops.py": "import jax\nfrom pkg.rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n",
    }
    (finding,) = lint(tmp_path, files, "tests/test_ops.py")
    assert finding.message.endswith(f"(in ../{layout}pkg/rules.py, line 2)")


def test_a_script_imports_what_lies_beside_it(tmp_path: Path) -> None:
    files = {"rules.py": WRONG, "ops.py": "import jax\nfrom rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n"}
    assert codes(lint(tmp_path, files, "ops.py")) == ["VJP101"]


SILENT = {
    "right": RIGHT,
    "not there": "other = 1\n",
    "no Python": "def bwd(:\n",
    "bound anew": WRONG + "\nbwd = unknown(bwd)\n",
    "bound in a branch": "if unknown:\n    from elsewhere import bwd\nelse:\n    bwd = lambda res, g: unknown(g)\n",
    "rebound by a function": WRONG + "\ndef change():\n    global bwd\n    bwd = None\n",
    "starred": "from elsewhere import *\n",
    "in a circle": "from .ops import bwd\n",
    "in a circle of its own": "from .rules import bwd\n",
    "from a library": "from jax.numpy import multiply as bwd\n",
    "too large": WRONG + "#" * MAX_BYTES,
    "not utf-8": "# coding: no-such-encoding\n" + WRONG,
    "runs on": "def bwd(res, g):\n    return f0(g)\n"
    + "".join(f"def f{n}(g):\n    return f{n + 1}(g)\n" for n in range(40)),
}


@pytest.mark.parametrize("content", SILENT.values(), ids=SILENT)
def test_nothing_is_said_of_what_is_not_known(tmp_path: Path, content: str) -> None:
    files = {
        **PACKAGE,
        "pkg/rules.py": content,
        "pkg/ops.py": "import jax\nfrom .rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n",
    }
    assert codes(lint(tmp_path, files)) == []


def test_a_package_goes_before_a_module(tmp_path: Path) -> None:
    files = {
        **PACKAGE,
        "pkg/rules/__init__.py": RIGHT,
        "pkg/ops.py": "import jax\nfrom .rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n",
    }
    assert codes(lint(tmp_path, files)) == []


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    files = {**PACKAGE, "pkg/ops.py": "import jax\nfrom .rules import bwd\n{f}\nf.defvjp(fwd, bwd)\n"}
    assert codes(lint(tmp_path, files)) == ["VJP101"]
    assert codes(lint(tmp_path, {"pkg/rules.py": RIGHT + "\n"})) == []


def test_text_without_a_file_imports_nothing(tmp_path: Path) -> None:
    lint(tmp_path, {**PACKAGE, "pkg/ops.py": ""})
    text = shown("import jax\nfrom .rules import bwd\nfrom pkg.rules import bwd as other\n{f}\nf.defvjp(fwd, bwd)\n")
    for filename in ("<unknown>", "stdin", "-", str(tmp_path / "pkg/no_such_file.py"), "\0", str(tmp_path)):
        assert analyse_source(text, filename).findings == ()


def test_libraries_are_not_looked_for(tmp_path: Path) -> None:
    """A folder of the project that is called like a library is not the library, and not read for it."""
    files = {
        "pyproject.toml": "",
        "jax/__init__.py": "def custom_vjp(f):\n    return f\n",
        "pkg/__init__.py": "",
        "pkg/ops.py": "import jax\n{f}\nf.defvjp(fwd, lambda res, g: (g,))\n",
    }
    assert codes(lint(tmp_path, files)) == ["VJP101"]


def test_many_imports_come_to_an_end(tmp_path: Path) -> None:
    """Only so many lines are read for one file; what comes after them is not known."""
    long = "def bwd{n}(res, g):\n" + "    g = g\n" * 1500 + "    return (g,)\n"
    files = {f"pkg/rules{n}.py": long.replace("{n}", str(n)) for n in range(30)}
    imports = "".join(f"from .rules{n} import bwd{n}\n" for n in range(30))
    uses = "".join(f"jax.custom_vjp(lambda x, y: x).defvjp(None, bwd{n})\n" for n in range(30))
    found = lint(tmp_path, {**PACKAGE, **files, "pkg/ops.py": f"import jax\n{imports}{uses}"})
    assert 0 < len(found) < 30


def test_names_of_one_import_are_read_together(tmp_path: Path) -> None:
    """One reading holds the rule and the helper that it shares; a submodule beside them is found all the same."""
    rules = "def scale(g):\n    return (g,)\n\n\ndef bwd(res, g):\n    return scale(g)\n"
    text = "import jax\nfrom pkg.rules import bwd, scale, missing, unused\n{f}\nf.defvjp(fwd, bwd)\nscale(missing)\n"
    (finding,) = lint(tmp_path, {**PACKAGE, "pkg/rules.py": rules, "pkg/ops.py": text})
    assert (finding.code, finding.message[-22:]) == ("VJP101", " (in rules.py, line 6)")
    text = "import jax\nfrom pkg import flag, rules\n{f}\nif flag:\n    f.defvjp(fwd, rules.bwd)\n"
    files = {**PACKAGE, "pkg/__init__.py": "flag = True\n", "pkg/ops.py": text}
    assert codes(lint(tmp_path / "other", files)) == ["VJP101"]
