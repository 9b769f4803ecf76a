"""VJP404: a pullback is called with other than one cotangent."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.rules.base import Problem, Rule, count_of
from flake8_jaxvjp.sites.analysis import ModuleFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for fault in facts.faults:
        if fault.failure.kind == "pullback arguments":
            yield Problem(fault.node, _message(fault.failure))


def _message(failure: Failure) -> str:
    count, keywords = failure.detail
    given = count_of(int(str(count)), "positional argument")
    given += " and keywords" if keywords else ""
    return f"the pullback of jax.vjp is called with {given}: pass one cotangent, a tuple of them for a tuple output"


RULE = Rule(
    code="VJP404",
    name="pullback-arguments",
    summary="a pullback is called with other than one cotangent",
    what=("Checks that the pullback that `jax.vjp` returns is called with exactly one positional argument."),
    why=(
        "A pullback takes one cotangent, of the structure of the output: for a function that returns a tuple, "
        "one tuple. Several arguments, none, or a keyword raise a `TypeError`."
    ),
    bad="""\
import jax


def gradient(x):
    _, pullback = jax.vjp(lambda x: (x, 2.0 * x), x)
    return pullback(1.0, 1.0)
""",
    good="""\
import jax


def gradient(x):
    _, pullback = jax.vjp(lambda x: (x, 2.0 * x), x)
    return pullback((1.0, 1.0))
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
)
