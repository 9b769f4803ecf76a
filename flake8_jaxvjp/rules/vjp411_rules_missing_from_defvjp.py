"""VJP411: defvjp is called with one rule, or used as a decorator; defjvp is called with two."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.values import Bound, Constant, CustomJvp, CustomVjp, Function, Method, Wrapped
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.functions import function_of, name_of

FORWARD_AND_BACKWARD = {"fwd", "bwd"}
SWITCHES = ("symbolic_zeros", "optimize_remat")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for use in facts.uses:
        if use.is_guarded or not use.arguments.exact or not isinstance(use.function, Method):
            continue
        message = None
        match use.function:
            case Method(receiver=CustomVjp() as receiver, name="defvjp"):
                message = _missing(use.arguments, name_of(function_of(receiver)))
            case Method(receiver=CustomJvp() as receiver, name="defjvp"):
                message = _too_many(use.arguments, name_of(function_of(receiver)))
        if message is not None:
            yield Problem(use.node, message)


def _missing(given: Arguments, name: str) -> str | None:
    """Fewer than two rules; unknown keywords are another rule's business, and may be misspelt names of these."""
    known = FORWARD_AND_BACKWARD & set(given.keywords)
    if len(given.positional) + len(known) < 2 and set(given.keywords) <= {*FORWARD_AND_BACKWARD, *SWITCHES}:
        return (
            f"defvjp of '{name}' needs the forward and the backward rule: "
            f"write {name}.defvjp(fwd, bwd) after both are defined"
        )
    switches = [given.get(2, "symbolic_zeros"), given.keywords.get("optimize_remat")]
    if all(isinstance(switch, Constant) and switch.value is True for switch in switches):
        return (
            f"defvjp of '{name}' gets symbolic_zeros=True and optimize_remat=True, which JAX does not support together"
            ": leave one of them out"
        )
    return None


def _too_many(given: Arguments, name: str) -> str | None:
    """A second function, which `defjvp(jvp, symbolic_zeros=False)` takes for the flag."""
    second = given.positional[1] if len(given.positional) > 1 else None
    if isinstance(second, (Function, Bound, Wrapped)):
        return (
            f"'{name}' is a custom_jvp, whose defjvp takes one rule and takes a second function for symbolic_zeros: "
            "pass one rule (primals, tangents), or make it a custom_vjp and use defvjp(fwd, bwd)"
        )
    return None


RULE = Rule(
    code="VJP411",
    name="rules-missing-from-defvjp",
    summary="`defvjp` gets one rule instead of two, or `defjvp` two instead of one",
    what=(
        "Checks the arguments of `defvjp`: the forward **and** the backward rule, in one call, so that it cannot be a "
        "decorator; and not `symbolic_zeros=True` together with `optimize_remat=True`. `defjvp` of a `custom_jvp` "
        "takes one rule: a second function is taken for the flag `symbolic_zeros`."
    ),
    why=(
        "A missing rule raises a `TypeError` when the module is imported. `defjvp(fwd, bwd)` is accepted there, and "
        "breaks when somebody differentiates, with an error that does not mention it."
    ),
    bad="""\
import jax


@jax.custom_vjp
def double(x):
    return 2.0 * x


@double.defvjp
def double_bwd(_, g):
    return (2.0 * g,)
""",
    good="""\
import jax


@jax.custom_vjp
def double(x):
    return 2.0 * x


def double_fwd(x):
    return 2.0 * x, None


def double_bwd(_, g):
    return (2.0 * g,)


double.defvjp(double_fwd, double_bwd)
""",
    references=(
        "[`jax.custom_vjp.defvjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.defvjp.html)",
        "[`jax.custom_jvp.defjvp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.defjvp.html)",
    ),
    check=check,
)
