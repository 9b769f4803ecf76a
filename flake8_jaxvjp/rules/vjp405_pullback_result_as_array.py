"""VJP405: the tuple that a pullback returns is used as an array."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, failure in facts.failures("pullback result", "operator", "attribute", "argument"):
        detail = failure.detail[0] if failure.detail else ""
        use = {"operator": f"with '{detail}'", "attribute": f"for .{detail}"}.get(failure.kind, f"in {detail}")
        yield Problem(
            node,
            f"a pullback returns a tuple, one cotangent for each primal, but it is used as an array {use}: "
            "unpack it first, as in '(x_bar,) = pullback(cotangent)'",
        )


RULE = Rule(
    code="VJP405",
    name="pullback-result-as-array",
    summary="the tuple that a pullback returns is used as an array",
    what=("Checks for arithmetic, array attributes and `jax.numpy` calls on the result of a pullback."),
    why=(
        "A pullback returns a tuple with one cotangent for each primal, also when there is only one. Using it "
        "as an array raises a `TypeError` or `AttributeError`. Unpack it: `(x_bar,) = pullback(cotangent)`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


def step(x):
    _, pullback = jax.vjp(jnp.sum, x)
    return x - 0.1 * pullback(1.0)
""",
    good="""\
import jax
import jax.numpy as jnp


def step(x):
    _, pullback = jax.vjp(jnp.sum, x)
    (x_bar,) = pullback(1.0)
    return x - 0.1 * x_bar
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
)
