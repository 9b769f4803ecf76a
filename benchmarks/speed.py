"""What the plugin costs under flake8: CPU seconds in paired, alternating runs with and without it.

The parts `check` and `editor` measure the command that does without flake8.

Run `python benchmarks/speed.py --help`; `benchmarks/README.md` says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if not __package__:  # run as a script: the checkout has to be importable, installed or not
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import command_speed, synthetic
from benchmarks.linting import python_files
from benchmarks.packages import CACHE_VARIABLE, default_cache, read_pins, source_of

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parent.parent
PINS = Path(__file__).parent / "corpus.txt"
BIG = ("jax", "numpyro")
PARTS = ("big", "plain", "rules", "project", "scaling", "check", "editor")
FILES = 1000
SIZES = (1, 10, 100, 1000)
# CPU seconds of the engine alone, the least of three, in a process that has libcst already.
ENGINE = """
import json, sys, time
import libcst
from flake8_jaxvjp.checker import analyse_source
analyse_source({warm!r})
results = []
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    spent = []
    for _ in range(3):
        begin = time.process_time()
        analysis = analyse_source(text, path)
        spent.append(time.process_time() - begin)
    results.append([min(spent), len(analysis.sites)])
print(json.dumps(results))
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The interpreters of the two virtual environments."""

    without: Path
    having: Path


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the runs in pairs; the medians of the pairs' ratios and differences are what counts."""

    without: tuple[float, ...]
    having: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(b / a for a, b in zip(self.without, self.having, strict=True))

    @property
    def extra(self) -> float:
        return median(b - a for a, b in zip(self.without, self.having, strict=True))

    def __str__(self) -> str:
        ratios = sorted(b / a for a, b in zip(self.without, self.having, strict=True))
        return (
            f"{median(self.without):8.3f} s without, {median(self.having):8.3f} s with, {self.extra:+.3f} s, "
            f"ratio {self.ratio:.3f} (from {ratios[0]:.3f} to {ratios[-1]:.3f} in {len(ratios)} pairs)"
        )


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="speed.py", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs of the big sources (default: 5)")
    parser.add_argument("--small-pairs", type=int, default=31, help="pairs of runs of a small file (default: 31)")
    parser.add_argument("--jobs", type=int, default=2, help="flake8's --jobs for the big sources (default: 2)")
    parser.add_argument("--quick", action="store_true", help="numpyro alone, 2 pairs, 7 pairs of a small file")
    parser.add_argument("--all", action="store_true", help="`check` on the whole corpus, and not on its big packages")
    parser.add_argument("--without", type=Path, metavar="PYTHON", help="interpreter with flake8 alone")
    parser.add_argument("--with", type=Path, metavar="PYTHON", dest="having", help="interpreter with the plugin too")
    parser.add_argument("--cache", type=Path, default=default_cache(), help=f"folder of the sources ({CACHE_VARIABLE})")
    options = parser.parse_args(arguments)
    options.part = options.part or list(PARTS)
    if not set(options.part) <= set(PARTS):
        parser.error(f"a part is one of {', '.join(PARTS)}")
    if (options.without is None) != (options.having is None):
        parser.error("--without and --with come together")
    if options.quick:
        options.pairs, options.small_pairs = min(options.pairs, 2), min(options.small_pairs, 7)
    return options


def make_pair(folder: Path) -> Pair:
    """Two new environments with the same flake8, one of them with this checkout installed."""
    made = []
    for name, wanted in (("without", ["flake8"]), ("with", ["flake8", str(CHECKOUT)])):
        print(f"making the environment {name!r} ...", file=sys.stderr, flush=True)
        venv.create(folder / name, with_pip=True)
        python = folder / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        subprocess.run(install, check=True, timeout=600)
        made.append(python)
    return Pair(*made)


