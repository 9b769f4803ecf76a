"""The flake8 edge: asks flake8 for what it has, gives back what the checker finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flake8_jaxvjp import __version__
from flake8_jaxvjp.markers import has_marker

if TYPE_CHECKING:
    import argparse
    import ast


class Plugin:
    """One file's check. flake8 finds what to pass by the parameters' names; nothing is kept on the class."""

    name = "flake8-jaxvjp"
    version = __version__

    def __init__(self, tree: ast.Module, lines: list[str], filename: str, options: argparse.Namespace) -> None:
        self._tree = tree
        self._lines = lines
        self._filename = filename
        self._preview = bool(getattr(options, "jaxvjp_preview", False))
        self._runtime = bool(getattr(options, "jaxvjp_runtime", False))

    @staticmethod
    def add_options(manager: Any) -> None:
        manager.add_option(
            "--jaxvjp-preview",
            action="store_true",
            default=False,
            parse_from_config=True,
            help="also report what is likely, but not certain (VJP8xx)",
        )
        manager.add_option(
            "--jaxvjp-runtime",
            action="store_true",
            default=False,
            parse_from_config=True,
            help="also import each file that holds a rule, in a process of its own, and check its gradients (VJP9xx)",
        )

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        # Most files hold no rule: they cost this search and nothing else.
        if has_marker(self._lines):
            from flake8_jaxvjp.checker import analyse_tree

            for finding in analyse_tree(self._tree, self._lines, self._filename, self._preview).findings:
                yield finding.line, finding.column, finding.text, type(self)
        if self._runtime:
            from flake8_jaxvjp.runtime.linting import findings_of

            for finding in findings_of(self._filename, self._lines):
                yield finding.line, finding.column, finding.text, type(self)
