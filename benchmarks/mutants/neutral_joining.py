"""Rewrites of how the rules are named, joined and defined that are the same to JAX."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants.edits import Edit
from benchmarks.mutants.nodes import is_docstring, own_nodes
from benchmarks.mutants.registry import Registry, module_alias, result_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
CALLABLE = "JAX only calls the rule"
NONDIFF = "the same indices"


def rule_wrapped(target: Target, index: int, text: str, module: str = "") -> Iterator[Edits]:
    """Hand `text` to defvjp in the rule's place; `{R}` is the rule, `{M}` the module."""
    node = target.rule_argument(index)
    alias, added = module_alias(target.source, module) if module else ("", [])
    yield [target.source.replace(node, text.replace("{M}", alias).replace("{R}", target.source.of(node))), *added]


@REGISTRY.add("joining", CALLABLE)
def backward_in_a_lambda(target: Target) -> Iterator[Edits]:
    if target.backward is not None and target.backward_due is not None:
        names = ", ".join(f"_value_{index}" for index in range(target.backward_due))
        yield from rule_wrapped(target, 1, f"lambda {names}: ({{R}})({names})")


@REGISTRY.add("joining", CALLABLE)
def backward_in_a_lambda_of_rest(target: Target) -> Iterator[Edits]:
    if target.backward is not None:
        yield from rule_wrapped(target, 1, "lambda *_values: ({R})(*_values)")


@REGISTRY.add("joining", CALLABLE)
def backward_as_lambda(target: Target) -> Iterator[Edits]:
    """The rule written as a lambda, where it is nothing but a return."""
    rule = target.backward
    if not isinstance(rule, ast.FunctionDef) or rule.decorator_list or len(target.backward_exits) != 1:
        return
    body = rule.body[1:] if is_docstring(rule.body[0]) else rule.body
    if len(body) == 1 and isinstance(body[0], ast.Return):
        bare = ast.arguments(**{**vars(rule.args), "args": [ast.arg(each.arg) for each in rule.args.args]})
        if not rule.args.posonlyargs and not rule.args.vararg and not rule.args.kwonlyargs:
            value = result_text(target.source, target.backward_exits[0])
            yield [target.source.replace(target.rule_argument(1), f"lambda {ast.unparse(bare)}: {value}")]


@REGISTRY.add("joining", CALLABLE)
def forward_in_a_lambda(target: Target) -> Iterator[Edits]:
    if target.forward is not None and target.forward_due is not None:
        names = ", ".join(f"_value_{index}" for index in range(target.forward_due))
        yield from rule_wrapped(target, 0, f"lambda {names}: ({{R}})({names})")


@REGISTRY.add("joining", "a partial without arguments calls the same")
def backward_in_a_partial(target: Target) -> Iterator[Edits]:
    if target.backward is not None:
        yield from rule_wrapped(target, 1, "{M}.partial({R})", "functools")


@REGISTRY.add("joining", "named_call only names what it calls")
def backward_in_named_call(target: Target) -> Iterator[Edits]:
    if isinstance(target.backward, ast.FunctionDef):
        yield from rule_wrapped(target, 1, '{M}.named_call({R}, name="backward")', "jax")


@REGISTRY.add("joining", "Partial calls the same")
def backward_in_tree_util_partial(target: Target) -> Iterator[Edits]:
    if target.backward is not None:
        yield from rule_wrapped(target, 1, "{M}.Partial({R})", "jax.tree_util")


@REGISTRY.add("joining", "jit of plain arithmetic on arrays gives the same")
def backward_jitted(target: Target) -> Iterator[Edits]:
    """Only where everything in the rule is arithmetic, so that tracing its arguments can change nothing."""
    rule = target.backward
    allowed = (
        ast.Assign, ast.Return, ast.Tuple, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop,
        ast.expr_context,
    )  # fmt: skip
    plain = rule is not None and all(isinstance(node, allowed) for node in own_nodes(rule))
    if plain and isinstance(rule, ast.FunctionDef) and target.nondiff == () and not is_docstring(rule.body[0]):
        yield from rule_wrapped(target, 1, "{M}.jit({R})", "jax")


@REGISTRY.add("joining", "defvjp has these parameter names")
def joined_by_keyword(target: Target) -> Iterator[Edits]:
    if len(target.call.args) >= 2:
        forward, backward = target.call.args[:2]
        yield [target.source.before(forward, "fwd="), target.source.before(backward, "bwd=")]


def before_call(target: Target, lines: str, changes: list[Edit]) -> Iterator[Edits]:
    blanks = None if target.statement is None else target.source.indentation(target.statement)
    if target.statement is not None and blanks is not None:
        yield [target.source.before_line_of(target.statement, blanks + lines + "\n"), *changes]


@REGISTRY.add("joining", "another name for the same function")
def backward_by_an_alias(target: Target) -> Iterator[Edits]:
    node = target.rule_argument(1)
    if target.backward is not None:
        change = target.source.replace(node, "_alias")
        yield from before_call(target, f"_alias = {target.source.of(node)}", [change])


