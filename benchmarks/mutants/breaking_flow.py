"""Breakages of the forward rule's pair, of the residuals, and of the use of `jax.vjp` inside a backward rule."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import knowledge, signatures
from benchmarks.mutants.nodes import own_nodes
from benchmarks.mutants.registry import PAIR, STRUCTURE, Registry, display, module_alias, result_edit, result_text
from benchmarks.mutants.returns import is_fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.signatures import Function
    from benchmarks.mutants.targets import Exit, Target

REGISTRY = Registry()
NO_PAIR = "the forward rule has to give a tuple or list of two: the output and the residuals"

# The pair that the forward rule gives.


def pairs(target: Target) -> Iterator[tuple[Exit, str, str, list[ast.expr]]]:
    """The forward rule's exits that are a display of two, with the texts of both."""
    for place in target.forward_exits:
        entries = place.fixed_entries
        if entries is not None and len(entries) == 2:
            yield place, target.source.of(entries[0]), target.source.of(entries[1]), entries


def every_forward_exit(target: Target, result: str) -> Iterator[Edits]:
    for place in target.forward_exits:
        yield [result_edit(target.source, place, result.replace("{E}", result_text(target.source, place)))]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def triple(target: Target) -> Iterator[Edits]:
    for place, output, residuals, _ in pairs(target):
        yield [result_edit(target.source, place, display([output, residuals, "None"]))]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def residuals_flattened(target: Target) -> Iterator[Edits]:
    for place, output, _, entries in pairs(target):
        inner = entries[1]
        if isinstance(inner, ast.Tuple) and len(inner.elts) >= 2 and not any(map(is_star, inner.elts)):
            flat = [output, *(target.source.of(each) for each in inner.elts)]
            yield [result_edit(target.source, place, display(flat))]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def only_the_output(target: Target) -> Iterator[Edits]:
    for place, output, _, entries in pairs(target):
        if knowledge.output_is_no_sequence(target, entries[0]):
            yield [result_edit(target.source, place, f"({output})")]


@REGISTRY.add("forward result", NO_PAIR, PAIR, unless="the primal gives a tuple or list of two")
def only_the_output_of_unknown_type(target: Target) -> Iterator[Edits]:
    for place, output, _, entries in pairs(target):
        if not knowledge.output_is_no_sequence(target, entries[0]):
            yield [result_edit(target.source, place, f"({output})")]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def only_the_residuals(target: Target) -> Iterator[Edits]:
    for place, _, residuals, entries in pairs(target):
        inner = entries[1]
        if isinstance(inner, ast.Tuple) and len(inner.elts) != 2 and not any(map(is_star, inner.elts)):
            yield [result_edit(target.source, place, residuals if residuals.startswith("(") else f"({residuals})")]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_none(target: Target) -> Iterator[Edits]:
    yield from every_forward_exit(target, "None")


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_return_forgotten(target: Target) -> Iterator[Edits]:
    rule, places = target.forward, target.forward_exits
    if isinstance(rule, ast.FunctionDef) and len(places) == 1 and places[0].statement is rule.body[-1]:
        yield [target.source.replace(rule.body[-1], result_text(target.source, places[0]))]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_nested(target: Target) -> Iterator[Edits]:
    yield from every_forward_exit(target, "({E},)")


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_dict(target: Target) -> Iterator[Edits]:
    for place, output, residuals, _ in pairs(target):
        yield [result_edit(target.source, place, f'{{"output": {output}, "residuals": {residuals}}}')]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_generator(target: Target) -> Iterator[Edits]:
    for place in target.forward_exits:
        if ":=" not in result_text(target.source, place):
            text = f"(_each for _each in {result_text(target.source, place)})"
            yield [result_edit(target.source, place, text)]


@REGISTRY.add("forward result", NO_PAIR, PAIR)
def forward_output_as_array(target: Target) -> Iterator[Edits]:
    for place, output, _, _ in pairs(target):
        alias, added = module_alias(target.source, "jax.numpy")
        yield [result_edit(target.source, place, f"{alias}.asarray({output})"), *added]


@REGISTRY.add("forward result", "a generator function gives a generator, which is no pair", PAIR)
def forward_yielded(target: Target) -> Iterator[Edits]:
    for place in target.forward_exits:
        if place.statement is not None:
            yield [result_edit(target.source, place, result_text(target.source, place), keyword="yield")]


# The residuals, packed in one rule and unpacked in the other.


