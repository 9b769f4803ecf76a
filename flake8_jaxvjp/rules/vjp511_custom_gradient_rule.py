"""VJP511: the function under custom_gradient, or the rule that it returns, does not give what JAX wants."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.signatures import signature_of_node
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import Function, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_gradient import GradientFacts, came_in
from flake8_jaxvjp.sites.verdicts import wrong_length


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.custom_gradients:
        for node, value in site.outcome.returns:
            if all(map(_is_no_pair, options(value))):
                found = describe(options(value)[0])
                yield Problem(node, f"'{site.name}' returns {found} under custom_gradient: return (output, rule)")
        for rule, outcome in site.rules():
            yield from _of_rule(site, rule, outcome)


def _of_rule(site: GradientFacts, rule: Function, outcome: Outcome) -> Iterator[Problem]:
    signature, count = signature_of_node(rule.node), site.count or 0
    name = rule.node.name.value if isinstance(rule.node, cst.FunctionDef) else "<lambda>"
    if not signature.takes(1):
        yield Problem(
            rule.node,
            f"the rule '{name}' that '{site.name}' returns gets one argument, the cotangent of the whole output: "
            "take just that",
        )
        return
    if count < 2:
        return  # of a single argument, JAX takes the cotangent with or without a tuple
    for node, value in outcome.returns:
        found = _described(value, count)
        if found is not None:
            yield Problem(
                node,
                f"the rule '{name}' that '{site.name}' returns gives {found} for {count_of(count, 'argument')}: "
                f"return a tuple of {count}",
            )


def _described(value: Value, count: int) -> str | None:
    """What a rule returns that surely is no tuple or list of this length."""
    choices = options(value)
    if any(came_in(choice) for choice in choices):
        return None
    if all(is_no_tuple(choice) for choice in choices):
        return "None" if is_none(choices[0]) else describe(choices[0])
    length = wrong_length(value, count, is_exact=True)
    return None if length is None else count_of(length, "cotangent")


def _is_no_pair(value: Value) -> bool:
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items, at_least=at_least):
            return at_least > 2 if items is None else len(items) != 2
    return is_no_tuple(value) and not came_in(value)


RULE = Rule(
    code="VJP511",
    name="custom-gradient-rule",
    summary="the function under `jax.custom_gradient`, or its rule, does not give what JAX wants",
    what=(
        "Checks that a function under `jax.custom_gradient` returns the pair (output, rule), that the rule takes one "
        "argument, the cotangent, and that for two or more arguments it returns a tuple or list with one cotangent for "
        "each.\n\nA rule for a single argument may return its cotangent bare, and functions with defaults or `*args` "
        "are left alone: there the call decides how many cotangents are due."
    ),
    why=(
        "What the rule returns is compared with the tuple of arguments when cotangents flow back, and raises a "
        "`TypeError` about pytree structures that names neither the rule nor its line."
    ),
    bad="""\
import jax


@jax.custom_gradient
def product(x, y):
    return x * y, lambda g: g * y
""",
    good="""\
import jax


@jax.custom_gradient
def product(x, y):
    return x * y, lambda g: (g * y, g * x)
""",
    references=("[`jax.custom_gradient`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_gradient.html)",),
    check=check,
)
