"""What is known of the rules that `defjvp` and `defjvps` give to a `jax.custom_jvp`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.building import sequence_of, tuple_of, with_origin
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.signatures import Arguments, Signature, called_signature, inspected_signature
from flake8_jaxvjp.inference.values import ARRAY, Bound, CustomJvp, Function, Method, Unknown, Value
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.facts import NO_OUTCOME
from flake8_jaxvjp.sites.functions import function_of, name_of, run_alone
from flake8_jaxvjp.sites.nondiff import Nondiff, read_nondiff
from flake8_jaxvjp.syntax.tree import is_stub


@dataclass(eq=False)
class JvpFacts:
    """One `primal.defjvp(rule)` or `primal.defjvps(*rules)`."""

    use: Use
    receiver: CustomJvp
    interpreter: Interpreter
    is_shared: bool

    @property
    def node(self) -> cst.Call | cst.Decorator:
        return self.use.node

    @property
    def arguments(self) -> Arguments:
        return self.use.arguments

    @property
    def is_one_rule(self) -> bool:
        """Whether it is `defjvp`, with one rule for all arguments."""
        return isinstance(self.use.function, Method) and self.use.function.name == "defjvp"

    @cached_property
    def primal_name(self) -> str:
        return name_of(function_of(self.receiver))

    @cached_property
    def rule(self) -> Value | None:
        return self.arguments.get(0, "jvp") if self.is_one_rule and self.arguments.exact else None

    @cached_property
    def rule_function(self) -> Function | None:
        return None if self.rule is None else function_of(self.rule)

    @cached_property
    def rule_name(self) -> str:
        return name_of(self.rule_function)

    @cached_property
    def rule_signature(self) -> Signature | None:
        return None if self.rule is None else called_signature(self.rule)

    @cached_property
    def signature(self) -> Signature | None:
        return inspected_signature(self.receiver.function)

    @cached_property
    def nondiff(self) -> Nondiff:
        return read_nondiff(self.receiver, self.signature)

    @cached_property
    def has_plain_nondiff(self) -> bool:
        nondiff, signature = self.nondiff, self.signature
        if not nondiff.is_known or nondiff.single_integer is not None or nondiff.negative or nondiff.ignored:
            return False
        return signature is None or all(index < len(signature.positional) for index in nondiff.positions)

    @cached_property
    def static_count(self) -> int | None:
        return self.nondiff.static_count if self.has_plain_nondiff else None

    @cached_property
    def count(self) -> int | None:
        """How many differentiable arguments there are."""
        signature = self.signature
        if signature is None or signature.star is not None or not self.has_plain_nondiff:
            return None
        return len(signature.positional) - len(self.nondiff.positions)

    @cached_property
    def outcome(self) -> Outcome:
        """What the rule returns, where each primal and tangent is an array that still knows where it comes from."""
        function, statics = self.rule_function, self.static_count
        if function is None or self.rule is None or statics is None or is_stub(function.node):
            return NO_OUTCOME
        arguments = (*[Unknown("a nondiff argument")] * statics, self._leaves("primals"), self._leaves("tangents"))
        return run_alone(self.interpreter, function, self.rule, arguments)[0]

    def _leaves(self, source: str) -> Value:
        if self.count is None:
            return sequence_of("tuple")
        return with_origin(tuple_of(*[ARRAY] * self.count), source)


def jvp_sites(uses: SequenceOf[Use], interpreter: Interpreter) -> tuple[JvpFacts, ...]:
    """The `defjvp` and `defjvps` calls of functions that have one of them: a second one replaces the first."""
    found: dict[Use, CustomJvp] = {}
    for use in uses:
        match use.function:
            case Method(receiver=CustomJvp() as receiver, name="defjvp" | "defjvps") if not use.is_guarded:
                found.setdefault(use, receiver)
            case Bound(function=Method(receiver=CustomJvp() as receiver, name="defjvp")):
                found.setdefault(use, receiver)
    given = Counter(receiver.node for receiver in found.values())
    calls = Counter(use.node for use in found)
    rules = Counter(function.node for use in found if (function := _rule_of(use)) is not None)

    def is_shared(use: Use) -> bool:
        function = _rule_of(use)
        return function is not None and rules[function.node] > 1

    return tuple(
        JvpFacts(use, receiver, interpreter, is_shared(use))
        for use, receiver in found.items()
        if given[receiver.node] == calls[use.node] == 1 and isinstance(use.function, Method) and not _has_two_rules(use)
    )


def _has_two_rules(use: Use) -> bool:
    """Whether `defjvp` gets a second function, which is a mistake of its own."""
    is_one_rule = isinstance(use.function, Method) and use.function.name == "defjvp"
    return is_one_rule and len(use.arguments.positional) > 1 and function_of(use.arguments.positional[1]) is not None


def _rule_of(use: Use) -> Function | None:
    rule = use.arguments.get(0, "jvp")
    return None if rule is None else function_of(rule)
