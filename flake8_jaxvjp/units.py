"""The statements of a file, grouped so that each group can be taken or left with its lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

MAX_DEPTH = 60
"""Deeper expressions and blocks are not analysed: libcst, and any walk, would run out of stack."""


@dataclass(frozen=True)
class Mentions:
    """The names and attributes in some nodes, and whether the nodes are nested too deeply to be read."""

    names: frozenset[str]
    is_too_deep: bool


@dataclass(eq=False)
class Unit:
    """Statements that share lines, and so are selected together; `first` to `last` count from 1."""

    nodes: list[ast.stmt]
    first: int
    last: int
    names: set[str] = field(default_factory=set)
    selected: bool = False
    members: list[Unit] = field(default_factory=list)
    head: int = 0

    @property
    def is_class(self) -> bool:
        return bool(self.members)

    @cached_property
    def mentions(self) -> Mentions:
        return mentions(list(self.nodes))

    @cached_property
    def own_names(self) -> frozenset[str]:
        """What the unit names; of a class whose members are units, outside its body."""
        return mentions(list(_head_of(self.nodes))).names if self.members else self.mentions.names


def units_of(body: list[ast.stmt]) -> list[Unit]:
    units: list[Unit] = []
    for node in body:
        first, last = _first_line(node), node.end_lineno or node.lineno
        if units and first <= units[-1].last:
            units[-1].nodes.append(node)
            units[-1].last = max(last, units[-1].last)
        else:
            units.append(Unit([node], first, last))
    for unit in units:
        unit.names = {name for node in unit.nodes for name in bound_names(node)}
        match unit.nodes:
            case [ast.ClassDef(body=[first_member, *_]) as node] if _first_line(first_member) > node.lineno:
                unit.members = units_of(node.body)
                unit.head = unit.members[0].first - 1
    return units


def mentions(nodes: list[ast.AST]) -> Mentions:
    """What is named in some nodes, level by level; `self.vjp` is somebody else's."""
    names: set[str] = set()
    level, depth = nodes, 0
    while level:
        depth += 1
        below: list[ast.AST] = []
        for node in level:
            kind = node.__class__
            if kind is ast.Name:
                names.add(node.id)  # type: ignore[attr-defined]
                continue
            if kind is ast.Attribute and not _is_own_vjp(node):
                names.add(node.attr)  # type: ignore[attr-defined]
            below += children(node)
        level = below
    return Mentions(frozenset(names), depth > MAX_DEPTH)


def children(node: ast.AST) -> list[ast.AST]:
    """`ast.iter_child_nodes`, without its generators: these walks are what a file with rules costs first."""
    below: list[ast.AST] = []
    for value in map(node.__dict__.get, node._fields):
        if value.__class__ is list:
            below += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            below.append(value)
    return below


def walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """`ast.walk` of some nodes, in no promised order."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        pending += children(node)


def _is_own_vjp(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="vjp", value=ast.Name(id="self" | "cls")):
            return True
    return False


def _head_of(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from (*node.decorator_list, *node.bases, *node.keywords)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def bound_names(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds in its own scope, or may bind."""
    pending: list[ast.AST] = [node]
    while pending:
        match pending.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Lambda() | ast.Constant() | ast.Name(ctx=ast.Load()) | ast.expr_context() | ast.operator():
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name  # what `name` is, with its attributes, is another thing from here on
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) as handler:
                yield name
                pending.extend(children(handler))
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case other:
                pending.extend(children(other))


def flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those below their `if`, `try` and `with`, but not those of functions and classes."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            pending.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
            for handler in getattr(node, "handlers", []):
                pending.extend(handler.body)
