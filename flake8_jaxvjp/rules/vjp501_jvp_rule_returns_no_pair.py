"""VJP501: the rule of a custom_jvp does not return the pair (output, tangent), or the tangent has another structure."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_gradient import came_in
from flake8_jaxvjp.sites.custom_jvp import JvpFacts
from flake8_jaxvjp.sites.outputs import differ


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.jvp_sites:
        returns = site.outcome.returns
        if site.is_shared and len(returns) > 1:
            continue
        for node, value in returns:
            message = _message(site, value)
            if message is not None:
                yield Problem(node, message)


def _message(site: JvpFacts, value: Value) -> str | None:
    choices = options(value)
    if all(_is_no_pair(choice) for choice in choices):
        return (
            f"JVP rule '{site.rule_name}' returns {describe(choices[0])}: return a pair "
            f"(output of '{site.primal_name}', tangent of the output)"
        )
    if all(_has_other_structure(choice) for choice in choices):
        first = choices[0]
        tangent = first.items[1] if isinstance(first, Sequence) and first.items is not None else first
        return (
            f"JVP rule '{site.rule_name}' returns {_shown(tangent)} as the tangent of an output of another structure: "
            "give the tangent the structure of the output, with zeros where it does not change"
        )
    return None


def _shown(value: Value) -> str:
    first = options(value)[0]
    return "None" if is_none(first) else describe(first)


def _is_no_pair(value: Value) -> bool:
    if came_in(value) and not (isinstance(value, Sequence) and value.origin is None):
        return False  # an argument as it came in, which may be of any structure
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items, at_least=at_least):
            return at_least > 2 if items is None else len(items) != 2
    return is_no_tuple(value)


def _has_other_structure(value: Value) -> bool:
    if not isinstance(value, Sequence) or value.items is None or len(value.items) != 2:
        return False
    output, tangent = value.items
    if any(came_in(option) for part in (output, tangent) for option in options(part)):
        return False
    return all(differ(one, two) for one in options(output) for two in options(tangent))


RULE = Rule(
    code="VJP501",
    name="jvp-rule-returns-no-pair",
    summary="the rule of a custom_jvp does not return the pair (output, tangent)",
    what=(
        "Checks that the rule given to `custom_jvp.defjvp` returns two things, the primal's output and its tangent, "
        "and that the tangent has the structure of the output: `None` is no tangent."
    ),
    why=(
        "JAX raises `TypeError: Custom JVP rule ... must produce a pair (list or tuple of length two)` as soon as "
        "somebody differentiates, in forward or reverse mode. Other than the cotangents of a `custom_vjp`, tangents "
        "cannot be `None`: return `jnp.zeros_like(output)`."
    ),
    bad="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


@product.defjvp
def product_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return x_dot * y + x * y_dot
""",
    good="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


@product.defjvp
def product_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return x * y, x_dot * y + x * y_dot
""",
    references=(
        "[`jax.custom_jvp.defjvp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.defjvp.html)",
        "`_flatten_jvp` in `jax._src.custom_derivatives`",
    ),
    check=check,
)
