"""VJP808: of several outputs' cotangents, one is unpacked and never used."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.formulas import plain_items
from flake8_jaxvjp.syntax.nodes import walk


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function, cotangent = site.backward_function, site.backward_parameter(1)
        if function is None or cotangent is None or not isinstance(function.node, cst.FunctionDef):
            continue
        for node in walk_block(function.node.body):
            match node:
                case cst.Assign(value=cst.Name(value=name), targets=[cst.AssignTarget(target=target)]):
                    if name != cotangent:
                        continue
                    for unused in _unused(function.node, target):
                        yield Problem(
                            node,
                            f"backward rule '{site.backward_name}' never uses '{unused}', the cotangent of one of the "
                            f"outputs of '{site.primal_name}': use it, or name it '_{unused}' if it does not matter",
                        )


def _unused(function: cst.FunctionDef, target: cst.BaseExpression) -> Iterator[str]:
    """The names of a tuple target that occur nowhere else, where another one does."""
    names = [item.value for item in plain_items(target) or () if isinstance(item, cst.Name)]
    everything = [node.value for node in walk(function.body) if isinstance(node, cst.Name)]
    unused = [name for name in names if everything.count(name) == 1]
    if len(unused) < len(names):
        yield from (name for name in unused if not name.startswith("_"))


RULE = Rule(
    code="VJP808",
    name="output-cotangent-never-used",
    summary="the cotangent of one output, out of several, is never used",
    what=(
        "Checks for backward rules that unpack the cotangent of several outputs into names, and use some of "
        "these names, but not all. A name that begins with an underscore says that it is meant."
    ),
    why=(
        "Each output contributes to the gradient. Leaving one out is right only when nobody ever differentiates "
        "through that output."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def both(x):
    return jnp.sin(x), jnp.cos(x)


def both_fwd(x):
    return (jnp.sin(x), jnp.cos(x)), x


def both_bwd(x, g):
    g_sine, g_cosine = g
    return (g_sine * jnp.cos(x),)


both.defvjp(both_fwd, both_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def both(x):
    return jnp.sin(x), jnp.cos(x)


def both_fwd(x):
    return (jnp.sin(x), jnp.cos(x)), x


def both_bwd(x, g):
    g_sine, g_cosine = g
    return (g_sine * jnp.cos(x) - g_cosine * jnp.sin(x),)


both.defvjp(both_fwd, both_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    is_preview=True,
)
