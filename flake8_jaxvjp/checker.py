"""Text in, findings out."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_jaxvjp.collector import collector_paused
from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.markers import has_marker
from flake8_jaxvjp.source import Focus, focus

if TYPE_CHECKING:
    from flake8_jaxvjp.rules.base import Problem, Rule
    from flake8_jaxvjp.sites.analysis import ModuleFacts
    from flake8_jaxvjp.syntax.positions import Positions


@dataclass(frozen=True)
class SiteReport:
    """One `defvjp` call, for who counts them: where it is, what is known of it, or why not.

    `proven` says that its receiver surely is a `jax.custom_vjp`. `unresolved` is empty when it is known how many
    cotangents each return of the backward rule has, `unknown_primal` when it is known how many are due.
    """

    line: int
    primal: str
    proven: bool
    unresolved: str
    unknown_primal: str = ""


@dataclass(frozen=True)
class Analysis:
    """What a file's check found, and the rule sites that it saw."""

    findings: tuple[Finding, ...] = ()
    sites: tuple[SiteReport, ...] = ()


def check_source(text: str, filename: str = "<unknown>", preview: bool = False) -> tuple[Finding, ...]:
    """The findings of one file's text, in order. Never raises; text that Python cannot parse has none."""
    return _from_text(text, filename, preview, with_sites=False).findings


def analyse_source(text: str, filename: str = "<unknown>", preview: bool = False) -> Analysis:
    """The findings and the rule sites of one file's text. Never raises."""
    return _from_text(text, filename, preview, with_sites=True)


def _from_text(text: str, filename: str, preview: bool, with_sites: bool) -> Analysis:
    if not has_marker([text]):
        return Analysis()
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the user's strings are another linter's business
            tree = ast.parse(text, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Analysis()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return analyse_tree(tree, lines, filename, preview, with_sites)


def analyse_tree(
    tree: ast.Module, lines: Sequence[str], filename: str, preview: bool = False, with_sites: bool = False
) -> Analysis:
    """The same for a tree and lines that are there already; the lines may keep their newlines.

    Where `filename` is a file, imports are followed into the other files of its project, which are only read.
    """
    try:
        focused = focus(tree, lines)
        if focused is None:
            return Analysis()
        with collector_paused():
            return _analyse(focused, filename, preview, with_sites)
    except Exception:  # whatever the input was, a linter must not take down the run of the others
        if os.environ.get("FLAKE8_JAXVJP_DEBUG"):
            raise
        return Analysis()


def _analyse(focused: Focus, filename: str, preview: bool, with_sites: bool) -> Analysis:
    read = read_facts(focused, filename)
    if read is None:
        return Analysis()
    facts, positions = read
    findings = sorted(set(_findings(facts, positions, filename, preview)))
    sites = tuple(_site_reports(facts, positions)) if with_sites else ()
    return Analysis(tuple(findings), sites)


def read_facts(focused: Focus, filename: str) -> tuple[ModuleFacts, Positions] | None:
    """What rules may ask of a file, and where its nodes stand; None where libcst cannot read it."""
    # libcst is slow to import, so it is, with all that needs it, only for a file that holds a rule.
    from flake8_jaxvjp.sites.analysis import ModuleFacts
    from flake8_jaxvjp.syntax.positions import Positions
    from flake8_jaxvjp.syntax.tree import parse

    read = parse(focused)
    return None if read is None else (ModuleFacts(*read, focused, filename), Positions(read[0]))


def problems(facts: ModuleFacts, preview: bool) -> Iterator[tuple[Rule, Problem]]:
    """All that the rules have to say of a file; each message is one line, whatever code it quotes."""
    from flake8_jaxvjp.rules.base import all_rules

    for rule in all_rules():
        if preview or not rule.is_preview:
            for problem in rule.check(facts):
                yield rule, replace(problem, message=" ".join(problem.message.split()))


def _findings(facts: ModuleFacts, positions: Positions, filename: str, preview: bool) -> Iterator[Finding]:
    for rule, problem in problems(facts, preview):
        yield from _placed(rule.code, problem, facts, positions, filename)


def _placed(code: str, problem: Problem, facts: ModuleFacts, positions: Positions, filename: str) -> Iterator[Finding]:
    """The finding at its place; for a mistake in another file, at the argument that leads there."""
    from flake8_jaxvjp.syntax.positions import Positions

    if problem.node in positions:
        start, end = positions.span(problem.node)
        yield Finding(start, code, problem.message, end)
        return
    elsewhere = facts.stand_in(problem.node)
    if elsewhere is not None:
        argument, module, path = elsewhere
        line = Positions(module).span(problem.node)[0].line
        start, end = positions.span(argument)
        yield Finding(start, code, f"{problem.message} (in {shown_path(path, filename)}, line {line})", end)


def shown_path(path: Path, filename: str) -> str:
    """Another file's path as seen from the folder of the file that is linted."""
    try:
        return Path(os.path.relpath(path, Path(filename).absolute().parent)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def _site_reports(facts: ModuleFacts, positions: Positions) -> Iterator[SiteReport]:
    from flake8_jaxvjp.sites.analysis import why_primal_unknown, why_unresolved

    proven = {site.site.node: site for site in (*facts.sites, *facts.swapped)}
    for site in facts.all_sites:
        known = proven.get(site.node)
        line = positions.span(site.node)[0].line
        if known is None:
            yield SiteReport(line, "", False, f"receiver: {site.reason}")
        else:
            yield SiteReport(line, known.primal_name, True, why_unresolved(known), why_primal_unknown(known))
