"""What `jaxvjp check` costs beside flake8 and ruff on the same files, and what one changed file costs an editor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import synthetic
from benchmarks.linting import python_files

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EDITOR_FILES = 1000
# CPU milliseconds for each of the two files after a change, the median of many, in a process that has seen both.
EDITOR = """
import json, sys, time
from pathlib import Path
from flake8_jaxvjp.command.linting import Request, lint_path
from flake8_jaxvjp.command.documents import may_matter

def look(path):
    return lint_path(path, path, Request()) if may_matter(Path(path).read_bytes(), path, False) else None

results = []
for path in sys.argv[1:]:
    text = Path(path).read_text(encoding="utf-8")
    look(path)
    spent = []
    for number in range(21):
        Path(path).write_text(text + f"# {number}" + chr(10), encoding="utf-8")
        begin = time.process_time()
        look(path)
        spent.append(time.process_time() - begin)
    results.append(1000 * sorted(spent)[10])
print(json.dumps(results))
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock and of the processors, of one command and all that it started."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s, {self.cpu:7.2f} s CPU"


def spent_by(command: Sequence[str]) -> Spent:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("FLAKE8", "PYTHON"))}
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 1, 2, 3}:
        raise RuntimeError(f"{' '.join(command[:4])} ... ended with {done.returncode}")
    return Spent(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def middle(runs: Sequence[Spent]) -> Spent:
    return Spent(median(run.wall for run in runs), median(run.cpu for run in runs))


def compare(python: Path, folders: Sequence[Path], jobs: int, runs: int) -> None:
    """The same files by three linters, in turns. ruff keeps no cache here, and neither do the others."""
    paths = [str(folder) for folder in folders]
    number = 0
    for folder in folders:
        for file in python_files(folder):
            number += len(file.read_bytes()) and 1
    commands = {
        "jaxvjp check": [str(python), "-m", "flake8_jaxvjp", "check", "--isolated", f"--jobs={jobs}", *paths],
        "flake8 --select VJP": [
            str(python), "-m", "flake8", "--isolated", "--select=VJP", f"--jobs={jobs}", "--exit-zero", *paths,
        ],
    }  # fmt: skip
    ruff = shutil.which("ruff")
    if ruff is not None:
        commands["ruff check --select F"] = [ruff, "check", "--isolated", "--no-cache", "-q", "--select=F", *paths]
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for index in range(runs):
        for name, command in commands.items():
            if name != "flake8 --select VJP" or index == 0:  # it takes minutes, and varies little
                found[name].append(spent_by(command))
    ours = middle(found["jaxvjp check"])
    print(f"{number} files, --jobs={jobs}:")
    for name, each in found.items():
        theirs = middle(each)
        ratio = "" if name == "jaxvjp check" else f"   (ours takes {ours.wall / theirs.wall:.2f} times as long)"
        print(f"  {name:22} {theirs}{ratio}")
    print("  [at most 0.20 times flake8, at most 2.0 times ruff]")


def editor(python: Path, folder: Path) -> None:
    """One file of many changes, in a warm process, with the others beside it."""
    for number in range(EDITOR_FILES):
        (folder / f"other_{number}.py").write_text(synthetic.PLAIN, encoding="utf-8")
    without, having = folder / "without.py", folder / "having.py"
    without.write_text(synthetic.PLAIN, encoding="utf-8")
    having.write_text(synthetic.with_lines(300), encoding="utf-8")
    command = [str(python), "-c", EDITOR, str(without), str(having)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    plain, rules = json.loads(done.stdout)
    print(f"one changed file of {EDITOR_FILES}, in a warm process:")
    print(f"  without rules     {plain:7.2f} ms CPU  [at most 30]")
    print(f"  300 lines of them {rules:7.2f} ms CPU  [at most 100]")
