"""Breakages of how the residuals and the cotangent are used, of the pair's order, and of the decorator."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures
from benchmarks.mutants.breaking_flow import pairs, unpacking
from benchmarks.mutants.edits import Edit
from benchmarks.mutants.nodes import own_nodes
from benchmarks.mutants.registry import SILENT, Registry, display, result_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
RESIDUALS = "the residuals come back as they were packed"
NO_METHOD = "has no attribute|missing 1 required positional argument"
LATE = "not enough values|out of range|values to unpack|unsupported operand|not subscriptable"


@REGISTRY.add("use of residuals", RESIDUALS, "out of range")
def residual_index_past_the_end(target: Target) -> Iterator[Edits]:
    """The statement `a, b = residuals` takes its names by index, the last one past the end."""
    found = unpacking(target)
    if found is not None and all(isinstance(each, ast.Name) for each in found[1].elts):
        statement, unpacked, _, packed = found
        name = target.source.of(statement.value)
        numbers = [*range(len(packed.elts) - 1), len(packed.elts)]
        given = display([f"{name}[{number}]" for number in numbers])
        yield [target.source.replace(statement, f"{target.source.of(unpacked)} = {given}")]


@REGISTRY.add("use of residuals", RESIDUALS, LATE)
def residuals_by_a_helper(target: Target) -> Iterator[Edits]:
    """A helper takes the residuals apart, into one name too many."""
    found = unpacking(target)
    blanks = target.source.indentation(found[0]) if found is not None else None
    if found is None or blanks is None or len(found[3].elts) < 2:
        return
    statement, unpacked, _, packed = found
    names = [f"_{index}" for index in range(len(packed.elts) + 1)]
    helper = f"def _apart(kept):\n{blanks}    {', '.join(names)} = kept\n{blanks}    return {display(names[:-1])}\n"
    text = f"{helper}{blanks}{target.source.of(unpacked)} = _apart({target.source.of(statement.value)})"
    yield [target.source.replace(statement, text)]


@REGISTRY.add("use of residuals", "a tuple has no shape", "has no attribute")
def residuals_taken_for_an_array(target: Target) -> Iterator[Edits]:
    found = unpacking(target)
    blanks = target.source.indentation(found[0]) if found is not None else None
    if found is not None and blanks is not None:
        name = target.source.of(found[0].value)
        yield [target.source.before(found[0], f"_shape = {name}.shape\n{blanks}")]


@REGISTRY.add("pair", "the residuals become the output, silently in a plain gradient", SILENT)
def pair_swapped(target: Target) -> Iterator[Edits]:
    for place, output, residuals, entries in pairs(target):
        inner = entries[1]
        is_tuple = isinstance(inner, ast.Tuple) and len(inner.elts) > 1
        first = entries[0]
        called = isinstance(first, ast.Call) and ast.unparse(first.func) == target.name
        if is_tuple and (called or isinstance(first, ast.Name)):
            yield [result_edit(target.source, place, display([residuals, output]))]


@REGISTRY.add(
    "cotangent",
    "the gradient does not depend on what comes back",
    SILENT,
    unless="the formula is zero for other reasons, or its argument an integer",
)
def cotangent_never_used(target: Target) -> Iterator[Edits]:
    """Each mention of the cotangent becomes 1.0."""
    rule, due = target.backward, target.backward_due
    if not isinstance(rule, ast.FunctionDef) or due is None or rule.args.vararg is not None:
        return
    name = signatures.positional(rule.args)[due - 1].arg
    uses = [node for node in ast.walk(rule) if isinstance(node, ast.Name) and node.id == name]
    own = {id(node) for node in own_nodes(rule)}
    if uses and all(isinstance(node.ctx, ast.Load) and id(node) in own for node in uses):
        yield [target.source.replace(node, "1.0") for node in uses]


# The decorator, and what is asked of it.


@REGISTRY.add("decorator", "a plain function has no defvjp", NO_METHOD)
def decorator_forgotten(target: Target) -> Iterator[Edits]:
    """The line of the decorator becomes a comment."""
    wrapping, primal = target.wrapping, target.primal
    if wrapping is None or not wrapping.decorates or not isinstance(primal, ast.FunctionDef):
        return
    start = target.source.start(wrapping.node)
    line = target.source.between(target.source.line_starts[wrapping.node.lineno - 1], start)
    is_alone = len(primal.decorator_list) == 1 and wrapping.node.lineno == wrapping.node.end_lineno
    if is_alone and line.strip() == "@":
        yield [Edit(start - 1, start, "# @")]


@REGISTRY.add("decorator", "custom_vjp takes the function first", "missing 1 required positional argument")
def decorator_called(target: Target) -> Iterator[Edits]:
    wrapping = target.wrapping
    if wrapping is not None and wrapping.decorates and wrapping.call is None:
        yield [target.source.replace(wrapping.node, f"{target.source.of(wrapping.node)}()")]


@REGISTRY.add("decorator", "a custom_jvp has no defvjp", NO_METHOD)
def decorator_of_jvp(target: Target) -> Iterator[Edits]:
    wrapping = target.wrapping
    if wrapping is not None and target.source.of(wrapping.plain) == "jax.custom_vjp" and not wrapping.has_options:
        yield [target.source.replace(wrapping.plain, "jax.custom_jvp")]


@REGISTRY.add("decorator", "jit above custom_vjp hides its methods", NO_METHOD)
def jitted_above(target: Target) -> Iterator[Edits]:
    wrapping = target.wrapping
    if wrapping is None or not wrapping.decorates or not target.source.of(wrapping.plain).startswith("jax."):
        return
    begin = target.source.line_starts[wrapping.node.lineno - 1]
    blanks = target.source.between(begin, target.source.start(wrapping.node) - 1)
    if not blanks.strip():
        yield [target.source.before(wrapping.node, f"jax.jit\n{blanks}@")]


@REGISTRY.add("decorator", "custom_vjp has no such method", NO_METHOD)
def defjvp_for_defvjp(target: Target) -> Iterator[Edits]:
    function = target.call.func
    if isinstance(function, ast.Attribute) and not target.call.keywords:
        receiver = target.source.of(function.value)
        yield [target.source.replace(function, f"{receiver}.defjvp")]


@REGISTRY.add("decorator", "defvjp takes two rules", NO_METHOD)
def backward_rule_not_given(target: Target) -> Iterator[Edits]:
    if len(target.call.args) == 2 and not target.call.keywords:
        call = f"{target.source.of(target.call.func)}({target.source.of(target.call.args[0])})"
        yield [target.source.replace(target.call, call)]
