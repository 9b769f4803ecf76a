"""How a file calls what a repair needs of a module: as it does already, or by an import that is to be added."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_jaxvjp.fixes.edits import Edit, NotSureError, Writer


@dataclass(frozen=True, slots=True)
class _Way:
    """A name that an import on a line binds, and what is written by it."""

    bound: str
    written: str
    line: int


def known_as(tree: ast.Module, module: str, name: str, before: int) -> str | None:
    """How a name of a module is called above the line `before`, where an import says so and nothing else binds it.

    `from functools import partial as p` makes it `p`, `import functools` makes it `functools.partial`.
    """
    ways = [*_from_imports(tree, module, name), *_imports(tree, module, name)]
    for way in ways:
        is_only = _bindings(tree, way.bound) == sum(other.written == way.written for other in ways)
        if way.line < before and is_only:
            return way.written
    return None


def import_edit(tree: ast.Module, writer: Writer, module: str, name: str, before: int) -> Edit:
    """What brings `from module import name` in above the line `before`.

    Raises NotSureError where the name is bound to something else, or where there is no place for an import.
    """
    if _bindings(tree, name):
        raise NotSureError(f"the file has another '{name}' than that of {module}, or has it too late")
    for index, node in enumerate(tree.body):
        is_import = isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_future(node)
        is_first_on_line = index == 0 or (tree.body[index - 1].end_lineno or 0) < node.lineno
        if is_import and is_first_on_line and node.lineno < before:
            return writer.line_before(node.lineno, f"from {module} import {name}")
    raise NotSureError(f"there is no place for 'from {module} import {name}'")


def _from_imports(tree: ast.Module, module: str, name: str) -> Iterator[_Way]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
            called = [alias.asname or name for alias in node.names if alias.name == name]
            yield from (_Way(each, each, node.lineno) for each in called)


def _imports(tree: ast.Module, module: str, name: str) -> Iterator[_Way]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            called = [alias.asname or module for alias in node.names if alias.name == module]
            yield from (_Way(each, f"{each}.{name}", node.lineno) for each in called)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _bindings(tree: ast.Module, name: str) -> int:
    """How often a file binds a name, in whatever scope."""
    count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=bound, ctx=ast.Store() | ast.Del()) | ast.arg(arg=bound) if bound == name:
                count += 1
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name == name:
                count += 1
            case ast.ExceptHandler(name=bound) | ast.MatchAs(name=bound) | ast.MatchStar(name=bound) if bound == name:
                count += 1
            case ast.alias(name=imported, asname=bound) if name in {bound, imported if bound is None else ""}:
                count += 1
            case ast.alias(name="*"):
                count += 1
    return count
