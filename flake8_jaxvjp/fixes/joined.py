"""From one array that is joined of the cotangents to the tuple of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_jaxvjp.fixes.repair import Change, Repair, code, is_one_line
from flake8_jaxvjp.rules.joining import joiner
from flake8_jaxvjp.syntax.nodes import walk

AXIS_SECOND = frozenset({"concatenate", "concat", "stack"})
CONTAINERS = (cst.List, cst.Tuple, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp, cst.GeneratorExp)
RESHAPED = re.compile(r"\b(?:ravel|ravel_pytree|reshape|flatten|atleast_\dd|expand_dims|squeeze|newaxis|None)\b")
"""What is done to arrays so that they can be joined; a cotangent has the shape of its argument."""


def joined_repair(
    node: cst.CSTNode, expression: cst.BaseExpression, function: cst.CSTNode, count: int
) -> Repair | None:
    """The tuple instead of the call, where it stands in the `return` or is assigned to the name that is returned."""
    made = expression if not isinstance(expression, cst.Name) else _assigned_once(function, expression.value)
    if not isinstance(made, cst.Call):
        return None
    display = _joined(made)
    if display is None or len(display.elements) != count:
        return None
    needs_brackets = not _may_be_bare(node, made, expression)
    values = [element.value for element in display.elements]
    is_safe = not any(map(_is_reshaped, _with_assigned(values, function)))
    return Repair(node, (Change(made, _as_tuple(made, display, needs_brackets=needs_brackets)),), is_safe)


def _assigned_once(function: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What a name is assigned, where it is named in two places: there, and where it is returned."""
    if sum(isinstance(node, cst.Name) and node.value == name for node in walk(function)) != 2:
        return None
    return next((value for bound, value in _assignments(function) if bound == name), None)


def _assignments(function: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    for node in walk(function):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                yield name, value


def _joined(call: cst.Call) -> cst.Tuple | cst.List | None:
    """What is joined, where arrays are written out one by one, and nothing but an axis is given beside them."""
    name = joiner(call)
    if not name or not call.args:
        return None
    first, *rest = call.args
    display = first.value
    if first.keyword is not None or first.star or not isinstance(display, (cst.Tuple, cst.List)):
        return None
    if not all(_is_axis(arg, is_second=index == 0 and name in AXIS_SECOND) for index, arg in enumerate(rest)):
        return None
    is_plain = all(
        isinstance(element, cst.Element) and not isinstance(element.value, CONTAINERS) for element in display.elements
    )
    return display if is_plain else None


def _is_axis(arg: cst.Arg, *, is_second: bool) -> bool:
    if arg.keyword is not None:
        return arg.keyword.value == "axis"
    return is_second and isinstance(arg.value, (cst.Integer, cst.UnaryOperation)) and not arg.star


def _with_assigned(values: Sequence[cst.BaseExpression], function: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """The expressions, and for those that are names, what these are assigned."""
    yield from values
    names = {value.value for value in values if isinstance(value, cst.Name)}
    yield from (value for name, value in _assignments(function) if name in names)


def _is_reshaped(value: cst.BaseExpression) -> bool:
    return RESHAPED.search(code(value)) is not None


def _may_be_bare(node: cst.CSTNode, made: cst.Call, expression: cst.BaseExpression) -> bool:
    """Whether the tuple may stand without parentheses: in a statement, behind a space."""
    if made is not expression:
        return True
    return isinstance(node, cst.Return) and bool(getattr(node.whitespace_after_return, "value", ""))


def _as_tuple(call: cst.Call, display: cst.Tuple | cst.List, *, needs_brackets: bool) -> cst.Tuple:
    """A tuple of the same elements, without parentheses where none are needed."""
    last = display.elements[-1]
    is_walrus = any(isinstance(element.value, cst.NamedExpr) and not element.value.lpar for element in display.elements)
    is_long = not is_one_line(display) or "#" in code(call)
    if len(display.elements) == 1:
        elements = [last.with_changes(comma=cst.Comma())]
    elif needs_brackets or is_walrus or is_long:
        elements = [*display.elements]
    else:
        return cst.Tuple([*display.elements[:-1], last.with_changes(comma=cst.MaybeSentinel.DEFAULT)], lpar=[], rpar=[])
    left, right = _brackets(call, display)
    return cst.Tuple(elements, lpar=[left], rpar=[right])


def _brackets(call: cst.Call, display: cst.Tuple | cst.List) -> tuple[cst.LeftParen, cst.RightParen]:
    """The parentheses around the call, if the elements stand in one line; else those of what is joined."""
    if call.lpar and is_one_line(display):
        return call.lpar[0], call.rpar[-1]
    if isinstance(display, cst.List):
        left = cst.LeftParen(whitespace_after=display.lbracket.whitespace_after)
        return left, cst.RightParen(whitespace_before=display.rbracket.whitespace_before)
    return display.lpar[0], display.rpar[-1]
