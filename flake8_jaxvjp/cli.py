"""The `jaxvjp` command. Each subcommand is a module with `add(subparsers)`, which says how it is parsed and run.

Exit codes: 0 nothing found, 1 findings, 2 the command was wrong, 3 the command itself failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import flake8_jaxvjp
from flake8_jaxvjp.runtime import command as verify_command

SUBCOMMANDS = (verify_command,)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jaxvjp", description="Finds wrong hand-written JAX derivative rules.")
    parser.add_argument("--version", action="version", version=f"flake8-jaxvjp {flake8_jaxvjp.__version__}")
    subparsers = parser.add_subparsers(title="subcommands", required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is returned, not raised."""
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    try:
        code: int = options.run(options)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 3
    return code
