"""What `jaxvjp fix` writes: the right thing, nothing else, and nothing at all when it is not sure."""

from __future__ import annotations

import ast
import re

import pytest

from command.fix_cases import HEADER, FixCase
from command.fix_cases_later import CASES
from conformance_cases import CASES as CONFORMANCE
from conformance_cases import Case
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.fixes.asking import Asked, Fixed
from flake8_jaxvjp.fixes.edits import Edit, NotSureError, Writer, apply
from flake8_jaxvjp.fixes.fixer import fix_text
from flake8_jaxvjp.fixes.study import study
from flake8_jaxvjp.rules.base import Rule, all_rules

WITH_FIX = [rule for rule in all_rules() if rule.fix is not None]
FIXED = [case for case in CASES if case.after]
REFUSED = [case for case in CASES if not case.after]
FLAGGED = [case for case in CONFORMANCE if case.linter == "flag"]
UNSAFE = {"VJP101", "VJP201", "VJP202"}
"""Rules whose bad example has an unsafe fix only."""


def fix(text: str, *, unsafe: bool = False) -> Fixed:
    return fix_text(text, Asked("a.py", lambda _text, _finding: True, unsafe))


def name_of(case: FixCase) -> str:
    return case.name


@pytest.mark.parametrize("case", FIXED, ids=name_of)
def test_a_fix_writes_what_a_person_would(case: FixCase) -> None:
    fixed = fix(HEADER + case.before, unsafe=not case.is_safe)
    assert fixed.raw == HEADER + case.after
    assert fixed.mended
    mended = {finding.code for finding in fixed.mended}
    assert not mended & {finding.code for finding in check_source(fixed.raw)}


@pytest.mark.parametrize("case", [case for case in FIXED if not case.is_safe], ids=name_of)
def test_what_is_unsafe_is_left_alone_without_being_asked(case: FixCase) -> None:
    assert fix(HEADER + case.before) == Fixed(HEADER + case.before)


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_what_is_not_sure_is_left_alone(case: FixCase) -> None:
    assert check_source(HEADER + case.before), "there is a finding to refuse"
    assert fix(HEADER + case.before, unsafe=True) == Fixed(HEADER + case.before)


@pytest.mark.parametrize("case", FIXED, ids=name_of)
def test_a_fixed_text_is_a_fixed_point(case: FixCase) -> None:
    once = fix(HEADER + case.before, unsafe=True).raw
    assert fix(once, unsafe=True) == Fixed(once)


@pytest.mark.parametrize("rule", WITH_FIX, ids=lambda rule: str(rule.code))
def test_the_bad_example_of_a_rule_with_a_fix_can_be_fixed(rule: Rule) -> None:
    assert rule.fixes.endswith(".")
    fixed = fix(rule.bad, unsafe=rule.code in UNSAFE)
    assert [finding.code for finding in fixed.mended] == [rule.code]
    assert check_source(fixed.raw) == ()
    assert bool(fix(rule.bad).mended) == (rule.code not in UNSAFE)


def test_enough_is_tried() -> None:
    assert len(WITH_FIX) >= 19
    assert len(FIXED) >= 70
    assert len(REFUSED) >= 25


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("case", FIXED, ids=name_of)
def test_newlines_stay(case: FixCase, newline: str) -> None:
    before, after = ((HEADER + text).replace("\n", newline) for text in (case.before, case.after))
    assert fix(before, unsafe=True).raw == after


def test_mixed_newlines_and_form_feeds_stay() -> None:
    case = next(case for case in FIXED if case.name == "over_lines")
    before, after = (
        "".join(line + newline for line, newline in zip(lines, ("\r\n", "\n") * len(lines), strict=False))
        for lines in ((HEADER + text).split("\n")[:-1] for text in (case.before, case.after))
    )
    fixed = fix(before + "\f\r\nx = 1")
    assert fixed.mended
    assert fixed.raw.endswith(")\r\n\n\r\nf.defvjp(f_fwd, f_bwd)\n\f\r\nx = 1")
    kept = [line for line in before.splitlines(keepends=True) if line in after.splitlines(keepends=True)]
    assert len(kept) > 15
    assert [line for line in kept if line not in fixed.raw.splitlines(keepends=True)] == []


def test_names_that_python_takes_for_others_stay() -> None:
    text = HEADER + FIXED[0].before.replace("g * y", "\uff47 * y")
    assert fix(text).raw == text.replace("jnp.concatenate((\uff47 * y, g * x))", "\uff47 * y, g * x")


def test_all_findings_of_a_file_are_fixed_at_once_and_apart() -> None:
    alone = {"output_called", "misspelt_method"}  # sure only in a small file
    chosen = [case for case in FIXED if case.is_safe and case.name not in alone]
    texts = [case.before for case in chosen]
    text = HEADER + "\n\n".join(texts)
    fixed = fix(text, unsafe=True)  # all are called alike, and so seem to be used elsewhere
    ast.parse(fixed.raw)
    assert fixed.raw == HEADER + "\n\n".join(case.after for case in chosen)


