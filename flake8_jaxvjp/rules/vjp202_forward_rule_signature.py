"""VJP202: the forward rule cannot take the primal's arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.signatures import Signature
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function, primal, forward = site.forward_function, site.signature, site.forward_signature
        if function is None or primal is None or forward is None or site.is_forward_stub:
            continue
        if primal.required_keywords or not primal.positional:
            continue  # such a primal cannot be called, or not be differentiated
        if not _fits(primal, forward):
            yield Problem(function.node, _message(site, primal, forward))


def _fits(primal: Signature, forward: Signature) -> bool:
    """Whether some call of the primal leads to a call that the forward rule takes."""
    count = len(primal.positional)
    if primal.star is None:
        return forward.takes(count)
    return not forward.required_keywords and (forward.most is None or forward.most >= count)


def _message(site: SiteFacts, primal: Signature, forward: Signature) -> str:
    rule = f"forward rule '{site.forward_name}'"
    if forward.required_keywords:
        names = listed(forward.required_keywords)
        return f"{rule} requires keyword-only arguments {names}, which JAX never passes: give them defaults"
    count = len(primal.positional)
    least = "" if primal.star is None else "at least "
    takes = f"takes {count_of(len(forward.positional), 'argument')} {listed(forward.names)}"
    return (
        f"{rule} {takes}, but '{site.primal_name}' "
        f"has {least}{count} {listed(primal.names)}: take all of them, in this order, defaults and nondiff included"
    )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair
    from flake8_jaxvjp.fixes.surroundings import are_to_be_parameters, is_only_given_as_a_rule, plain_names

    for site in facts.sites:
        function, primal = site.forward_function, site.signature
        names = None if function is None or site.is_forward_shared else plain_names(function.node)
        if function is None or primal is None or primal.star is not None or not names:
            continue
        wanted, at = list(primal.names), 0
        changes = []
        for index, name in enumerate(names):
            if name.value not in wanted[at:]:
                break
            place = wanted.index(name.value, at)
            before = "".join(f"{one}, " for one in wanted[at:place])
            at = place + 1
            is_last = index == len(names) - 1
            after = "".join(f", {one}" for one in wanted[at:]) if is_last else ""
            if before or after:
                changes.append(Change(name, before=before, after=after))
        else:
            missing = [name for name in wanted if name not in {given.value for given in names}]
            are_read = are_to_be_parameters(facts, function.node, missing) if missing else None
            if are_read is not None:
                is_safe = are_read and is_only_given_as_a_rule(facts, function.node)
                yield Repair(function.node, tuple(changes), is_safe)


RULE = Rule(
    code="VJP202",
    name="forward-rule-signature",
    summary="the forward rule cannot take the primal's arguments",
    what=(
        "Checks that the forward rule can be called with all positional arguments of the primal, those with "
        "defaults and those in `nondiff_argnums` included."
    ),
    why=(
        "JAX resolves keywords and fills in defaults first, then calls the forward rule with every positional "
        "argument of the primal, in the primal's order. A forward rule that leaves one out fails with a "
        "`TypeError` as soon as somebody differentiates; plain calls work."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def scaled_sum(x, scale=2.0):
    return jnp.sum(x * scale)


def scaled_sum_fwd(x):
    return jnp.sum(x * 2.0), jnp.ones_like(x)


def scaled_sum_bwd(ones, g):
    return g * 2.0 * ones, None


scaled_sum.defvjp(scaled_sum_fwd, scaled_sum_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def scaled_sum(x, scale=2.0):
    return jnp.sum(x * scale)


def scaled_sum_fwd(x, scale=2.0):
    return jnp.sum(x * scale), (scale, jnp.ones_like(x))


def scaled_sum_bwd(residuals, g):
    scale, ones = residuals
    return g * scale * ones, None


scaled_sum.defvjp(scaled_sum_fwd, scaled_sum_bwd)
""",
    references=(
        "`resolve_kwargs` in `jax._src.api_util`",
        "`_flatten_fwd` in `jax._src.custom_derivatives`",
    ),
    check=check,
    fix=fix,
    fixes=(
        "Where the forward rule has some of the primal's parameters, in their order and by their names, the missing "
        "ones are added. That is unsafe where the rule is called or given elsewhere too, or "
        "does not read a parameter yet: nobody knows then what it is to be used for."
    ),
)
