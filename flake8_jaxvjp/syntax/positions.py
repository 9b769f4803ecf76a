"""Where a node stands; asked for findings only, and worked out for the statements that hold one.

libcst's provider writes out all that it is given, so it gets one statement of the module at a time.
"""

from __future__ import annotations

from functools import cached_property

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from flake8_jaxvjp.findings import Position
from flake8_jaxvjp.syntax.nodes import walk


class Positions:
    """The start and end of each node of one module, computed at the first question about its statement."""

    def __init__(self, module: cst.Module) -> None:
        self._module = module
        self._first_lines = [1 + len(module.header)]
        self._ranges: dict[int, dict[cst.CSTNode, tuple[Position, Position]]] = {}

    def __contains__(self, node: cst.CSTNode) -> bool:
        return node in self._statement_of

    def span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Start and end of the place to edit: a function's name, a return's value where it starts on that line."""
        match node:
            case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                return self._range(name)
            case cst.Return(value=cst.BaseExpression() as value, whitespace_after_return=cst.SimpleWhitespace() as gap):
                start, end = self._range(node)
                if "\n" in gap.value:
                    return start, end
                # Where the expression begins, parentheses and all.
                return Position(start.line, start.column + len("return" + gap.value)), end
            case cst.Arg(value=value) | cst.Decorator(decorator=value):
                return self._range(value)
        return self._range(node)

    @cached_property
    def _statement_of(self) -> dict[cst.CSTNode, int]:
        return {node: index for index, statement in enumerate(self._module.body) for node in walk(statement)}

    def _first_line(self, index: int) -> int:
        """The line of a statement, counted through what stands above it."""
        while len(self._first_lines) <= index:
            above = self._alone(self._module.body[len(self._first_lines) - 1])
            self._first_lines.append(self._first_lines[-1] + above.code.count("\n"))
        return self._first_lines[index]

    def _range(self, node: cst.CSTNode) -> tuple[Position, Position]:
        index = self._statement_of[node]
        if index not in self._ranges:
            self._ranges[index] = self._ranges_in(index)
        return self._ranges[index][node]

    def _ranges_in(self, index: int) -> dict[cst.CSTNode, tuple[Position, Position]]:
        wrapper = MetadataWrapper(self._alone(self._module.body[index]), unsafe_skip_copy=True)
        above = self._first_line(index) - 1
        return {
            found: (
                Position(span.start.line + above, span.start.column),
                Position(span.end.line + above, span.end.column),
            )
            for found, span in wrapper.resolve(PositionProvider).items()
        }

    def _alone(self, statement: cst.SimpleStatementLine | cst.BaseCompoundStatement) -> cst.Module:
        return cst.Module([statement], default_indent=self._module.default_indent)