OPTIONS_ALONE = next(case for case in CASES if case.name == "options_alone")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("import jax\n", "from functools import partial\nimport jax\n"),
        ('"""Doc."""\nfrom __future__ import annotations\n\nimport os\nimport jax\n',
         '"""Doc."""\nfrom __future__ import annotations\n\nfrom functools import partial\nimport os\nimport jax\n'),
        ("import jax\nfrom functools import lru_cache, partial\n", ""),
        ("x = 1; import jax\nimport os\n", "x = 1; import jax\nfrom functools import partial\nimport os\n"),
        ("import jax\ndef partial(): pass\n", None),
        ("import jax\nfrom os import path as partial\n", None),
        ("import jax\ndef h():\n    from functools import partial\n", None),
        ("import jax\nfrom math import *\n", None),
        ("x = 1; import jax\n", None),
    ],
)  # fmt: skip
def test_an_import_is_added_where_it_is_missing(head: str, expected: str | None) -> None:
    head += "import jax.numpy as jnp\n" if expected is not None else ""
    text = head + OPTIONS_ALONE.before
    assert "VJP408" in {finding.code for finding in check_source(text)}
    fixed = fix(text)
    if expected is None:
        assert fixed == Fixed(text)
    else:
        added = expected + "import jax.numpy as jnp\n" if expected else head
        assert fixed.raw == added + OPTIONS_ALONE.after


def test_an_import_below_the_decorator_is_of_no_use() -> None:
    text = f"import jax\nimport jax.numpy as jnp\n{OPTIONS_ALONE.before}\nfrom functools import partial\n"
    assert fix(text) == Fixed(text)


def test_two_decorators_share_the_import() -> None:
    head = "import jax\nimport jax.numpy as jnp\n"
    other = re.sub(r"\bf(?=\b|_)", "h", OPTIONS_ALONE.before)
    fixed = fix(head + OPTIONS_ALONE.before + other)
    assert fixed.raw.startswith("from functools import partial\nimport jax\n")
    assert fixed.raw.count("import partial") == 1
    assert fixed.raw.count("@partial(jax.custom_vjp, nondiff_argnums=(1,))") == 2


def test_a_backward_rule_that_is_shared_by_primals_of_other_counts_is_left_alone() -> None:
    text = HEADER + (
        "@jax.custom_vjp\ndef f(x):\n    return x\n\n\n@jax.custom_vjp\ndef h(x, y):\n    return x\n\n\n"
        "def bwd(r, g):\n    return 2 * g * jnp.ones(3)\n\n\n"
        "f.defvjp(lambda x: (f(x), x), bwd)\nh.defvjp(lambda x, y: (h(x, y), x), bwd)\n"
    )
    assert check_source(text)
    assert fix(text, unsafe=True) == Fixed(text)


def test_what_is_not_wanted_is_not_fixed() -> None:
    text = HEADER + FIXED[0].before
    asked: list[str] = []

    def wants(_text: str, finding: object) -> bool:
        asked.append(str(finding))
        return False

    assert fix_text(text, Asked("a.py", wants)) == Fixed(text)
    assert asked


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\n", "", "\0"])
def test_what_cannot_be_parsed_or_holds_nothing_comes_back(text: str) -> None:
    assert fix(text) == Fixed(text)


def test_edits_meet_where_they_overlap_or_begin() -> None:
    assert Edit(0, 3, "").meets(Edit(2, 4, ""))
    assert Edit(1, 1, "a").meets(Edit(1, 1, "b"))
    assert not Edit(0, 2, "").meets(Edit(2, 4, ""))
    assert apply("abcd", [Edit(3, 4, "D"), Edit(0, 1, "A"), Edit(2, 2, "-")]) == "Ab-cD"


def test_a_writer_trusts_the_text_only() -> None:
    import libcst as cst

    from flake8_jaxvjp.fixes.repair import Change, Repair

    module = cst.parse_module("x = a + b\n")
    (statement,) = module.body
    assert isinstance(statement, cst.SimpleStatementLine)
    assign = cst.ensure_type(statement.body[0], cst.Assign)
    repair = Repair(assign, (Change(assign.value, cst.parse_expression("a - b")),))
    assert Writer("x = a + b\n", module).edits(repair) == (Edit(6, 7, "-"),)
    with pytest.raises(NotSureError):
        Writer("x = a * b\n", module).edits(repair)
    with pytest.raises(NotSureError):
        Writer("x = a + b\n", module).edits(Repair(assign, ()))
    with pytest.raises(NotSureError):
        Writer("x = a + b\n", module).edits(Repair(assign, (Change(cst.Name("a"), cst.Name("b")),)))


@pytest.mark.parametrize("case", FLAGGED, ids=lambda case: str(case.name))
def test_a_study_finds_what_the_checker_finds(case: Case) -> None:
    """Fixes and code frames are made from the same findings that are reported."""
    studied = study(ast.parse(case.code), case.code.split("\n"), "a.py")
    found = {one.finding for one in studied.studied} if studied is not None else set()
    assert found == set(check_source(case.code, "a.py"))
