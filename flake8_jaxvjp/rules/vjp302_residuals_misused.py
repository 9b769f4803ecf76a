"""VJP302: the backward rule uses the residuals as what the forward rule does not make them."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.values import Mapping, Sequence
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed, misuse
from flake8_jaxvjp.sites.analysis import ModuleFacts, faults_of
from flake8_jaxvjp.sites.facts import SiteFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        for fault in faults_of(site):
            origin = getattr(fault.failure.subject, "origin", None)
            if origin is not None and origin.source == "residuals":
                what = "the residuals" if not origin.path else "a residual"
                yield Problem(fault.node, _message(site, fault.failure, what))


def _message(site: SiteFacts, failure: Failure, what: str) -> str:
    made = f"forward rule '{site.forward_name}' makes {what} {_described(site, failure)}"
    return f"backward rule '{site.backward_name}' {misuse(failure, what)}, but {made}: {_remedy(failure)}"


def _described(site: SiteFacts, failure: Failure) -> str:
    """What the forward rule made: the whole residuals may have been repeated since (`2 * residuals`)."""
    made = failure.subject
    origin = getattr(made, "origin", None)
    if origin is not None and not origin.path and site.forward_pair is not None:
        made = options(site.forward_pair[1])[0]
    return describe(made)


def _remedy(failure: Failure) -> str:
    match failure.subject:
        case Sequence(items=items) if failure.kind == "unpack" and items is not None:
            return f"unpack {count_of(len(items), 'value')}, or change the forward rule"
        case Mapping(items=pairs) if pairs is not None:
            return f"its keys are {listed(str(key) for key, _ in pairs)}"
        case Sequence(kind="namedtuple", fields=fields) if failure.kind == "attribute":
            return f"its fields are {listed(fields)}"
        case Sequence(items=(_,)):
            return "unpack it first"
    return "make both rules agree"


RULE = Rule(
    code="VJP302",
    name="residuals-misused",
    summary="the backward rule uses the residuals as what the forward rule does not make them",
    what=(
        "Checks how the backward rule takes the residuals apart, against what every `return` of the forward "
        "rule puts into them: unpacking into the wrong number of names, an index past the end, a missing key, "
        "None or a tuple used as an array."
    ),
    why=(
        "The residuals reach the backward rule exactly as the forward rule returned them. A mismatch raises a "
        "`ValueError`, `IndexError`, `KeyError` or `TypeError`, only when cotangents flow back, often after a "
        "residual was added to one rule and not to the other."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y, scale = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`custom_vjp.defvjp` in `jax._src.custom_derivatives`",),
    check=check,
)