def is_star(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


def unpacking(target: Target) -> tuple[ast.Assign, ast.Tuple, Exit, ast.Tuple] | None:
    """The statement `a, b = residuals` and the display that the forward rule packs, if both are plain and alone."""
    rule, places, due = target.backward, target.forward_exits, target.backward_due
    if not isinstance(rule, ast.FunctionDef) or due is None or len(places) != 1 or rule.args.vararg is not None:
        return None
    name = signatures.positional(rule.args)[due - 2].arg
    stores = [node for node in own_nodes(rule) if isinstance(node, ast.Name) and node.id == name]
    if any(not isinstance(node.ctx, ast.Load) for node in stores):
        return None
    pair = places[0].fixed_entries
    packed = pair[1] if pair is not None and len(pair) == 2 else None
    if not isinstance(packed, ast.Tuple) or any(map(is_star, packed.elts)):
        return None
    for statement in rule.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name) and statement.value.id == name:
            unpacked = statement.targets[0]
            if isinstance(unpacked, ast.Tuple) and not any(map(is_star, unpacked.elts)):
                return (statement, unpacked, places[0], packed) if len(unpacked.elts) == len(packed.elts) else None
    return None


UNPACKED = "the residuals come back as they were packed, and Python unpacks exactly as many"
UNPACK = r"values to unpack|cannot unpack|not enough values"


@REGISTRY.add("residuals", UNPACKED, UNPACK)
def residual_added(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    if found is not None:
        packed = found[3]
        yield [target.source.replace(packed, display([*map(target.source.of, packed.elts), "None"]))]


@REGISTRY.add("residuals", UNPACKED, UNPACK)
def residual_dropped(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    if found is not None and len(found[3].elts) >= 2:
        packed = found[3]
        yield [target.source.replace(packed, display([*map(target.source.of, packed.elts[:-1])]))]


@REGISTRY.add("residuals", UNPACKED, UNPACK)
def unpacked_name_added(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    if found is not None:
        unpacked = found[1]
        yield [target.source.replace(unpacked, display([*map(target.source.of, unpacked.elts), "_added"]))]


@REGISTRY.add("residuals", UNPACKED, UNPACK)
def unpacked_name_dropped(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    if found is not None and len(found[1].elts) >= 2:
        unpacked = found[1]
        yield [target.source.replace(unpacked, display([*map(target.source.of, unpacked.elts[:-1])]))]


@REGISTRY.add("residuals", "None cannot be unpacked", UNPACK)
def residuals_none(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    if found is not None:
        yield [target.source.replace(found[3], "None")]


# Pullbacks of jax.vjp.


def pullback_calls(target: Target, function: Function | None) -> Iterator[ast.Call]:
    """Calls of `jax.vjp` in the rule; the file has to import jax by that name."""
    if function is None or not any(
        isinstance(statement, ast.Import) and any(alias.name == "jax" and not alias.asname for alias in statement.names)
        for statement in target.source.tree.body
    ):
        return
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "jax.vjp" and not node.keywords:
            yield node


@REGISTRY.add("pullback", "jax.vjp gives a pair, and a tuple cannot be called", "not callable")
def pair_of_vjp_called(target: Target) -> Iterator[Edits]:
    """`_, pullback = jax.vjp(...)` becomes `pullback = jax.vjp(...)`, where the rule calls it."""
    for unpacked in unpacked_pullbacks(target):
        yield [target.source.replace(unpacked, target.source.of(unpacked.elts[1]))]


@REGISTRY.add("pullback", "the first of the pair is the output, which cannot be called", "not callable")
def output_of_vjp_called(target: Target) -> Iterator[Edits]:
    for unpacked in unpacked_pullbacks(target):
        first, second = map(target.source.of, unpacked.elts)
        yield [target.source.replace(unpacked, f"{second}, {first}")]


def unpacked_pullbacks(target: Target) -> Iterator[ast.Tuple]:
    """The targets `output, pullback` of a jax.vjp in the backward rule, which then calls the pullback."""
    rule = target.backward
    if not isinstance(rule, ast.FunctionDef):
        return
    calls = set(pullback_calls(target, rule))
    called = {node.func.id for node in ast.walk(rule) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    for statement in rule.body:
        if isinstance(statement, ast.Assign) and statement.value in calls:
            unpacked = statement.targets[0]
            if isinstance(unpacked, ast.Tuple) and len(unpacked.elts) == 2:
                pullback = unpacked.elts[1]
                if isinstance(pullback, ast.Name) and pullback.id in called:
                    yield unpacked


@REGISTRY.add("pullback", "a pullback gives a tuple already, so this is a tuple in a tuple", STRUCTURE)
def pullback_result_nested(target: Target) -> Iterator[Edits]:
    """Of two arguments and more; for one argument it is `entry_of_array_nested`."""
    names = {ast.unparse(unpacked.elts[1]) for unpacked in unpacked_pullbacks(target)}
    for place in target.backward_exits:
        value = place.value
        called = value.func if isinstance(value, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in names and is_fixed(target, 1):
            yield [result_edit(target.source, place, f"({result_text(target.source, place)},)")]
