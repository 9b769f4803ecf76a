"""VJP802: the backward rule unpacks the residuals in another order than the forward rule packs them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import forward_reader, plain_items


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        packed = _packed(site)
        if len(packed) < 2 or site.is_backward_shared:
            continue
        for node, names in _unpacked(site):
            if names != packed and sorted(names) == sorted(packed):
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' unpacks the residuals as {listed(names)}, but forward rule "
                    f"'{site.forward_name}' packs {listed(packed)}: use the same order",
                )


def _packed(site: SiteFacts) -> list[str]:
    forward = forward_reader(site)
    items = None if forward is None else plain_items(forward[0].follow(forward[1][1]).node)
    names = [item.value for item in items or () if isinstance(item, cst.Name)]
    return names if len(names) == len(items or ()) == len(set(names)) else []


def _unpacked(site: SiteFacts) -> Iterator[tuple[cst.CSTNode, list[str]]]:
    function, residuals = site.backward_function, site.backward_parameter(0)
    for node in walk_block(function.node.body) if function is not None else ():
        match node:
            case cst.Assign(value=cst.Name(value=name), targets=[cst.AssignTarget(target=target)]) if name == residuals:
                items = plain_items(target) or []
                yield node, [item.value for item in items if isinstance(item, cst.Name)]


RULE = Rule(
    code="VJP802",
    name="residuals-unpacked-in-another-order",
    summary="the residuals are unpacked in another order than they were packed, by their names",
    what=(
        "Checks for residuals that are packed under some names by the forward rule, `return output, (x, y)`, and "
        "unpacked under the same names in another order by the backward rule, `y, x = residuals`."
    ),
    why=(
        "The residuals are a plain tuple: names do not travel with them. Each name then means another value, and "
        "where the shapes agree nothing is raised: the gradient is silently wrong."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x * y), (x, y)


def energy_bwd(residuals, g):
    y, x = residuals
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
    return jnp.sum(x * y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    is_preview=True,
)
