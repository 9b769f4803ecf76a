"""`# noqa` silences for `jaxvjp check` what it silences for flake8, and comments that silence nothing are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from command.running import jaxvjp
from command.samples import BAD, BAD_LINE, GOOD, HEADER, WRONG, rule
from conformance_cases import CASES, FAMILIES
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.command.linting import Request, lint_bytes
from real_flake8 import flake8

COMMENTS = (
    "# noqa", "#noqa", "# NOQA", "# noqa : VJP102", "# noqa:VJP102", "# noqa: VJP102", "# noqa: VJP1", "# noqa: VJP",
    "# noqa: vjp102", "# NoQA: Vjp102", "# noqa: VJP101", "# noqa: VJP101,VJP102", "# noqa: VJP101 VJP102",
    "# noqa: E501, VJP102", "# noqa: E501", "# noqa:VJP102 because", "# noqa VJP102", "# noqa:  VJP102",
    "# why? # noqa: VJP102", "# noqa: VJP101 # noqa: VJP102", "# noqa:VJP102,", "# noqa-VJP102", "# noqa: all",
    "# type: ignore # noqa", "# nobody: VJP102", "# noqa;VJP102",
)  # fmt: skip
FORMS = {
    "one_line": f"    return {WRONG}  HERE\n",
    "brackets": "    return jnp.concatenate(  HERE\n        (g * y, g * x)\n    )\n",
    "brackets_end": "    return jnp.concatenate(\n        (g * y, g * x)\n    )  HERE\n",
    "backslash": "    return jnp.concatenate( \\\n        (g * y, g * x))  HERE\n",
    "string": '    return jnp.concatenate((g * y, g * x, """\n    """))  HERE\n',
}
FILES = (
    "# flake8: noqa", "# flake8:noqa", "#flake8: noqa", "# flake8: noqa: VJP102", "# flake8: NOQA", "# flake8= noqa",
    "x = 1  # flake8: noqa", "# flake8: noqa: E501", "    # flake8: noqa",
)  # fmt: skip


def with_comments() -> Iterator[tuple[str, str]]:
    """Files that differ in a comment and in where it stands."""
    for form, text in FORMS.items():
        for number, comment in enumerate(COMMENTS):
            yield f"{form}_{number}.py", BAD.replace(f"    return {WRONG}\n", text.replace("HERE", comment))
    for number, comment in enumerate(FILES):
        yield f"file_{number}.py", f"{comment}\n{BAD}"
        yield f"late_{number}.py", f"{BAD}\n{comment}\n"


def silenced_cases() -> Iterator[tuple[str, str]]:
    """The conformance cases, each finding with a comment of its code at its line, every second one of another code."""
    for case in (case for case in CASES if case.linter == "flag" and case.family in FAMILIES):
        lines = case.code.split("\n")
        for index, finding in enumerate(check_source(case.code)):
            code = finding.code if index % 2 == 0 else "VJP999"
            lines[finding.line - 1] += f"  # noqa: {code}"
        yield f"{case.name}.py", "\n".join(lines)


@pytest.mark.parametrize("files", [with_comments, silenced_cases])
def test_the_same_findings_remain_as_with_flake8(tmp_path: Path, files: object) -> None:
    assert callable(files)
    written = dict(files())
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    outcome = flake8(["."], tmp_path)
    theirs = [(found.path[2:], found.line, found.column, found.code, found.message) for found in outcome.findings]
    results = [lint_bytes(text.encode(), str(tmp_path / name), name, Request()) for name, text in written.items()]
    found = [one for result in results for one in result.findings]
    ours = [(one.path, one.line, one.column + 1, one.code, one.message) for one in found]
    assert sorted(ours) == sorted(theirs)
    silent = set(written) - {name for name, *_ in ours}
    assert len(silent) > 10
    if files is with_comments:
        assert len({name for name, *_ in ours}) > 30


def unused(text: str, **options: object) -> list[tuple[int, int, str]]:
    request = Request(unused_noqa=True, **options)  # type: ignore[arg-type]
    found = lint_bytes(text.encode(), "a.py", "a.py", request).findings
    return [(one.line, one.column, one.message) for one in found if one.code == "VJP001"]


def test_comments_that_silence_nothing_are_found_on_request() -> None:
    text = GOOD.replace("    x, y = residuals", "    x, y = residuals  # noqa: VJP302, E501")
    (found,) = unused(text)
    line = text.split("\n").index("    x, y = residuals  # noqa: VJP302, E501") + 1
    assert found == (line, 22, "unused '# noqa: VJP302': nothing of that code is found here: remove it")
    assert lint_bytes(text.encode(), "a.py", "a.py", Request()).findings == ()


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa", "# noqa: E501", "# noqa: VJP102", "# noqa: VJP1", "# noqa: VJP907", "# noqa: VJP899",
        "# NOQA: E1,VJP102",
    ],
)  # fmt: skip
def test_what_silences_something_or_belongs_to_others_is_not_unused(comment: str) -> None:
    assert unused(BAD.replace(WRONG, f"{WRONG}  {comment}")) == []


def test_a_string_is_no_comment() -> None:
    assert unused(f'"""Write `# noqa: VJP102` there."""\n{GOOD}') == []
    assert unused(f"x = '# noqa: VJP101'\n{GOOD}") == []
    assert unused("# flake8: noqa\nx = 1  # noqa: VJP101\n") == []


def test_a_code_that_is_ignored_is_not_unused() -> None:
    text = BAD.replace(WRONG, f"{WRONG}  # noqa: VJP102")
    assert unused(text, ignore=("VJP102",)) == []


def test_files_without_a_rule_are_looked_at_for_comments_too(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("x = 1  # noqa: VJP101\n")
    assert jaxvjp(tmp_path, "check", ".").code == 0
    done = jaxvjp(tmp_path, "check", ".", "--unused-noqa", "--format=concise")
    assert done.lines == [
        "plain.py:1:8: VJP001 unused '# noqa: VJP101': nothing of that code is found here: remove it"
    ]
    assert done.code == 1


def test_a_comment_that_does_not_reach_its_finding_is_unused() -> None:
    """The finding stands at the `return`, and flake8 does not join the lines of a bracket."""
    text = HEADER + rule(f"(\n        {WRONG}  # noqa: VJP102\n    )")
    assert [line for line, _, _ in unused(text)] == [BAD_LINE + 1]
