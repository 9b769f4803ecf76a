"""VJP304: the forward rule's first element is not what the primal returns."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.values import Value
from flake8_jaxvjp.rules.base import Problem, Rule, describe
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Reader, code, forward_reader, plain_items, returned_expressions
from flake8_jaxvjp.sites.outputs import differ, first_of_pair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        if site.forward_function is None or (site.is_forward_shared and len(site.forward.returns) > 1):
            continue
        problem = _swapped(site) or _other_structure(site)
        if problem is not None:
            yield problem


def _other_structure(site: SiteFacts) -> Problem | None:
    """The first return whose output has another structure than the primal's, whichever way either goes."""
    primal = site.primal_output
    if any(map(is_none, options(primal))) and not _says_return(site):
        return None  # its last call may be one that raises
    for node, value in site.forward.returns:
        outputs = first_of_pair(value)
        if outputs and all(differ(one, other) for one in outputs for other in options(primal)):
            return Problem(
                node,
                f"forward rule '{site.forward_name}' returns {describe(outputs[0])} as the output, but "
                f"'{site.primal_name}' returns {_shown(primal)}: return the pair "
                f"(output of '{site.primal_name}', residuals)",
            )
    return None


def _says_return(site: SiteFacts) -> bool:
    primal = site.primal_node
    return isinstance(primal, (cst.FunctionDef, cst.Lambda)) and bool(returned_expressions(primal))


def _shown(value: Value) -> str:
    return describe(options(value)[0])


def _swapped(site: SiteFacts) -> Problem | None:
    """A pair whose second element is the formula of the primal's output, and whose first is arguments alone."""
    forward = forward_reader(site)
    if forward is None or len(site.forward.returns) != 1:
        return None
    reader, (first, second) = forward
    if not _is_arguments(reader, first) or not _is_output(site, reader, second):
        return None
    return Problem(
        site.forward.returns[0][0],
        f"forward rule '{site.forward_name}' returns '{code(second)}', which is the output of '{site.primal_name}', "
        "second: swap the two, the output comes first and the residuals second",
    )


def _is_arguments(reader: Reader, node: cst.BaseExpression) -> bool:
    """A parameter as it came in, or a display of such."""
    found = reader.follow(node)
    items = plain_items(found.node)
    if items is None:
        return found.reader.is_parameter(found.node)
    return bool(items) and all(_is_arguments(found.reader, item) for item in items)


def _is_output(site: SiteFacts, reader: Reader, node: cst.BaseExpression) -> bool:
    """Whether it is the very formula that the primal returns, or the primal called with the rule's own arguments.

    The primal's formula has to compute something: where it is an argument, or a function of one, so may be the first.
    """
    primal, signature = site.primal_node, site.signature
    if not isinstance(primal, (cst.FunctionDef, cst.Lambda)) or signature is None or signature.star is not None:
        return False
    returned = [Reader(primal).follow(value).node for value in returned_expressions(primal)]
    if len(returned) != 1 or not _computes(returned[0]):
        return False
    names = site.forward_signature.names if site.forward_signature is not None else ()
    formula = code(reader.follow(node).node)
    is_same_names = names == signature.names
    return formula == f"{site.primal_name}({', '.join(names)})" or (is_same_names and formula == code(returned[0]))


def _computes(node: cst.BaseExpression) -> bool:
    """Whether a formula gives something new: an operator on two things that are no numbers, or a sum of that."""
    match node:
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            is_number = any(isinstance(part, (cst.Integer, cst.Float)) for part in (left, right))
            return not is_number or isinstance(operator, cst.Power)
        case cst.Call(args=[cst.Arg(value=inner), *_], func=cst.Attribute(attr=cst.Name(value="sum" | "mean" | "dot"))):
            return _computes(inner) or len(node.args) > 1
    return False


RULE = Rule(
    code="VJP304",
    name="output-not-the-primals",
    summary="the forward rule's first element is not what the primal returns",
    what=(
        "Checks that the first element of the forward rule's pair has the structure of what the primal returns, where "
        "both are known, and that the pair is not swapped: `return residuals, output`."
    ),
    why=(
        "Under `jax.grad(f)`, `jax.jit(jax.grad(f))` and the usual training step JAX runs the forward rule **instead** "
        "of the primal and takes its first element for the output, whatever it is: with the pair swapped, the "
        "residuals become the function's value. Where the primal is traced first, as in `jax.grad(jax.jit(f))`, "
        "inside `jax.lax.scan` or `jax.checkpoint`, the same rule raises a `TypeError`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy(x, y):
    return jnp.sum(x * y)


def energy_fwd(x, y):
    return (x, y), energy(x, y)


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
    return energy(x, y), (x, y)


def energy_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


energy.defvjp(energy_fwd, energy_bwd)
""",
    references=("`_flatten_fwd` in `jax._src.custom_derivatives`",),
    check=check,
)
