"""VJP502: the rule of a custom_jvp cannot take what JAX passes to it."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_jvp import JvpFacts


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.jvp_sites:
        function, signature, statics = site.rule_function, site.rule_signature, site.static_count
        if function is None or signature is None or statics is None or signature.takes(statics + 2):
            continue
        yield Problem(
            function.node,
            f"JVP rule '{site.rule_name}' takes {listed(signature.names)}, but JAX passes "
            f"{count_of(statics + 2, 'argument')}: take {_wanted(site)}",
        )


def _wanted(site: JvpFacts) -> str:
    names = site.signature.names if site.signature is not None else ()
    statics = [names[index] for index in sorted(site.nondiff.positions) if index < len(names)]
    return listed([*statics, "primals", "tangents"])


RULE = Rule(
    code="VJP502",
    name="jvp-rule-signature",
    summary="the rule of a custom_jvp cannot take (nondiff arguments, primals, tangents)",
    what=(
        "Checks that the rule given to `custom_jvp.defjvp` can be called with the nondiff arguments, one by one, and "
        "two tuples: the primals and the tangents."
    ),
    why=(
        "Primals and tangents come as two tuples, and are not spread over parameters. A rule with another number of "
        "parameters raises a `TypeError` about missing or too many arguments as soon as somebody differentiates."
    ),
    bad="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


@product.defjvp
def product_jvp(x, y, x_dot, y_dot):
    return x * y, x_dot * y + x * y_dot
""",
    good="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


@product.defjvp
def product_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return x * y, x_dot * y + x * y_dot
""",
    references=("[`jax.custom_jvp.defjvp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.defjvp.html)",),
    check=check,
)
