"""Which names a block of statements binds, and which lists and dicts it may change in place."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.syntax.nodes import children
from flake8_jaxvjp.syntax.scopes import MUTATORS
from flake8_jaxvjp.syntax.tree import dotted_name


def names_bound_in(body: cst.CSTNode) -> list[str]:
    """Names (and dotted names) that a block may bind, functions in it left out; in order of appearance."""
    found: dict[str, None] = {}
    for node in walk_block(body):
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
    found: dict[str, None] = {}
    for node in walk_block(body):
        match node:
            case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=method)) if method in MUTATORS:
                found[name] = None
            case cst.Arg(value=cst.Name(value=name)) | cst.AugAssign(target=cst.Name(value=name)):
                found[name] = None
            case cst.AssignTarget(target=cst.Subscript(value=cst.Name(value=name))):
                found[name] = None
            case cst.Del(target=cst.Subscript(value=cst.Name(value=name))):
                found[name] = None
    return list(found)


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


def walk_block(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes below, functions and classes as single nodes."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if current is node or not isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            pending.extend(children(current))
