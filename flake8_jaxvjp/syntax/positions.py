"""Where a node stands; asked for findings only, because libcst's provider walks the whole module."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from flake8_jaxvjp.findings import Position


class Positions:
    """The start and end of each node of one module, computed at the first question."""

    def __init__(self, module: cst.Module) -> None:
        self._module = module
        self._ranges: dict[cst.CSTNode, tuple[Position, Position]] | None = None

    def __contains__(self, node: cst.CSTNode) -> bool:
        return node in self._all()

    def span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Start and end of the place to edit: a function's name, a return's value where it starts on that line."""
        match node:
            case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                return self._range(name)
            case cst.Return(value=cst.BaseExpression() as value):
                start, (value_start, end) = self._range(node)[0], self._range(value)
                on_first_line = value_start.line == start.line
                return (Position(start.line, value_start.column) if on_first_line else start), end
            case cst.Arg(value=value) | cst.Decorator(decorator=value):
                return self._range(value)
        return self._range(node)

    def _range(self, node: cst.CSTNode) -> tuple[Position, Position]:
        return self._all()[node]

    def _all(self) -> dict[cst.CSTNode, tuple[Position, Position]]:
        if self._ranges is None:
            wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
            self._ranges = {
                found: (Position(span.start.line, span.start.column), Position(span.end.line, span.end.column))
                for found, span in wrapper.resolve(PositionProvider).items()
            }
        return self._ranges
