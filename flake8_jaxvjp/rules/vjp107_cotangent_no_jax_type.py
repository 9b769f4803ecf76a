"""VJP107: a cotangent is something that JAX does not work with: a string, a function, a dtype."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.signatures import Parameter
from flake8_jaxvjp.inference.values import Mapping, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import code
from flake8_jaxvjp.sites.jax_types import rejected_leaf
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        if site.due is None or not site.due.is_exact or not has_plain_nondiff(site):
            continue
        for node, value in site.judged_returns:
            found = _rejected(site, value)
            if found is not None:
                name, what = found
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' returns {what} for '{name}', which is no JAX type: "
                    "return an array or number, or None for a zero cotangent",
                )


def _rejected(site: SiteFacts, value: Value) -> tuple[str, str] | None:
    """A parameter that surely gets a bad cotangent, and what that is.

    JAX ignores the entry of an integer, whatever it is: so either no entry is a good one, for some argument is
    differentiated when the rule runs, or the parameter is a float.
    """
    due, signature = site.due, site.signature
    rows = [option.items for option in options(value) if isinstance(option, Sequence) and option.items is not None]
    if due is None or signature is None or not due.count or len(rows) < len(options(value)):
        return None
    if any(len(row) != due.count for row in rows):
        return None
    columns = [[_no_jax_type(row[index]) for row in rows] for index in range(due.count)]
    bad = [column[0] for column in columns if None not in column]
    if len(bad) == due.count and bad[0] is not None:
        return due.names[0], bad[0]
    parameters = [one for index, one in enumerate(signature.positional) if index not in site.nondiff.positions]
    for parameter, column in zip(parameters, columns, strict=True):
        if column[0] is not None and None not in column and _is_float(parameter):
            return parameter.name, column[0]
    return None


def _no_jax_type(entry: Value) -> str | None:
    """What a cotangent is that surely is no leaf of JAX, nor a container."""
    found = [None if _is_pytree(option) else rejected_leaf(option) for option in options(entry)]
    return found[0] if None not in found else None


def _is_pytree(value: Value) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, Sequence) and value.kind in ("tuple", "list", "namedtuple")
    )


def _is_float(parameter: Parameter) -> bool:
    annotation = code(parameter.annotation) if parameter.annotation is not None else ""
    return annotation == "float" or annotation.startswith(("Float[", "jaxtyping.Float["))


RULE = Rule(
    code="VJP107",
    name="cotangent-no-jax-type",
    summary="a cotangent is something that JAX does not work with, such as a string or a function",
    what=(
        "Checks for entries of the returned tuple that surely are a string, a function, a dtype, a set or an iterator, "
        "where the parameter is annotated as a float, or where no entry is anything better."
    ),
    why=(
        "Each cotangent of a float has to be an array of its shape. Anything else raises `TypeError: ... is not a "
        "valid JAX type` when cotangents flow back. What stands for an integer argument is ignored, whatever it is."
    ),
    bad="""\
import jax


def slope(x):
    return 2.0 * x


@jax.custom_vjp
def square(x):
    return x**2


def square_fwd(x):
    return x**2, x


def square_bwd(x, g):
    return (slope,)


square.defvjp(square_fwd, square_bwd)
""",
    good="""\
import jax


def slope(x):
    return 2.0 * x


@jax.custom_vjp
def square(x):
    return x**2


def square_fwd(x):
    return x**2, x


def square_bwd(x, g):
    return (g * slope(x),)


square.defvjp(square_fwd, square_bwd)
""",
    references=("`_flatten_bwd` in `jax._src.custom_derivatives`",),
    check=check,
)
