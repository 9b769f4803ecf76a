"""From focused text to a libcst module, whatever happens on the way."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import libcst as cst

from flake8_jaxvjp.source import Focus, opaque_line
from flake8_jaxvjp.syntax.scopes import Scope, build_scopes

SMALL_STATEMENTS = (cst.SimpleStatementLine, cst.SimpleStatementSuite)


def parse(focused: Focus) -> tuple[cst.Module, dict[cst.CSTNode, Scope]] | None:
    """The focused module and its scopes; a statement that cannot be read is replaced by one that says nothing.

    libcst is known to raise TypeError, KeyError, RecursionError and SyntaxError on legal Python, when it parses and
    when it visits, so every Exception is taken for "cannot be read".
    """
    read = _try_read(focused.text, focused.vjp_names)
    return read if read is not None else _try_read(_without_unreadable(focused), focused.vjp_names)


def _try_read(text: str, vjp_names: frozenset[str]) -> tuple[cst.Module, dict[cst.CSTNode, Scope]] | None:
    try:
        module = cst.parse_module(text)
        return module, build_scopes(module, vjp_names)
    except Exception:  # noqa: BLE001 - libcst's own errors are of many kinds; see `parse`
        return None


def _without_unreadable(focused: Focus) -> str:
    lines = focused.text.split("\n")
    for piece in focused.pieces:
        text = lines[piece.first - 1 : piece.last]
        if _try_read(textwrap.dedent("\n".join(text)) + "\n", focused.vjp_names) is None:
            lines[piece.first - 1 : piece.last] = [
                opaque_line(text[0], piece.names),
                *([""] * (len(text) - 1)),
            ]
    return "\n".join(lines)


def statements(body: cst.BaseSuite | cst.Module) -> Sequence[cst.BaseStatement | cst.BaseSmallStatement]:
    """The statements of a block in order; those that share a line stand one by one."""
    if isinstance(body, cst.SimpleStatementSuite):
        return body.body
    flat: list[cst.BaseStatement | cst.BaseSmallStatement] = []
    for statement in body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            flat.extend(statement.body)
        elif isinstance(statement, cst.BaseStatement):
            flat.append(statement)
    return flat


def dotted_name(node: cst.CSTNode) -> str:
    """`a.b.c` of a chain of attributes, or "" when it is something else."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=value, attr=cst.Name(value=name)):
            head = dotted_name(value)
            return head and f"{head}.{name}"
    return ""


def is_stub(node: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a function has no body yet: it only raises, asserts False, passes, or is `...`."""
    if isinstance(node, cst.Lambda):
        return isinstance(node.body, cst.Ellipsis)
    return all(_says_nothing(statement) for statement in statements(node.body))


def _says_nothing(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.Pass() | cst.Raise():
            return True
        case cst.Assert(test=cst.Name(value="False") | cst.Integer(value="0")):
            return True
        case cst.Expr(value=cst.Ellipsis() | cst.SimpleString() | cst.ConcatenatedString()):
            return True
        case cst.Del() | cst.Import() | cst.ImportFrom():
            return True
        case cst.Return(value=cst.Name(value="NotImplemented")):
            return True
    return False


def last_statement(node: cst.FunctionDef) -> cst.CSTNode | None:
    body = statements(node.body)
    return body[-1] if body else None
