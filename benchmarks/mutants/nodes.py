"""Small questions about `ast` nodes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.signatures import Function

# Decorators that hand on exactly what the function takes and returns.
TRANSPARENT = {"jit", "named_call", "named_scope", "default_matmul_precision", "checkpoint", "remat"}


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of the body without those of nested functions and classes (these themselves are given)."""
    todo: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(reversed(function.body))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo += reversed(list(ast.iter_child_nodes(node)))


def literal_indices(node: ast.expr) -> tuple[int, ...] | None:
    """The integers of a tuple, list, `range(...)`, `tuple(range(...))`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id in {"tuple", "list"} and len(node.args) == 1:
            return literal_indices(node.args[0])
        bounds = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, int)]
        if node.func.id == "range" and len(bounds) == len(node.args) in {1, 2} and max(bounds) < 1000:
            return tuple(range(*bounds))
        return None
    if not isinstance(node, ast.Tuple | ast.List):
        return None
    values = [each.value if isinstance(each, ast.Constant) else None for each in node.elts]
    numbers = [each for each in values if type(each) is int]
    return tuple(numbers) if len(numbers) == len(values) else None


def named_indices(node: ast.expr, arguments: ast.arguments) -> tuple[int, ...] | None:
    """The places of parameters that are named in a display of strings."""
    places = {each.arg: index for index, each in enumerate(signatures.positional(arguments))}
    entries = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    found = [places.get(str(each.value)) if isinstance(each, ast.Constant) else None for each in entries]
    return None if None in found else tuple(each for each in found if each is not None)


def is_transparent(decorator: ast.expr) -> bool:
    node = decorator
    if isinstance(node, ast.Call) and last_name(node.func) == "partial" and node.args:
        node = node.args[0]
    elif isinstance(node, ast.Call):
        node = node.func
    return last_name(node) in TRANSPARENT


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def keyword_value(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)
