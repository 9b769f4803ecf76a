"""Which statements of a file matter to its derivative rules, found on the `ast` tree.

A rule needs the functions that it names, what those name, and so on for some hops. A mere use of `jax.vjp` needs
only what its own names are imported or assigned from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flake8_jaxvjp.markers import MARKERS
from flake8_jaxvjp.text import Text
from flake8_jaxvjp.units import Unit, bound_names, flat, mentions, walk
from flake8_jaxvjp.uses import is_import_of_ad, odd_calls, root_of

RULE_NAMES = frozenset(
    """
    custom_vjp defvjp custom_jvp defjvp defjvps custom_gradient custom_vmap def_vmap
    filter_custom_vjp filter_custom_jvp def_fwd def_bwd def_jvp
    """.split()
)
USE_NAMES = frozenset({"vjp"})
SAMPLED = "forward_mode_differentiation"
"""The option of NumPyro's samplers by which they go through the model in forward mode."""
FORWARD_MODE = frozenset({"jvp", "jacfwd", "hessian", "linearize", "check_grads", SAMPLED})
RECEIVER = re.compile(r"\b(\w+)\s*\.\s*\Z")
MAX_RECEIVER = 200
"""Characters before `.defvjp` in which its receiver is looked for."""
NEVER_IMPLIED = frozenset({"__init__", "__post_init__", "__repr__", "__str__", "__hash__", "__eq__"})
"""Methods of Python's own that say nothing of how an object behaves in a call, an operator or a subscript."""
MAX_HOPS = 4
IMPORTED_HOPS = 2
MAX_CALLERS = 2
"""Through how many functions a rule is looked for that forward mode may reach."""


@dataclass(frozen=True)
class Aliases:
    """The file's own names for `custom_vjp` (`rules`) and `jax.vjp` (`uses`).

    `walked` are further names: functions that mention one are looked at by themselves, for how they use a rule.
    """

    rules: frozenset[str]
    uses: frozenset[str]
    walked: frozenset[str] = FORWARD_MODE


def select(units: list[Unit], text: Text) -> Aliases:
    """Mark the units that matter as selected; give back the aliases that were found on the way."""
    aliases = _aliases(units, text)
    selection = _Selection(units, text, aliases)
    rules = selection.seeds()
    called = selection.select_callers(rules)
    selection.follow(rules + selection.samplers() + selection.indirect_uses(rules) if rules else rules)
    return replace(aliases, walked=aliases.walked | called)


def select_names(units: list[Unit], text: Text, names: Iterable[str]) -> None:
    """Mark the units that bind one of the names, and those that they need."""
    selection = _Selection(units, text, Aliases(RULE_NAMES, USE_NAMES))
    selection.follow([unit for name in sorted(names) for unit in selection.binding(name)], IMPORTED_HOPS)


def _aliases(units: list[Unit], text: Text) -> Aliases:
    rules, uses = set(RULE_NAMES), set(USE_NAMES)
    for unit in _holding(units, text.numbers(MARKERS, as_part=True)):
        for node in flat(unit.nodes):
            match node:
                case ast.ImportFrom(names=names):
                    for alias in names:
                        target = rules if alias.name in rules else uses if alias.name in uses else set()
                        target.add(alias.asname or alias.name)
                case ast.Assign(value=value) if not isinstance(value, ast.Call) or not _names(value.func) & rules:
                    target = rules if _names(value) & rules else uses if _names(value) & uses else set()
                    target.update(bound_names(node) if not isinstance(value, ast.Lambda) else ())
    return Aliases(frozenset(rules), frozenset(uses))


def _names(node: ast.AST) -> frozenset[str]:
    return mentions([node]).names