def cpu_seconds(command: Sequence[str], *, expected: Sequence[int] = (0,)) -> float:
    """User and system seconds of a command and of all that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("FLAKE8", "PYTHON"))}
    done = subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in expected:
        raise RuntimeError(f"{' '.join(command[:4])} ... ended with {done.returncode}: {done.stderr[-500:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def flake8(python: Path, paths: Sequence[Path], jobs: int) -> list[str]:
    return [str(python), "-m", "flake8", "--isolated", "--exit-zero", f"--jobs={jobs}", *map(str, paths)]


def measure(pair: Pair, paths: Sequence[Path], pairs: int, jobs: int = 1) -> Measured:
    """Runs in turns, each pair beginning with the other, after all that is read was read once."""
    for path in paths:
        for file in python_files(path) if path.is_dir() else [path]:
            file.read_bytes()
    for python in (pair.without, pair.having):
        cpu_seconds(flake8(python, [PINS.with_name("synthetic.py")], 1))
    commands = [flake8(pair.without, paths, jobs), flake8(pair.having, paths, jobs)]
    spent: tuple[list[float], list[float]] = ([], [])
    for index in range(pairs):
        for which in (0, 1) if index % 2 == 0 else (1, 0):
            spent[which].append(cpu_seconds(commands[which]))
    return Measured(tuple(spent[0]), tuple(spent[1]))


def measure_import(pair: Pair, pairs: int) -> float:
    """What importing libcst adds to a process that has flake8 and the plugin."""
    start = "import flake8.main.application, flake8.checker, flake8.processor, flake8_jaxvjp.plugin, ast, tokenize"
    spent = [
        cpu_seconds([str(pair.having), "-c", f"{start}; import libcst"]) - cpu_seconds([str(pair.having), "-c", start])
        for _ in range(pairs)
    ]
    return median(spent)


def big(pair: Pair, options: argparse.Namespace, _: Path) -> None:
    wanted = BIG[1:] if options.quick else BIG
    packages = [package for package in read_pins(PINS) if package.name in wanted]
    folders = [source_of(package, options.cache) for package in packages]
    measured = measure(pair, folders, options.pairs, options.jobs)
    print(f"sources of {' and '.join(wanted)}, --jobs={options.jobs}:\n  {measured}  [at most 1.03]")
    control = measure(Pair(pair.without, pair.without), folders, 1 if options.quick else 2, options.jobs)
    print(f"  the same without against without, for the noise: ratio {control.ratio:.3f}")


def plain(pair: Pair, options: argparse.Namespace, folder: Path) -> None:
    path = folder / "plain.py"
    path.write_text(synthetic.PLAIN, encoding="utf-8")
    measured = measure(pair, [path], options.small_pairs)
    print(f"one file of {synthetic.PLAIN.count(chr(10))} lines without rules:\n  {measured}  [at most 1.10]")
    control = measure(Pair(pair.without, pair.without), [path], options.small_pairs)
    print(f"  the same without against without, for the noise: ratio {control.ratio:.3f}")


def rules(pair: Pair, options: argparse.Namespace, folder: Path) -> None:
    text = synthetic.with_lines(300)
    path = folder / "rules.py"
    path.write_text(text, encoding="utf-8")
    measured = measure(pair, [path], options.small_pairs)
    imported = measure_import(pair, options.small_pairs)
    lines, count = text.count("\n"), text.count(".defvjp(")
    print(f"one file of {lines} lines with {count} rules:\n  {measured}  [at most 0.30 s more]")
    print(f"  importing libcst: {imported:.3f} s, {imported / measured.extra:.0%} of what is added")


def project(pair: Pair, options: argparse.Namespace, folder: Path) -> None:
    """Projects whose files import each other's rules: rules in every file, and in one of ten."""
    count = FILES // 10 if options.quick else FILES
    for rules_in, package in ((1, "project"), (10, "sparse")):
        for name, text in synthetic.project(count, rules_in=rules_in, package=package).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        measured = measure(pair, [folder / package], min(options.pairs, 2), options.jobs)
        where = "each holding two" if rules_in == 1 else f"one of {rules_in} holding two, the others calling them"
        print(f"{count} files that import each other's rules, {where}:\n  {measured}  [at most 1.10]")


def scaling(pair: Pair, options: argparse.Namespace, folder: Path) -> None:
    sizes = SIZES[:-1] if options.quick else SIZES
    print("cost against the number of rules in a file (added by flake8 with the plugin; by the engine alone):")
    for same_names in (False, True):
        paths = []
        for size in sizes:
            path = folder / f"rules_{size}_{same_names}.py"
            path.write_text(synthetic.rules(size, same_names=same_names), encoding="utf-8")
            paths.append(path)
        code = ENGINE.format(warm=synthetic.rules(2))
        command = [str(pair.having), "-c", code, *map(str, paths)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"  {'the same names again and again' if same_names else 'distinct names'}:")
        before = None
        for size, path, (seconds, sites) in zip(sizes, paths, json.loads(done.stdout), strict=True):
            measured = measure(pair, [path], max(3, options.small_pairs // (1 + size // 20)))
            growth = "" if before is None else f", {seconds / before:5.1f} times the one before"
            print(
                f"    {size:5} rules, {sites:5} seen: {measured.extra:+8.3f} s; engine {seconds:8.4f} s, "
                f"{1000 * seconds / size:7.3f} ms a rule{growth}"
            )
            before = seconds


def check(pair: Pair, options: argparse.Namespace, _: Path) -> None:
    wanted = BIG[1:] if options.quick else BIG
    packages = [package for package in read_pins(PINS) if package.name in wanted or options.all]
    folders = [source_of(package, options.cache) for package in packages]
    command_speed.compare(pair.having, folders, options.jobs, 1 if options.quick else 3)


def editor(pair: Pair, _: argparse.Namespace, folder: Path) -> None:
    command_speed.editor(pair.having, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    if sys.platform == "win32":
        print("speed: CPU seconds of child processes cannot be had on this system", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="flake8-jaxvjp-speed-") as scratch:
        folder = Path(scratch)
        pair = make_pair(folder) if options.without is None else Pair(options.without, options.having)
        for name in PARTS:
            if name in options.part:
                RUN[name](pair, options, folder)
    return 0


RUN = {
    "big": big,
    "plain": plain,
    "rules": rules,
    "project": project,
    "scaling": scaling,
    "check": check,
    "editor": editor,
}

if __name__ == "__main__":
    sys.exit(main())
