"""VJP807: None as the cotangent of a parameter that is annotated as floating point."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.values import Sequence, Value
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import code
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff

FLOATING = re.compile(r"(?:float|(?:jaxtyping\.|jt\.)?(?:Float|Inexact)\d*\[.*)$", re.DOTALL)

def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        due = site.due
        if due is None or not due.is_exact or not has_plain_nondiff(site):
            continue
        floating = _floating(site)
        for node, value in site.judged_returns:
            for index, name in enumerate(due.names):
                if name in floating and _is_none_at(value, index, due.count):
                    yield Problem(
                        node,
                        f"backward rule '{site.backward_name}' returns None for '{name}', which is annotated as "
                        "floating point, so its gradient is zero: return its cotangent, or zeros if that is meant",
                    )


def _floating(site: SiteFacts) -> set[str]:
    positional = site.signature.positional if site.signature is not None else ()
    return {
        parameter.name
        for parameter in positional
        if parameter.annotation is not None and FLOATING.match(code(parameter.annotation))
    }


def _is_none_at(value: Value, index: int, count: int) -> bool:
    """Whether the entry is None in whatever the return can be, and not every entry is."""
    rows = [option.items for option in options(value) if isinstance(option, Sequence) and option.items is not None]
    if len(rows) != len(options(value)) or any(len(row) != count or all(map(is_none, row)) for row in rows):
        return False
    return all(is_none(row[index]) for row in rows)


RULE = Rule(
    code="VJP807",
    name="no-cotangent-for-a-float",
    summary="None is returned for a parameter that is annotated as a float array",
    what=(
        "Checks for `None` at the place of a parameter that the primal annotates as floating point (`float`, "
        "`Float[Array, ...]`), where other entries are not None."
    ),
    why=(
        "`None` means a zero gradient, silently. It is right for integers, masks and keys; for a floating-point "
        "argument it often is a cotangent that somebody has yet to write."
    ),
    bad="""\
import jax


@jax.custom_vjp
def product(x: float, y: float):
    return x * y


def product_fwd(x, y):
    return x * y, (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    return g * y, None


product.defvjp(product_fwd, product_bwd)
""",
    good="""\
import jax


@jax.custom_vjp
def product(x: float, y: float):
    return x * y


def product_fwd(x, y):
    return x * y, (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    return g * y, g * x


product.defvjp(product_fwd, product_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    is_preview=True,
)
