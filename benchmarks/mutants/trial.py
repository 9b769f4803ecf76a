"""Lints every mutant of the rules of one file, and says which were seen."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.linting import findings_of, lint_text, read_source
from benchmarks.mutants.breaking_hidden import OTHER_FILE
from benchmarks.mutants.catalogue import EVERY
from benchmarks.mutants.edits import Source
from benchmarks.mutants.neighbours import Neighbourhood
from benchmarks.mutants.targets import targets

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from benchmarks.linting import Found, Site
    from benchmarks.mutants.edits import Edit
    from benchmarks.mutants.registry import Mutant, Mutation
    from benchmarks.mutants.targets import Target

CAUGHT, ELSEWHERE, MISSED, FALSE_ALARM, QUIET = "caught", "elsewhere", "missed", "false alarm", "quiet"
CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the linter said about one mutant; `example` shows the change, and the new findings, when it went wrong."""

    kind: str
    verdict: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class SiteTrial:
    """The outcomes of one site, or why it was not used; kinds that do not apply have no outcome."""

    line: int
    primal: str
    unresolved: str
    unused: str = ""
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A file, which kinds to try (none means all), and one mutant out of how many."""

    path: Path
    kinds: tuple[str, ...] = ()
    one_in: int = 1


def run_task(task: Task) -> tuple[Path, tuple[SiteTrial, ...]]:
    text = read_source(task.path)
    findings, sites = lint_text(text, str(task.path))
    proven = [site for site in sites if site.proven]
    if not proven:
        return task.path, ()
    found = list(targets(Source(text)))
    trials = tuple(_trial(site, _target_of(site, found), findings, task) for site in proven)
    return task.path, trials


def _target_of(site: Site, found: Sequence[Target]) -> Target | None:
    for target in found:
        first, last = target.call.lineno, target.call.end_lineno or target.call.lineno
        if first <= site.line <= last:
            return target
    return None


def _trial(site: Site, target: Target | None, findings: Sequence[Found], task: Task) -> SiteTrial:
    unused = _unused(target, findings)
    if unused or target is None:
        return SiteTrial(site.line, site.primal, site.unresolved, unused)
    outcomes = []
    neighbourhood = Neighbourhood(task.path)
    counted = site.line  # so that every site tries other mutants when not all are tried
    for mutation in EVERY:
        if task.kinds and mutation.name not in task.kinds:
            continue
        for build in mutation.builds(target):
            counted += 1
            mutant = build() if counted % task.one_in == 0 else None
            if mutant is None:
                continue
            try:
                if mutation.group == OTHER_FILE:
                    after = findings_of(neighbourhood.settled(mutant), str(neighbourhood.file))
                else:
                    after = findings_of(mutant.text, str(task.path))
            except Exception as error:  # noqa: BLE001
                crash = f"{_example(target, mutant, [])}\n=> {type(error).__name__}: {error}"
                outcomes.append(Outcome(mutation.name, CRASHED, crash))
                continue
            outcomes.append(_outcome(mutation, target, mutant, new_findings(findings, after)))
    return SiteTrial(site.line, site.primal, site.unresolved, outcomes=tuple(outcomes))


def _unused(target: Target | None, findings: Sequence[Found]) -> str:
    if target is None:
        return "replaced by a later defvjp, or in a form that the benchmark does not read"
    if target.forward is None or target.backward is None:
        return "a rule does not stand in the file as a plain function"
    if not target.is_consistent:
        return "the benchmark itself holds the rule to be wrong"
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in target.parts]
    if any(first <= found.line <= last for found in findings for first, last in spans):
        return "has a finding before any mutation"
    return ""


def new_findings(before: Sequence[Found], after: Sequence[Found]) -> list[Found]:
    """Findings that were not there; lines move under edits, so they are compared by code and message."""
    old = Counter((each.code, each.message) for each in before)
    new = []
    for each in after:
        if old[each.code, each.message] > 0:
            old[each.code, each.message] -= 1
        else:
            new.append(each)
    return new


def _outcome(mutation: Mutation, target: Target, mutant: Mutant, new: Sequence[Found]) -> Outcome:
    kind = mutation.name
    if not mutation.is_breaking:
        return Outcome(kind, FALSE_ALARM, _example(target, mutant, new)) if new else Outcome(kind, QUIET)
    if not new:
        return Outcome(kind, MISSED, _example(target, mutant, new))
    lines = set(_lines(target, mutant))
    if any(each.line in lines for each in new):
        return Outcome(kind, CAUGHT)
    return Outcome(kind, ELSEWHERE, _example(target, mutant, new))


def _lines(target: Target, mutant: Mutant) -> Iterator[int]:
    """The lines of the mutant that belong to the rule: its functions, its definition, its `defvjp` call."""
    starts = Source(mutant.text).line_starts
    for node in target.parts:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        begin = min(target.source.start(each) for each in (node, *decorators))
        first = begin + sum(_growth(edit) for edit in mutant.edits if edit.end <= begin and edit.start < begin)
        end = target.source.end(node)
        last = end + sum(_growth(edit) for edit in mutant.edits if edit.start <= end)
        yield from range(bisect_right(starts, first), bisect_right(starts, last) + 1)


def _growth(edit: Edit) -> int:
    return len(edit.text.encode()) - (edit.end - edit.start)


def _example(target: Target, mutant: Mutant, new: Sequence[Found]) -> str:
    before = target.source.text.splitlines()
    texts = [mutant.text, *([mutant.beside] if mutant.beside else [])]
    found = [line for text in texts for line in difflib.unified_diff(before, text.splitlines(), lineterm="", n=2)]
    lines = [line for line in found if not line.startswith(("---", "+++"))]
    return "\n".join([*lines, *(f"=> {each.line}:{each.column + 1} {each.code} {each.message}" for each in new)])
