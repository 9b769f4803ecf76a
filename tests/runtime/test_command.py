"""The command `jaxvjp verify`, the cache, the formats, and `flake8 --jaxvjp-runtime`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = [
    pytest.mark.runtime,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="files are verified in forked processes"),
]

from flake8_jaxvjp.cli import main
from flake8_jaxvjp.runtime import linting, supervise
from flake8_jaxvjp.runtime.command import Settings, verify
from flake8_jaxvjp.runtime.targets import expand, having

ROOT = Path(__file__).parent.parent.parent
FILE = """\
import helper
import jax
import jax.numpy as jnp


@jax.custom_vjp
def mul(x, y):
    return jnp.sum(x * y)


def mul_fwd(x, y):
    return mul(x, y), (x, y)


def mul_bwd(res, g):
    x, y = res
    return g * x, g * y


mul.defvjp(mul_fwd, mul_bwd)


@jax.custom_vjp
def right(x, n):
    return helper.scale * n * jnp.sum(x)


right.defvjp(
    lambda x, n: (right(x, n), (x, n)),
    lambda r, g: (g * helper.scale * r[1] * jnp.ones_like(r[0]), None),
)  # jaxvjp: x=f32[2, 3], n=4
"""


TANGENTS = """\
import jax
@jax.custom_jvp
def square(x):
    return x ** 2
@square.defjvp
def square_rule(primals, tangents):
    return square(*primals), 3.0 * primals[0] * tangents[0]
