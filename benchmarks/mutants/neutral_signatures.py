"""Rewrites of the rules' signatures and of the forward rule's pair that are the same to JAX."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures
from benchmarks.mutants.edits import Edit
from benchmarks.mutants.nodes import is_docstring, own_nodes
from benchmarks.mutants.registry import Registry, parameter_list, result_edit, result_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.signatures import Function
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
DEFAULTS = "JAX hands over no more than it has to, so the default is used"
NAMES = "JAX hands over by position and reads no name"
PAIR_KEPT = "the same pair"
NONE = ast.Constant(None)


# Signatures.


@REGISTRY.add("signature", DEFAULTS)
def backward_default_added(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and rule.args.vararg is None:
        yield from parameter_list(target.source, rule, signatures.with_last(rule.args, "_added", NONE))


@REGISTRY.add("signature", DEFAULTS)
def backward_keyword_only_default_added(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None:
        yield from parameter_list(target.source, rule, signatures.with_keyword_only(rule.args, "_added", NONE))


@REGISTRY.add("signature", DEFAULTS)
def backward_default_for_cotangent(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and signatures.is_exact(rule.args) and rule.args.args:
        changed = ast.arguments(**{**vars(rule.args), "defaults": [NONE]})
        yield from parameter_list(target.source, rule, changed)


@REGISTRY.add("signature", NAMES)
def backward_positional_only(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and rule.args.args and not rule.args.posonlyargs and target.is_named_once(rule):
        changed = ast.arguments(**{**vars(rule.args), "posonlyargs": rule.args.args, "args": []})
        yield from parameter_list(target.source, rule, changed)


@REGISTRY.add("signature", "the rest is empty")
def backward_rest_added(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and rule.args.vararg is None:
        changed = ast.arguments(**{**vars(rule.args), "vararg": ast.arg("_rest")})
        yield from parameter_list(target.source, rule, changed)


@REGISTRY.add("signature", "the same values under the same names")
def backward_takes_rest_only(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if isinstance(rule, ast.FunctionDef) and signatures.is_exact(rule.args) and not rule.args.kwonlyargs:
        names = [each.arg for each in signatures.positional(rule.args)]
        begin = rule.body[1] if is_docstring(rule.body[0]) and len(rule.body) > 1 else rule.body[0]
        blanks = target.source.indentation(begin)
        if blanks is not None and not rule.args.kwarg and not rule.decorator_list and target.is_named_once(rule):
            changed = ast.arguments(**{**vars(rule.args), "args": [], "posonlyargs": [], "vararg": ast.arg("_all")})
            line = f"{blanks}{', '.join(names)}{',' if len(names) == 1 else ''} = _all\n"
            for edits in parameter_list(target.source, rule, changed):
                yield [*edits, target.source.before_line_of(begin, line)]


@REGISTRY.add("signature", NAMES)
def backward_parameter_renamed(target: Target) -> Iterator[Edits]:
    yield from renamed(target, target.backward)


@REGISTRY.add("signature", NAMES)
def forward_parameter_renamed(target: Target) -> Iterator[Edits]:
    yield from renamed(target, target.forward)


@REGISTRY.add("signature", DEFAULTS)
def forward_default_added(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None and rule.args.vararg is None and target.forward is not target.primal:
        yield from parameter_list(target.source, rule, signatures.with_last(rule.args, "_added", NONE))


@REGISTRY.add("signature", "the rest is empty")
def forward_rest_added(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None and rule.args.vararg is None and target.forward is not target.primal:
        changed = ast.arguments(**{**vars(rule.args), "vararg": ast.arg("_rest")})
        yield from parameter_list(target.source, rule, changed)


def renamed(target: Target, rule: Function | None) -> Iterator[Edits]:
    """Give the last parameter another name, everywhere in the rule, where no inner scope can confuse it."""
    if rule is None or not target.is_named_once(rule) or not signatures.positional(rule.args):
        return
    if isinstance(rule, ast.FunctionDef) and rule.decorator_list:
        return  # one of them may know the name
    last = signatures.positional(rule.args)[-1]
    scopes = [node for node in own_nodes(rule) if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef)]
    inner = [node for scope in scopes for node in ast.walk(scope)]
    if any(isinstance(node, ast.Name | ast.arg) and _name(node) == last.arg for node in inner):
        return
    if any(isinstance(node, ast.JoinedStr | ast.Nonlocal | ast.Global) for node in ast.walk(rule)):
        return  # before Python 3.12 the places inside f-strings are wrong
    uses = [node for node in own_nodes(rule) if isinstance(node, ast.Name) and node.id == last.arg]
    start = target.source.start(last)
    name = Edit(start, start + len(last.arg.encode()), "_renamed")
    yield [name, *(target.source.replace(node, "_renamed") for node in uses)]


def _name(node: ast.Name | ast.arg) -> str:
    return node.id if isinstance(node, ast.Name) else node.arg


# The forward rule's pair.


def every_forward_exit(target: Target, result: str) -> Iterator[Edits]:
    for place in target.forward_exits:
        given = result_text(target.source, place)
        if ":=" not in given:
            yield [result_edit(target.source, place, result.replace("{E}", given))]


@REGISTRY.add("forward", "the pair may be a list")
def forward_list(target: Target) -> Iterator[Edits]:
    yield from every_forward_exit(target, "list({E})")


@REGISTRY.add("forward", PAIR_KEPT)
def forward_by_a_name(target: Target) -> Iterator[Edits]:
    for place in target.forward_exits:
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if place.statement is not None and blanks is not None:
            text = f"_pair = {result_text(target.source, place)}\n{blanks}return _pair"
            yield [target.source.replace(place.statement, text)]


@REGISTRY.add("forward", PAIR_KEPT)
def forward_starred(target: Target) -> Iterator[Edits]:
    yield from every_forward_exit(target, "(*{E},)")


@REGISTRY.add("forward", PAIR_KEPT)
def forward_conditional(target: Target) -> Iterator[Edits]:
    yield from every_forward_exit(target, "{E} if __name__ else {E}")


@REGISTRY.add("forward", "the residuals come back as a list, and unpack the same")
def residuals_as_list(target: Target) -> Iterator[Edits]:
    found = _packed(target)
    if found is not None:
        yield [target.source.replace(found, "[" + ", ".join(map(target.source.of, found.elts)) + "]")]


@REGISTRY.add("forward", "the residuals come back the same")
def residuals_by_a_name(target: Target) -> Iterator[Edits]:
    for place in target.forward_exits:
        pair = place.fixed_entries
        blanks = None if place.statement is None else target.source.indentation(place.statement)
        if pair and len(pair) == 2 and place.statement is not None and blanks is not None:
            output, residuals = map(target.source.of, pair)
            text = f"_output = ({output})\n{blanks}_residuals = ({residuals})\n{blanks}return _output, _residuals"
            if ":=" not in output:
                yield [target.source.replace(place.statement, text)]


def _packed(target: Target) -> ast.Tuple | None:
    """The residuals' display, where the backward rule does nothing but unpack it."""
    from benchmarks.mutants.breaking_flow import unpacking

    found = unpacking(target)
    if found is None or target.backward is None:
        return None
    assert isinstance(found[0].value, ast.Name)
    name = found[0].value.id
    uses = [node for node in ast.walk(target.backward) if isinstance(node, ast.Name) and node.id == name]
    return found[3] if len(uses) == 1 else None
