"""VJP307: the forward rule takes .value or .perturbed of arrays, and symbolic_zeros is off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.values import Function, Leaf
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.sites.symbolic import attributes_of_parameters, is_symbolic, plain_forward
from flake8_jaxvjp.syntax.nodes import walk

BOXES = re.compile(r"\b(?:flax|nnx|nn|equinox|eqx|haiku|penzai|class)\b")
"""Words of files in which a parameter may be an object that has a `.value` and behaves as an array too."""


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        forward = plain_forward(site) if is_symbolic(site) is False else None
        if forward is None:
            continue
        function, reader = forward
        found = attributes_of_parameters(site, function, reader)
        sure = [node for node in found if node.attr.value == "perturbed" or _is_array(site, _name(node))]
        if found and (sure or _are_plain_operands(facts, site, {_name(node) for node in found})):
            node = (sure or found)[0]
            yield Problem(
                node,
                f"forward rule '{site.forward_name}' takes .{node.attr.value} of '{_name(node)}', which is an array "
                "without it: pass symbolic_zeros=True to defvjp, or use the parameter itself",
            )


def _name(node: cst.Attribute) -> str:
    return node.value.value if isinstance(node.value, cst.Name) else ""


def _is_array(site: SiteFacts, name: str) -> bool:
    """Whether the primal's annotation says that the parameter at the same position is an array or a number."""
    names = site.forward_signature.names if site.forward_signature is not None else ()
    due = site.due
    if due is None or site.signature is None or name not in names:
        return False
    wanted = site.signature.names[names.index(name)]
    declared = dict(zip(due.names, site.declared_parameters, strict=True)).get(wanted)
    return isinstance(declared, Leaf) and declared.kind in ("jax", "array", "number")


def _are_plain_operands(facts: ModuleFacts, site: SiteFacts, names: set[str]) -> bool:
    """Whether all differentiable parameters are concerned, and the primal uses each of them as an operand itself.

    An object with a field `value` can have operators too, so the file must hold no sign of such.
    """
    primal, due = site.primal_node, site.due
    forward = site.forward_function
    if not isinstance(primal, (cst.FunctionDef, cst.Lambda)) or due is None or not isinstance(forward, Function):
        return False
    if facts.mentions(BOXES) or site.forward_signature is None or site.forward_signature.names != site.signature_names:
        return False
    operands = set(_operands(primal))
    return names == set(due.names) and names <= operands


def _operands(function: cst.FunctionDef | cst.Lambda) -> Iterator[str]:
    reader = Reader(function)
    for node in walk(function.body):
        if isinstance(node, cst.BinaryOperation):
            for part in (node.left, node.right):
                if isinstance(part, cst.Name) and reader.is_parameter(part):
                    yield part.value


RULE = Rule(
    code="VJP307",
    name="value-without-symbolic-zeros",
    summary="the forward rule takes `.value` or `.perturbed` of arrays, and `symbolic_zeros` is off",
    what=(
        "Checks forward rules that take `.perturbed` of a parameter, or `.value` of one that surely is an array, where "
        "`defvjp` is called without `symbolic_zeros=True`."
    ),
    why=(
        "Only with `symbolic_zeros=True` the parameters are `CustomVJPPrimal` objects with these fields. Without it "
        "they are arrays, and the attribute raises an `AttributeError` as soon as somebody differentiates."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return jnp.sum(x.value * y.value), (x.value, y.value)


def energy_bwd(residuals, g):
    x, y = residuals
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
    return jnp.sum(x.value * y.value), (x.value, y.value)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd, symbolic_zeros=True)
""",
    references=("[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",),
    check=check,
)