class _Selection:
    """The work of marking units; `rule` units are followed through all that they name, others through imports."""

    def __init__(self, units: list[Unit], text: Text, aliases: Aliases) -> None:
        self._units = units
        self._text = text
        self._aliases = aliases
        self._by_name: dict[str, list[Unit]] = {}
        self._members: dict[str, list[tuple[Unit, Unit]]] = {}
        for unit in units:
            for name in unit.names:
                self._by_name.setdefault(name, []).append(unit)
            for member in unit.members:
                for name in member.names:
                    self._members.setdefault(name, []).append((unit, member))
        self._asked: set[str] = set()
        self._only_uses: list[Unit] = []

    def seeds(self) -> list[Unit]:
        """The units that hold a rule, selected; the units that only use `jax.vjp` are settled at once."""
        names = self._aliases.rules | self._aliases.uses
        marked = self._text.numbers(names)
        rules: list[Unit] = []
        uses: list[Unit] = []
        for unit in _holding(self._units, marked):
            members = list(_holding(unit.members, marked))
            if not unit.members:
                self._seed(unit, rules, uses)
                continue
            for member in members:
                self._seed(member, rules, uses)
            chosen = [member for member in members if member.selected]
            if chosen or unit.own_names & self._aliases.rules:
                rules.extend(self._open(unit))
                rules.extend(self._callers(unit, chosen))
        self._only_uses = list(uses)
        self._settle(uses)
        return rules

    def select_callers(self, rules: list[Unit]) -> frozenset[str]:
        """Select the functions that use a rule of this file in a way that may be wrong; the rules whose calls count."""
        primals = {name: unit for unit in rules for name in unit.names if unit.own_names & self._aliases.rules}
        if not primals:
            return frozenset()
        orphans = self._orphans(set(primals))
        marked = self._text.numbers(primals)
        called: set[str] = set()
        users: list[Unit] = []
        holding = list(_holding(self._units, marked))
        for unit in holding:
            if unit.members:
                orphans -= {name for node in unit.nodes for name in _names(node)}
        for unit in holding:
            if unit.members:
                continue
            names = unit.own_names
            odd = (names & orphans) | {name for node in unit.nodes for name in odd_calls(node, primals)}
            called |= odd
            if (odd or names & FORWARD_MODE) and _mark(unit):
                users.append(unit)
        self._settle(users)
        return frozenset(called)

    def samplers(self) -> list[Unit]:
        """The units that make a sampler of NumPyro in forward mode, selected; their models are followed."""
        marked = self._text.numbers([SAMPLED])
        return [unit for unit in _holding(self._units, marked) if not unit.members and _mark(unit)]

    def indirect_uses(self, rules: list[Unit]) -> list[Unit]:
        """The units that go in forward mode through functions of the file that call a rule, selected."""
        marked = self._text.numbers(FORWARD_MODE - {SAMPLED})
        users = [unit for unit in _holding(self._units, marked) if not unit.members and unit.own_names & FORWARD_MODE]
        names = {name for unit in rules for name in unit.names if unit.own_names & self._aliases.rules}
        through: set[str] = set()
        for _ in range(MAX_CALLERS if users else 0):
            callers = _holding(self._units, self._text.numbers(names)) if names else ()
            names = {name for unit in callers if _is_definition(unit) and not unit.members for name in unit.names}
            through |= names
        found = [unit for unit in users if unit.own_names & through]
        for unit in found:
            unit.selected = True
        return found

    def _orphans(self, primals: set[str]) -> set[str]:
        """The rules that nothing in the file gives a derivative, where it is clear to whom each `defvjp` goes."""
        whole, places = self._text.whole, self._text.places("defvjp", as_part=True)
        found = [RECEIVER.search(whole, max(0, place - MAX_RECEIVER), place) for place in places]
        receivers = {match[1] if match else "" for match in found}
        return primals - receivers if receivers <= primals else set()

    def binding(self, name: str) -> list[Unit]:
        """The units that bind a name, selected; of a class, its head and fields."""
        fresh: list[Unit] = []
        for unit in self._by_name.get(name, ()):
            fresh.extend(self._open(unit) if unit.members else [unit] * _mark(unit))
        return fresh

    def _seed(self, unit: Unit, rules: list[Unit], uses: list[Unit]) -> None:
        if all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in unit.nodes):
            return
        names = unit.mentions.names
        if names & self._aliases.rules == {"defjvp"} and self._is_of_primitive(unit):
            return
        kind = rules if names & self._aliases.rules else uses if names & self._aliases.uses else None
        if kind is uses and not self._may_be_jax(unit):
            return
        if kind is not None and _mark(unit):
            kind.append(unit)

    def _is_of_primitive(self, unit: Unit) -> bool:
        """Whether a statement is `ad.defjvp(primitive, ...)` of `jax.interpreters.ad`: JAX's own registry."""
        match unit.nodes:
            case [ast.Expr(value=ast.Call(func=ast.Attribute(attr="defjvp", value=ast.Name(id=name))))]:
                binders = [node for other in self._by_name.get(name, ()) for node in other.nodes]
                return bool(binders) and all(is_import_of_ad(node, name) for node in binders)
        return False

    def _may_be_jax(self, unit: Unit) -> bool:
        """Whether what a statement names `vjp` can be `jax.vjp`: it is imported, or an attribute of what is."""
        imported, names = self._text.imported, {"vjp"}
        if "*" in imported or not unit.own_names & self._aliases.uses <= names:
            return True
        if "vjp" in imported or any(not _is_definition(other) for other in self._by_name.get("vjp", ())):
            return True
        chains = (node for node in walk(unit.nodes) if isinstance(node, ast.Attribute) and node.attr == "vjp")
        return any(root_of(chain) in imported for chain in chains)

    def _open(self, unit: Unit) -> list[Unit]:
        """Select a class: its head, the members that are no functions, and those that Python calls by itself."""
        kept = [
            member for member in unit.members if not _is_definition(member) or any(map(_is_implied, member.names))
        ]
        return [unit] * _mark(unit) + [member for member in kept if _mark(member)]

    def _callers(self, unit: Unit, members: list[Unit]) -> list[Unit]:
        """The other methods of a class that name one of these members: they may call a rule."""
        marked = self._text.numbers({f".{name}" for member in members for name in member.names}, as_part=True)
        return [member for member in _holding(unit.members, marked) if _mark(member)]

    def _settle(self, fresh: list[Unit]) -> None:
        """Select what the names of these units are imported or assigned from, and no more."""
        while fresh:
            names = {name for unit in fresh for name in unit.own_names}
            fresh = [
                unit
                for name in sorted(names)
                for unit in self._by_name.get(name, ())
                if not unit.members and not _is_definition(unit) and _mark(unit)
            ]

    def follow(self, fresh: list[Unit], hops: int = MAX_HOPS) -> None:
        """Select what these units name, what that names, and so on; imports and assignments to any depth."""
        for _ in range(hops):
            fresh = self._needed(fresh)
        self._settle(fresh)

    def _needed(self, fresh: list[Unit]) -> list[Unit]:
        names = {name for unit in fresh for name in unit.own_names}
        found: list[Unit] = []
        for name in sorted(names):
            for unit in self._by_name.get(name, ()):
                if unit.members:
                    found.extend(self._open(unit))
                elif not _is_kernel(unit) and (_mark(unit) or self._is_new_to_rules(unit)):
                    found.append(unit)
        # A member may be asked for before its class is: every name is looked up again.
        self._asked |= names
        for name in sorted(self._asked):
            found.extend(member for unit, member in self._members.get(name, ()) if unit.selected and _mark(member))
        return found

    def _is_new_to_rules(self, unit: Unit) -> bool:
        """Whether a unit was selected for its use of `jax.vjp` alone, and now is asked for by a rule."""
        if not any(unit is other for other in self._only_uses):
            return False
        self._only_uses = [other for other in self._only_uses if other is not unit]
        return True


def _is_implied(name: str) -> bool:
    """Whether Python runs the method without its being named: an operator, a subscript, a call."""
    return name.startswith("__") and name.endswith("__") and name not in NEVER_IMPLIED


def _is_definition(unit: Unit) -> bool:
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for node in unit.nodes)


def _is_kernel(unit: Unit) -> bool:
    """Kernels write to references and return nothing: no rule's values go through them."""
    return any(isinstance(node, ast.FunctionDef) and node.name.endswith("_kernel") for node in unit.nodes)


def _mark(unit: Unit) -> bool:
    fresh = not unit.selected
    unit.selected = True
    return fresh


def _holding(units: list[Unit], line_numbers: list[int]) -> Iterator[Unit]:
    """The units that hold one of the lines; both are in order."""
    position = 0
    for unit in units:
        while position < len(line_numbers) and line_numbers[position] < unit.first:
            position += 1
        if position < len(line_numbers) and line_numbers[position] <= unit.last:
            yield unit
