"""Rewrites of what the backward rule returns that give JAX the same tuple, or a list of the same entries."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from benchmarks.mutants.nodes import own_nodes
from benchmarks.mutants.registry import Registry, display, module_alias, result_edit, result_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Exit, Target

REGISTRY = Registry()
SAME = "the same entries in a tuple"
LIST = "a list is taken like a tuple (since jax 0.4.29)"
FLOW = "the same return is reached in another way"


def every_exit(target: Target, result: str) -> Iterator[Edits]:
    """Give `result` at each exit, one mutant an exit; `{E}` is what it gave."""
    for place in target.backward_exits:
        given = result_text(target.source, place)
        if ":=" not in given:
            yield [result_edit(target.source, place, result.replace("{E}", given))]


def every_display(target: Target, least: int = 0) -> Iterator[tuple[Exit, list[str]]]:
    for place in target.backward_exits:
        if place.entries is not None and len(place.entries) >= least:
            entries = [target.source.of(each) for each in place.entries]
            if not any(":=" in each for each in entries):
                yield place, entries


def every_statement(target: Target, lines: str) -> Iterator[Edits]:
    """Write `lines` in place of each return; they are indented as the return is, `{E}` is what it gave."""
    for place in target.backward_exits:
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if place.statement is not None and blanks is not None:
            text = lines.replace("\n", "\n" + blanks).replace("{E}", result_text(target.source, place))
            yield [target.source.replace(place.statement, text)]


@REGISTRY.add("display", LIST)
def list_display(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target):
        yield [result_edit(target.source, place, f"[{', '.join(entries)}]")]


@REGISTRY.add("display", LIST)
def made_a_list(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "list({E})")


@REGISTRY.add("display", SAME)
def over_several_lines(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 1):
        lines = "".join(f"        {each},  # entry {index}\n" for index, each in enumerate(entries))
        yield [result_edit(target.source, place, f"(\n{lines}    )")]


@REGISTRY.add("display", SAME)
def without_parentheses(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 1):
        if place.statement is not None and not any("\n" in each for each in entries):
            yield [result_edit(target.source, place, ", ".join(entries) + ("," if len(entries) == 1 else ""))]


@REGISTRY.add("display", SAME)
def tuple_of_list(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target):
        yield [result_edit(target.source, place, f"tuple([{', '.join(entries)}])")]


@REGISTRY.add("display", SAME)
def starred(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "(*{E},)")


@REGISTRY.add("display", SAME)
def starred_in_parts(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 2):
        yield [result_edit(target.source, place, f"(*({entries[0]},), *({', '.join(entries[1:])},))")]


@REGISTRY.add("display", SAME)
def sum_of_tuples(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 1):
        yield [result_edit(target.source, place, f"({entries[0]},) + {display(entries[1:]) if entries[1:] else '()'}")]


@REGISTRY.add("display", SAME)
def slice_of_longer(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target):
        yield [result_edit(target.source, place, display([*entries, "None"]) + "[:-1]")]


@REGISTRY.add("display", SAME)
def comprehension(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "tuple(_each for _each in {E})")


@REGISTRY.add("display", LIST)
def list_comprehension(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "[_each for _each in {E}]")


@REGISTRY.add("display", SAME)
def tuple_of_map(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "tuple(map(lambda _each: _each, {E}))")


@REGISTRY.add("display", SAME)
def reversed_twice(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "tuple({E})[::-1][::-1]")


@REGISTRY.add("display", SAME)
def conditional(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "{E} if __name__ else {E}")


@REGISTRY.add("display", SAME)
def walrus(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        if place.statement is not None and ":=" not in result_text(target.source, place):
            yield [result_edit(target.source, place, f"(_cotangents := {result_text(target.source, place)})")]


@REGISTRY.add("display", SAME)
def called_lambda(target: Target) -> Iterator[Edits]:
    yield from every_exit(target, "(lambda _entries: _entries)({E})")


@REGISTRY.add("display", "the containers are kept by jax.tree_util.tree_map, and None too")
def tree_map(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        given = result_text(target.source, place)
        if ":=" not in given:
            alias, added = module_alias(target.source, "jax")
            text = f"{alias}.tree_util.tree_map(lambda _leaf: _leaf, {given})"
            yield [result_edit(target.source, place, text), *added]


@REGISTRY.add("name", SAME)
def by_a_name(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "_cotangents = {E}\nreturn _cotangents")


@REGISTRY.add("name", SAME)
def by_two_names(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "_cotangents = _result = {E}\n_cotangents = _result\nreturn _cotangents")


@REGISTRY.add("name", SAME)
def by_unpacked_names(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 1):
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if place.statement is not None and blanks is not None and not any(each.startswith("*") for each in entries):
            names = display([f"_entry_{index}" for index, _ in enumerate(entries)])
            text = f"{names} = {result_text(target.source, place)}\n{blanks}return {names}"
            yield [target.source.replace(place.statement, text)]


@REGISTRY.add("name", SAME)
def by_appending(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target):
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if place.statement is not None and blanks is not None and not any(each.startswith("*") for each in entries):
            lines = ["_cotangents = []", *(f"_cotangents.append({each})" for each in entries)]
            text = f"\n{blanks}".join([*lines, "return tuple(_cotangents)"])
            yield [target.source.replace(place.statement, text)]


@REGISTRY.add("name", SAME)
def by_augmented_assignment(target: Target) -> Iterator[Edits]:
    for place, entries in every_display(target, 1):
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if place.statement is not None and blanks is not None:
            lines = [f"_cotangents = ({entries[0]},)", *(f"_cotangents += ({each},)" for each in entries[1:])]
            text = f"\n{blanks}".join([*lines, "return _cotangents"])
            yield [target.source.replace(place.statement, text)]


@REGISTRY.add("name", SAME)
def by_a_helper(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "def _same(value):\n    return value\n\nreturn _same({E})")


@REGISTRY.add("name", SAME)
def by_a_closure(target: Target) -> Iterator[Edits]:
    for place in target.backward_exits:
        # `yield` and `del` of the rule's own names keep their meaning only in the rule itself.
        if not any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(place.function)):
            break
    else:
        return
    yield from every_statement(target, "def _cotangents():\n    return {E}\n\nreturn _cotangents()")


@REGISTRY.add("flow", FLOW)
def if_else(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "if __name__:\n    return {E}\nelse:\n    return {E}")


@REGISTRY.add("flow", FLOW)
def early_return(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "if __name__:\n    return {E}\nreturn {E}")


@REGISTRY.add("flow", FLOW)
def try_finally(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "try:\n    return {E}\nfinally:\n    pass")


@REGISTRY.add("flow", FLOW)
def try_except_else(target: Target) -> Iterator[Edits]:
    lines = "try:\n    _cotangents = {E}\nexcept ArithmeticError:\n    raise\nelse:\n    return _cotangents"
    yield from every_statement(target, lines)


@REGISTRY.add("flow", FLOW)
def with_block(target: Target) -> Iterator[Edits]:
    lines = "import contextlib as _contextlib\n\nwith _contextlib.nullcontext():\n    return {E}"
    yield from every_statement(target, lines)


@REGISTRY.add("flow", FLOW)
def endless_loop(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "while True:\n    return {E}")


@REGISTRY.add("flow", FLOW)
def loop_of_one(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "for _ in (0,):\n    return {E}")


@REGISTRY.add("flow", FLOW)
def match_of_one(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "match {E}:\n    case _cotangents:\n        return _cotangents")


@REGISTRY.add("flow", "the branch that raises is not a result")
def raise_in_a_branch(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, 'if not __name__:\n    raise NotImplementedError("no gradient")\nreturn {E}')


@REGISTRY.add("flow", "the nested function is never called")
def nested_function_beside(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "def _unused(residuals):\n    return None\n\nreturn {E}")


@REGISTRY.add("flow", "the nested lambda is never called")
def nested_lambda_beside(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "_unused = lambda: None\nreturn {E}")


@REGISTRY.add("flow", "a comment and a docstring are nothing to JAX")
def comment(target: Target) -> Iterator[Edits]:
    yield from every_statement(target, "# one cotangent for each argument\nreturn {E}  # done")


@REGISTRY.add("annotation", "JAX reads no annotation")
def annotated_tuple(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if isinstance(rule, ast.FunctionDef) and rule.returns is None:
        head = target.source.between(target.source.start(rule), target.source.start(rule.body[0]))
        found = re.search(r"\)(\s*):[^:]*\Z", head)
        if found is not None and head.count("#") == 0:
            place = target.source.start(rule) + len(head[: found.start() + 1].encode())
            edit = target.source.before(rule, ' -> "tuple[object, ...]"')
            yield [type(edit)(place, place, edit.text)]
