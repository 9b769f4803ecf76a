"""A file's findings together with what they were made of: the rules, the nodes, the facts."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from flake8_jaxvjp.checker import problems, read_facts
from flake8_jaxvjp.findings import Finding, Position
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.source import focus
from flake8_jaxvjp.syntax.nodes import walk
from flake8_jaxvjp.syntax.positions import Positions


@dataclass(frozen=True, eq=False)
class Studied:
    """One finding of this file, and its rule and node."""

    finding: Finding
    rule: Rule
    problem: Problem


@dataclass(frozen=True, eq=False)
class Study:
    """What one file's text came to."""

    facts: ModuleFacts
    positions: Positions
    studied: tuple[Studied, ...]

    def site_of(self, node: cst.CSTNode) -> SiteFacts | None:
        """The rule site to which a node belongs, when it is only one."""
        holding = [site for site in (*self.facts.sites, *self.facts.swapped) if _holds(site, node)]
        return holding[0] if len({id(site.primal_node) for site in holding}) == 1 else None


def study(tree: ast.Module, lines: Sequence[str], filename: str, preview: bool = False) -> Study | None:
    """The findings with their nodes; None when there is nothing to find, or the engine fails."""
    try:
        focused = focus(tree, lines)
        read = None if focused is None else read_facts(focused, filename)
        if read is None:
            return None
        facts, positions = read
        return Study(facts, positions, tuple(_studied(facts, positions, preview)))
    except Exception:  # noqa: BLE001 - as in the checker: no input may end the run
        return None


def _studied(facts: ModuleFacts, positions: Positions, preview: bool) -> Iterator[Studied]:
    for rule, problem in problems(facts, preview):
        if problem.node in positions:
            start, end = positions.span(problem.node)
            yield Studied(Finding(start, rule.code, problem.message, end), rule, problem)


def _holds(site: SiteFacts, node: cst.CSTNode) -> bool:
    roots: list[cst.CSTNode] = [site.site.node, site.receiver.node]
    roots += [function.node for function in (site.forward_function, site.backward_function) if function is not None]
    return any(inner is node for root in roots for inner in walk(root))


def position_of(node: cst.CSTNode, positions: Positions) -> Position | None:
    return positions.span(node)[0] if node in positions else None
