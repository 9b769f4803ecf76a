"""VJP541: a rule of flax.nnx.custom_vjp or flax.linen.custom_vjp does not keep Flax's own contract."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.building import is_none, options
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import Value
from flake8_jaxvjp.rules.base import Problem, Rule, count_of, describe, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.verdicts import wrong_length
from flake8_jaxvjp.sites.wrappers import WrappedRule, no_pair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for rule in facts.wrapped_rules:
        if rule.names is None or rule.statics is None or rule.function is None:
            continue
        wrapper, _, part = rule.kind.partition(" ")
        if part == "forward":
            yield from _of_forward(rule, rule.names)
        elif part == "backward":
            yield from _of_backward(rule, rule.names, rule.statics, is_nnx=wrapper == "nnx")


def _of_forward(rule: WrappedRule, names: tuple[str, ...]) -> Iterator[Problem]:
    if rule.signature is not None and rule.function is not None and not rule.signature.takes(len(names)):
        yield Problem(
            rule.function.node,
            f"forward rule '{rule.name}' takes {listed(rule.signature.names)}, but gets what '{rule.primal_name}' "
            f"gets: take {listed(names)}",
        )
        return
    for node, value in no_pair(rule):
        yield Problem(
            node, f"forward rule '{rule.name}' returns {_shown(value)}: return the pair (output, residuals)"
        )


def _of_backward(rule: WrappedRule, names: tuple[str, ...], statics: int, *, is_nnx: bool) -> Iterator[Problem]:
    signature = rule.signature
    if signature is None or rule.function is None:
        return
    # Without graph updates, nnx may pass those of the inputs beside the cotangent.
    if not signature.takes(statics + 2) and not (is_nnx and signature.takes(statics + 3)):
        yield Problem(
            rule.function.node,
            f"backward rule '{rule.name}' takes {listed(signature.names)}, but gets the nondiff arguments, the "
            f"residuals and the cotangent: take {count_of(statics + 2, 'parameter')}",
        )
        return
    count = len(names) - statics
    for node, value in rule.outcome.returns:
        found = _wrong(value, count, is_nnx=is_nnx)
        if found is not None:
            yield Problem(
                node,
                f"backward rule '{rule.name}' returns {found} for '{rule.primal_name}', which wants "
                f"{count_of(count, 'cotangent')}: return a tuple of {count}",
            )


def _wrong(value: Value, count: int, *, is_nnx: bool) -> str | None:
    """What surely is not that many cotangents; linen takes any iterable of them."""
    choices = options(value)
    length = wrong_length(value, count, is_exact=True)
    if length is not None:
        return count_of(length, "cotangent")
    is_wrong = all(map(is_no_tuple if is_nnx else is_none, choices))
    return _shown(value) if is_wrong else None


def _shown(value: Value) -> str:
    first = options(value)[0]
    return "None" if is_none(first) else describe(first)


RULE = Rule(
    code="VJP541",
    name="flax-rule",
    summary="a rule of `flax.nnx.custom_vjp` or `flax.linen.custom_vjp` does not keep Flax's contract",
    what=(
        "Checks the rules of `flax.nnx.custom_vjp` and `flax.linen.custom_vjp`: the forward rule takes what the "
        "function takes and returns a pair; the backward rule takes the nondiff arguments, the residuals and the "
        "cotangent, and returns a cotangent for each other argument: in nnx a tuple, in linen anything that can be "
        "iterated, the one for the module's variables first.\n\n"
        "What the cotangent looks like depends, in nnx, on `graph_updates`: how it is used is not judged. Functions "
        "with defaults, keyword-only parameters or `*args`, and `nondiff_argnums` with a `DiffState`, are left alone."
    ),
    why=(
        "Flax calls the rules with these arguments, and gives what they return to `jax.custom_vjp`: a wrong number is "
        "rejected with an error about pytree structures, when the function is differentiated."
    ),
    bad="""\
from flax import nnx


@nnx.custom_vjp
def product(x, y):
    return x * y


def product_fwd(x, y):
    return x * y, (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    updates, out_g = g
    return (out_g * y,)


product.defvjp(product_fwd, product_bwd)
""",
    good="""\
from flax import nnx


@nnx.custom_vjp
def product(x, y):
    return x * y


def product_fwd(x, y):
    return x * y, (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    updates, out_g = g
    return out_g * y, out_g * x


product.defvjp(product_fwd, product_bwd)
""",
    references=(
        "[`flax.nnx.custom_vjp`](https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/transforms.html)",
        "[`flax.linen`](https://flax.readthedocs.io/en/latest/api_reference/flax.linen/transformations.html)",
    ),
    check=check,
)
