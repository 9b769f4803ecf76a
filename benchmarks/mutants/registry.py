"""Each kind of mutation with its name, what JAX does about it, and the function that makes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.mutants import edits, signatures
from benchmarks.mutants.edits import Edit, Source
from benchmarks.mutants.targets import Exit, Target

if TYPE_CHECKING:
    from benchmarks.mutants.signatures import Function

Edits = Sequence[Edit]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed source; `beside` is the text of the module `OTHER_RULE` that it imports, if it does."""

    text: str
    edits: tuple[Edit, ...]
    beside: str = ""


Make = Callable[[Target], Iterator[Edits]]

# What JAX, or Python on its behalf, says; every version from 0.4.30 on says one of the alternatives.
STRUCTURE = (
    r"must produce an output with the same container|must produce a tuple of length|"
    r"must produce a tuple \(or list\) of length|is not a valid JAX type"
)
ARGUMENTS = r"positional argument|required keyword-only argument"
PAIR = r"must produce a pair"
SILENT = "another gradient"
"""In place of a message: the gradient is another one, or none, and whether JAX says so depends on the use."""


@dataclass(frozen=True)
class Mutation:
    """One kind of edit.

    A breaking one is surely rejected by JAX, with a message that matches `rejection`, whenever the edited place is
    reached in a differentiation, whatever the inputs; `unless` says which rare values would make it legal, and is
    empty when there are none. A neutral one changes neither acceptance nor any value.
    """

    name: str
    group: str
    effect: str
    rejection: str
    make: Make
    unless: str = ""
    make_beside: Make | None = None
    """For each of the mutants, the edits by which the file itself becomes the module beside it."""

    @property
    def is_breaking(self) -> bool:
        return bool(self.rejection)

    def matches(self, message: str) -> bool:
        return re.search(self.rejection, message) is not None

    def mutants(self, target: Target) -> Iterator[Mutant]:
        """The changed sources, one for each place of the target where this kind applies."""
        for build in self.builds(target):
            mutant = build()
            if mutant is not None:
                yield mutant

    def builds(self, target: Target) -> Iterator[Callable[[], Mutant | None]]:
        """What makes each mutant, or None where Python cannot read it."""
        if self.make_beside is None:
            yield from (partial(built, target.source, changes) for changes in self.make(target))
            return
        for changes, others in zip(self.make(target), self.make_beside(target), strict=True):
            yield partial(_built_with_other, target.source, changes, others)


def built(source: Source, changes: Edits) -> Mutant | None:
    """The changed source, if Python can read it: a parameter list may have no place for one more."""
    text = edits.apply(source, changes)
    try:
        compile(text, "<mutant>", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError:
        return None
    return Mutant(text, tuple(sorted(changes))) if text != source.text else None


def _built_with_other(source: Source, changes: Edits, others: Edits) -> Mutant | None:
    mutant, other = built(source, changes), built(source, others)
    return None if mutant is None or other is None else Mutant(mutant.text, mutant.edits, other.text)


class Registry:
    """A list of mutations that decorators fill; modules are read in a fixed order, so the list is too."""

    def __init__(self) -> None:
        self._mutations: list[Mutation] = []

    def __iter__(self) -> Iterator[Mutation]:
        return iter(self._mutations)

    def add(self, group: str, effect: str, rejection: str = "", *, unless: str = "") -> Callable[[Make], Make]:
        """Register a function that gives the edits of each mutant; its name is the name of the kind."""

        def register(make: Make) -> Make:
            name = make.__name__
            if any(each.name == name for each in self._mutations):
                raise ValueError(f"two mutations are called {name}")
            self._mutations.append(Mutation(name, group, effect, rejection, make, unless))
            return make

        return register


def result_edit(source: Source, place: Exit, result: str, *, keyword: str = "return") -> Edit:
    """The edit that makes this exit give `result` instead."""
    if place.statement is None:
        return source.replace(place.value, f"({result})")
    return source.replace(place.statement, f"{keyword} {result}")


def result_text(source: Source, place: Exit) -> str:
    """What the exit gives, in parentheses, with its comments and line breaks."""
    if place.statement is None:
        return f"({source.of(place.value)})"
    written = source.of(place.statement)[len("return") :].strip()
    return f"({written}\n)" if "#" in written.rpartition("\n")[2] else f"({written})"


def display(entries: Sequence[str]) -> str:
    return f"({entries[0]},)" if len(entries) == 1 else f"({', '.join(entries)})"


def parameter_list(source: Source, function: Function | None, changed: ast.arguments) -> Iterator[Edits]:
    """The one mutant that gives a function another parameter list."""
    if function is not None:
        edit = signatures.edit_of(source, function, changed)
        if edit is not None:
            yield [edit]


def module_alias(source: Source, module: str) -> tuple[str, list[Edit]]:
    """The name by which the file calls a module, and the import to add where it has none."""
    package, _, last = module.rpartition(".")
    for statement in source.tree.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name == module and (alias.asname or "." not in module):
                    return alias.asname or module, []
        if isinstance(statement, ast.ImportFrom) and statement.module == package and not statement.level:
            for alias in statement.names:
                if alias.name == last:
                    return alias.asname or last, []
    name = "_" + module.replace(".", "_")
    return name, [at_top(source, f"import {module} as {name}\n")]


def at_top(source: Source, text: str) -> Edit:
    """Insert lines after the docstring and the `__future__` imports."""
    first = next(
        statement
        for statement in source.tree.body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
    )
    return source.before_line_of(first, text)
