"""How a statement uses a rule or what looks like one, told from its `ast` nodes alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from flake8_jaxvjp.units import Unit, walk


def odd_calls(node: ast.AST, primals: Mapping[str, Unit]) -> Iterator[str]:
    """The rules that are called with a string or function written out, or with keywords that they may not take."""
    for call in walk([node]):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in primals:
            whole = [*call.args, *(keyword.value for keyword in call.keywords)]
            given = [item for value in whole for item in getattr(value, "elts", [value])]
            is_odd = any(
                isinstance(value, (ast.Lambda, ast.JoinedStr))
                or (isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes)))
                for value in given
            )
            if is_odd or _has_odd_parameters(primals[call.func.id], {keyword.arg for keyword in call.keywords}):
                yield call.func.id


def _has_odd_parameters(unit: Unit, keywords: set[str | None]) -> bool:
    """Whether a function has a string as a default, or keyword-only parameters among those that are passed."""
    for node in unit.nodes:
        if isinstance(node, ast.FunctionDef):
            defaults = [default for default in node.args.defaults if isinstance(default, ast.Constant)]
            if any(isinstance(default.value, (str, bytes)) for default in defaults):
                return True
            if {argument.arg for argument in node.args.kwonlyargs} & keywords or (node.args.kwarg and keywords):
                return True
    return False


def is_import_of_ad(node: ast.stmt, name: str) -> bool:
    """Whether a statement binds a name to `jax.interpreters.ad`."""
    match node:
        case ast.ImportFrom(module=str(module), names=names) if module.startswith("jax."):
            return any(alias.name == "ad" and (alias.asname or alias.name) == name for alias in names)
    return False


def root_of(node: ast.expr) -> str:
    """The name that a chain of attributes begins with; empty where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
