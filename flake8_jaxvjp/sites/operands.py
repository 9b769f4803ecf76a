"""Parameters that surely are neither a tuple nor a list nor None, because the function does arithmetic with them.

Python raises TypeError for a tuple, list or None with an operator and a number (`x ** 2`, `x - 1`, `-x`, `2.0 * x`; an
int repeats a tuple), whatever the rest of the function does. Only what runs each time counts, so the search ends at the
first compound statement; and only a number beside the parameter, because a NumPy array also takes tuples.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.operators import symbol
from flake8_jaxvjp.syntax.nodes import children, walk

OF_NUMBERS = frozenset({"+", "-", "/", "//", "**"})
RUNS_LATER = (cst.Lambda, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def operands(node: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """The names that are never bound in the function and stand in such an operation, each time that it runs."""
    found = frozenset(name for expression in _expressions(node) for name in _in(expression))
    return found - _bound(node) if found else found


def _expressions(node: cst.FunctionDef | cst.Lambda) -> Iterator[cst.CSTNode]:
    """What runs each time that the function is called, statement by statement."""
    if isinstance(node, cst.Lambda):
        yield node.body
        return
    lines = node.body.body
    for line in lines:
        if isinstance(node.body, cst.IndentedBlock) and not isinstance(line, cst.SimpleStatementLine):
            return
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            if isinstance(statement, (cst.Assign, cst.AugAssign, cst.Expr, cst.Return)) and statement.value is not None:
                yield statement.value
            if isinstance(statement, (cst.Return, cst.Raise)):
                return


def _in(node: cst.CSTNode) -> Iterator[str]:
    match node:
        case cst.BinaryOperation(left=cst.Name(value=name), operator=operator, right=number):
            if _raises_for_a_tuple(operator, number):
                yield name
        case cst.BinaryOperation(left=number, operator=operator, right=cst.Name(value=name)):
            if _raises_for_a_tuple(operator, number):
                yield name
        case cst.UnaryOperation(operator=cst.Minus() | cst.Plus(), expression=cst.Name(value=name)):
            yield name
    for child in _evaluated(node):
        yield from _in(child)


def _evaluated(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The expressions directly below that are evaluated whenever the node is."""
    match node:
        case cst.IfExp(test=test):
            return [test]
        case cst.BooleanOperation(left=left) | cst.Comparison(left=left):
            return [left]
        case cst.FunctionDef() | cst.ClassDef() | cst.FormattedString():
            return []
    return [] if isinstance(node, RUNS_LATER) else children(node)


def _raises_for_a_tuple(operator: cst.BaseBinaryOp, other: cst.BaseExpression) -> bool:
    sign = symbol(operator)
    if isinstance(other, cst.UnaryOperation):
        other = other.expression
    return (sign in OF_NUMBERS and isinstance(other, (cst.Integer, cst.Float))) or (
        sign == "*" and isinstance(other, cst.Float)
    )


def _bound(node: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """The names that are assigned, deleted or declared anywhere in the function."""
    names: set[str] = set()
    for inner in walk(node.body):
        match inner:
            case cst.AssignTarget(target=target) | cst.AugAssign(target=target) | cst.AnnAssign(target=target):
                names |= _names(target)
            case cst.For(target=target) | cst.NamedExpr(target=target) | cst.Del(target=target):
                names |= _names(target)
            case cst.AsName(name=target):
                names |= _names(target)
            case cst.NameItem(name=target) | cst.FunctionDef(name=target) | cst.ClassDef(name=target):
                names |= _names(target)
            case cst.MatchAs(name=cst.Name() as target) | cst.MatchStar(name=cst.Name() as target):
                names |= _names(target)
            case cst.ImportAlias():
                names |= _names(inner)
    return frozenset(names)


def _names(node: cst.CSTNode) -> set[str]:
    return {inner.value for inner in walk(node) if isinstance(inner, cst.Name)}
