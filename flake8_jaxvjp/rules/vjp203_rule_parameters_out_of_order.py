"""VJP203: a rule's parameters have the primal's names in another order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import cannot_take_backward_arguments, has_plain_nondiff
from flake8_jaxvjp.syntax.tree import statements

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

USUAL_NAMES = re.compile(
    r"_*(res\w*|saved\w*|ctx|cache|aux|g|gs|ct|cts|ct_\w+|cotangents?|grads?|grad_\w+|g_\w+|d[oyz]|dout|\w+_bar)$"
)
"""What people call the residuals and the cotangent: a nondiff argument in their place is meant for another slot."""


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        yield from _forward(site)
        yield from _backward(site)


def _forward(site: SiteFacts) -> Iterator[Problem]:
    primal, forward, function = site.signature, site.forward_signature, site.forward_function
    if primal is None or forward is None or function is None or site.is_forward_stub or site.is_forward_shared:
        return
    same = sorted(primal.names) == sorted(forward.names) and len(set(primal.names)) == len(primal.names)
    if same and primal.names != forward.names and _moves_a_nondiff(site) and _means_the_primal(site):
        yield Problem(
            function.node,
            f"forward rule '{site.forward_name}' takes {listed(forward.names)}, but JAX passes the arguments of "
            f"'{site.primal_name}' in the order {listed(primal.names)}: take them in this order",
        )


def _moves_a_nondiff(site: SiteFacts) -> bool:
    """Whether a nondiff parameter changes its place: those are the ones that people put first by mistake."""
    primal, forward = site.signature, site.forward_signature
    statics = site.static_names or ()
    return (
        primal is not None
        and forward is not None
        and any(primal.names.index(name) != forward.names.index(name) for name in statics)
    )


def _means_the_primal(site: SiteFacts) -> bool:
    """Whether the names mean in the forward rule what they mean in the primal: both compute the same expression."""
    primal, forward = site.primal_node, site.forward_function
    if not isinstance(primal, cst.FunctionDef) or forward is None or not isinstance(forward.node, cst.FunctionDef):
        return False
    outputs = {_code(first) for value in _returned(forward.node) for first in _firsts(value)}
    own = {_code(value) for value in _returned(primal)}
    names = site.signature.names if site.signature is not None else ()
    return bool(outputs & (own | {f"{site.primal_name}({', '.join(names)})"}))


def _returned(function: cst.FunctionDef) -> Iterator[cst.BaseExpression]:
    for statement in statements(function.body):
        if isinstance(statement, cst.Return) and statement.value is not None:
            yield statement.value


def _firsts(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(value, cst.Tuple) and len(value.elements) == 2:
        yield value.elements[0].value


def _code(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)


def _backward(site: SiteFacts) -> Iterator[Problem]:
    statics, signature, function = site.static_names, site.backward_signature, site.backward_function
    if not statics or signature is None or function is None or site.is_backward_stub:
        return
    if not has_plain_nondiff(site) or cannot_take_backward_arguments(site):
        return
    expected = signature.names[: len(statics)]
    misplaced = [name for name in statics if name in signature.names[len(statics) : len(statics) + 2]]
    others = set(site.signature.names if site.signature is not None else ()) - set(statics)
    taken = all(USUAL_NAMES.match(name) or name in others for name in expected)
    if misplaced and taken and not USUAL_NAMES.match(misplaced[0]):
        yield Problem(
            function.node,
            f"backward rule '{site.backward_name}' takes nondiff argument '{misplaced[0]}' as its "
            f"{_slot(signature.names.index(misplaced[0]) - len(statics))}, but JAX passes {listed(statics)} first: "
            "put nondiff parameters before the residuals and the cotangent",
        )


def _slot(index: int) -> str:
    return "residuals" if index == 0 else "cotangent"


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Repair
    from flake8_jaxvjp.fixes.surroundings import is_only_given_as_a_rule, plain_names, renamed

    for site in facts.sites:
        statics = list(site.static_names or ())
        forward, backward = site.forward_function, site.backward_function
        names = None if forward is None or site.signature is None else plain_names(forward.node)
        if forward is not None and names and sorted(name.value for name in names) == sorted(site.signature_names):
            changes = renamed(names, list(site.signature_names))
            yield Repair(forward.node, changes, is_only_given_as_a_rule(facts, forward.node), moves=True)
        names = None if backward is None or site.is_backward_shared else plain_names(backward.node)
        if backward is not None and names and set(statics) <= {name.value for name in names}:
            others = [name.value for name in names if name.value not in statics]
            if len(others) == 2:
                changes = renamed(names, [*statics, *others])
                yield Repair(backward.node, changes, is_only_given_as_a_rule(facts, backward.node), moves=True)


RULE = Rule(
    code="VJP203",
    name="rule-parameters-out-of-order",
    summary="a rule's parameters have the primal's names in another order",
    what=(
        "Checks the order of parameters that have the primal's own names: a forward rule that names the same "
        "parameters in another order, and a backward rule that names a nondiff parameter in the place of the "
        "residuals or of the cotangent."
    ),
    why=(
        "JAX passes everything by position: the forward rule gets the primal's arguments in the primal's "
        "order, the backward rule the nondiff arguments first. With the names in another order nothing is "
        "raised, and each value is used for another: the gradient is silently wrong."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(x, g, n):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    references=("`custom_vjp.__call__` in `jax._src.custom_derivatives`",),
    check=check,
    fix=fix,
    fixes=(
        "The parameters are put in the order in which JAX passes the arguments. That is unsafe where the rule is "
        "called or given elsewhere too. It is not done where a comment stands among them, which would not go with its "
        "parameter."
    ),
)
