"""What a name means at a place, by `ast` alone: the last definition that surely ran before, else nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Scopes:
    """The parents of every node of a tree, and what follows from them."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def parents(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self._parents:
            node = self._parents[node]
            yield node

    def scope_of(self, node: ast.AST) -> Scope:
        for parent in self.parents(node):
            if isinstance(parent, SCOPES):
                return parent
        return self._tree

    def statement_of(self, node: ast.AST) -> ast.stmt:
        for each in (node, *self.parents(node)):
            if isinstance(each, ast.stmt):
                return each
        raise ValueError("an expression outside every statement")

    def definition(self, name: ast.Name) -> ast.AST | None:
        """The function, lambda or call that the name is bound to; None where that is not plain."""
        scope: ast.AST = self.scope_of(name)
        first = True
        while True:
            if first or not isinstance(scope, ast.ClassDef):
                found, known = self._in_scope(scope, name, local=first)
                if known:
                    return found
            if isinstance(scope, ast.Module):
                return None
            scope, first = self.scope_of(scope), False

    def _in_scope(self, scope: ast.AST, name: ast.Name, *, local: bool) -> tuple[ast.AST | None, bool]:
        """What one scope says about the name, and whether it binds it at all."""
        bindings = list(self._bindings(scope, name.id))
        if not bindings:
            return None, False
        if not local:  # seen from inside a function: the one that is bound when the function runs
            return (self._value(bindings[0], name.id), True) if len(bindings) == 1 else (None, True)
        before = [each for each in bindings if each.lineno < name.lineno]
        if not before:
            return None, True
        last = max(before, key=lambda each: each.lineno)
        certain = self._block(last) in [self._block(name), *map(self._block, self.parents(name))]
        return (self._value(last, name.id), True) if certain else (None, True)

    def _block(self, node: ast.AST) -> tuple[int, str]:
        """The list of statements in which the node stands: its owner and that owner's field."""
        statement = node
        for each in (node, *self.parents(node)):
            if isinstance(each, ast.stmt):
                statement = each
                break
        parent = self._parents.get(statement, self._tree)
        for field, value in ast.iter_fields(parent):
            if isinstance(value, list) and any(each is statement for each in value):
                return id(parent), field
        return id(parent), ""

    def _bindings(self, scope: ast.AST, name: str) -> Iterator[ast.stmt | ast.expr | ast.arg]:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = scope.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            yield from (each for each in every if each is not None and each.arg == name)
        body = getattr(scope, "body", [])
        todo: list[ast.AST] = list(body) if isinstance(body, list) else [body]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if node.name == name:
                    yield node
                continue
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
                yield node
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
                if name in bound or "*" in bound:
                    yield node
            todo += ast.iter_child_nodes(node)

    def _value(self, binding: ast.AST, name: str) -> ast.AST | None:
        if isinstance(binding, ast.FunctionDef):
            return binding
        statement = self._parents.get(binding)
        if isinstance(statement, ast.Assign) and statement.targets == [binding] and isinstance(binding, ast.Name):
            value = statement.value
            return value if isinstance(value, ast.Call | ast.Lambda) and binding.id == name else None
        return None
