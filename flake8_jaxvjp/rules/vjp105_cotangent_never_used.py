"""VJP105: a backward rule that returns a gradient without ever looking at the cotangent."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.signatures import Parameter
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Formula, Reader, backward_reader, code, nonzero, plain_items, reads
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        cotangent = _unused_cotangent(site)
        reader = backward_reader(site) if cotangent is not None else None
        if cotangent is None or reader is None:
            continue
        for node, _ in site.judged_returns:
            if _is_surely_not_zero(site, node, reader):
                yield Problem(
                    node,
                    f"backward rule '{site.backward_name}' never uses its cotangent '{cotangent}', so the gradient is "
                    f"wrong wherever the output of '{site.primal_name}' is scaled or passed on: multiply by it",
                )


def _unused_cotangent(site: SiteFacts) -> str | None:
    """The cotangent's name, where the rule never mentions it and does not say so by an underscore."""
    function, name = site.backward_function, site.backward_parameter(1)
    if function is None or name is None or name.startswith("_") or reads(function.node, name):
        return None
    is_plain = site.due is not None and site.due.is_exact and site.due.count > 0 and has_plain_nondiff(site)
    return name if is_plain and not site.is_backward_stub else None


def _is_surely_not_zero(site: SiteFacts, node: cst.CSTNode, reader: Reader) -> bool:
    """Whether the return gives something that is not zero for an argument that surely is differentiable.

    JAX ignores the entry of an integer: so either every entry is not zero, or one whose parameter is a float.
    """
    value = node.value if isinstance(node, cst.Return) else node
    if not isinstance(value, cst.BaseExpression):
        return False
    formula = reader.follow(value)
    entries = plain_items(formula.node)
    parameters = _differentiable(site)
    if entries is None or len(entries) != len(parameters):
        return False
    sure = [nonzero(Formula(entry, formula.reader)) is not None for entry in entries]
    return all(sure) or any(known and _is_float(one) for known, one in zip(sure, parameters, strict=True))


def _differentiable(site: SiteFacts) -> list[Parameter]:
    positional = site.signature.positional if site.signature is not None else ()
    return [parameter for index, parameter in enumerate(positional) if index not in site.nondiff.positions]


def _is_float(parameter: Parameter) -> bool:
    if isinstance(parameter.default, cst.Float):
        return True
    annotation = code(parameter.annotation) if parameter.annotation is not None else ""
    return annotation == "float" or annotation.startswith(("Float[", "jaxtyping.Float["))


RULE = Rule(
    code="VJP105",
    name="cotangent-never-used",
    summary="the backward rule returns a gradient without ever using the cotangent",
    what=(
        "Checks for backward rules that never mention their cotangent, and still return something that is not zero: "
        "a residual, a number, or a formula of them.\n\nRules that give `None` or zeros are left alone, and so are "
        "those that say that they mean it: a cotangent whose name begins with an underscore, or `del g`."
    ),
    why=(
        "The backward rule gets the derivative of the final result by the primal's output, and has to return the "
        "derivative by each argument: that is a product with the cotangent. Without it the gradient is right only "
        "where the cotangent happens to be one. JAX cannot see it, no error is raised, and `3 * f(x)` has the "
        "gradient of `f(x)`."
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
    x, y = residuals
    return y, x


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
    references=(
        (
            "[Custom derivative rules: Use `jax.custom_vjp`]"
            "(https://docs.jax.dev/en/latest/notebooks/Custom_derivative_rules_for_Python_code.html)"
        ),
    ),
    check=check,
)
