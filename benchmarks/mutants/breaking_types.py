"""Breakages of what the backward rule returns: no tuple or list at all, or a wrong entry in it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import knowledge
from benchmarks.mutants.nodes import own_nodes
from benchmarks.mutants.registry import STRUCTURE, Registry, at_top, result_edit, result_text
from benchmarks.mutants.returns import counted_exits, every_exit, is_bound, is_starred, with_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
UNCOUNTED = "an array, or anything else that is no tuple or list, is refused by its type; it is never iterated"
# Cotangents of different shapes, or a dict among them, do not even become one array.
ONE_ARRAY = (
    STRUCTURE + r"|concatenate|[Cc]annot stack|must have the same shape|requires ndarray or scalar|"
    r"not a valid JAX array type|Unexpected input type for array"
)


@REGISTRY.add("type", UNCOUNTED, ONE_ARRAY)
def concatenated(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "{0}.concatenate({E})", "jax.numpy")


@REGISTRY.add("type", UNCOUNTED, ONE_ARRAY)
def stacked(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "{0}.stack({E})", "jax.numpy")


@REGISTRY.add("type", UNCOUNTED, ONE_ARRAY)
def made_an_array(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "{0}.array({E})", "jax.numpy")


@REGISTRY.add("type", "a dict is refused, by whatever names", STRUCTURE)
def dict_by_name(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        entries, parameters = place.fixed_entries, target.differentiable
        if entries and parameters is not None and len(entries) == len(parameters):
            both = zip(parameters, entries, strict=True)
            texts = [f'"{parameter.arg}": {target.source.of(entry)}' for parameter, entry in both]
            yield [result_edit(target.source, place, "{" + ", ".join(texts) + "}")]


@REGISTRY.add("type", "a dict is refused, by whatever names", STRUCTURE)
def dict_by_index(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "dict(enumerate({E}))")


@REGISTRY.add("type", "arrays do not go into a set, and a set is refused", STRUCTURE + "|unhashable")
def made_a_set(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        yield [result_edit(target.source, place, "{" + ", ".join(entries) + "}")]


@REGISTRY.add("type", "a generator is refused; it is never run", STRUCTURE)
def generator(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "(_each for _each in {E})")


@REGISTRY.add("type", "an iterator is refused; it is never run", STRUCTURE)
def mapped(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "map(lambda _each: _each, {E})")


@REGISTRY.add("type", "an iterator is refused; it is never run", STRUCTURE)
def zipped(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "zip({E})")


@REGISTRY.add("type", "an iterator is refused; it is never run", STRUCTURE)
def iterator(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "iter({E})")


@REGISTRY.add("type", "a string is refused", STRUCTURE)
def string(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "str({E})")


@REGISTRY.add("type", "None is refused; it is no tuple of Nones", STRUCTURE)
def none(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "None")


@REGISTRY.add("type", "None is refused; it is no tuple of Nones", STRUCTURE)
def nothing_returned(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        if place.statement is not None:
            yield [target.source.replace(place.statement, "return")]


@REGISTRY.add("type", "without a return the rule gives None", STRUCTURE)
def return_forgotten(target: Target) -> Iterator[Edits]:
    function, places = target.backward, target.backward_exits
    if isinstance(function, ast.FunctionDef) and len(places) == 1 and places[0].statement is function.body[-1]:
        yield [target.source.replace(function.body[-1], result_text(target.source, places[0]))]


@REGISTRY.add("type", "a generator function gives a generator, which is refused", STRUCTURE)
def yielded(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        if place.statement is not None:
            yield [result_edit(target.source, place, result_text(target.source, place), keyword="yield")]


@REGISTRY.add("type", "a coroutine is refused", STRUCTURE)
def made_async(target: Target) -> Iterator[Edits]:
    function = target.backward
    if isinstance(function, ast.FunctionDef) and not any(
        isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)
    ):
        yield [target.source.before(function, "async ")]


@REGISTRY.add("type", "a named tuple is refused: the type has to be tuple or list itself", STRUCTURE)
def named_tuple(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        if not any(map(is_starred, entries)):
            fields = "".join(f"    entry_{index}: object\n" for index in range(len(entries)))
            added = f"import typing as _typing\n\n\nclass _Cotangents(_typing.NamedTuple):\n{fields}\n\n"
            yield [
                result_edit(target.source, place, f"_Cotangents({', '.join(entries)})"),
                at_top(target.source, added),
            ]


@REGISTRY.add("type", UNCOUNTED, STRUCTURE)
def only_entry_bare(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        entries = place.fixed_entries
        if entries and len(entries) == 1 and knowledge.is_no_sequence(entries[0]):
            yield [result_edit(target.source, place, f"({target.source.of(entries[0])})")]


@REGISTRY.add("type", UNCOUNTED, STRUCTURE, unless="the entry itself is a tuple or list of one element")
def only_entry_bare_of_unknown_type(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        entries = place.fixed_entries
        if entries and len(entries) == 1 and not knowledge.is_no_sequence(entries[0]):
            yield [result_edit(target.source, place, f"({target.source.of(entries[0])})")]


@REGISTRY.add("type", UNCOUNTED, STRUCTURE)
def first_entry_bare(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        entries = place.fixed_entries
        if entries and len(entries) >= 2 and knowledge.is_no_sequence(entries[0]):
            yield [result_edit(target.source, place, f"({target.source.of(entries[0])})")]


@REGISTRY.add("type", "the cotangent of one array is one array", STRUCTURE)
def cotangent_returned(target: Target) -> Iterator[Edits]:
    """Only where the primal surely gives one array, so that the cotangent is one too."""
    function = target.backward
    if function is None or not function.args.args or function.args.vararg or function.args.defaults:
        return
    if function.args.args[-1].arg in {node.id for node in own_nodes(function) if is_bound(node)}:
        return
    pairs = [place.fixed_entries for place in target.forward_exits]
    if pairs and all(pair and len(pair) == 2 and knowledge.output_is_no_sequence(target, pair[0]) for pair in pairs):
        yield from every_exit(target, function.args.args[-1].arg)


@REGISTRY.add("nesting", "a tuple stands where the argument is one array", STRUCTURE)
def entry_of_array_nested(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        for index, entry in enumerate(entries):
            if knowledge.entry_is_array(target, place, index):
                yield with_entries(target, place, [*entries[:index], f"({entry},)", *entries[index + 1 :]])
                break


@REGISTRY.add("nesting", "a dict stands where the argument is one array", STRUCTURE)
def entry_of_array_in_dict(target: Target) -> Iterator[Edits]:
    for place, entries in counted_exits(target, 1):
        for index, entry in enumerate(entries):
            if knowledge.entry_is_array(target, place, index):
                yield with_entries(target, place, [*entries[:index], f'{{"value": {entry}}}', *entries[index + 1 :]])
                break
