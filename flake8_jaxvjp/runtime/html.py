"""One self-contained HTML page a run: a table of all rules, and for each what was measured, drawn as SVG.

The page needs nothing that is not in it. No library draws, except that matplotlib draws the NUTS chains where it is
installed (the extra `report`); without it they are plain lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from flake8_jaxvjp.runtime import chains
from flake8_jaxvjp.runtime.codes import OF_VALUES, ON_PURPOSE, Level
from flake8_jaxvjp.runtime.drawing import energy_against_step, scatter, series
from flake8_jaxvjp.runtime.report import FileReport, RuleReport, counted

STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --quiet: #6e7781; --line: #d0d7de; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; }
tr { border-bottom: 1px solid var(--line); } code { font-family: ui-monospace, monospace; font-size: .9em; }
.passed { color: var(--good); } .failed, .error { color: var(--bad); font-weight: 600; }
.doubt { color: #9a6700; } .skipped, .note { color: var(--quiet); }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; display: table; }
figcaption { display: table-caption; caption-side: bottom; font-size: .85em; color: var(--quiet); }
svg { background: #fff; border: 1px solid var(--line); } section { margin: 2.5rem 0; } pre { overflow-x: auto; }
"""


def write_report(reports: Sequence[FileReport], folder: Path) -> Path:
    """Write `index.html` into the folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page(reports), encoding="utf-8", errors="replace")
    return path


def page(reports: Sequence[FileReport]) -> str:
    rules = [(report, rule) for report in reports for rule in report.rules]
    failed = sum(rule.failed for _, rule in rules)
    body = [
        "<h1>Derivative rules</h1>",
        _count(len(rules), len(reports), failed),
        _overview(rules),
        *(_file(report) for report in reports if report.remarks),
        *(_rule(number, report, rule) for number, (report, rule) in enumerate(rules)),
    ]
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport'"
        " content='width=device-width'><title>Derivative rules</title>"
        f"<style>{STYLE}</style></head>\n<body>{''.join(body)}</body></html>\n"
    )


def _count(rules: int, files: int, failed: int) -> str:
    wrong = f"<span class='{'failed' if failed else 'passed'}'>{failed} wrong</span>"
    return f"<p>{counted(rules, 'rule')} in {counted(files, 'file')}, {wrong}.</p>"


def _overview(rules: Sequence[tuple[FileReport, RuleReport]]) -> str:
    rows = "".join(
        f"<tr><td><a href='#rule-{number}'><code>{escape(rule.label)}</code></a></td>"
        f"<td>{escape(report.path)}:{rule.line}</td>"
        f"<td><code>{escape(rule.inputs)}</code> {escape(rule.inputs_from)}</td>"
        f"<td class='{_class(rule.verdict)}'>{escape(rule.verdict)}</td><td>{rule.seconds:.2f} s</td></tr>"
        for number, (report, rule) in enumerate(rules)
    )
    return (
        "<table><thead><tr><th>rule</th><th>place</th><th>inputs</th><th>verdict</th><th>time</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _class(verdict: str) -> str:
    return {"in doubt": "doubt"}.get(verdict, verdict if verdict in {"passed", "failed"} else "skipped")


def _file(report: FileReport) -> str:
    remarks = "".join(
        f"<li class='error'>line {one.line}: {one.code} {escape(one.message)}</li>" for one in report.remarks
    )
    printed = escape((report.stdout + report.stderr)[-4000:])
    return f"<section><h2>{escape(report.path)}</h2><ul>{remarks}</ul><pre>{printed}</pre></section>"


def _rule(number: int, report: FileReport, rule: RuleReport) -> str:
    remarks = "".join(
        f"<li class='{'error' if one.level is Level.ERROR else 'note'}'>line {one.line}: <code>{one.code}</code>"
        f" {escape(one.message)}</li>"
        for one in rule.remarks
    )
    stages = "".join(
        f"<tr><td>{escape(one.name)}</td><td class='{_class(one.verdict)}'>{escape(one.verdict)}</td>"
        f"<td>{escape(one.detail)}</td></tr>"
        for one in rule.stages
    )
    supports = f"<p>Supports {escape('; '.join(rule.supports))}.</p>" if rule.supports else ""
    supports += _advice(rule)
    return (
        f"<section id='rule-{number}'><h2><code>{escape(rule.label)}</code>"
        f" <span class='{_class(rule.verdict)}'>{escape(rule.verdict)}</span></h2>"
        f"<p>{escape(report.path)}, line {rule.line}, {escape(rule.kind)}</p><ul>{remarks}</ul>{supports}"
        f"<div class='plots'>{''.join(_plots(rule, f'rule {number}'))}</div><table>{stages}</table></section>"
    )


def _advice(rule: RuleReport) -> str:
    return f"<p>{escape(ON_PURPOSE)}</p>" if any(one.code in OF_VALUES for one in rule.remarks) else ""


def _plots(rule: RuleReport, salt: str) -> list[str]:
    measured = rule.measured
    found = [
        _figure(scatter(given, expected), f"cotangent of {name}: given against expected")
        for name, (given, expected) in measured.cotangents.items()
        if given
    ]
    if measured.step_sizes:
        found.append(
            _figure(
                energy_against_step(measured.step_sizes, measured.energy_errors),
                "leapfrog energy error against step size; the dashed line is a right gradient's slope",
            )
        )
    if (measured.trace or measured.energy) and chains.available():
        return [*found, *(_figure(drawing, caption) for drawing, caption in chains.pictures(measured, salt))]
    for name, values in measured.trace.items():
        found.append(_figure(series(values), f"NUTS draws of {name}"))
    if measured.energy:
        found.append(_figure(series(measured.energy), "energy of the NUTS chain"))
    return found


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"
