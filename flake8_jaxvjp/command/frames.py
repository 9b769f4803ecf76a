"""What a person is shown of a finding: its lines, and the definition of the primal that it is about."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_jaxvjp.command.documents import Source
from flake8_jaxvjp.command.results import Excerpt, Frame
from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.fixes.study import Study, position_of, study

Definition = ast.FunctionDef | ast.AsyncFunctionDef
MAX_LINES = 5


def frames_of(source: Source, tree: ast.Module, path: str, findings: Sequence[Finding]) -> list[Frame]:
    """One frame a finding, in their order."""
    lines = source.text.split("\n")
    studied = study(tree, lines, path, preview=True)
    definitions = {
        node.lineno: node for node in ast.walk(tree) if isinstance(node, Definition)
    }
    return [_frame(source, lines, finding, _primal(studied, finding, definitions)) for finding in findings]


def _frame(source: Source, lines: list[str], finding: Finding, primal: Definition | None) -> Frame:
    last = min(finding.end.line if finding.end is not None else finding.line, finding.line + MAX_LINES - 1)
    excerpt = _excerpt(source, lines, finding.line, last)
    if primal is None:
        return Frame(excerpt)
    first = min([primal.lineno, *(decorator.lineno for decorator in primal.decorator_list)])
    end = max(primal.lineno, min(primal.body[0].lineno - 1, primal.lineno + MAX_LINES - 1))
    if first <= finding.line <= end:
        return Frame(excerpt)
    return Frame(excerpt, _excerpt(source, lines, first, end), primal.name)


def _excerpt(source: Source, lines: list[str], first: int, last: int) -> Excerpt:
    return Excerpt(source.origin(first).line, tuple(lines[first - 1 : last]))


def _primal(
    studied: Study | None, finding: Finding, definitions: dict[int, Definition]
) -> Definition | None:
    """The `def` of the primal of the rule in which the finding stands."""
    if studied is None:
        return None
    for one in studied.studied:
        if one.finding == finding:
            site = studied.site_of(one.problem.node)
            node = None if site is None else site.primal_node
            place = None if node is None else position_of(node, studied.positions)
            return None if place is None else definitions.get(place.line)
    return None
