"""From a file's lines to the part that matters: the marker test and the focus.

libcst parses ten times slower than `ast`, so only the statements that a rule can depend on are handed to it: those
that mention a vjp, and what their names are bound to. They keep their line numbers; everything else is blank.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MARKER = "vjp"
"""Every way to write a rule that we judge has these letters: custom_vjp, defvjp, jax.vjp."""

MAX_DEPTH = 60
"""Deeper expressions and blocks are not analysed: libcst, and any walk, would run out of stack."""
MAX_LITERAL_LINES = 400
MAX_HOPS = 6
OPAQUE = "__opaque__"
"""The name that stands in for what is not handed to libcst; it is bound nowhere, so its value is unknown."""


def has_marker(lines: Iterable[str]) -> bool:
    """Whether the text can hold anything of interest; most files cannot, and cost just this."""
    return any(MARKER in line for line in lines)


@dataclass(frozen=True)
class Piece:
    """Selected lines that can be parsed, or left out, on their own; `first` to `last` count from 1."""

    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Focus:
    """The text for libcst, and what is true of the names of the whole file."""

    text: str
    module_names: frozenset[str]
    rebound_names: frozenset[str]
    vjp_names: frozenset[str]
    has_star_import: bool
    pieces: tuple[Piece, ...]


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


def focus(tree: ast.Module, lines: Sequence[str]) -> Focus | None:
    """The statements of `tree` that matter to a derivative rule, or None when there are none."""
    units = _units(tree.body)
    aliases = _vjp_aliases(units, lines)
    seeds = _marked_lines(lines, aliases)
    _Selection(units, lines).run(seeds)
    if not any(unit.selected for unit in units):
        return None
    return Focus(
        text="\n".join(_focused_lines(units, lines)) + "\n",
        module_names=frozenset(name for unit in units for name in unit.names),
        rebound_names=_global_names(lines),
        vjp_names=aliases,
        has_star_import=any(_is_star_import(node) for unit in units for node in _flat(unit.nodes)),
        pieces=tuple(_pieces(units)),
    )


def _units(body: list[ast.stmt]) -> list[Unit]:
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
                unit.members = _units(node.body)
                unit.head = unit.members[0].first - 1
    return units


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def bound_names(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds in its own scope, or may bind."""
    pending: list[ast.AST] = [node]
    while pending:
        match pending.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) as handler:
                yield name
                pending.extend(ast.iter_child_nodes(handler))
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case other:
                pending.extend(ast.iter_child_nodes(other))


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those below their `if`, `try` and `with`, but not those of functions and classes."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            pending.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
            for handler in getattr(node, "handlers", []):
                pending.extend(handler.body)


def _is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _vjp_aliases(units: list[Unit], lines: Sequence[str]) -> frozenset[str]:
    """Module names that an import or assignment gives to something with "vjp" in its name."""
    found: set[str] = set()
    for unit in units:
        if any(isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign, ast.Try, ast.If)) for node in unit.nodes):
            for node in _flat(unit.nodes):
                first, last = node.lineno, node.end_lineno or node.lineno
                if isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign)) and has_marker(lines[first - 1 : last]):
                    found.update(name for name in bound_names(node) if MARKER not in name)
    return frozenset(found)


def _marked_lines(lines: Sequence[str], aliases: frozenset[str]) -> list[int]:
    pattern = re.compile("|".join([MARKER, *(rf"\b{re.escape(name)}\b" for name in sorted(aliases))]))
    return [number for number, line in enumerate(lines, 1) if pattern.search(line)]


def _global_names(lines: Sequence[str]) -> frozenset[str]:
    """Names that some function may rebind in the module."""
    pattern = re.compile(r"(?:^|[:;])\s*global\s+([\w\s,]+)")
    found = [match[1] for line in lines if "global" in line for match in pattern.finditer(line)]
    return frozenset(name for names in found for name in re.findall(r"\w+", names))


