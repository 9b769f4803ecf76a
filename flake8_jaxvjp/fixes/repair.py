"""What a rule says about putting its finding right: which nodes, and what is to be written instead."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

Written = cst.BaseExpression | cst.BaseSmallStatement


@dataclass(frozen=True, eq=False)
class Change:
    """What is written `instead` of an expression or statement, if that is not None, and `before` and `after` it."""

    node: Written
    instead: Written | None = None
    before: str = ""
    after: str = ""


@dataclass(frozen=True, eq=False)
class Imported:
    """A name of a module that new text needs. `node` stands for it there, and is written as the file knows it."""

    module: str
    name: str
    node: cst.Name


@dataclass(frozen=True, eq=False)
class Repair:
    """The changes that answer the problem at `node`, made together or not at all.

    A safe repair gives what the message asks for and changes nothing that works; any other is for people who look at
    what they get. `moves` says that pieces of code change places: comments do not go with them, so there must be none.
    """

    node: cst.CSTNode
    changes: tuple[Change, ...]
    is_safe: bool = True
    imports: Imported | None = None
    moves: bool = False


def code(node: Written, indent: str = "") -> str:
    """How a node is written in a block of this indentation, on which its further lines depend."""
    statement = cst.SimpleStatementLine([node if isinstance(node, cst.BaseSmallStatement) else cst.Expr(node)])
    if not indent:
        return cst.Module([statement]).code.removesuffix("\n")
    block = cst.If(cst.Name("_"), cst.IndentedBlock([statement], indent=indent))
    return cst.Module([block]).code.removeprefix(f"if _:\n{indent}").removesuffix("\n")


def is_one_line(node: cst.BaseExpression) -> bool:
    return "\n" not in code(node)


def returned_expression(node: cst.CSTNode) -> cst.BaseExpression | None:
    """What is returned by a `return`, or is the body of a lambda."""
    match node:
        case cst.Return(value=value):
            return value
        case cst.BaseExpression():
            return node
    return None


def display_of(elements: list[cst.BaseElement], display: cst.Tuple | cst.List) -> cst.BaseExpression:
    """The same display with other elements; a tuple of one has a comma and parentheses."""
    if not elements:
        return cst.Tuple([]) if isinstance(display, cst.Tuple) else display.with_changes(elements=[])
    is_one = len(elements) == 1 and isinstance(display, cst.Tuple)
    comma = display.elements[-1].comma
    if is_one and isinstance(comma, cst.MaybeSentinel):
        comma = cst.Comma()
    elif not is_one and len(display.elements) == 1 and is_one_line(display):
        comma = cst.MaybeSentinel.DEFAULT
    changed = display.with_changes(elements=[*elements[:-1], elements[-1].with_changes(comma=comma)])
    if is_one and not changed.lpar:
        return changed.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return changed
