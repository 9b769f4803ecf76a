"""VJP106: an entry of the backward rule's result has a structure that its argument cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import options, origin_of
from flake8_jaxvjp.inference.values import Leaf, Origin, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, describe, misuse
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.contradictions import Contradiction, contradiction
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff

WHOLE_PULLBACK = Origin("pullback result")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        if site.due is None or not site.due.is_exact or not has_plain_nondiff(site):
            continue
        for node, value in site.judged_returns:
            for name, entry, why in _bad_entries(site, value):
                yield Problem(node, _message(site, name, entry, why))


def _bad_entries(site: SiteFacts, value: Value) -> Iterator[tuple[str, Value, Contradiction]]:
    """The entries that no argument can have, in every tuple that the return can give."""
    due, signature = site.due, site.signature
    rows = [option.items for option in options(value) if isinstance(option, Sequence) and option.items is not None]
    if due is None or signature is None or len(rows) < len(options(value)):
        return
    if any(len(row) != due.count for row in rows):
        return
    places = [index for index, _ in enumerate(signature.positional) if index not in site.nondiff.positions]
    for index, (name, declared) in enumerate(zip(due.names, site.declared_parameters, strict=True)):
        entries = [entry for row in rows for entry in options(row[index])]
        # Of arrays by annotation VJP104 speaks, and of a pullback's whole result VJP407.
        if not isinstance(declared, Leaf) and not any(origin_of(entry) == WHOLE_PULLBACK for entry in entries):
            found = [contradiction(site, places[index], entry) for entry in entries]
            if found and found[0] is not None and None not in found:
                yield name, entries[0], found[0]


def _message(site: SiteFacts, name: str, entry: Value, why: Contradiction) -> str:
    how = f"{misuse(why.failure, _part(why, name))}" if why.is_direct else "cannot work with such an argument"
    return (
        f"backward rule '{site.backward_name}' returns {describe(entry)} for '{name}', but '{why.rule}' {how}: "
        "return a cotangent of the structure of the argument, one array for all of it, or None"
    )


def _part(why: Contradiction, name: str) -> str:
    origin = getattr(why.failure.subject, "origin", None)
    return f"a part of '{name}'" if origin is not None and origin.path else f"'{name}'"


RULE = Rule(
    code="VJP106",
    name="cotangent-of-another-structure",
    summary="a cotangent is a tuple, list or dict of a structure that its argument cannot have",
    what=(
        "Checks each entry of the returned tuple that is a tuple, list or dict itself against what the two rules do "
        "with the argument: the argument is supposed to have the structure of the entry, and where the forward rule, "
        "or the backward rule with the residuals that follow, surely raises for such an argument, no argument can have "
        "it. `params[\"w\"]` proves that there is a key `w`, `weights, bias = params` that there are two things, "
        "`jnp.sin(x)` that x is an array.\n\n"
        "Only what every run passes is taken as proof: what stands under a condition, in a loop or in `try` is not. "
        "An array, and None, may stand for a whole subtree, and are never judged."
    ),
    why=(
        "A cotangent has to have the structure of its argument: a tuple for a tuple, a list for a list, a dict of "
        "exactly the same keys for a dict. Anything else is rejected with a `TypeError` about pytree structures, when "
        "cotangents flow back."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def predict(params, x):
    return jnp.dot(params["w"], x) + params["b"]


def predict_fwd(params, x):
    return jnp.dot(params["w"], x) + params["b"], (params["w"], x)


def predict_bwd(residuals, g):
    w, x = residuals
    return {"weight": g * x, "bias": g}, g * w


predict.defvjp(predict_fwd, predict_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def predict(params, x):
    return jnp.dot(params["w"], x) + params["b"]


def predict_fwd(params, x):
    return jnp.dot(params["w"], x) + params["b"], (params["w"], x)


def predict_bwd(residuals, g):
    w, x = residuals
    return {"w": g * x, "b": g}, g * w


predict.defvjp(predict_fwd, predict_bwd)
""",
    references=("`_flatten_bwd` in `jax._src.custom_derivatives`",),
    check=check,
)
