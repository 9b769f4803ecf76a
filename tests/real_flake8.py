"""Real flake8, run as a user runs it, and what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fork_server import limit_memory

TESTS = Path(__file__).parent
OPTIONS = ("--isolated", "--select=VJP,E9", "--exit-zero", "--format=%(path)s|%(row)d|%(col)d|%(code)s|%(text)s")
SECONDS = 120
"""A guard against hanging, many times what the slowest file takes on a busy machine."""


@dataclass(frozen=True, order=True)
class Reported:
    """One line of flake8's output."""

    path: str
    line: int
    column: int
    code: str
    message: str

    @property
    def place(self) -> tuple[int, str]:
        """The line and the group of the code, as the nasty files state what is expected."""
        return self.line, self.code[:4]


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what it reported. With `--exit-zero`, flake8 ends with 0 exactly when it survived."""

    code: int
    stdout: str
    stderr: str

    @property
    def survived(self) -> bool:
        return self.code == 0 and "Traceback" not in self.stderr

    @property
    def reported(self) -> tuple[Reported, ...]:
        rows = (line.split("|", 4) for line in self.stdout.split("\n") if line)
        return tuple(Reported(row[0], int(row[1]), int(row[2]), row[3], row[4]) for row in rows)

    @property
    def findings(self) -> tuple[Reported, ...]:
        return tuple(report for report in self.reported if report.code.startswith("VJP"))

    @property
    def rejections(self) -> tuple[Reported, ...]:
        """What flake8 says of files that cannot be read or parsed."""
        return tuple(report for report in self.reported if report.code.startswith("E9"))

    def of(self, path: str) -> Outcome:
        """The same, for one of several files."""
        lines = [line for line in self.stdout.split("\n") if line.startswith(f"{path}|")]
        return Outcome(self.code, "\n".join(lines), self.stderr)


def environment(**variables: str) -> dict[str, str]:
    """The tests' environment, without warnings, and with the modules that stand beside this one."""
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"} | variables


def flake8(
    arguments: Sequence[str],
    folder: Path,
    *,
    module: str = "flake8",
    options: Sequence[str] = OPTIONS,
    stdin: bytes | None = None,
    variables: dict[str, str] | None = None,
) -> Outcome:
    """`python -m flake8` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *options, *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=limit_memory if os.name == "posix" else None,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))


class Server:
    """Runs `python -m MODULE` many times, each in a process of its own (see fork_server)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forks = hasattr(os, "fork")
        if self.forks:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fork_server"],
                env=environment(),
                cwd=TESTS,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )

    def run(self, arguments: Sequence[str], *, module: str = "flake8", options: Sequence[str] = OPTIONS) -> Outcome:
        if not self.forks:
            return flake8(arguments, self.folder, module=module, options=options)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        stdout, stderr = self.folder / "server.stdout", self.folder / "server.stderr"
        request = {
            "module": module,
            "arguments": [*options, *arguments],
            "folder": str(self.folder),
            "seconds": SECONDS,
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return Outcome(code, stdout.read_bytes().decode(), stderr.read_bytes().decode(errors="replace"))

    def close(self) -> None:
        if self.forks:
            self.process.communicate(timeout=SECONDS)
