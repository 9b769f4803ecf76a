"""The `jaxvjp` command. Each subcommand is a module with `add(subparsers)`, which says how it is parsed and run.

Exit codes: 0 nothing found, 1 findings, 2 the call or a file could not be handled, 3 both; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import flake8_jaxvjp

SUBCOMMANDS = {
    "check": "flake8_jaxvjp.command.check",
    "fix": "flake8_jaxvjp.command.fix",
    "explain": "flake8_jaxvjp.command.explain",
    "rules": "flake8_jaxvjp.command.explain",
    "verify": "flake8_jaxvjp.runtime.command",
}
INTERRUPTED = 130


def build_parser(wanted: str = "") -> argparse.ArgumentParser:
    """The parser of one subcommand, so that nothing is loaded for the others, or of all."""
    parser = argparse.ArgumentParser(prog="jaxvjp", description="Finds wrong hand-written JAX derivative rules.")
    parser.add_argument("--version", action="version", version=f"flake8-jaxvjp {flake8_jaxvjp.__version__}")
    subparsers = parser.add_subparsers(title="subcommands", required=True, metavar="COMMAND")
    modules = [SUBCOMMANDS[wanted]] if wanted in SUBCOMMANDS else sorted(set(SUBCOMMANDS.values()))
    for module in modules:
        import_module(module).add(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is returned, not raised."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = build_parser(given[0] if given else "").parse_args(given)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name or a line that the terminal cannot show must not end the run
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        Path.cwd()
    except OSError:
        print("jaxvjp: the folder in which it was called is no longer there", file=sys.stderr)
        return 2
    try:
        code: int = options.run(options)
    except BrokenPipeError:  # whoever reads has seen enough; Python must not write the rest when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return code
