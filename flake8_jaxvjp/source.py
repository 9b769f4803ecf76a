"""From a file's lines to the part that matters: the marker test and the focus.

libcst parses ten times slower than `ast`, so only the statements that a rule can depend on are handed to it: those
that mention a vjp, and what their names are bound to. They keep their line numbers; everything else is blank.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flake8_jaxvjp.selection import select, select_names
from flake8_jaxvjp.text import Text
from flake8_jaxvjp.units import Unit, flat, units_of

BLANK = r"[^\S\n]*"
DYNAMIC = re.compile(rf"\b(?:globals|vars|exec|eval|setattr){BLANK}\(|__dict__|\bsys\.modules\b")
"""What can give a module's name another value without naming it."""
STORED = re.compile(rf"\.(\w+){BLANK}(?::[^=\n]{{0,200}})?(?:[-+*/@|&^%]|//|\*\*|<<|>>)?=(?!=)")
BASES = re.compile(rf"^{BLANK}class[^\S\n]+\w+{BLANK}\((.*)", re.MULTILINE)
GLOBAL = re.compile(rf"(?:^|[:;]){BLANK}global[^\S\n]+((?:\w|[^\S\n]|,)+)", re.MULTILINE)
RAISES = re.compile(r"\b(?:assertRaises|raises|expectedFailure|xfail|make_jaxpr|eval_shape)")
"""What shows that a call may be meant to raise, or be traced and never run."""
HANDLERS = re.compile(r"\bhandlers\b|Gibbs|HMCECS|MixedHMC|hmc_util")
WORD = re.compile(r"\w+")
MAX_CHARACTERS = 100_000
"""Statements that are longer hold data, not rules."""
MAX_LITERAL_LINES = 400
OPAQUE = "__opaque__"
"""The name that stands in for what is not handed to libcst; it is bound nowhere, so its value is unknown."""


