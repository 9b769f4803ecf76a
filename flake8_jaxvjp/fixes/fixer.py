"""Puts a text's findings right, as far as rules know how, and looks at the result before it gives it back."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.fixes.asking import UNSAFE, Asked, Fixed
from flake8_jaxvjp.fixes.edits import Edit, NotSureError, Writer, apply, universal
from flake8_jaxvjp.fixes.imports import import_edit, known_as
from flake8_jaxvjp.fixes.repair import Change, Imported, Repair
from flake8_jaxvjp.fixes.study import Studied, Study, study

MAX_PASSES = 20
RETURNS = "VJP1"
WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class _Planned:
    """One finding and the edits that answer it."""

    finding: Finding
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class _Plan:
    """The repairs that may be made together, in the order of their findings, and why others may not be made."""

    repairs: tuple[_Planned, ...] = ()
    unsafe: tuple[_Planned, ...] = ()
    refused: Mapping[Finding, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _State:
    raw: str
    tree: ast.Module
    study: Study | None


def fix_text(raw: str, asked: Asked) -> Fixed:
    """Fix until nothing changes any more. What cannot be parsed comes back as it was."""
    state = _read(raw, asked)
    mended: list[Finding] = []
    if state is None:
        return Fixed(raw)
    for _ in range(MAX_PASSES):
        plan = _plan(state, asked)
        done = _one_pass(state, plan.repairs, asked)
        if done is None:
            return Fixed(state.raw, tuple(mended), {**plan.refused, **_waiting(state, plan, asked)})
        state, planned = done
        mended += [one.finding for one in planned]
    return Fixed(state.raw, tuple(mended))


def _read(raw: str, asked: Asked) -> _State | None:
    text = universal(raw)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, asked.filename, "exec", asked.flags, dont_inherit=True)
            tree: ast.Module = compile(text, asked.filename, "exec", ast.PyCF_ONLY_AST | asked.flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _State(raw, tree, study(tree, text.split("\n"), asked.filename, asked.preview))


def _waiting(state: _State, plan: _Plan, asked: Asked) -> dict[Finding, str]:
    """The findings that `--unsafe` would put right."""
    done = _most(state, plan.unsafe, asked)
    return {one.finding: UNSAFE for one in done[1]} if done is not None else {}


def _one_pass(
    state: _State, planned: Sequence[_Planned], asked: Asked
) -> tuple[_State, Sequence[_Planned]] | None:
    """The next text, and what was done to it. Definitions come first, because they say what is to be returned."""
    definitions = [one for one in planned if not one.finding.code.startswith(RETURNS)]
    return _most(state, definitions, asked) or _most(state, planned, asked)


def _most(state: _State, planned: Sequence[_Planned], asked: Asked) -> tuple[_State, Sequence[_Planned]] | None:
    """As many of the repairs as can be made together, found by halving; None when none can be made."""
    after = _tried(state, planned, asked) if planned else None
    if after is not None:
        return after, planned
    if len(planned) < 2:
        return None
    middle = len(planned) // 2
    first, second = (_most(state, half, asked) for half in (planned[:middle], planned[middle:]))
    if first is not None and second is not None:
        both = [*first[1], *second[1]]
        together = _tried(state, both, asked) if len(both) < len(planned) else None
        return first if together is None else (together, both)
    return first or second


def _plan(state: _State, asked: Asked) -> _Plan:
    answers = [] if state.study is None else _answers(state.study, asked, universal(state.raw))
    if state.study is None or not answers:
        return _Plan()
    writer = Writer(state.raw, state.study.facts.module)
    refused: dict[Finding, str] = {}
    possible: list[tuple[bool, _Planned]] = []
    for studied, repair in answers:
        edits = _edits_or_reason(state, writer, studied, repair)
        if isinstance(edits, tuple):
            possible.append((repair.is_safe or asked.unsafe, _Planned(studied.finding, edits)))
        elif edits:
            refused[studied.finding] = f"not fixed: {edits}"
    wanted, others = ([one for may_be, one in possible if may_be is kind] for kind in (True, False))
    return _Plan(_apart(wanted), _apart(others), refused)


def _apart(planned: Iterable[_Planned]) -> tuple[_Planned, ...]:
    """Those whose edits do not meet those of one before."""
    kept: list[_Planned] = []
    for one in planned:
        if not any(edit.meets(other) for edit in one.edits for earlier in kept for other in earlier.edits):
            kept.append(one)
    return tuple(kept)


def _edits_or_reason(state: _State, writer: Writer, studied: Studied, repair: Repair) -> tuple[Edit, ...] | str:
    try:
        return _edits(state, writer, studied, repair)
    except NotSureError as error:
        return str(error)


def _edits(state: _State, writer: Writer, studied: Studied, repair: Repair) -> tuple[Edit, ...]:
    """The edits of a repair, with the import that it needs. Raises NotSureError."""
    needed, line = repair.imports, studied.finding.line
    if needed is None:
        return writer.edits(repair)
    written = known_as(state.tree, needed.module, needed.name, before=line)
    if written is None:
        return import_edit(state.tree, writer, needed.module, needed.name, before=line), *writer.edits(repair)
    changes = tuple(_called(change, needed, written) for change in repair.changes)
    return writer.edits(replace(repair, changes=changes))


def _called(change: Change, imported: Imported, written: str) -> Change:
    """The change with the imported thing as the file calls it."""
    if change.instead is None:
        return change
    instead = change.instead.deep_replace(imported.node, cst.parse_expression(written))
    return replace(change, instead=cst.ensure_type(instead, type(change.instead)))


def _answers(found: Study, asked: Asked, text: str) -> list[tuple[Studied, Repair]]:
    """The findings that may be fixed with the repairs of their rules, in order; unsafe ones where there is no other."""
    by_rule: dict[str, list[Studied]] = {}
    for one in found.studied:
        if one.rule.fix is not None and asked.wants(text, one.finding):
            by_rule.setdefault(one.rule.code, []).append(one)
    answers = []
    for studied in by_rule.values():
        fix = studied[0].rule.fix
        repairs = list(fix(found.facts)) if fix is not None else []
        for one in studied:
            mine = [repair for repair in repairs if repair.node is one.problem.node]
            repair = next((each for each in mine if each.is_safe or asked.unsafe), next(iter(mine), None))
            if repair is not None:
                answers.append((one, repair))
    return sorted(answers, key=lambda answer: answer[0].finding)


def _tried(state: _State, planned: Sequence[_Planned], asked: Asked) -> _State | None:
    """The text with these edits, if Python still takes it, and the findings are gone without new ones there."""
    after = _read(apply(state.raw, [edit for one in planned for edit in one.edits]), asked)
    if after is None or after.study is None or state.study is None:
        return None
    if not _is_made_of(state, planned, after):
        return None
    had, has = _counts(state.study), _counts(after.study)
    for kind, number in Counter(kind for one in planned for kind in _kinds(one.finding.code)).items():
        if has[kind] > had[kind] - number:
            return None
    return after


def _is_made_of(state: _State, planned: Sequence[_Planned], after: _State) -> bool:
    """Whether no `return` is gone and each name was in the text or in a repair: no words have grown together."""
    written = " ".join([state.raw, *(edit.text for one in planned for edit in one.edits)])
    known = set(WORDS.findall(unicodedata.normalize("NFKC", written)))
    names = {node.id for node in ast.walk(after.tree) if isinstance(node, ast.Name)}
    return names <= known and _returns(after.tree) >= _returns(state.tree)


def _returns(tree: ast.Module) -> int:
    return sum(1 for node in ast.walk(tree) if isinstance(node, ast.Return))


def _counts(found: Study) -> Counter[str]:
    return Counter(kind for one in found.studied for kind in _kinds(one.finding.code))


def _kinds(code: str) -> tuple[str, ...]:
    """What must become fewer: the code, and of what is returned all codes, so that no mistake gives way to another.

    A definition that is put right may well show what is wrong elsewhere.
    """
    return (code, RETURNS) if code.startswith(RETURNS) else (code,)
