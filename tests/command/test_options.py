"""The options that several subcommands of `jaxvjp` have mean the same thing everywhere."""

from __future__ import annotations

import argparse

import pytest

from flake8_jaxvjp.cli import build_parser


def _subcommands() -> dict[str, argparse.ArgumentParser]:
    (subparsers,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(subparsers.choices)


@pytest.mark.parametrize("name", sorted(_subcommands()))
def test_what_a_person_reads_is_called_human_everywhere(name: str) -> None:
    for action in _subcommands()[name]._actions:
        if "--format" in action.option_strings:
            assert "human" in (action.choices or ())
            assert action.default in {None, "human"}
            assert "(default: human)" in (action.help or "")