class _Selection:
    """Marks the units that the seeds need, directly or through names, up to a number of hops."""

    def __init__(self, units: list[Unit], lines: Sequence[str]) -> None:
        self._units = units
        self._lines = lines
        self._by_name: dict[str, list[Unit]] = {}
        self._members: dict[str, list[tuple[Unit, Unit]]] = {}
        for unit in units:
            for name in unit.names:
                self._by_name.setdefault(name, []).append(unit)
            for member in unit.members:
                for name in member.names:
                    self._members.setdefault(name, []).append((unit, member))
        self._seen: set[str] = set()
        self._seen_attributes: set[str] = set()

    def run(self, seeds: list[int]) -> None:
        fresh = self._select_seeds(seeds)
        for _ in range(MAX_HOPS):
            if not fresh:
                return
            fresh = self._select_needed(fresh)

    def _select_seeds(self, seeds: list[int]) -> list[Unit]:
        fresh: list[Unit] = []
        for unit in _holding(self._units, seeds):
            members = list(_holding(unit.members, seeds))
            head_is_marked = any(unit.first <= line <= unit.head for line in seeds)
            if unit.is_class and (members or head_is_marked):
                fresh.extend(self._open_class(unit))
                fresh.extend(member for member in members if _mark(member))
                # A method that is a rule may be called by any other method of its class.
                self._follow_methods(unit, members, fresh)
            elif _mark(unit):
                fresh.append(unit)
        return fresh

    def _follow_methods(self, unit: Unit, members: list[Unit], fresh: list[Unit]) -> None:
        names = {name for member in members for name in member.names}
        if not names:
            return
        pattern = re.compile(rf"\.(?:{'|'.join(map(re.escape, sorted(names)))})\b")
        for member in unit.members:
            text = self._lines[member.first - 1 : member.last]
            if not member.selected and any(pattern.search(line) for line in text) and _mark(member):
                fresh.append(member)

    def _open_class(self, unit: Unit) -> list[Unit]:
        """Select a class: its head, and the members that are no functions (fields, aliases, calls)."""
        return [unit] * _mark(unit) + [
            member
            for member in unit.members
            if not any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for node in member.nodes)
            and _mark(member)
        ]

    def _select_needed(self, fresh: list[Unit]) -> list[Unit]:
        names, attributes = _references(fresh)
        found: list[Unit] = []
        for name in sorted(names - self._seen):
            for unit in self._by_name.get(name, ()):
                if unit.is_class and not unit.selected:
                    found.extend(self._open_class(unit))
                elif not unit.is_class and _mark(unit):
                    found.append(unit)
        for name in sorted((attributes | names) - self._seen_attributes):
            found.extend(
                member for unit, member in self._members.get(name, ()) if unit.selected and _mark(member)
            )
        self._seen |= names
        self._seen_attributes |= attributes | names
        # Members of a class that was opened only now may have been asked for before.
        for name in sorted(self._seen_attributes):
            found.extend(
                member for unit, member in self._members.get(name, ()) if unit.selected and _mark(member)
            )
        return found


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


def _references(units: list[Unit]) -> tuple[set[str], set[str]]:
    names: set[str] = set()
    attributes: set[str] = set()
    for unit in units:
        for node in _head(unit) if unit.is_class else unit.nodes:
            for child in ast.walk(node):
                match child:
                    case ast.Name(id=name):
                        names.add(name)
                    case ast.Attribute(attr=name):
                        attributes.add(name)
    return names, attributes


def _head(unit: Unit) -> Iterator[ast.AST]:
    """The expressions of a class statement that stand outside its body."""
    for node in unit.nodes:
        if isinstance(node, ast.ClassDef):
            yield from (*node.decorator_list, *node.bases, *node.keywords)


def _focused_lines(units: list[Unit], lines: Sequence[str]) -> list[str]:
    output = [""] * len(lines)
    for unit in units:
        if not unit.selected:
            continue
        chosen = [member for member in unit.members if member.selected]
        if unit.is_class and chosen:
            _copy(output, lines, unit.first, unit.head)
            for member in chosen:
                _copy_unit(output, lines, member)
        elif unit.is_class:
            _blank_out(output, lines, unit)
        else:
            _copy_unit(output, lines, unit)
    return output


def _copy_unit(output: list[str], lines: Sequence[str], unit: Unit) -> None:
    if any(_is_too_deep(node) or _is_long_literal(node) for node in unit.nodes):
        _blank_out(output, lines, unit)
    else:
        _copy(output, lines, unit.first, unit.last)


def _copy(output: list[str], lines: Sequence[str], first: int, last: int) -> None:
    for number in range(first, min(last, len(lines)) + 1):
        output[number - 1] = lines[number - 1].rstrip("\r\n")


def _blank_out(output: list[str], lines: Sequence[str], unit: Unit) -> None:
    first = lines[unit.first - 1]
    output[unit.first - 1] = opaque_line(first, sorted(unit.names))


def opaque_line(first: str, names: Iterable[str]) -> str:
    """A statement that says nothing but that `names` are bound, at the indentation of the line `first`."""
    indent = first[: len(first) - len(first.lstrip())].replace("\f", "")
    return indent + "".join(f"{name} = " for name in names) + OPAQUE


def _pieces(units: list[Unit]) -> Iterator[Piece]:
    for unit in units:
        if unit.selected:
            for part in [member for member in unit.members if member.selected] or [unit]:
                yield Piece(part.first, part.last, tuple(sorted(part.names)))


def _is_long_literal(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and (node.end_lineno or 0) - node.lineno > MAX_LITERAL_LINES


def _is_too_deep(node: ast.AST) -> bool:
    level = [node]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        if not level:
            return False
    return True

