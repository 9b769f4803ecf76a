"""Rules that say themselves that there is no gradient: their body only raises, or they raise for these arguments."""

from __future__ import annotations

import ast
import inspect
import textwrap
import traceback
from typing import Any

from flake8_jaxvjp.runtime.codes import NO_GRADIENT, NOT_VERIFIED
from flake8_jaxvjp.runtime.places import code_of
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.structure import first_line
from flake8_jaxvjp.runtime.subject import Subject

NOTHING_DONE = (ast.Raise, ast.Pass, ast.Delete, ast.Assign)


def declared_without_gradient(subject: Subject, error: BaseException, guessed: bool) -> Remark | None:
    """A note if a rule is a stub, or if it is itself what raised `error`; else None."""
    backward = "the rule" if subject.backward is None else "the backward rule"
    rules = ((subject.backward, backward), (subject.forward, "the forward rule" if subject.backward else "the rule"))
    for rule, name in rules:
        if rule is not None and _only_raises(rule):
            words = f"{name} of '{subject.name}' only raises: it declares that there is no gradient"
            return Remark(NO_GRADIENT.code, words)
    for rule, name in rules:
        if rule is None or not raised_by(rule, error):
            continue
        if guessed:
            words = f"'{subject.name}' is not verified: with the arguments that were guessed, {name} raises"
            return Remark(NOT_VERIFIED.code, f"{words} {first_line(error)}; add an example, as `# jaxvjp: ...`")
        words = f"{name} of '{subject.name}' raises {type(error).__name__} itself, with a statement of its own"
        return Remark(NO_GRADIENT.code, f"{words}: no gradient is declared for these arguments")
    return None


def _only_raises(rule: Any) -> bool:
    """Whether nothing but an exception can come out of a function, by its source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(rule)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return False
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return False
    body = [
        node for node in definition.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    if not body or not all(isinstance(node, NOTHING_DONE) or _asserts_false(node) for node in body):
        return False
    return isinstance(body[-1], ast.Raise) or any(map(_asserts_false, body))


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
