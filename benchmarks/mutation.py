"""Breaks the right rules of the corpus in ways that JAX surely rejects, rewrites them in ways that change nothing.

Prints how many of the breakages the linter catches and how often a rewrite raises a false alarm, by kind.
Run `python benchmarks/mutation.py --help`; `benchmarks/README.md` says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:  # run as a script: the checkout has to be importable, installed or not
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.corpus import add_common_options, chosen_packages, fetch, share
from benchmarks.linting import python_files
from benchmarks.mutants.catalogue import BREAKING, EVERY, NEUTRAL
from benchmarks.mutants.trial import CAUGHT, CRASHED, ELSEWHERE, FALSE_ALARM, MISSED, Task, run_task
from benchmarks.packages import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.mutants.registry import Mutation
    from benchmarks.mutants.trial import SiteTrial

QUICK = 10


@dataclass(slots=True)
class Tally:
    """Verdicts by kind, over all sites and over those that the linter resolves."""

    sites: int = 0
    resolved: int = 0
    every: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    of_resolved: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    applied: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, file: str, trial: SiteTrial) -> None:
        if trial.unused:
            self.unused[trial.unused] += 1
            return
        self.sites += 1
        self.resolved += not trial.unresolved
        self.applied.update({outcome.kind for outcome in trial.outcomes})
        for outcome in trial.outcomes:
            self.every[outcome.kind][outcome.verdict] += 1
            if not trial.unresolved:
                self.of_resolved[outcome.kind][outcome.verdict] += 1
            if outcome.example:
                state = f" (unresolved: {trial.unresolved})" if trial.unresolved else ""
                place = f"{file}:{trial.line} {trial.primal}{state}"
                self.examples[outcome.kind, outcome.verdict].append(f"{place}\n{outcome.example}")


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutation.py", description=__doc__)
    add_common_options(parser)
    parser.add_argument("--kind", action="append", default=[], metavar="NAME", help="only this mutation (repeatable)")
    parser.add_argument("--kinds", action="store_true", help="list the mutations with what JAX does about each")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try one mutant out of N, spread evenly")
    parser.add_argument("--quick", action="store_true", help=f"the same as --one-in={QUICK}")
    parser.add_argument("--examples", type=int, default=1, metavar="N", help="show N missed or wrong ones of a kind")
    parser.add_argument("--least", type=float, default=0.95, help="share of caught breakages that is expected")
    parser.add_argument("--json", type=Path, help="write every example to this file as well")
    return parser.parse_args(arguments)


def files_with_rules(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in python_files(folder) if b"defvjp" in path.read_bytes()]


def list_kinds() -> None:
    for mutation in EVERY:
        what = "rejected" if mutation.is_breaking else "the same"
        print(f"{mutation.group:18} {mutation.name:42} {what}: {mutation.effect}", end="")
        print(f" (unless {mutation.unless})" if mutation.unless else "")


def total(tally: dict[str, Counter[str]], kinds: Iterable[Mutation]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for kind in kinds:
        counts.update(tally.get(kind.name, {}))
    return counts


def line(name: str, every: Counter[str], resolved: Counter[str], good: str, sites: int) -> str:
    whole, known = every.total(), resolved.total()
    if good == CAUGHT:
        figures = (every[CAUGHT], every[ELSEWHERE], share(every[CAUGHT], whole), share(resolved[CAUGHT], known))
        return "{:44}{:>7}{:>9}{:>8}{:>11}{:>9}{:>10}".format(name, sites, whole, *figures)
    return f"{name:44}{sites:>7}{whole:>9}{every[FALSE_ALARM]:>8}"


def print_breaking(tally: Tally, kinds: Sequence[Mutation], title: str) -> None:
    print(f"\n{title}")
    heading = ("", "sites", "mutants", "caught", "elsewhere", "share", "resolved")
    print("{:44}{:>7}{:>9}{:>8}{:>11}{:>9}{:>10}".format(*heading))
    group = ""
    for kind in kinds:
        if kind.group != group:
            group = kind.group
            print(f"{group}:")
        counts = tally.every.get(kind.name, Counter())
        resolved = tally.of_resolved.get(kind.name, Counter())
        print(line("  " + kind.name, counts, resolved, CAUGHT, tally.applied[kind.name]))
    print(line("all", total(tally.every, kinds), total(tally.of_resolved, kinds), CAUGHT, tally.sites))


def print_neutral(tally: Tally, kinds: Sequence[Mutation]) -> None:
    print("\nRewrites that change nothing for JAX")
    print("{:44}{:>7}{:>9}{:>8}".format("", "sites", "mutants", "alarms"))
    for kind in kinds:
        counts = tally.every.get(kind.name, Counter())
        print(line("  " + kind.name, counts, counts, FALSE_ALARM, tally.applied[kind.name]))
    print(line("all", total(tally.every, kinds), Counter(), FALSE_ALARM, tally.sites))


def print_examples(tally: Tally, most: int) -> None:
    for verdict in (CRASHED, FALSE_ALARM, MISSED, ELSEWHERE):
        for (kind, each), examples in tally.examples.items():
            if each == verdict and most > 0:
                print(f"\n--- {verdict}: {kind} ({len(examples)})")
                # Spread, since neighbours in one file are often alike.
                for example in examples[:: max(1, len(examples) // most)][:most]:
                    print(example)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    if options.kinds:
        list_kinds()
        return 0
    unknown = set(options.kind) - {each.name for each in EVERY}
    if unknown:
        print(f"mutation: no such kind: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    begin = time.perf_counter()
    try:
        folders = fetch(chosen_packages(options), options.cache)
    except PackageError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 2
    paths = files_with_rules(folders.values())
    one_in = QUICK if options.quick else max(1, options.one_in)
    tally = Tally()
    with ProcessPoolExecutor(max_workers=options.jobs) as pool:
        for path, trials in pool.map(run_task, [Task(path, tuple(options.kind), one_in) for path in paths]):
            for trial in trials:
                tally.add(path.relative_to(options.cache / "sources").as_posix(), trial)
            if trials:
                print(f"{tally.sites} sites, {path.name}", file=sys.stderr, flush=True)
    return report(tally, options, time.perf_counter() - begin)


def report(tally: Tally, options: argparse.Namespace, seconds: float) -> int:
    chosen = [each for each in EVERY if not options.kind or each.name in options.kind]
    sure = [each for each in BREAKING if each in chosen and not each.unless]
    likely = [each for each in BREAKING if each in chosen and each.unless]
    neutral = [each for each in NEUTRAL if each in chosen]
    print(f"{tally.sites} right rules of proven sites in the same file, {tally.resolved} of them resolved;")
    print(f"{tally.unused.total()} proven sites not used:")
    for reason, count in tally.unused.most_common():
        print(f"  {count:5}  {reason}")
    print_breaking(tally, sure, "Breakages that JAX rejects whatever the inputs")
    if likely:
        print_breaking(tally, likely, "Breakages that JAX rejects but for rare values (not in the total above)")
    print_neutral(tally, neutral)
    print_examples(tally, options.examples)
    counts, alarms = total(tally.every, sure), total(tally.every, neutral)[FALSE_ALARM]
    print(f"\ncaught {counts[CAUGHT]} of {counts.total()} breakages, {share(counts[CAUGHT], counts.total())}; ", end="")
    resolved = total(tally.of_resolved, sure)
    print(f"{share(resolved[CAUGHT], resolved.total())} of those of resolved sites; ", end="")
    print(f"{alarms} false alarms on {total(tally.every, neutral).total()} rewrites; {seconds:.0f} s")
    if options.json:
        examples = [
            {"kind": kind, "verdict": verdict, "examples": each} for (kind, verdict), each in tally.examples.items()
        ]
        options.json.write_text(json.dumps(examples, indent=1) + "\n", encoding="utf-8")
    return 0 if not alarms and counts[CAUGHT] >= options.least * counts.total() else 1


if __name__ == "__main__":
    sys.exit(main())
