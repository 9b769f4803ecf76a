"""`jaxvjp explain CODE...`: the page of a rule. `jaxvjp rules`: all of them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "explain", help="say what a code means", description="Prints the page of each code: what, why, wrong and right."
    )
    parser.add_argument("codes", nargs="+", metavar="CODE", help="such as VJP101, or the rule's name")
    parser.set_defaults(run=explain)
    table = subparsers.add_parser("rules", help="list all codes", description="Lists every code of this linter.")
    table.add_argument("--format", choices=("human", "json"), default="human", help="(default: human)")
    table.set_defaults(run=rules)


def explain(options: argparse.Namespace) -> int:
    from flake8_jaxvjp.command.rulebook import entries

    known = {name: entry for entry in entries() for name in (entry.code, entry.name)}
    asked = [code.upper() if code.upper() in known else code for code in options.codes]
    unknown = [code for code in asked if code not in known]
    if unknown:
        print(f"jaxvjp explain: there is no {', '.join(unknown)}: 'jaxvjp rules' lists all codes", file=sys.stderr)
        return 2
    _show("\n\n".join(known[code].text.rstrip() for code in asked))
    return 0


def _show(markdown: str) -> None:
    """On a terminal as a page, if rich is installed; else as it is written."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.markdown import Markdown
        except ImportError:
            pass
        else:
            Console().print(Markdown(markdown))
            return
    print(markdown)


def rules(options: argparse.Namespace) -> int:
    from flake8_jaxvjp.command.rulebook import entries

    if options.format == "json":
        print(json.dumps([asdict(entry) for entry in entries()], indent=1))
        return 0
    rows = [(entry.code, entry.name, entry.stage, entry.fix, entry.summary) for entry in entries()]
    rows.insert(0, ("code", "name", "stage", "fix", "what is wrong"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0
