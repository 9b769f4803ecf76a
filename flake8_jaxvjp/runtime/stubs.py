"""Backward rules that say by their body that there is no gradient: they only raise, or assert False."""

from __future__ import annotations

import ast
import inspect
import textwrap

from flake8_jaxvjp.runtime.codes import NO_GRADIENT
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.subject import Subject


def declared_without_gradient(subject: Subject) -> Remark | None:
    """A note if the backward rule is a stub, else None."""
    if subject.backward is None or subject.kind != "custom_vjp":
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(subject.backward)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return None
    body = [node for node in definition.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if body and all(isinstance(node, (ast.Raise, ast.Pass, ast.Delete)) or _asserts_false(node) for node in body):
        return Remark(NO_GRADIENT.code, f"the backward rule of '{subject.name}' declares that there is no gradient")
    return None


def _asserts_false(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and not node.test.value
