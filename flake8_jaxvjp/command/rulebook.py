"""What is known of each code, also of those that are no static rule: for `explain`, `rules` and the formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from flake8_jaxvjp.rules.base import Rule, all_rules
from flake8_jaxvjp.runtime.codes import CODES, Code


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: `text` is its page in Markdown; `fix` says whether `jaxvjp fix` puts some of it right."""

    code: str
    name: str
    summary: str
    what: str
    text: str
    stage: str
    fix: str = ""


UNUSED_NOQA = Entry(
    code="VJP001",
    name="unused-noqa",
    summary="a comment silences a finding that is not there",
    what="Checks that each code of this linter in a `# noqa` comment silences something.",
    text=(
        "# VJP001: unused-noqa\n\n*Only with `jaxvjp check --unused-noqa`.*\n\n## What it does\n\n"
        "Checks that each code of this linter in a `# noqa` comment silences something.\n\n## Why is this bad?\n\n"
        "A comment that outlives its mistake hides the next one. Codes of other linters and a bare `# noqa` are not"
        " judged, nor are codes that this run does not look for.\n"
    ),
    stage="on request",
)


@cache
def entries() -> tuple[Entry, ...]:
    """Every code, in order."""
    return tuple(sorted(_all(), key=lambda entry: entry.code))


def _all() -> Iterator[Entry]:
    from flake8_jaxvjp.runtime.pages import runtime_page

    yield UNUSED_NOQA
    for rule in all_rules():
        yield Entry(rule.code, rule.name, rule.summary, rule.what, _page(rule), _stage(rule), _fix(rule))
    for code in CODES:
        yield Entry(code.code, code.name, _first_sentence(code), code.why, runtime_page(code), "runtime")


def _page(rule: Rule) -> str:
    from flake8_jaxvjp.docs import rule_page

    return rule_page(rule)


def _stage(rule: Rule) -> str:
    return "preview" if rule.is_preview else "stable"


def _fix(rule: Rule) -> str:
    return "yes" if rule.fix is not None else ""


def _first_sentence(code: Code) -> str:
    return code.why.partition(". ")[0].rstrip(".")
