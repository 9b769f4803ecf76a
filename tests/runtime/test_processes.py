"""What files do to the process that verifies them: each becomes one finding on the right file, the others go on."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = [
    pytest.mark.runtime,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="files are verified in forked processes"),
]

from flake8_jaxvjp.runtime.child import Limits
from flake8_jaxvjp.runtime.report import FileReport
from flake8_jaxvjp.runtime.supervise import start_server, verify_files

RULE = """\
import ctypes, os, sys, threading, time
import jax, jax.numpy as jnp

@jax.custom_vjp
def f(x, y):
    return jnp.sum(x * y)

def fwd(x, y):
    return f(x, y), (x, y)

def bwd(res, g):
    return g * res[1], g * res[0]

f.defvjp(fwd, bwd)
"""
FORGED = '{"kind": "done", "value": ""}'
ENDLESS = """\
import jax, jax.numpy as jnp

@jax.custom_vjp
def f(x):
    return jnp.sum(x)

f.defvjp(lambda x: (f(x), x), lambda r, g: (loop(r),))

def loop(r):
    while True:
        pass
"""
CRASHING = """\
import os
import jax, jax.numpy as jnp

def crash(r):
    jax.debug.callback(lambda: os._exit(3))
    return r

@jax.custom_vjp
def first(x):
    return jnp.sum(x)

first.defvjp(lambda x: (first(x), x), lambda r, g: (g * jnp.ones_like(r),))

@jax.custom_vjp
def fatal(x):
    return jnp.sum(x)

fatal.defvjp(lambda x: (fatal(x), x), lambda r, g: (g * crash(r),))

@jax.custom_vjp
def last(x):
    return jnp.sum(x)

last.defvjp(lambda x: (last(x), x), lambda r, g: (2.0 * g * jnp.ones_like(r),))
"""
NEVER_ENDING = """\
import jax, jax.numpy as jnp

@jax.custom_vjp
def f(x, step):
    return jax.lax.while_loop(lambda y: jnp.all(abs(y - x - 0.123) > 0.0), lambda y: y + 0.0 * step, x)

