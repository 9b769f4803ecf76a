"""VJP531: a rule of equinox.filter_custom_vjp or filter_custom_jvp does not keep Equinox's own contract."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.values import Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.contradictions import contradiction_in_equinox
from flake8_jaxvjp.sites.functions import function_of
from flake8_jaxvjp.sites.wrappers import WrappedRule, no_pair

TAKES = {
    "def_fwd": ("perturbed",),
    "def_bwd": ("residuals", "g", "perturbed"),
}
PAIRS = {"def_fwd": "(output, residuals)", "def_jvp": "(output, tangent of the output)"}


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for rule in facts.wrapped_rules:
        if rule.kind not in ("def_fwd", "def_bwd", "def_jvp") or rule.names is None or rule.function is None:
            continue
        taken = ("primals", "tangents") if rule.kind == "def_jvp" else (*TAKES[rule.kind], *rule.names)
        if rule.signature is not None and not rule.signature.takes(len(taken)):
            yield Problem(
                rule.function.node,
                f"'{rule.name}' takes {listed(rule.signature.names)}, but Equinox passes "
                f"{count_of(len(taken), 'argument')}: take {listed(taken)}",
            )
        elif rule.kind in PAIRS:
            for node, value in no_pair(rule):
                yield Problem(node, f"'{rule.name}' returns {_shown(value)}: return a pair {PAIRS[rule.kind]}")
        else:
            yield from _of_gradient(facts, rule)


def _of_gradient(facts: ModuleFacts, rule: WrappedRule) -> Iterator[Problem]:
    """The gradient has the structure of the first argument, and is not put into a tuple."""
    primal = function_of(rule.primal)
    forward = [
        one
        for one in facts.wrapped_rules
        if one.kind == "def_fwd" and primal is not None and function_of(one.primal) == primal
    ]
    if len(forward) != 1 or not rule.names:
        return
    for node, value in rule.outcome.returns:
        if all(contradiction_in_equinox(forward[0], rule, option) is not None for option in options(value)):
            yield Problem(
                node,
                f"'{rule.name}' returns {_shown(value)}, a structure that '{rule.names[0]}' cannot have: Equinox wants "
                f"the gradient of '{rule.names[0]}' alone, as it is, not in a tuple",
            )


def _shown(value: Value) -> str:
    first = options(value)[0]
    return "None" if is_none(first) else describe(first)


RULE = Rule(
    code="VJP531",
    name="equinox-rule",
    summary="a rule of `equinox.filter_custom_vjp` or `filter_custom_jvp` does not keep Equinox's contract",
    what=(
        "Checks the rules that `def_fwd`, `def_bwd` and `def_jvp` give, by Equinox's contract, which is not JAX's: the "
        "forward rule takes `(perturbed, x, *others)` and returns a pair; the backward rule takes `(residuals, g, "
        "perturbed, x, *others)` and returns the gradient of the **first** argument alone, with its very structure, "
        "not in a tuple; the rule of `filter_custom_jvp` takes `(primals, tangents)` and returns a pair.\n\n"
        "Functions with defaults, keyword-only parameters or `*args` are left alone, and so is the old `defvjp` of "
        "Equinox."
    ),
    why=(
        "Equinox calls the rules with these arguments and compares the gradient with the first argument: anything else "
        "raises a `TypeError`, a `ValueError` or `RuntimeError: custom_vjp gradients must have the same structure as "
        "...`, when the function is differentiated."
    ),
    bad="""\
import equinox as eqx
import jax.numpy as jnp


@eqx.filter_custom_vjp
def scaled_sine(x, scale):
    return jnp.sin(x) * scale


@scaled_sine.def_fwd
def scaled_sine_fwd(perturbed, x, scale):
    return jnp.sin(x) * scale, None


@scaled_sine.def_bwd
def scaled_sine_bwd(residuals, g, perturbed, x, scale):
    return g * jnp.cos(x) * scale, g * jnp.sin(x)
""",
    good="""\
import equinox as eqx
import jax.numpy as jnp


@eqx.filter_custom_vjp
def scaled_sine(x, scale):
    return jnp.sin(x) * scale


@scaled_sine.def_fwd
def scaled_sine_fwd(perturbed, x, scale):
    return jnp.sin(x) * scale, None


@scaled_sine.def_bwd
def scaled_sine_bwd(residuals, g, perturbed, x, scale):
    return g * jnp.cos(x) * scale
""",
    references=("[`equinox.filter_custom_vjp`](https://docs.kidger.site/equinox/api/transformations/)",),
    check=check,
)
