"""The import that a repair needs: there already, to be added, or in the way."""

from __future__ import annotations

import ast

from flake8_jaxvjp.fixes.edits import Edit, NotSureError, Writer


def import_edit(tree: ast.Module, writer: Writer, module: str, name: str, before: int) -> Edit | None:
    """What brings `from module import name` in above the line `before`; None where it stands there already.

    Raises NotSureError where the name is bound to something else, or where there is no place for an import.
    """
    own = [node for node in tree.body if _is_from(node, module, name)]
    if _bindings(tree, name) > len(own):
        raise NotSureError
    if own:
        if own[0].lineno >= before:
            raise NotSureError
        return None
    for index, node in enumerate(tree.body):
        is_import = isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_future(node)
        is_first_on_line = index == 0 or (tree.body[index - 1].end_lineno or 0) < node.lineno
        if is_import and is_first_on_line and node.lineno < before:
            return writer.line_before(node.lineno, f"from {module} import {name}")
    raise NotSureError


def _is_from(node: ast.stmt, module: str, name: str) -> bool:
    if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
        return False
    return any(alias.name == name and alias.asname in {None, name} for alias in node.names)


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
            case ast.alias(name=imported, asname=bound) if name in {bound, imported if bound is None else ""}:
                count += 1
            case ast.alias(name="*"):
                count += 1
    return count
