"""Where a rule stands in its file: the `defvjp` calls, the functions that they name, and the lines to put findings on.

The static wing knows far more of `defvjp` (`flake8_jaxvjp.checker.analyse_source(...).sites`), and is asked where that
decides something: for rules that no import has made. Here is what every rule needs, also one of `defjvp` or of equinox,
in any file that Python can parse and without the time that libcst takes.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

METHODS = frozenset({"defvjp", "defjvp", "defjvps", "def_bwd"})


@dataclass(frozen=True, slots=True)
class Site:
    """One call (or decorator) that defines a rule. `inside` names the function that must run for it to happen."""

    line: int
    end_line: int
    column: int
    receiver: str
    inside: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A line and column where a finding can be put."""

    line: int
    column: int = 0


@dataclass(frozen=True)
class Places:
    """The places of one file."""

    sites: tuple[Site, ...]
    functions: dict[int, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]

    def site_at(self, line: int) -> Site | None:
        """The innermost site that covers a line."""
        covering = [site for site in self.sites if site.line <= line <= site.end_line]
        return min(covering, key=lambda site: site.end_line - site.line, default=None)

    def definition(self, function: Any, filename: str) -> Spot | None:
        """The `def` line of a function of this file."""
        node = self._node(function, filename)
        return None if node is None else Spot(node.lineno, node.col_offset)

    def returned(self, function: Any, filename: str) -> Spot | None:
        """The last `return` of a function of this file, or its `def` if it has none."""
        node = self._node(function, filename)
        if node is None:
            return None
        if isinstance(node, ast.Lambda):
            return Spot(node.body.lineno, node.body.col_offset)
        last = max(
            (inner for inner in _own_statements(node) if isinstance(inner, ast.Return)),
            key=lambda inner: inner.lineno,
            default=None,
        )
        return Spot(node.lineno, node.col_offset) if last is None else Spot(last.lineno, last.col_offset)

    def _node(self, function: Any, filename: str) -> Any:
        code = code_of(function)
        if code is None or code.co_filename != filename:
            return None
        return self.functions.get(code.co_firstlineno)


def code_of(function: Any) -> CodeType | None:
    """The code of the function that a partial, a bound method or a wrapper such as `jax.jit` stands for."""
    for _ in range(20):
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "__func__"):
            function = function.__func__
        elif hasattr(function, "__code__"):
            code = function.__code__
            return code if isinstance(code, CodeType) else None
        else:
            return None
    return None


def _own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in a function but what stands in functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        yield child
        yield from _own_statements(child)


def find_places(text: str) -> Places:
    """Parse a file. Raises SyntaxError (or ValueError, for null bytes) as `ast.parse` does."""
    sites: list[Site] = []
    functions: dict[int, Any] = {}
    pending: list[tuple[ast.AST, str]] = [(ast.parse(text), "")]
    while pending:
        node, inside = pending.pop()
        deeper = inside
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            functions[first] = node
            sites += [_site(d, node, inside) for d in node.decorator_list if _is_definition(d)]
            deeper = f"{inside}.{node.name}" if inside else node.name
        elif isinstance(node, ast.Lambda):
            functions.setdefault(node.lineno, node)
        elif isinstance(node, ast.Call) and _is_definition(node.func):
            sites.append(_site(node.func, node, inside))
        pending += [(child, deeper) for child in ast.iter_child_nodes(node)]
    return Places(tuple(sorted(sites, key=lambda site: (site.line, site.column))), functions)


def _is_definition(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in METHODS


def _site(attribute: ast.expr, node: Any, inside: str) -> Site:
    assert isinstance(attribute, ast.Attribute)
    end = attribute.lineno if not isinstance(node, ast.Call) else node.end_lineno or node.lineno
    return Site(
        attribute.lineno if not isinstance(node, ast.Call) else node.lineno,
        end,
        attribute.col_offset,
        ast.unparse(attribute.value)[:80],
        inside,
    )
