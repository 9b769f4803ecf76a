"""VJP806: a rule stores to self or to a global."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.values import Function
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.syntax.tree import dotted_name


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        for function, kind, name in _rules(site):
            for node, stored in _stores(function):
                yield Problem(
                    node,
                    f"{kind} rule '{name}' stores to '{stored}', where the value of a trace outlives it: "
                    "return it, as a residual or as a part of the output",
                )


def _rules(site: SiteFacts) -> Iterator[tuple[Function, str, str]]:
    if site.forward_function is not None:
        yield site.forward_function, "forward", site.forward_name
    if site.backward_function is not None:
        yield site.backward_function, "backward", site.backward_name


def _stores(function: Function) -> Iterator[tuple[cst.CSTNode, str]]:
    names: set[str] = set()
    for node in walk_block(function.node.body):
        match node:
            case cst.Global(names=items) | cst.Nonlocal(names=items):
                names |= {item.name.value for item in items}
    for node in walk_block(function.node.body):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AugAssign(target=target):
                stored = dotted_name(target)
                if stored.startswith("self.") or stored in names:
                    yield node, stored


RULE = Rule(
    code="VJP806",
    name="rule-with-side-effect",
    summary="a rule stores to an object or a global name",
    what=(
        "Checks forward and backward rules that assign to an attribute of `self`, or to a name that is declared "
        "`global` or `nonlocal`."
    ),
    why=(
        "JAX runs rules on tracers, and often once for many calls. A tracer that is stored outlives its trace, "
        "and whoever reads it meets `UnexpectedTracerError`; and the store happens once, however often the "
        "compiled function runs."
    ),
    bad="""\
import jax
import jax.numpy as jnp

calls = 0


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    global calls
    calls = jnp.sum(x)
    return jnp.sum(x**2), x


def energy_bwd(x, g):
    return (2.0 * g * x,)


energy.defvjp(energy_fwd, energy_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x):
    return jnp.sum(x**2)


def energy_fwd(x):
    return jnp.sum(x**2), x


def energy_bwd(x, g):
    return (2.0 * g * x,)


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=(
        "[Leaked tracers](https://docs.jax.dev/en/latest/errors.html)",
    ),
    check=check,
    is_preview=True,
)
