"""Backward rules that say by their body that there is no gradient: they only raise, or assert False."""

from __future__ import annotations

import ast
import inspect
import textwrap
import traceback

from flake8_jaxvjp.runtime.codes import NO_GRADIENT
from flake8_jaxvjp.runtime.places import code_of
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.subject import Subject


def declared_without_gradient(subject: Subject, error: BaseException) -> Remark | None:
    """A note if the backward rule is a stub, or if it is itself what raised `error`; else None."""
    rule = subject.backward or subject.forward
    if raised_by(rule, error):
        return Remark(
            NO_GRADIENT.code,
            f"the rule of '{subject.name}' raises {type(error).__name__} itself, with a"
            " statement of its own: no gradient is declared for these arguments",
        )
    if subject.backward is None or subject.kind != "custom_vjp":
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(subject.backward)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return None
    body = [
        node for node in definition.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    if body and all(isinstance(node, (ast.Raise, ast.Pass, ast.Delete)) or _asserts_false(node) for node in body):
        return Remark(NO_GRADIENT.code, f"the backward rule of '{subject.name}' declares that there is no gradient")
    return None


def raised_by(rule: object, error: BaseException) -> bool:
    """Whether an exception comes from a `raise` statement in the body of this function."""
    code = code_of(rule)
    frames = traceback.extract_tb(error.__traceback__)
    for walked in (frames, traceback.extract_tb(error.__cause__.__traceback__) if error.__cause__ else []):
        if (
            walked
            and code is not None
            and walked[-1].filename == code.co_filename
            and (walked[-1].name == code.co_name and (walked[-1].line or "").lstrip().startswith("raise "))
        ):
            return True
    return False


def _asserts_false(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and not node.test.value
