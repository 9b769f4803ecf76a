"""VJP503: defjvps gets too few or too many rules, rules of another signature, or stands beside nondiff_argnums."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none
from flake8_jaxvjp.inference.signatures import called_signature
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_jvp import JvpFacts
from flake8_jaxvjp.sites.functions import function_of, name_of


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.jvp_sites:
        if not site.is_one_rule and site.arguments.exact and not site.arguments.keywords:
            message = _message(site)
            if message is not None:
                yield Problem(site.node, message)


def _message(site: JvpFacts) -> str | None:
    if site.nondiff.is_known and (site.nondiff.positions or site.nondiff.negative):
        return f"defjvps of '{site.primal_name}' cannot stand beside nondiff_argnums: use defjvp with one rule for all"
    given, count = site.arguments.positional, site.count
    if count is None or site.signature is None:
        return None
    if len(given) != count:
        return (
            f"defjvps of '{site.primal_name}' gets {count_of(len(given), 'rule')} for "
            f"{count_of(count, 'argument')} {listed(site.signature.names)}: give one for each, None for a zero tangent"
        )
    if given and all(map(is_none, given)):
        return f"defjvps of '{site.primal_name}' gets None for every argument: use defjvp, and return a zero tangent"
    for rule in given:
        signature = called_signature(rule)
        if signature is not None and not signature.takes(count + 2):
            wanted = listed(["tangent", "output", *site.signature.names])
            return f"JVP rule '{name_of(function_of(rule))}' takes {listed(signature.names)}: take {wanted}"
    return None


RULE = Rule(
    code="VJP503",
    name="defjvps-misused",
    summary="`defjvps` gets too few or too many rules, or rules that cannot take their arguments",
    what=(
        "Checks `custom_jvp.defjvps`: one rule for each argument, `None` for a zero tangent but not for all; each "
        "takes the tangent of its argument, the output, and all primals; and there are no `nondiff_argnums`."
    ),
    why=(
        "`defjvps` zips its rules with the arguments, and calls each as `rule(tangent, output, *primals)`. A wrong "
        "number, a rule of another signature, or only `None` raise as soon as somebody differentiates; beside "
        "`nondiff_argnums` it raises at once."
    ),
    bad="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


product.defjvps(lambda x_dot, output, x, y: x_dot * y)
""",
    good="""\
import jax


@jax.custom_jvp
def product(x, y):
    return x * y


product.defjvps(lambda x_dot, output, x, y: x_dot * y, lambda y_dot, output, x, y: x * y_dot)
""",
    references=("[`jax.custom_jvp.defjvps`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.defjvps.html)",),
    check=check,
)
