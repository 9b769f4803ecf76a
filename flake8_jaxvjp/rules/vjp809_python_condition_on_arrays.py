"""VJP809: Python's if, or NumPy, on cotangents."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.values import Function, Library
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts

ORDERS = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)

def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function, name = site.backward_function, site.backward_parameter(1)
        if function is None or name is None:
            continue
        for node in walk_block(function.node.body):
            what = _what(site, function, node, name)
            if what:
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' {what} '{name}', which fails under jax.jit: "
                    "use jnp.where, jax.lax.cond or jax.numpy",
                )


def _what(site: SiteFacts, function: Function, node: cst.CSTNode, name: str) -> str:
    match node:
        case cst.If(test=cst.Comparison() as test) | cst.IfExp(test=cst.Comparison() as test):
            return "takes a Python branch on" if _orders(test, name) else ""
        case cst.Call(func=cst.Attribute() as called, args=args) if any(_is_name(arg.value, name) for arg in args):
            value = site.value_of(called, function)
            return "calls NumPy on" if isinstance(value, Library) and value.name.startswith("numpy.") else ""
    return ""


def _orders(test: cst.Comparison, name: str) -> bool:
    """Whether the values are compared by size; `is None` and the like are fine."""
    parts = [test.left, *(target.comparator for target in test.comparisons)]
    is_order = all(isinstance(target.operator, ORDERS) for target in test.comparisons)
    return is_order and any(_is_name(part, name) for part in parts)


def _is_name(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


RULE = Rule(
    code="VJP809",
    name="python-condition-on-arrays",
    summary="a backward rule takes a Python branch on a cotangent, or calls NumPy on it",
    what=(
        "Checks backward rules for `if g > ...` and conditional expressions on the cotangent's value, and for "
        "functions of NumPy that get it."
    ),
    why=(
        "Without `jax.jit` the cotangent is an array with a value, and both work. Under `jax.jit`, `jax.vmap` or "
        "`jax.lax.scan` it is a tracer: `TracerBoolConversionError`, `TracerArrayConversionError`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def clipped(x):
    return x


def clipped_fwd(x):
    return x, None


def clipped_bwd(_, g):
    if g > 1.0:
        return (jnp.ones_like(g),)
    return (g,)


clipped.defvjp(clipped_fwd, clipped_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def clipped(x):
    return x


def clipped_fwd(x):
    return x, None


def clipped_bwd(_, g):
    return (jnp.where(g > 1.0, 1.0, g),)


clipped.defvjp(clipped_fwd, clipped_bwd)
""",
    references=(
        "[Errors: TracerBoolConversionError](https://docs.jax.dev/en/latest/errors.html)",
    ),
    check=check,
    is_preview=True,
)