f.defvjp(lambda x, step: (f(x, step), None), lambda r, g: (g, jnp.zeros(())))
"""
FILES = {
    "good": RULE,
    "sys_exit": RULE + "sys.exit(3)\n",
    "os_exit": RULE + "os._exit(0)\n",
    "segmentation_fault": RULE + "ctypes.string_at(0)\n",
    "endless_import": RULE + "while True:\n    time.sleep(0.1)\n",
    "endless_rule": ENDLESS,
    "memory": RULE + "kept = []\nwhile True:\n    kept.append(b'x' * (1 << 26))\n    time.sleep(0.02)\n",
    "raises": RULE + "raise RuntimeError('no')\n",
    "forged": RULE + f"print({FORGED!r}, flush=True)\nos.write(1, {FORGED.encode()!r})\n"
    f"for one in range(3, 40):\n    try:\n        os.write(one, {FORGED.encode()!r} + b'\\n')\n    except OSError:\n"
    "        pass\nos._exit(0)\n",
    "thread": RULE + "threading.Thread(target=time.sleep, args=(1000,)).start()\nprint('hello')\n",
    "syntax": "def f(:\n",
    "kills_the_server": RULE + "os.kill(os.getppid(), 9)\ntime.sleep(1000)\n",
    "forks": RULE + "os.fork()\n",
    "closes": RULE + "os.closerange(3, 256)\ntime.sleep(1000)\n",
    "prints": RULE + "for _ in range(1 << 14):\n    print('x' * 127)\n",
    "debugs": RULE + "jax.config.update('jax_disable_jit', True)\njax.config.update('jax_debug_nans', True)\n",
    "json": RULE,
    "crashes_in_a_rule": CRASHING,
    "never_ends_with_a_guess": NEVER_ENDING,
    "never_ends_with_an_example": NEVER_ENDING.rstrip() + "  # jaxvjp: x=f32[3], step=0.0\n",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileReport]:
    folder = tmp_path_factory.mktemp("files")
    jobs = []
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        jobs.append({"path": str(folder / f"{name}.py")})
    found: dict[str, FileReport] = {}
    verify_files(
        jobs,
        Limits(wall=12.0, processor=8.0, memory=1 << 30, guess=6.0),
        2,
        lambda report, _: found.update({Path(report.path).stem: report}),
    )
    return found


def message(reports: dict[str, FileReport], name: str, code: str) -> str:
    (remark,) = reports[name].all_remarks
    assert remark.code == code
    assert reports[name].failed
    return remark.message


def test_every_file_has_its_report(reports: dict[str, FileReport]) -> None:
    assert set(reports) == set(FILES)


def test_good_files_pass(reports: dict[str, FileReport]) -> None:
    for name in ("good", "thread", "forks", "prints", "debugs", "json"):
        assert [rule.verdict for rule in reports[name].rules] == ["passed"]
        assert not reports[name].remarks
    assert reports["thread"].stdout == "hello\n"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("sys_exit", "VJP950", "sys.exit(3)"),
        ("os_exit", "VJP952", "an exit with status 0, during the import"),
        ("segmentation_fault", "VJP952", "SIGSEGV"),
        ("endless_import", "VJP952", "the limit of 12 s"),
        ("endless_rule", "VJP952", "during f"),
        ("memory", "VJP952", "GiB of memory"),
        ("raises", "VJP950", "RuntimeError: no"),
        ("forged", "VJP952", "an exit with status 0"),
        ("syntax", "VJP950", "cannot be parsed"),
        ("kills_the_server", "VJP952", "the end of its server"),
        ("closes", "VJP952", "the closing of its connection, during the import"),
    ],
)
def test_each_accident_is_one_finding(reports: dict[str, FileReport], name: str, code: str, words: str) -> None:
    assert words in message(reports, name, code)


def test_a_loop_without_end_is_blamed_on_arguments_that_were_guessed(reports: dict[str, FileReport]) -> None:
    (guessed,), (given,) = (reports[f"never_ends_with_{name}"].rules for name in ("a_guess", "an_example"))
    assert (guessed.verdict, guessed.codes) == ("not verified", ("VJP930",))
    assert "its process was ended at the limit of" in guessed.remarks[0].message
    assert f"as `# jaxvjp: {guessed.inputs}`" in guessed.remarks[0].message
    assert guessed.inputs.startswith("x=f32[")
    assert (given.verdict, given.codes) == ("failed", ("VJP952",))


def test_what_was_printed_is_kept_and_not_believed(reports: dict[str, FileReport]) -> None:
    assert FORGED in reports["forged"].stdout
    assert reports["forged"].rules == ()


def test_what_is_kept_of_much_output_is_its_end(reports: dict[str, FileReport]) -> None:
    assert set(reports["prints"].stdout) == {"x", "\n"}
    assert len(reports["prints"].stdout) == 64 << 10


def test_a_rule_that_ends_its_process_does_not_take_the_others_with_it(reports: dict[str, FileReport]) -> None:
    report = reports["crashes_in_a_rule"]
    assert [(rule.rule, rule.kind, rule.verdict) for rule in report.rules] == [
        ("first", "custom_vjp", "passed"),
        ("fatal", "custom_vjp", "failed"),
        ("last", "custom_vjp", "failed"),
    ]
    (remark,) = report.rules[1].remarks
    assert (remark.code, remark.line, report.remarks) == ("VJP952", 18, ())
    assert "an exit with status 3, during fatal" in remark.message


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process that its parent ended")
def test_no_process_is_left(reports: dict[str, FileReport], tmp_path: Path) -> None:
    """What killed its server is ended with it."""
    assert reports["kills_the_server"].failed
    note = tmp_path / "pid"
    text = RULE + f"open({str(note)!r}, 'w').write(str(os.getpid()))\nos.kill(os.getppid(), 9)\ntime.sleep(1000)\n"
    (tmp_path / "kills.py").write_text(text, encoding="utf-8")
    found: list[FileReport] = []
    verify_files([{"path": str(tmp_path / "kills.py")}], Limits(), 1, lambda report, _: found.append(report))
    assert found[0].failed
    for _ in range(100):
        state = Path(f"/proc/{note.read_text()}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the process lives on")


def test_an_exception_is_put_on_its_line(reports: dict[str, FileReport]) -> None:
    assert reports["raises"].remarks[0].line == RULE.count("\n") + 1


def test_nothing_outlives_its_file(tmp_path: Path) -> None:
    """A grandchild in a session of its own is ended with the file that started it."""
    note = tmp_path / "pid"
    text = RULE + (
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        f"        open({str(note)!r}, 'w').write(str(os.getpid()))\n        time.sleep(1000)\n    time.sleep(1000)\n"
        f"while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read():\n    time.sleep(0.01)\n"
    )
    (tmp_path / "orphans.py").write_text(text, encoding="utf-8")
    found: list[FileReport] = []
    verify_files([{"path": str(tmp_path / "orphans.py")}], Limits(), 1, lambda report, _: found.append(report))
    assert [rule.verdict for rule in found[0].rules] == ["passed"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_the_server_forks_with_one_thread_and_no_backend(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(RULE, encoding="utf-8")
    server = start_server()
    try:
        for _ in range(3):
            server.give({"path": str(tmp_path / "good.py")}, Limits())
            answers: list[dict[str, object]] = []
            while not answers:
                answers = server.reader.feed(server.connection.recv(1 << 16))
            assert answers[0]["ended"] == "done"
            assert answers[0]["server"] == {"threads": 1, "backend": False}
    finally:
        server.stop()
