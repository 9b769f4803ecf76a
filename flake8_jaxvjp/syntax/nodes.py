"""What stands below a libcst node, without the whitespace and the punctuation.

libcst's own `children` and `visit` rebuild each node that they pass, which costs more than all of the inference; a
focused module is never changed, so its fields are read as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Final, Literal

import libcst as cst

# Deeper than that, libcst's own visitors end in RecursionError, which depends on who calls; this does not.
MAX_DEPTH = 250
PUNCTUATION = frozenset(
    {
        "colon",
        "comma",
        "dot",
        "equal",
        "footer",
        "header",
        "lbrace",
        "lbracket",
        "leading_lines",
        "lines_after_decorators",
        "lines_after_module_docstring",
        "lpar",
        "rbrace",
        "rbracket",
        "rpar",
        "semicolon",
        "trailing_whitespace",
        "type_comment",
    }
)


@cache
def _inner_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (field.name for field in fields(kind))
    return tuple(name for name in names if name not in PUNCTUATION and not name.startswith("whitespace"))


class _KindsOfValues(dict[type, Literal["node", "items", "other"]]):
    """Which classes are libcst nodes: `isinstance` asks an abstract base class, at several times the cost."""

    def __missing__(self, kind: type) -> Literal["node", "items", "other"]:
        self[kind] = (
            "node" if issubclass(kind, cst.CSTNode) else "items" if issubclass(kind, (tuple, list)) else "other"
        )
        return self[kind]


_KINDS: Final = _KindsOfValues()


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below, in the order of the class's fields."""
    found: list[cst.CSTNode] = []
    for name in _inner_fields(type(node)):
        value = getattr(node, name)
        match _KINDS[type(value)]:
            case "node":
                found.append(value)
            case "items":
                found.extend(item for item in value if _KINDS[type(item)] == "node")
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and every node below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def walk_statements(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements below a node, at every depth; expressions, which are most of the nodes, are passed over."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, (cst.BaseStatement, cst.BaseSmallStatement)):
            yield current
        pending.extend(child for child in children(current) if not isinstance(child, cst.BaseExpression))


class InnerVisitor(cst.CSTVisitor):
    """A libcst visitor that is led through `children`: its `visit_*` methods say with False where not to go on."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def walk(self, node: cst.CSTNode) -> None:
        """Visits the node and what is below it. Raises RecursionError where that is more than MAX_DEPTH deep."""
        if self._depth > MAX_DEPTH:
            raise RecursionError("nested too deep for libcst")
        self._depth += 1
        visit = getattr(self, f"visit_{type(node).__name__}", None)
        if visit is None or visit(node) is not False:
            for child in children(node):
                self.walk(child)
        self._depth -= 1
