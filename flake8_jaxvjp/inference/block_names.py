"""Which names a block of statements binds, and which lists and dicts it may change in place."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

import libcst as cst

from flake8_jaxvjp.syntax.nodes import children
from flake8_jaxvjp.syntax.scopes import MUTATORS
from flake8_jaxvjp.syntax.tree import dotted_name

BINDERS: Final[frozenset[type[cst.CSTNode]]] = frozenset(
    {
        cst.AnnAssign,
        cst.AsName,
        cst.AssignTarget,
        cst.AugAssign,
        cst.ClassDef,
        cst.CompFor,
        cst.Del,
        cst.For,
        cst.FunctionDef,
        cst.Global,
        cst.ImportAlias,
        cst.MatchAs,
        cst.MatchMapping,
        cst.MatchStar,
        cst.NamedExpr,
        cst.Nonlocal,
    }
)
"""The nodes that bind a name; most nodes do not, which their class says sooner than any pattern."""
CHANGERS: Final[frozenset[type[cst.CSTNode]]] = BINDERS | {cst.Arg, cst.Assign, cst.Attribute, cst.Match, cst.WithItem}
"""The nodes that may change a list or dict, or give it another name."""
CLOSED = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})


def names_bound_in(body: cst.CSTNode) -> list[str]:
    """Names (and dotted names) that a block may bind, functions in it left out; in order of appearance."""
    found: dict[str, None] = {}
    for node in nodes_of(BINDERS, body):
        match node:
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                found.update(dict.fromkeys(names_in(target)))
            case cst.For(target=target) | cst.NamedExpr(target=target) | cst.Del(target=target):
                found.update(dict.fromkeys(names_in(target)))
            case cst.AsName(name=target):
                found.update(dict.fromkeys(names_in(target)))
            case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
                found[name] = None
            case cst.ImportAlias(evaluated_alias=None, evaluated_name=name):
                found[name.partition(".")[0]] = None
            case cst.MatchAs() | cst.MatchStar() | cst.MatchMapping():
                found.update(dict.fromkeys(names_in(node)))
    return list(found)


def names_changed_in(body: cst.CSTNode) -> list[str]:
    """Names of lists and dicts that a block may change in place, or that hold one which it may change."""
    found: dict[str, None] = {}
    aliases: dict[str, list[str]] = {}
    for node in nodes_of(CHANGERS, body):
        match node:
            case cst.Attribute(value=receiver, attr=cst.Name(value=method)) if method in MUTATORS:
                found.update(dict.fromkeys(_roots(receiver)))
            case cst.Arg(value=value):
                found.update(dict.fromkeys(_all_names(value)))
            case cst.AugAssign(target=cst.Name(value=name)):
                found[name] = None
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                found.update(dict.fromkeys(_stored_into(target)))
            case cst.For(target=target) | cst.CompFor(target=target) | cst.Del(target=target):
                found.update(dict.fromkeys(_stored_into(target)))
            case cst.AsName(name=target):
                found.update(dict.fromkeys(_stored_into(target)))
        for name, value in _renamed(node):
            aliases.setdefault(name, []).extend(_all_names(value))
    pending = list(found)
    while pending:
        others = [name for name in aliases.get(pending.pop(), ()) if name not in found]
        found.update(dict.fromkeys(others))
        pending.extend(others)
    return list(found)


def _renamed(node: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Each name that a statement or clause binds, with the expression of which it may be a part."""
    pairs: list[tuple[cst.BaseExpression, cst.BaseExpression]] = []
    match node:
        case cst.Assign(targets=targets, value=value):
            pairs = [(target.target, value) for target in targets]
        case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
            pairs = [(target, value)]
        case cst.For(target=target, iter=value) | cst.CompFor(target=target, iter=value):
            pairs = [(target, value)]
        case cst.NamedExpr(target=target, value=value):
            pairs = [(target, value)]
        case cst.WithItem(item=value, asname=cst.AsName(name=target)):
            pairs = [(target, value)]
        case cst.Match(subject=value, cases=cases):
            for case in cases:
                yield from ((name, value) for name in names_in(case.pattern))
    for target, value in pairs:
        yield from ((name, value) for name in names_in(target))


def _stored_into(target: cst.BaseExpression) -> list[str]:
    """The names of what a target changes: `d` in `d["k"]`, `d.rows[0]` and `(d["k"], n)`."""
    match target:
        case cst.Subscript() | cst.Attribute():
            return _roots(target)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for element in elements for name in _stored_into(element.value)]
    return []


def _roots(node: cst.BaseExpression) -> list[str]:
    """The names through which a list or dict is reached: `rows` in `rows[0].append`, both in `(a or b).append`."""
    match node:
        case cst.Subscript(value=value) | cst.Attribute(value=value):
            return _roots(value)
        case cst.Name(value=name):
            return [name]
    return _all_names(node)


def _all_names(node: cst.CSTNode) -> list[str]:
    return [inner.value for inner in walk_block(node) if isinstance(inner, cst.Name)]


def names_in(node: cst.CSTNode) -> list[str]:
    """The names that a target or pattern binds."""
    match node:
        case cst.Name(value=name):
            return [name]
        case cst.Attribute():
            return [name for name in [dotted_name(node)] if name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for element in elements for name in names_in(element.value)]
        case cst.MatchAs(name=cst.Name(value=name), pattern=pattern):
            return [name, *(names_in(pattern) if pattern is not None else [])]
        case cst.MatchStar(name=cst.Name(value=name)) | cst.MatchMapping(rest=cst.Name(value=name), elements=()):
            return [name]
        case cst.MatchPattern():
            return [name for child in children(node) for name in names_in(child)]
        case cst.MatchSequenceElement() | cst.MatchMappingElement() | cst.MatchOrElement():
            return [name for child in children(node) for name in names_in(child)]
        case cst.MatchKeywordElement(pattern=pattern):
            return names_in(pattern)
    return []


def nodes_of(kinds: Container[type[cst.CSTNode]], block: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of some classes in a block, functions and classes in it as single nodes."""
    return (node for node in walk_block(block) if type(node) in kinds)


def walk_block(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes below, functions and classes as single nodes."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if current is node or type(current) not in CLOSED:
            pending.extend(children(current))
