"""VJP210: a custom_vjp is called with what it cannot take: keyword-only parameters, strings, functions."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.signatures import Arguments, Signature, inspected_signature
from flake8_jaxvjp.inference.values import CustomVjp
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.functions import function_of, name_of
from flake8_jaxvjp.sites.jax_types import rejected_leaf
from flake8_jaxvjp.sites.nondiff import read_nondiff


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for use in facts.uses:
        if isinstance(use.function, CustomVjp) and use.arguments.exact and not facts.is_meant_to_raise(use):
            message = _message(use, use.function)
            if message is not None:
                yield Problem(use.node, message)


def _message(use: Use, receiver: CustomVjp) -> str | None:
    signature = inspected_signature(receiver.function)
    if signature is None:
        return None
    name = name_of(function_of(receiver))
    by_keyword = _without_position(signature, use.arguments)
    if by_keyword is not None:
        return (
            f"'{name}' is called with the keyword '{by_keyword}', which has no position in its signature, but a "
            "custom_vjp passes everything by position: make it a positional parameter"
        )
    nondiff = read_nondiff(receiver, signature)
    if not nondiff.is_known or nondiff.single_integer is not None or nondiff.negative:
        return None
    for parameter, found in _rejected(signature, nondiff.positions, use.arguments):
        return (
            f"'{name}' gets {found} as its differentiable argument '{parameter}', which is no JAX type: "
            f"put '{parameter}' into nondiff_argnums"
        )
    return None


def _without_position(signature: Signature, given: Arguments) -> str | None:
    """A keyword of the call that no positional parameter has."""
    by_name = signature.names[signature.positional_only :]
    keyword_only = {parameter.name for parameter in signature.keyword_only}
    for keyword in given.keywords:
        if keyword in keyword_only or (signature.double_star is not None and keyword not in by_name):
            return keyword
    return None


def _rejected(signature: Signature, nondiff: frozenset[int], given: Arguments) -> Iterator[tuple[str, str]]:
    """The differentiable parameters whose argument, or default, surely is no JAX type."""
    for index, parameter in enumerate(signature.positional):
        if index in nondiff:
            continue
        value = given.get(index, parameter.name)
        found = None if value is None else rejected_leaf(value)
        if value is None and isinstance(parameter.default, (cst.SimpleString, cst.ConcatenatedString)):
            found = "a string"
        if found is not None:
            yield parameter.name, found


RULE = Rule(
    code="VJP210",
    name="custom-vjp-call-arguments",
    summary="a custom_vjp is called with a keyword-only argument, a string or a function",
    what=(
        "Checks the calls of a `custom_vjp` in its own file: arguments for keyword-only parameters, and strings, "
        "functions, dtypes and the like for parameters that are not in `nondiff_argnums` (also as a default)."
    ),
    why=(
        "A `custom_vjp` turns all its arguments into positional ones, so a keyword-only parameter can only keep its "
        "default; and every argument that is not in `nondiff_argnums` has to be a pytree of arrays and numbers. "
        "Otherwise the call raises a `TypeError`, whether anybody differentiates or not."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def reduced(x, mode="sum"):
    return jnp.sum(x) if mode == "sum" else jnp.mean(x)


def reduced_fwd(x, mode):
    return reduced(x, mode), jnp.ones_like(x)


def reduced_bwd(ones, g):
    return g * ones, None


reduced.defvjp(reduced_fwd, reduced_bwd)


def loss(x):
    return reduced(x, "mean")
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def reduced(x, mode="sum"):
    return jnp.sum(x) if mode == "sum" else jnp.mean(x)


def reduced_fwd(x, mode):
    return reduced(x, mode), jnp.ones_like(x)


def reduced_bwd(mode, ones, g):
    return (g * ones if mode == "sum" else g * ones / ones.size,)


reduced.defvjp(reduced_fwd, reduced_bwd)


def loss(x):
    return reduced(x, "mean")
""",
    references=(
        "`resolve_kwargs` in `jax._src.api_util`",
        "`custom_vjp.__call__` in `jax._src.custom_derivatives`",
    ),
    check=check,
)