@dataclass(frozen=True)
class Piece:
    """Selected lines that can be parsed, or left out, on their own; `first` to `last` count from 1."""

    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Focus:
    """The text for libcst, and what is true of the names of the whole file, which is found when it is asked for."""

    text: str
    source: Text
    vjp_names: frozenset[str]
    pieces: tuple[Piece, ...]
    module_names: frozenset[str]
    has_star_import: bool
    before_star: frozenset[str]
    """Names of functions and data that a later `from m import *` may bind anew."""

    @cached_property
    def rebound_names(self) -> frozenset[str]:
        """Names that some function may rebind in the module."""
        return frozenset(name for names in GLOBAL.findall(self.source.whole) for name in WORD.findall(names))

    @cached_property
    def is_dynamic(self) -> bool:
        return DYNAMIC.search(self.source.whole) is not None

    @cached_property
    def changes_path(self) -> bool:
        return "sys.path" in self.source.whole

    @cached_property
    def stored_attributes(self) -> frozenset[str]:
        """The names that the file sets on objects."""
        return frozenset(STORED.findall(self.source.whole))

    @cached_property
    def subclassed(self) -> frozenset[str]:
        """The words in the bases of the file's classes."""
        return frozenset(name for bases in BASES.findall(self.source.whole) for name in WORD.findall(bases))

    @cached_property
    def has_vjp3(self) -> bool:
        return "custom_vjp3" in self.source.whole

    @cached_property
    def expects_errors(self) -> bool:
        return RAISES.search(self.source.whole) is not None

    @cached_property
    def handles_samples(self) -> bool:
        """Whether NumPyro may take a sample for something else than what NUTS differentiates by."""
        return HANDLERS.search(self.source.whole) is not None

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in the text."""
        return Counter(WORD.findall(self.text))

    @cached_property
    def names_in_rest(self) -> frozenset[str]:
        """The words in the lines left out: what they name may be changed there, `STATIC.append(1)`."""
        kept = self.text.split("\n")
        rest = "\n".join(line for line, chosen in zip(self.source.bare, kept, strict=False) if line != chosen)
        return frozenset(WORD.findall(rest if rest.isascii() else _with_plain_names(rest)))


def focus(tree: ast.Module, lines: Sequence[str]) -> Focus | None:
    """The statements of `tree` that matter to a derivative rule, or None when there are none."""
    units, text = units_of(tree.body), Text(lines)
    aliases = select(units, text)
    focused = _focused(units, text, aliases.rules | aliases.uses | aliases.walked)
    if focused is None or focused.text.isascii():
        return focused
    plain = _with_plain_names(focused.text)
    return None if len(plain) != len(focused.text) else replace(focused, text=plain)


def focus_on(tree: ast.Module, lines: Sequence[str], names: Iterable[str]) -> Focus | None:
    """The statements of `tree` that bind some names, and what they need; None when nothing binds any."""
    units, text = units_of(tree.body), Text(lines)
    select_names(units, text, names)
    return _focused(units, text, frozenset())


def _focused(units: list[Unit], text: Text, vjp_names: frozenset[str]) -> Focus | None:
    if not any(unit.selected for unit in units):
        return None
    return Focus(
        text="\n".join(_focused_lines(units, text.bare)) + "\n",
        source=text,
        vjp_names=vjp_names,
        pieces=tuple(_pieces(units)),
        module_names=frozenset(name for unit in units for name in unit.names),
        has_star_import=any(_is_star_import(node) for unit in units for node in flat(unit.nodes)),
        before_star=frozenset(_bound_before_star(units)),
    )


def _with_plain_names(text: str) -> str:
    """The text with names in the form in which Python compares them (NFKC); libcst keeps them as they are written.

    A name whose length changes would move everything behind it.
    """
    return re.sub(r"[^\W\d]\w*", lambda word: unicodedata.normalize("NFKC", word[0]), text)


def _bound_before_star(units: list[Unit]) -> Iterator[str]:
    """Names of functions and data that a later `from m import *` may bind anew."""
    stars = [index for index, unit in enumerate(units) if any(map(_is_star_import, flat(unit.nodes)))]
    for unit in units[: stars[-1]] if stars else ():
        if not any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in flat(unit.nodes)):
            yield from unit.names


def _is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


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
            _copy(output, lines, unit.first, unit.head)
            first = lines[unit.members[0].first - 1]
            output[unit.members[0].first - 1] = _indent(first) + "pass"
        else:
            _copy_unit(output, lines, unit)
    return output


def _copy_unit(output: list[str], lines: Sequence[str], unit: Unit) -> None:
    is_long = sum(len(line) for line in lines[unit.first - 1 : unit.last]) > MAX_CHARACTERS
    if unit.mentions.is_too_deep or any(_is_long_data(node, is_long) for node in unit.nodes):
        _blank_out(output, lines, unit)
    else:
        _copy(output, lines, unit.first, unit.last)


def _copy(output: list[str], lines: Sequence[str], first: int, last: int) -> None:
    for number in range(first, min(last, len(lines)) + 1):
        output[number - 1] = lines[number - 1]


def _blank_out(output: list[str], lines: Sequence[str], unit: Unit) -> None:
    first = lines[unit.first - 1]
    output[unit.first - 1] = opaque_line(first, sorted(unit.names))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())].replace("\f", "")


def opaque_line(first: str, names: Iterable[str]) -> str:
    """A statement that says nothing but that `names` are bound, at the indentation of the line `first`."""
    return _indent(first) + "".join(f"{name} = " for name in names) + OPAQUE


def _pieces(units: list[Unit]) -> Iterator[Piece]:
    for unit in units:
        if unit.selected:
            for part in [member for member in unit.members if member.selected] or [unit]:
                yield Piece(part.first, part.last, tuple(sorted(part.names)))


def _is_long_data(node: ast.stmt, has_many_characters: bool) -> bool:
    is_long = has_many_characters or (node.end_lineno or 0) - node.lineno > MAX_LITERAL_LINES
    return is_long and isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign))
