"""Breakages of the two rules' parameter lists."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures
from benchmarks.mutants.registry import ARGUMENTS, Registry, parameter_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.registry import Edits
    from benchmarks.mutants.signatures import Function
    from benchmarks.mutants.targets import Target

REGISTRY = Registry()
BACKWARD = "JAX hands over the nondiff arguments, the residuals and the cotangent by position, and nothing else"
FORWARD = "JAX hands over all the primal's parameters by position, defaults filled in, and nothing else"


def with_signature(
    target: Target, function: Function | None, due: int | None, changed: ast.arguments
) -> Iterator[Edits]:
    """The mutant with another parameter list, if the list no longer takes what JAX hands over."""
    if due is not None and not signatures.accepts(changed, due):
        yield from parameter_list(target.source, function, changed)


# The backward rule's parameters.


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_last_parameter_removed(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and signatures.positional(rule.args):
        yield from with_signature(target, rule, target.backward_due, signatures.without(rule.args, -1))


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_first_parameter_removed(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and signatures.positional(rule.args):
        yield from with_signature(target, rule, target.backward_due, signatures.without(rule.args, 0))


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_parameter_added(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None:
        changed = signatures.with_last(rule.args, "_added")
        yield from with_signature(target, rule, target.backward_due, changed)


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_keyword_only_added(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None:
        changed = signatures.with_keyword_only(rule.args, "_added")
        yield from with_signature(target, rule, target.backward_due, changed)


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_all_keyword_only(target: Target) -> Iterator[Edits]:
    rule = target.backward
    if rule is not None and signatures.is_exact(rule.args) and signatures.positional(rule.args):
        every = signatures.positional(rule.args)
        changed = ast.arguments(
            posonlyargs=[], args=[], vararg=None, kwonlyargs=[*every, *rule.args.kwonlyargs],
            kw_defaults=[*(None for _ in every), *rule.args.kw_defaults], kwarg=rule.args.kwarg, defaults=[],
        )  # fmt: skip
        yield from with_signature(target, rule, target.backward_due, changed)


@REGISTRY.add("backward signature", BACKWARD, ARGUMENTS)
def backward_takes_the_arguments_too(target: Target) -> Iterator[Edits]:
    rule, parameters = target.backward, target.differentiable
    if rule is not None and parameters:
        changed = rule.args
        for index, _ in enumerate(parameters):
            changed = signatures.with_last(changed, f"_argument_{index}")
        yield from with_signature(target, rule, target.backward_due, changed)


@REGISTRY.add("backward signature", "the rules trade places, and neither takes what it is handed", ARGUMENTS + "|pair")
def rules_swapped(target: Target) -> Iterator[Edits]:
    forward, backward, due = target.forward, target.backward, target.forward_due
    if forward is None or backward is None or due is None or target.call.keywords:
        return
    if not signatures.accepts(backward.args, due):
        first, second = target.call.args[:2]
        yield [
            target.source.replace(first, target.source.of(second)),
            target.source.replace(second, target.source.of(first)),
        ]


# The forward rule's parameters.


@REGISTRY.add("forward signature", FORWARD, ARGUMENTS)
def forward_last_parameter_removed(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None and signatures.positional(rule.args):
        yield from with_signature(target, rule, target.forward_due, signatures.without(rule.args, -1))


@REGISTRY.add("forward signature", FORWARD, ARGUMENTS)
def forward_nondiff_parameter_removed(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None and target.nondiff and len(signatures.positional(rule.args)) > target.nondiff[0]:
        yield from with_signature(target, rule, target.forward_due, signatures.without(rule.args, target.nondiff[0]))


@REGISTRY.add("forward signature", FORWARD, ARGUMENTS)
def forward_parameter_added(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None:
        yield from with_signature(target, rule, target.forward_due, signatures.with_last(rule.args, "_added"))


@REGISTRY.add("forward signature", FORWARD, ARGUMENTS)
def forward_keyword_only_added(target: Target) -> Iterator[Edits]:
    rule = target.forward
    if rule is not None:
        yield from with_signature(target, rule, target.forward_due, signatures.with_keyword_only(rule.args, "_added"))