@REGISTRY.add("joining", "another name for the same object")
def primal_by_an_alias(target: Target) -> Iterator[Edits]:
    if isinstance(target.call.func, ast.Attribute):
        change = target.source.replace(target.call.func.value, "_alias")
        yield from before_call(target, f"_alias = {target.name}", [change])


@REGISTRY.add("joining", "an attribute that holds the same function")
def backward_as_an_attribute(target: Target) -> Iterator[Edits]:
    node = target.rule_argument(1)
    if target.backward is not None:
        alias, added = module_alias(target.source, "types")
        changes = [target.source.replace(node, "_rules.backward"), *added]
        yield from before_call(target, f"_rules = {alias}.SimpleNamespace(backward={target.source.of(node)})", changes)


@REGISTRY.add("joining", "the second call sets the same rules once more")
def joined_twice(target: Target) -> Iterator[Edits]:
    if target.statement is not None:
        yield from before_call(target, target.source.of(target.statement), [])


@REGISTRY.add("joining", "the branch is always taken")
def joined_in_a_branch(target: Target) -> Iterator[Edits]:
    blanks = None if target.statement is None else target.source.indentation(target.statement)
    if target.statement is not None and blanks is not None:
        yield [target.source.before(target.statement, f"if __name__:\n{blanks}    ")]


@REGISTRY.add("joining", "the name is bound anew only after the rules are set, and nobody else uses it")
def backward_name_reused_later(target: Target) -> Iterator[Edits]:
    node, statement, rule = target.rule_argument(1), target.statement, target.backward
    blanks = None if statement is None else target.source.indentation(statement)
    if statement is None or blanks is None or not isinstance(rule, ast.FunctionDef) or not target.is_named_once(rule):
        return
    if isinstance(node, ast.Name):
        yield [target.source.after_line_of(statement, f"\n{blanks}def {node.id}():\n{blanks}    return None\n")]


# The definition.


@REGISTRY.add("definition", "a decorator is a call")
def decorator_as_a_call(target: Target) -> Iterator[Edits]:
    wrapping, primal = target.wrapping, target.primal
    if wrapping is None or not wrapping.decorates or not isinstance(primal, ast.FunctionDef):
        return
    blanks = target.source.indentation(primal)
    if len(primal.decorator_list) == 1 and blanks is not None:
        line = target.source.line_starts[wrapping.node.lineno - 1]
        text = f"{blanks}{primal.name} = {target.source.of(wrapping.node)}({primal.name})\n"
        removed = Edit(line, target.source.end(wrapping.node), "")
        yield [removed, target.source.after_line_of(primal, "\n" + text)]


@REGISTRY.add("definition", "a partial without options calls the same")
def decorator_in_a_partial(target: Target) -> Iterator[Edits]:
    wrapping = target.wrapping
    if wrapping is not None and wrapping.decorates and wrapping.call is None:
        alias, added = module_alias(target.source, "functools")
        text = f"{alias}.partial({target.source.of(wrapping.node)})"
        yield [target.source.replace(wrapping.node, text), *added]


@REGISTRY.add("definition", NONDIFF)
def nondiff_as_list(target: Target) -> Iterator[Edits]:
    node = target.wrapping.nondiff_node if target.wrapping is not None else None
    if isinstance(node, ast.Tuple):
        yield [target.source.replace(node, "[" + ", ".join(map(target.source.of, node.elts)) + "]")]


@REGISTRY.add("definition", NONDIFF)
def nondiff_as_expression(target: Target) -> Iterator[Edits]:
    node = target.wrapping.nondiff_node if target.wrapping is not None else None
    if isinstance(node, ast.Tuple):
        yield [target.source.replace(node, f"() + tuple({target.source.of(node)})")]


@REGISTRY.add("definition", NONDIFF)
def nondiff_as_range(target: Target) -> Iterator[Edits]:
    node = target.wrapping.nondiff_node if target.wrapping is not None else None
    if isinstance(node, ast.Tuple) and target.nondiff:
        first, last = target.nondiff[0], target.nondiff[-1]
        written = [each.value for each in node.elts if isinstance(each, ast.Constant)]
        if written == list(range(first, last + 1)):
            yield [target.source.replace(node, f"tuple(range({first}, {last + 1}))")]


@REGISTRY.add("definition", NONDIFF)
def nondiff_as_constant(target: Target) -> Iterator[Edits]:
    wrapping, primal = target.wrapping, target.primal
    node = wrapping.nondiff_node if wrapping is not None else None
    if wrapping is None or not isinstance(node, ast.Tuple) or not isinstance(primal, ast.FunctionDef):
        return
    blanks = target.source.indentation(primal)
    if wrapping.decorates and blanks is not None and all(isinstance(each, ast.Constant) for each in node.elts):
        line = f"{blanks}_NONDIFF = {target.source.of(node)}\n"
        yield [target.source.before_line_of(primal, line), target.source.replace(node, "_NONDIFF")]
