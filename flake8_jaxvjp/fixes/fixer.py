"""Puts a text's findings right, as far as rules know how, and looks at the result before it gives it back."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flake8_jaxvjp.findings import Finding
from flake8_jaxvjp.fixes.edits import Edit, NotSureError, Writer, apply, universal
from flake8_jaxvjp.fixes.imports import import_edit
from flake8_jaxvjp.fixes.repair import Repair
from flake8_jaxvjp.fixes.study import Studied, Study, study

MAX_PASSES = 20
RETURNS = "VJP1"
WORDS = re.compile(r"\w+")
Wants = Callable[[str, Finding], bool]


@dataclass(frozen=True)
class Asked:
    """What may be fixed: `wants` is asked with the text and the finding, so that it can look at comments."""

    filename: str
    wants: Wants
    unsafe: bool = False
    preview: bool = False
    flags: int = 0


@dataclass(frozen=True)
class Fixed:
    """The new text and the findings that are gone; both as they were for a text that needs nothing."""

    raw: str
    mended: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Planned:
    """One finding and the edits that answer it."""

    finding: Finding
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class _State:
    raw: str
    tree: ast.Module
    study: Study | None


def fix_text(raw: str, asked: Asked) -> Fixed:
    """Fix until nothing changes any more. What cannot be parsed comes back as it was."""
    state = _read(raw, asked)
    mended: list[Finding] = []
    for _ in range(MAX_PASSES):
        done = None if state is None else _one_pass(state, asked)
        if done is None:
            break
        state, planned = done
        mended += [one.finding for one in planned]
    return Fixed(state.raw if state is not None else raw, tuple(mended))


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


def _one_pass(state: _State, asked: Asked) -> tuple[_State, list[_Planned]] | None:
    """The next text, and what was done to it. Definitions come first, because they say what is to be returned."""
    planned = list(_planned(state, asked))
    definitions = [one for one in planned if not one.finding.code.startswith(RETURNS)]
    return _most(state, definitions, asked) or _most(state, planned, asked)


def _most(state: _State, planned: list[_Planned], asked: Asked) -> tuple[_State, list[_Planned]] | None:
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


def _planned(state: _State, asked: Asked) -> Iterator[_Planned]:
    """The repairs that may be made together, in the order of their findings."""
    if state.study is None:
        return
    answers = list(_answers(state.study, asked, universal(state.raw)))
    if not answers:
        return
    writer = Writer(state.raw, state.study.facts.module)
    taken: list[Edit] = []
    for studied, repair in answers:
        try:
            edits = _edits(state, writer, studied, repair)
        except NotSureError:
            continue
        if not any(edit.meets(other) for edit in edits for other in taken):
            taken += edits
            yield _Planned(studied.finding, edits)


def _edits(state: _State, writer: Writer, studied: Studied, repair: Repair) -> tuple[Edit, ...]:
    """The edits of a repair, with the import that it needs. Raises NotSureError."""
    edits = writer.edits(repair)
    if repair.imports is None:
        return edits
    added = import_edit(state.tree, writer, *repair.imports, before=studied.finding.line)
    return edits if added is None else (added, *edits)


def _answers(found: Study, asked: Asked, text: str) -> list[tuple[Studied, Repair]]:
    """The findings that may be fixed with the repairs of their rules, in order."""
    by_rule: dict[str, list[Studied]] = {}
    for one in found.studied:
        if one.rule.fix is not None and asked.wants(text, one.finding):
            by_rule.setdefault(one.rule.code, []).append(one)
    answers = []
    for studied in by_rule.values():
        fix = studied[0].rule.fix
        repairs = list(fix(found.facts)) if fix is not None else []
        for one in studied:
            mine = (repair for repair in repairs if repair.node is one.problem.node)
            repair = next((each for each in mine if each.is_safe or asked.unsafe), None)
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