"""


def make_project(folder: Path) -> Path:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "package" / "helper.py").write_text("scale = 2.0\n", encoding="utf-8")
    text = FILE.replace("import helper\n", "from package import helper\n")
    (folder / "package" / "rules.py").write_text(text, encoding="utf-8")
    (folder / "package" / "plain.py").write_text("raise RuntimeError('must not be imported')\n", encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that the test may change."""
    monkeypatch.setenv("JAXVJP_CACHE", str(tmp_path / "cache"))
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that no test changes: what one has verified the next has from the cache."""
    folder = tmp_path_factory.mktemp("common")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAXVJP_CACHE", str(folder / "cache"))
        yield make_project(folder)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "flake8_jaxvjp", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_table_names_rule_inputs_verdict_and_line(common: Path) -> None:
    finished = run(common, "verify", "package")
    assert finished.returncode == 1, finished.stderr
    path = str(Path("package") / "rules.py")
    assert (
        f"{path}:17:5: VJP907 the cotangent of 'x' in the rule of 'mul' is the one expected for 'y'" in finished.stdout
    )
    assert "rules.py::mul    x=f32[2,3], y=f32[2,3] (search)" in finished.stdout
    assert "rules.py::right  x=f32[2,3], n=4 (hint)" in finished.stdout
    assert "2 rules in 1 file: 1 passed, 1 failed, 0 not verified" in finished.stdout


def test_one_rule_can_be_asked_for(common: Path) -> None:
    finished = run(common, "verify", "package/rules.py::right")
    assert finished.returncode == 0, finished.stdout
    assert "mul" not in finished.stdout


def test_folders_that_hold_environments_or_are_ignored_are_not_imported(project: Path) -> None:
    """An environment in the project holds all of JAX, whose rules nobody asked about."""
    for folder in (".venv/lib/site-packages/jax", "build", "generated", "named.py"):
        (project / folder).mkdir(parents=True)
        (project / folder / "rules.py").write_text(FILE, encoding="utf-8")
    (project / ".gitignore").write_text("generated/\n", encoding="utf-8")
    (project / "pyproject.toml").write_text("[tool.flake8-jaxvjp]\nexclude = ['named.py']\n", encoding="utf-8")
    finished = run(project, "verify", ".", "--format", "json")
    assert [report["path"] for report in json.loads(finished.stdout)] == [str(Path("package") / "rules.py")]
    more = run(project, "verify", ".", "--exclude", "package", "--no-gitignore", "--isolated", "--format", "json")
    assert [report["path"] for report in json.loads(more.stdout)] == [
        str(Path("generated") / "rules.py"),
        str(Path("named.py") / "rules.py"),
    ]


def test_a_function_to_call_is_asked_of_the_files_that_have_it(tmp_path: Path) -> None:
    texts = {
        "defined.py": "def main(): pass",
        "branch.py": "try:\n    from other import main\nexcept ImportError:\n    main = None",
        "inside.py": "def other():\n    main = 1",
        "broken.py": "def main(:",
        "without.py": "x = 1",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = {name: str(tmp_path / name) for name in texts}
    assert having("main", paths.values()) == {paths["defined.py"], paths["branch.py"]}
    assert having("nowhere", paths.values()) == set(paths.values())


def test_other_files_are_verified_without_the_call(project: Path) -> None:
    text = FILE.replace("import helper\n", "from package import helper\n").replace("[2, 3]", "[4]")
    text = f"{text}\ndef main():\n    right(jnp.ones(5), 2)\n"
    (project / "package" / "called.py").write_text(text, encoding="utf-8")
    finished = run(project, "verify", "package", "--call", "main", "--no-cache", "--format", "json")
    called, other = json.loads(finished.stdout)
    assert called["remarks"] == other["remarks"] == []
    assert [rule["inputs_from"] for rule in called["rules"]] == ["search", "observed"]
    assert [rule["inputs_from"] for rule in other["rules"]] == ["search", "hint"]


def test_results_are_kept_until_something_changes(project: Path) -> None:
    targets = expand([str(project / "package")])
    with supervise.Pool(1) as pool:

        def cached(*, kept: bool = True) -> bool:
            (report,) = verify(targets, Settings(cache=kept), pool=pool)
            assert [rule.verdict for rule in report.rules] == verdicts
            assert {remark.code for remark in report.all_remarks} >= {"VJP907"}
            return report.cached

        verdicts = ["failed", "passed"]
        assert not cached()
        assert cached()
        assert not cached(kept=False)
        (project / "package" / "helper.py").write_text("scale = 3.0\n", encoding="utf-8")
        assert not cached()
        for entry in (project / "cache").iterdir():
            entry.write_text("{", encoding="utf-8")
        assert not cached()
        assert cached()


def test_json_and_junit_hold_the_same(common: Path) -> None:
    (report,) = json.loads(run(common, "verify", "package", "--format", "json").stdout)
    assert [rule["rule"] for rule in report["rules"]] == ["mul", "right"]
    assert {remark["line"] for remark in report["rules"][0]["remarks"]} == {17}
    root = ET.fromstring(run(common, "verify", "package", "--format", "junit").stdout.encode())
    assert [case.get("name") for case in root.iter("testcase")] == ["mul", "right"]
    (failure,) = root.iter("failure")
    assert failure.get("type") == "VJP907"


def test_a_wrong_command_exits_with_two(common: Path) -> None:
    assert run(common, "verify", "absent.py").returncode == 2
    unknown = run(common, "verify", "package/rules.py::rihgt")
    assert unknown.returncode == 2
    both = run(common, "verify", "package/rules.py::rihgt", "package/rules.py::mul")
    assert both.returncode == 3, both.stderr
    assert "there is no rule 'rihgt' in" in unknown.stderr
    assert main(["verify", "--timeout", "0", "package"]) == 2
    assert main(["verify", "--memory", "-1", "package"]) == 2
    assert main(["verify"]) == 2
    assert main(["verify", "--jobs", "-1", str(common / "package")]) == 2
    taken = run(common, "verify", "package", "--report", "package/rules.py")
    assert (taken.returncode, taken.stderr) == (2, "jaxvjp verify: --report package/rules.py: File exists\n")
    folder = run(common, "verify", "package::right")
    assert (folder.returncode, folder.stderr.count("\n")) == (2, 1)
    assert "'package' is a folder" in folder.stderr
    assert main([]) == 2


def test_the_parent_imports_no_jax(common: Path) -> None:
    script = (
        "import sys\nfrom flake8_jaxvjp.cli import main\nmain(['verify', '--no-cache', 'package/rules.py::right'])\n"
        "assert not {'jax', 'numpy', 'numpyro', 'libcst', 'flake8'} & set(sys.modules), sorted(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=common, env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def _installed() -> bool:
    return any(point.value == "flake8_jaxvjp.plugin:Plugin" for point in entry_points(group="flake8.extension"))


def test_flake8_verifies_only_when_it_is_asked_to(project: Path) -> None:
    plugin = "" if _installed() else "[flake8:local-plugins]\nextension =\n    VJP = flake8_jaxvjp.plugin:Plugin\n"
    (project / "setup.cfg").write_text(plugin, encoding="utf-8")
    (project / "package" / "tangents.py").write_text(TANGENTS, encoding="utf-8")
    command = [sys.executable, "-m", "flake8", "--config", "setup.cfg", "--select", "VJP9", "package"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    plain = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert plain.stdout == ""
    asked = subprocess.run(
        [*command, "--jaxvjp-runtime"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert "rules.py:17:5: VJP907" in asked.stdout, asked.stderr
    assert "tangents.py:7:5: VJP907" in asked.stdout
    assert "plain.py" not in asked.stdout


def test_one_server_serves_all_files_of_a_process_of_flake8(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[supervise.Server] = []
    start = supervise.start_server

    def noting() -> supervise.Server:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(supervise, "start_server", noting)
    second = project / "package" / "tangents.py"
    second.write_text(TANGENTS, encoding="utf-8")
    linting._pool.cache_clear()
    try:
        for path, line in ((project / "package" / "rules.py", 17), (second, 7), (second, 7)):
            found = linting.findings_of(str(path), path.read_text(encoding="utf-8").splitlines())
            assert {(one.code, one.line) for one in found} == {("VJP907", line)}
    finally:
        linting._pool(os.getpid()).close()
    assert len(started) == 1
    assert started[0].process.wait(10) == 0


def test_without_the_option_nothing_of_the_runtime_wing_is_imported(project: Path) -> None:
    script = (
        "import ast, sys, types\nfrom flake8_jaxvjp.plugin import Plugin\n"
        "text = open('package/rules.py').read()\n"
        "options = types.SimpleNamespace(jaxvjp_preview=False, jaxvjp_runtime=False)\n"
        "list(Plugin(ast.parse(text), text.splitlines(True), 'package/rules.py', options).run())\n"
        "loaded = [name for name in sys.modules if name.split('.')[0] in {'jax', 'jaxlib', 'numpyro', 'numpy'}\n"
        "          or name.startswith('flake8_jaxvjp.runtime')]\n"
        "assert loaded == [], loaded\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
