"""Writes what is generated from the rules: their pages, the README's table and its terminal excerpt.

`python -m flake8_jaxvjp.docs` from a checkout rewrites the files; `--check` only says which are not up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from flake8_jaxvjp import check_source
from flake8_jaxvjp.command.rulebook import UNUSED_NOQA
from flake8_jaxvjp.rules.base import Rule, all_rules
from flake8_jaxvjp.runtime.codes import CODES
from flake8_jaxvjp.runtime.pages import runtime_page

GROUPS = {
    "0": "Comments to the linter",
    "1": "What the backward rule returns",
    "2": "Signatures",
    "3": "What flows between the rules",
    "4": "Definition and use",
    "5": "Relatives of custom_vjp",
    "8": "Likely, not certain (only with `--jaxvjp-preview`)",
    "9": "Found at run time",
}


def generated(root: Path) -> dict[Path, str]:
    """Each generated file, by its path, with the text that it must have."""
    pages = {root / "docs" / "rules" / f"{rule.code}.md": rule_page(rule) for rule in all_rules()}
    readme = root / "README.md"
    text = _replaced(readme.read_text(encoding="utf-8"), "rules", rule_table("docs/rules/"))
    text = _replaced(text, "excerpt", f"```console\n{excerpt(root)}\n```")
    pages |= {root / "docs" / "rules" / f"{code.code}.md": runtime_page(code) for code in CODES}
    pages[root / "docs" / "rules" / f"{UNUSED_NOQA.code}.md"] = UNUSED_NOQA.text
    return {**pages, root / "docs" / "rules" / "index.md": _index(), readme: text}


def rule_page(rule: Rule) -> str:
    """The page of one rule, in Markdown."""
    stage = "\n*Preview: off unless `--jaxvjp-preview` is given.*\n" if rule.is_preview else ""
    references = "\n".join(f"- {reference}" for reference in rule.references)
    findings = "\n".join(
        f"example.py:{finding.line}:{finding.column + 1}: {finding.text}"
        for finding in check_source(rule.bad, preview=True)
    )
    return f"""\
# {rule.code}: {rule.name}
{stage}
## What it does

{rule.what}

## Why is this bad?

{rule.why}

## Example

```python
{rule.bad.rstrip()}
```

```console
{findings}
```

Use instead:

```python
{rule.good.rstrip()}
```
{_fix(rule)}
## References

{references}
"""


def _fix(rule: Rule) -> str:
    return f"\n## What `jaxvjp fix` does\n\n{rule.fixes}\n" if rule.fix is not None else ""


def rule_table(folder: str) -> str:
    """All rules, a line each."""
    lines = ["| code | name | what is wrong |", "|---|---|---|"]
    for rule in all_rules():
        preview = " (preview)" if rule.is_preview else ""
        lines.append(f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name}{preview} | {rule.summary} |")
    return "\n".join(lines)


def _index() -> str:
    return "\n".join(["# Rules", "", *_index_groups()])


def _index_groups() -> Iterator[str]:
    for digit, title in GROUPS.items():
        rules = [rule for rule in all_rules() if rule.code[3] == digit]
        entries = [f"- [{rule.code}: {rule.name}]({rule.code}.md): {rule.summary}" for rule in rules]
        if digit == "0":
            entries = [f"- [{UNUSED_NOQA.code}: {UNUSED_NOQA.name}]({UNUSED_NOQA.code}.md): {UNUSED_NOQA.summary}"]
        if digit == "9":
            entries += [f"- [{code.code}: {code.name}]({code.code}.md) ({code.level.value})" for code in CODES]
        if entries:
            yield from (f"## {title}", "", *entries, "")
    yield "```{toctree}\n:hidden:\n:glob:\n\nVJP*\n```\n"


def excerpt(root: Path) -> str:
    """What `flake8 examples` shows."""
    lines = ["$ flake8 examples"]
    for path in sorted((root / "examples").glob("*.py")):
        findings = check_source(path.read_text(encoding="utf-8"), path.name)
        lines += [f"examples/{path.name}:{one.line}:{one.column + 1}: {one.text}" for one in findings]
    return "\n".join(lines)


def _replaced(text: str, name: str, content: str) -> str:
    """The text with what stands between the two markers of this name replaced."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n{content}\n{end}{tail}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a file is out of date")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current folder)")
    options = parser.parse_args(arguments)
    texts = generated(options.root)
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        sys.stdout.write(f"{'out of date' if options.check else 'written'}: {path}\n")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8", newline="\n")
    return int(options.check and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
