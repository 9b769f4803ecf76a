"""VJP801: the cotangents' names say that they belong to other parameters."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.formulas import plain_items
from flake8_jaxvjp.sites.guesses import parameter_of
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        due = site.due
        if due is None or not due.is_exact or not has_plain_nondiff(site):
            continue
        for node, _ in site.judged_returns:
            entries = _names(node)
            meant = [parameter_of(name, due.names) for name in entries]
            pairs = zip(due.names, meant, strict=False)
            moved = [(mine, one) for mine, one in pairs if one is not None and one != mine]
            if len(entries) == due.count and moved and {mine for mine, _ in moved} == {one for _, one in moved}:
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' returns {listed(entries)} for {listed(due.names)}, and the "
                    "names say that they belong to others: return them in the order of the parameters",
                )


def _names(node: cst.CSTNode) -> list[str]:
    value = node.value if isinstance(node, cst.Return) else node
    items = plain_items(value) if isinstance(value, cst.BaseExpression) else None
    return [item.value if isinstance(item, cst.Name) else "" for item in items or ()]


RULE = Rule(
    code="VJP801",
    name="cotangents-in-another-order",
    summary="the cotangents are returned in another order than the parameters, by their names",
    what=(
        "Checks backward rules that return names which are made of the primal's parameters (`gx`, `dx`, `x_bar`, "
        "`grad_x`, `ct_x`, ...), each at the place of another parameter."
    ),
    why=(
        "JAX goes by position. Two cotangents of the same shape in each other's place raise nothing: the "
        "gradient is silently wrong, and an optimiser or sampler runs on with it."
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
    x, y = residuals
    gx, gy = g * y, g * x
    return gy, gx


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
    gx, gy = g * y, g * x
    return gx, gy


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    is_preview=True,
)
