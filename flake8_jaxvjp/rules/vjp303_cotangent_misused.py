"""VJP303: the backward rule uses the cotangent as what the primal's output is not."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.values import Mapping, Sequence
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed, misuse
from flake8_jaxvjp.rules.vjp304_output_not_the_primals import check as other_outputs
from flake8_jaxvjp.sites.analysis import ModuleFacts, faults_of
from flake8_jaxvjp.sites.facts import SiteFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    # Where the forward rule gives something else as the output, that is the mistake, and VJP304 speaks of it.
    elsewhere = {id(problem.node) for problem in other_outputs(facts)}
    for site in facts.sites:
        if any(id(node) in elsewhere for node, _ in site.forward.returns):
            continue
        for fault in faults_of(site):
            origin = getattr(fault.failure.subject, "origin", None)
            if origin is not None and origin.source == "cotangent":
                what = "the cotangent" if not origin.path else "a part of the cotangent"
                yield Problem(fault.node, _message(site, fault.failure, what))


def _message(site: SiteFacts, failure: Failure, what: str) -> str:
    reason = f"which has the structure of the output of '{site.primal_name}' and so is {describe(failure.subject)}"
    return f"backward rule '{site.backward_name}' {misuse(failure, what)}, {reason}: {_remedy(failure)}"


def _remedy(failure: Failure) -> str:
    match failure.subject:
        case Sequence(items=items) if items is not None:
            return f"unpack it into {count_of(len(items), 'name')}"
        case Mapping(items=pairs) if pairs is not None:
            return f"its keys are {listed(str(key) for key, _ in pairs)}"
    return "take it as what the primal returns"


RULE = Rule(
    code="VJP303",
    name="cotangent-misused",
    summary="the backward rule uses the cotangent as what the primal's output is not",
    what=(
        "Checks how the backward rule uses its cotangent, where it is known what the forward rule returns as the "
        "output: a tuple of cotangents used as an array or unpacked into the wrong number of names, an index past "
        "the end, a missing key."
    ),
    why=(
        "The cotangent has exactly the structure of the output. A primal with two outputs gets **one** cotangent, a "
        "tuple of two, with zeros for outputs that are not used. Arithmetic on it raises a `TypeError`, and unpacking "
        "it into another number of names a `ValueError`, only when cotangents flow back."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def sine_and_double(x):
    return jnp.sin(x), 2.0 * x


def sine_and_double_fwd(x):
    return (jnp.sin(x), 2.0 * x), jnp.cos(x)


def sine_and_double_bwd(cosine, g):
    return (2.0 * g + g * cosine,)


sine_and_double.defvjp(sine_and_double_fwd, sine_and_double_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def sine_and_double(x):
    return jnp.sin(x), 2.0 * x


def sine_and_double_fwd(x):
    return (jnp.sin(x), 2.0 * x), jnp.cos(x)


def sine_and_double_bwd(cosine, g):
    g_sine, g_double = g
    return (2.0 * g_double + g_sine * cosine,)


sine_and_double.defvjp(sine_and_double_fwd, sine_and_double_bwd)
""",
    references=("`custom_vjp.defvjp` in `jax._src.custom_derivatives`",),
    check=check,
)
