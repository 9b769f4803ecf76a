"""VJP101: a backward rule that returns too few or too many cotangents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.signatures import Parameter
from flake8_jaxvjp.inference.values import Origin, Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import Due, SiteFacts
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff, wrong_length

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        due = site.due
        if due is None or due.count == 0 or not has_plain_nondiff(site):
            continue
        for node, value in site.judged_returns:
            found = wrong_length(value, due.count, due.is_exact)
            if found is not None:
                yield Problem(node, _message(site, due, found, value))


def _is_wrapped_pullback(value: Value, due: Due) -> bool:
    """Whether the tuple holds nothing but the tuple that a pullback returned, which has the right length itself."""
    match value:
        case Sequence(items=(Sequence(origin=Origin(source="pullback result"), items=items),)):
            return items is None or len(items) == due.count
    return False


def _message(site: SiteFacts, due: Due, found: int, value: Value) -> str:
    least = "" if due.is_exact else "at least "
    has = f"'{site.primal_name}' has {least}{count_of(due.count, 'differentiable argument')} {listed(due.names)}"
    remedy = f"return a tuple of {least}{due.count}"
    if _is_wrapped_pullback(value, due):
        remedy = "return what the pullback returns, which is a tuple already"
    if found > due.count and site.nondiff.positions:
        remedy += ", without entries for nondiff arguments"
    returned = count_of(found, "cotangent")
    if isinstance(value, Sequence) and value.has_rest and site.signature is not None:
        returned += f" beside those of '*{site.signature.star}'"
    return f"backward rule '{site.backward_name}' returns {returned}, but {has}: {remedy}"


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair, display_of, returned_expression
    from flake8_jaxvjp.fixes.surroundings import is_backward_only_a_rule

    for site in facts.sites:
        due = site.due
        if due is None or not due.is_exact or site.is_backward_shared:
            continue
        is_safe = is_backward_only_a_rule(facts, site)
        for node, value in site.judged_returns:
            display = returned_expression(node)
            if not isinstance(display, (cst.Tuple, cst.List)) or any(map(_is_starred, display.elements)):
                continue
            if _is_wrapped_pullback(value, due) and len(display.elements) == 1:
                yield Repair(node, (Change(display, display.elements[0].value),), is_safe)
                continue
            kept = _without_nondiff(site, list(display.elements))
            if kept is not None:
                yield Repair(node, (Change(display, display_of(kept, display)),), is_safe)
            elif _only_constants_are_missing(site, due, len(display.elements)):
                nones = [cst.Element(cst.Name("None"))] * (due.count - len(display.elements))
                longer = display_of(_separated([*display.elements, *nones]), display)
                yield Repair(node, (Change(display, longer),), is_safe=False)


def _is_starred(element: cst.BaseElement) -> bool:
    return isinstance(element, cst.StarredElement)


def _without_nondiff(site: SiteFacts, elements: list[cst.BaseElement]) -> list[cst.BaseElement] | None:
    """The entries without those of nondiff arguments, where there is one for each parameter, and theirs are None."""
    signature, positions = site.signature, site.nondiff.positions
    if signature is None or not positions or len(elements) != len(signature.positional):
        return None
    extra = [element.value for index, element in enumerate(elements) if index in positions]
    if not all(isinstance(value, cst.Name) and value.value == "None" for value in extra):
        return None
    return [element for index, element in enumerate(elements) if index not in positions]


def _only_constants_are_missing(site: SiteFacts, due: Due, found: int) -> bool:
    """Whether the parameters that have no entry are the last ones, and their defaults or annotations are no arrays."""
    signature = site.signature
    if signature is None or not 0 < found < due.count:
        return False
    missing = [parameter for parameter in signature.positional if parameter.name in due.names[found:]]
    return len(missing) == due.count - found and all(map(_is_no_array, missing))


def _is_no_array(parameter: Parameter) -> bool:
    match parameter.annotation:
        case cst.Name(value=name):
            return name in {"int", "bool", "str", "float", "None", "Callable"}
    match parameter.default:
        case cst.Integer() | cst.Float() | cst.SimpleString() | cst.Name(value="None" | "True" | "False"):
            return True
    return False


def _separated(elements: list[cst.BaseElement]) -> list[cst.BaseElement]:
    """The elements with a comma and a space between them, where none is written."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [
        element.with_changes(comma=comma)
        if isinstance(element.comma, cst.MaybeSentinel) or element.comma.deep_equals(cst.Comma())
        else element
        for element in elements[:-1]
    ] + elements[-1:]


RULE = Rule(
    code="VJP101",
    name="wrong-number-of-cotangents",
    summary="the backward rule returns too few or too many cotangents",
    what=(
        "Checks that each `return` of a backward rule gives one cotangent for each differentiable argument of the "
        "primal.\n\nDifferentiable are all positional parameters that are not in `nondiff_argnums`, also those with "
        "a default, those that are never differentiated, and integers: return `None` for them. Keyword-only "
        "parameters get no entry."
    ),
    why=(
        "JAX compares the returned tuple with the tuple of arguments when cotangents flow back, and raises a "
        "`TypeError` about pytree structures that names neither the rule nor its line. Until somebody "
        "differentiates, nothing is checked. Most such mistakes are born when a parameter is added to the primal "
        "and not to its rule."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def scaled_sum(x, scale=2.0):
    return jnp.sum(x * scale)


def scaled_sum_fwd(x, scale=2.0):
    return scaled_sum(x, scale), (jnp.ones_like(x), scale)


def scaled_sum_bwd(residuals, g):
    ones, scale = residuals
    return (g * scale * ones,)


scaled_sum.defvjp(scaled_sum_fwd, scaled_sum_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def scaled_sum(x, scale=2.0):
    return jnp.sum(x * scale)


def scaled_sum_fwd(x, scale=2.0):
    return scaled_sum(x, scale), (jnp.ones_like(x), scale)


def scaled_sum_bwd(residuals, g):
    ones, scale = residuals
    return g * scale * ones, None


scaled_sum.defvjp(scaled_sum_fwd, scaled_sum_bwd)
""",
    references=(
        "`_flatten_bwd` in `jax._src.custom_derivatives`",
        (
            "[Custom derivative rules: Use `jax.custom_vjp`]"
            "(https://docs.jax.dev/en/latest/notebooks/Custom_derivative_rules_for_Python_code.html)"
        ),
    ),
    check=check,
    fix=fix,
    fixes=(
        "A tuple around what a pullback returns is taken away, and so are entries `None` for nondiff arguments "
        "(unsafe where the rule is called or given elsewhere too). With `--unsafe`, `None` is added for trailing "
        "parameters whose default or annotation is no array."
    ),
)
