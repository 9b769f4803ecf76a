"""VJP209: a custom_vjp in a class is called as if it were a bound method."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.signatures import Arguments, Signature, inspected_signature
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.functions import function_of, name_of
from flake8_jaxvjp.syntax.tree import dotted_name


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for call in facts.method_calls:
        signature = inspected_signature(call.receiver.function)
        if signature is not None and _misses_self(signature, call.arguments):
            name = name_of(function_of(call.receiver))
            first = signature.names[0]
            called = dotted_name(call.node.func)
            passed = called.partition(".")[0]
            yield Problem(
                call.node,
                f"'{name}' is called without '{first}': a jax.custom_vjp in a class is not bound to the object; "
                f"pass it, as in '{called}({passed}, ...)' with position 0 in nondiff_argnums, "
                "or move the function out of the class",
            )


def _misses_self(signature: Signature, arguments: Arguments) -> bool:
    """Whether the call has too few arguments, and would fit if the object were passed first."""
    if not arguments.exact or not signature.names:
        return False
    given = len(arguments.positional)
    missing = [parameter.name for parameter in signature.positional[given:] if parameter.is_required]
    return any(name not in arguments.keywords for name in missing)


RULE = Rule(
    code="VJP209",
    name="custom-vjp-called-as-a-method",
    summary="a custom_vjp in a class is called as if it were a bound method",
    what=(
        "Checks calls `self.rule(x)` of a `custom_vjp` that is defined in the class: without `self` among the "
        "arguments they are one argument short."
    ),
    why=(
        "A `custom_vjp` object is not a descriptor: looked up on an object it stays what it is and binds no "
        "`self`. The call fails with a `TypeError` that the arguments could not be resolved. Pass the object "
        "(`self.rule(self, x)`, with position 0 in `nondiff_argnums` or a pytree class), or make the rule a "
        "function outside the class."
    ),
    bad="""\
from functools import partial

import jax


class Layer:
    @partial(jax.custom_vjp, nondiff_argnums=(0,))
    def activation(self, x):
        return x * 2

    def activation_fwd(self, x):
        return x * 2, None

    def activation_bwd(self, residuals, g):
        return (2 * g,)

    activation.defvjp(activation_fwd, activation_bwd)

    def __call__(self, x):
        return self.activation(x)
""",
    good="""\
from functools import partial

import jax


class Layer:
    @partial(jax.custom_vjp, nondiff_argnums=(0,))
    def activation(self, x):
        return x * 2

    def activation_fwd(self, x):
        return x * 2, None

    def activation_bwd(self, residuals, g):
        return (2 * g,)

    activation.defvjp(activation_fwd, activation_bwd)

    def __call__(self, x):
        return self.activation(self, x)
""",
    references=("`resolve_kwargs` in `jax._src.api_util`",),
    check=check,
)
