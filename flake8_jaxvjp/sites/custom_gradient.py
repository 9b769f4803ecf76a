"""What is known of a function under `jax.custom_gradient`: it returns its value and its backward rule."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import options, origin_of, with_origin
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.signatures import Signature, called_signature
from flake8_jaxvjp.inference.structures import cotangent_like
from flake8_jaxvjp.inference.values import ARRAY, Function, Library, Origin, Sequence, Unknown, Value
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.facts import NO_OUTCOME
from flake8_jaxvjp.sites.functions import function_of, name_of, run_alone
from flake8_jaxvjp.syntax.tree import is_stub


@dataclass(eq=False)
class GradientFacts:
    """One function under `custom_gradient`."""

    use: Use
    value: Value
    interpreter: Interpreter

    @cached_property
    def function(self) -> Function | None:
        return function_of(self.value)

    @cached_property
    def name(self) -> str:
        return name_of(self.function)

    @cached_property
    def signature(self) -> Signature | None:
        return called_signature(self.value)

    @cached_property
    def count(self) -> int | None:
        """How many arguments it is called with, where it can only be one number: JAX does not fill in defaults."""
        signature = self.signature
        if signature is None or signature.star is not None or signature.fewest != signature.most:
            return None
        return signature.most

    @cached_property
    def outcome(self) -> Outcome:
        """What it returns, where each argument is an array that still knows that it is one."""
        if self.function is None or self.count is None or is_stub(self.function.node):
            return NO_OUTCOME
        arguments = tuple(with_origin(ARRAY, "parameter", (index,)) for index in range(self.count))
        return run_alone(self.interpreter, self.function, self.value, arguments)[0]

    def rules(self) -> Iterator[tuple[Function, Outcome]]:
        """Each backward rule that it returns, and what that returns for a cotangent of the value beside it."""
        for _, value in self.outcome.returns:
            for option in options(value):
                items = items_of(option)
                if isinstance(option, Sequence) and items is not None and len(items) == 2:
                    rule = items[1]
                    if isinstance(rule, Function) and not is_stub(rule.node):
                        yield rule, run_alone(self.interpreter, rule, rule, (_cotangent(items[0]),))[0]


def _cotangent(output: Value) -> Value:
    """An argument that is returned as it is may be of any structure."""
    return Unknown("a cotangent") if came_in(output) else cotangent_like(output)


def came_in(value: Value) -> bool:
    """Whether something, or a part of it, is an argument as it was passed, of whatever structure."""
    origin = origin_of(value)
    if isinstance(origin, Origin) and origin.source in ("parameter", "primals", "tangents"):
        return True
    return isinstance(value, Sequence) and any(map(came_in, value.items or ()))


def custom_gradients(uses: SequenceOf[Use], interpreter: Interpreter) -> tuple[GradientFacts, ...]:
    found: dict[cst.CSTNode, GradientFacts] = {}
    for use in uses:
        function = use.arguments.get(0, "fun")
        is_maker = use.function == Library("jax.custom_gradient") and use.arguments.exact
        if is_maker and function is not None and not use.arguments.keywords and not use.is_guarded:
            found.setdefault(use.node, GradientFacts(use, function, interpreter))
    return tuple(found.values())
