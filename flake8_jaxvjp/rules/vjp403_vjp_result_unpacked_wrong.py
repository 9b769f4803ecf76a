"""VJP403: what jax.vjp returns is unpacked into the wrong number of names."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, failure in facts.failures("vjp pair", "unpack"):
        is_triple = describe(failure.subject) == "a tuple of 3"
        found = "(output, pullback, aux) with has_aux=True" if is_triple else "(output, pullback)"
        names = count_of(int(str(failure.detail[0])), "name")
        yield Problem(node, f"jax.vjp returns {found}, but is unpacked into {names}: unpack {3 if is_triple else 2}")


RULE = Rule(
    code="VJP403",
    name="vjp-result-unpacked-wrong",
    summary="what jax.vjp returns is unpacked into the wrong number of names",
    what=(
        "Checks the number of names into which the result of `jax.vjp` is unpacked: two, or three with `has_aux=True`."
    ),
    why=(
        "`jax.vjp(f, *primals)` returns (output, pullback), and `jax.vjp(f, *primals, has_aux=True)` returns "
        "(output, pullback, aux). Another number raises a `ValueError`."
    ),
    bad="""\
import jax


def gradient(f, x):
    output, pullback = jax.vjp(f, x, has_aux=True)
    return pullback(1.0)
""",
    good="""\
import jax


def gradient(f, x):
    output, pullback, aux = jax.vjp(f, x, has_aux=True)
    return pullback(1.0)
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
)
