"""VJP201: the backward rule cannot take the arguments that JAX passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.signatures import Signature
from flake8_jaxvjp.inference.values import Sequence
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.verdicts import cannot_take_backward_arguments, has_plain_nondiff

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function, signature = site.backward_function, site.backward_signature
        if function is None or signature is None or site.is_backward_stub or not has_plain_nondiff(site):
            continue
        has_duplicates = len(set(site.nondiff.written)) < len(site.nondiff.written)
        never_runs = site.due is not None and site.due.count == 0 and site.due.is_exact
        if cannot_take_backward_arguments(site) and not has_duplicates and not never_runs:
            yield Problem(function.node, _message(site, signature))


def _message(site: SiteFacts, signature: Signature) -> str:
    statics = site.static_names or ()
    wanted = [*(f"nondiff {name}" for name in statics), "residuals", "cotangent"]
    count = site.nondiff.static_count + 2
    rule = f"backward rule '{site.backward_name}'"
    if signature.required_keywords:
        names = listed(signature.required_keywords)
        return f"{rule} requires keyword-only arguments {names}, which JAX never passes: give them defaults"
    takes = f"takes {_range(signature)} {listed(signature.names)}"
    return f"{rule} {takes}, but JAX calls it with {count} ({', '.join(wanted)}): {_remedy(site, signature, count)}"


def _has_one_parameter_an_output(site: SiteFacts, signature: Signature, count: int) -> bool:
    """Whether the extra parameters are as many as if each output had a cotangent of its own."""
    output = site.output
    is_tuple = isinstance(output, Sequence) and output.items is not None
    return is_tuple and isinstance(output, Sequence) and signature.fewest == count - 1 + (output.length or 0)


def _range(signature: Signature) -> str:
    if signature.most == signature.fewest:
        return count_of(signature.fewest, "argument")
    return (
        f"{signature.fewest} to {signature.most} arguments"
        if signature.most is not None
        else (f"at least {count_of(signature.fewest, 'argument')}")
    )


def _remedy(site: SiteFacts, signature: Signature, count: int) -> str:
    if site.nondiff.static_count and signature.most == 2:
        return "add the nondiff parameters before the residuals"
    if _has_one_parameter_an_output(site, signature, count):
        return "the cotangent of a tuple is one tuple: take one parameter for it, and unpack that"
    if count == 2 and signature.fewest > 2:
        return "take residuals and cotangent only; what else is needed goes into the residuals or nondiff_argnums"
    return f"take {listed([*(site.static_names or ()), 'residuals', 'cotangent'])}"


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair
    from flake8_jaxvjp.fixes.surroundings import are_to_be_parameters, is_only_given_as_a_rule, plain_names

    for site in facts.sites:
        function, statics = site.backward_function, site.static_names
        names = None if function is None or site.is_backward_shared else plain_names(function.node)
        if function is None or not names or len(names) != 2 or not statics:
            continue
        is_new = len(statics) == site.nondiff.static_count and not {name.value for name in names} & set(statics)
        are_read = are_to_be_parameters(facts, function.node, statics) if is_new else None
        if are_read is not None:
            inserted = "".join(f"{name}, " for name in statics)
            is_safe = are_read and is_only_given_as_a_rule(facts, function.node)
            yield Repair(function.node, (Change(names[0], before=inserted),), is_safe)


RULE = Rule(
    code="VJP201",
    name="backward-rule-signature",
    summary="the backward rule cannot take the arguments that JAX passes",
    what=(
        "Checks that the backward rule can be called with the nondiff arguments (in ascending order of "
        "position), the residuals and the cotangent, all by position."
    ),
    why=(
        "JAX calls the backward rule with exactly these arguments, whatever the parameters are called. A "
        "wrong number raises a plain `TypeError` from inside JAX, only when cotangents flow back. A third of "
        "the wrong rules that were found in public projects were of this kind: a parameter joined or left "
        "`nondiff_argnums` and the backward rule did not follow.\n\n"
        "The cotangent of a primal that returns a tuple is one argument too: a tuple."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(x, g):
    return (g * x,)


power.defvjp(power_fwd, power_bwd)
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    references=(
        "`custom_vjp.__call__` and `_flatten_bwd` in `jax._src.custom_derivatives`",
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
    ),
    check=check,
    fix=fix,
    fixes=(
        "Nondiff parameters that are missing are put before the residuals and the cotangent. That is unsafe where the "
        "rule is called or given elsewhere too, or "
        "does not read a parameter yet: nobody knows then what it is to be used for."
    ),
)
