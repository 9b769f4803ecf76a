"""What stands around a node: whether a repair may change names and parameters without touching what works."""

from __future__ import annotations

import builtins
import symtable
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.fixes.repair import Change, code
from flake8_jaxvjp.selection import RULE_NAMES
from flake8_jaxvjp.syntax.nodes import children, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from flake8_jaxvjp.sites.analysis import ModuleFacts
    from flake8_jaxvjp.sites.facts import SiteFacts


def innermost_function(module: cst.Module, wanted: cst.CSTNode) -> cst.CSTNode:
    """The smallest function that holds a node, or the module."""
    holding = [
        node for node in walk(module) if isinstance(node, cst.FunctionDef) and any(one is wanted for one in walk(node))
    ]
    return min(holding, key=lambda node: sum(1 for _ in walk(node)), default=module)


def is_only_called(holder: cst.CSTNode, name: cst.Name) -> bool:
    """Whether what a name is bound to is called, and nothing else is done with the name."""
    calls = [node.func for node in walk(holder) if isinstance(node, cst.Call)]
    others = [one for one in _names(holder, name.value) if one is not name]
    return bool(others) and all(any(one is func for func in calls) for one in others)


def is_only_given_as_a_rule(facts: ModuleFacts, function: cst.CSTNode) -> bool:
    """Whether a function's name stands where it is bound and once more in the file, where a rule is given.

    A lambda has a name where it is assigned to one, and none where it stands in the call that gives the rules.
    """
    if isinstance(function, cst.FunctionDef):
        name = function.name.value
    elif any(function is arg.value for call in _calls_of_rules(facts.module) for arg in call.args):
        return True
    else:
        name = next((bound for bound, value in _assigned(facts.module) if value is function), "")
    return bool(name) and len(list(_names(facts.module, name))) == 2 and name not in facts.names_in_rest


def _calls_of_rules(module: cst.Module) -> Iterator[cst.Call]:
    calls = (node for node in walk(module) if isinstance(node, cst.Call))
    return (call for call in calls if isinstance(call.func, cst.Attribute) and call.func.attr.value in RULE_NAMES)


def _assigned(module: cst.Module) -> Iterator[tuple[str, cst.BaseExpression]]:
    for node in walk(module):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                yield name, value
            case cst.AnnAssign(target=cst.Name(value=name), value=cst.BaseExpression() as value):
                yield name, value


def is_backward_only_a_rule(facts: ModuleFacts, site: SiteFacts) -> bool:
    """Whether nothing but JAX sees what the backward rule returns, so that this may become another thing."""
    return site.backward_function is not None and is_only_given_as_a_rule(facts, site.backward_function.node)


def plain_names(function: cst.CSTNode) -> list[cst.Name] | None:
    """The parameters, where they are names and nothing else: no defaults, annotations, stars or slashes."""
    if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
        return None
    given = function.params
    if given.posonly_params or given.kwonly_params or given.star_kwarg is not None:
        return None
    if not isinstance(given.star_arg, cst.MaybeSentinel):
        return None
    if any(param.default is not None or param.annotation is not None for param in given.params):
        return None
    return [param.name for param in given.params]


def are_to_be_parameters(facts: ModuleFacts, function: cst.CSTNode, added: Collection[str]) -> bool | None:
    """Whether a rule reads all these names as if they were its parameters; None where they cannot become that.

    Who has forgotten a parameter may use it by another name, and would then be given one that nobody reads: there
    must be no other name that nothing binds. What is around the rule may bind the name itself, for another purpose.
    """
    known = facts.module_names
    read = _read_from_outside(function)
    if known is None or read is None:
        return None
    there = {*known, *_bound_around(facts, function), *dir(builtins)}
    if read & there & set(added) or not read <= there | set(added):
        return None
    return read >= set(added)


def _read_from_outside(function: cst.CSTNode) -> set[str] | None:
    """The names that a rule reads and does not bind, where that can be told."""
    if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
        return None
    if isinstance(function, cst.Lambda):
        text = code(function.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]))
    else:
        text = cst.Module([function.with_changes(decorators=[], leading_lines=[])]).code
    try:
        tables = symtable.symtable(text, "<rule>", "exec").get_children()
    except SyntaxError:  # such as one that yields from a function around it
        return None
    return _globals(tables)


def _bound_around(facts: ModuleFacts, function: cst.CSTNode) -> set[str]:
    inside = set(walk(function))
    holders = [node for node in walk(facts.module) if isinstance(node, cst.FunctionDef) and node not in inside]
    around = [node for node in holders if any(one is function for one in walk(node))]
    return {name.value for one in around for name in _names_of_its_own(one)}


def _names_of_its_own(holder: cst.FunctionDef) -> Iterator[cst.Name]:
    """The names in a function, but not those in the functions that are made in it."""
    pending: list[cst.CSTNode] = [holder.params, holder.body]
    while pending:
        match pending.pop():
            case cst.Name() as name:
                yield name
            case cst.FunctionDef(name=name):
                yield name
            case cst.Lambda():
                continue
            case node:
                pending.extend(children(node))


def _globals(tables: Iterable[symtable.SymbolTable]) -> set[str]:
    found: set[str] = set()
    for table in tables:
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        found |= _globals(table.get_children())
    return found


def renamed(names: list[cst.Name], wanted: list[str]) -> tuple[Change, ...]:
    """The changes that give parameters these names, one by one."""
    pairs = zip(names, wanted, strict=True)
    return tuple(Change(name, cst.Name(new)) for name, new in pairs if name.value != new)


def _names(holder: cst.CSTNode, name: str) -> Iterator[cst.Name]:
    return (node for node in walk(holder) if isinstance(node, cst.Name) and node.value == name)
