"""What is known of one rule site: how many cotangents are due, what the two rules take and give back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.budget import OutOfFuel
from flake8_jaxvjp.inference.building import rest_of, with_origin
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Fault, Outcome
from flake8_jaxvjp.inference.signatures import (
    Signature,
    called_signature,
    inspected_signature,
    signature_of_node,
)
from flake8_jaxvjp.inference.state import State
from flake8_jaxvjp.inference.structures import cotangent_like, round_trip
from flake8_jaxvjp.inference.values import (
    OTHER,
    Constant,
    CustomVjp,
    Function,
    Unknown,
    Value,
    Wrapped,
)
from flake8_jaxvjp.sites.custom_vjp import RuleSite
from flake8_jaxvjp.sites.functions import function_of, inspected_function, name_of, pair_of, run_alone
from flake8_jaxvjp.sites.nondiff import Nondiff, read_nondiff
from flake8_jaxvjp.sites.operands import operands
from flake8_jaxvjp.syntax.tree import dotted_name, is_stub

NO_OUTCOME = Outcome((), falls_through=False)


@dataclass(frozen=True)
class Due:
    """The cotangents that JAX wants: `count` of them, or at least that many when the primal takes `*args`."""

    count: int
    names: tuple[str, ...]
    is_exact: bool


class SiteFacts:
    """The facts of one proven site, each inferred when it is first asked for."""

    def __init__(self, site: RuleSite, receiver: CustomVjp, interpreter: Interpreter) -> None:
        self.site = site
        self.receiver = receiver
        self.interpreter = interpreter
        self.is_forward_shared = False
        self.is_backward_shared = False
        self.backward_faults: list[Fault] = []

    # Names

    @cached_property
    def primal_name(self) -> str:
        function = function_of(self.receiver)
        if function is not None and isinstance(function.node, cst.FunctionDef):
            return function.node.name.value
        called = self.site.node.func
        return (dotted_name(called.value) if isinstance(called, cst.Attribute) else "") or "<lambda>"

    @cached_property
    def primal_node(self) -> cst.CSTNode | None:
        function = function_of(self.receiver)
        return function.node if function is not None else None

    @cached_property
    def forward_function(self) -> Function | None:
        return None if self.site.forward is None else function_of(self.site.forward)

    @cached_property
    def backward_function(self) -> Function | None:
        return None if self.site.backward is None else function_of(self.site.backward)

    @cached_property
    def forward_name(self) -> str:
        return name_of(self.forward_function)

    @cached_property
    def backward_name(self) -> str:
        return name_of(self.backward_function)

    def comes_back(self, statement: cst.CSTNode) -> bool:
        """Whether an expression statement of a rule that was followed is known to give a value."""
        return statement in self.interpreter.coming_back

    # Signatures

    @cached_property
    def signature(self) -> Signature | None:
        """The primal's parameters as JAX counts them; None when they are not known, or the primal is a partial."""
        return inspected_signature(self.receiver.function)

    @property
    def signature_names(self) -> tuple[str, ...]:
        return self.signature.names if self.signature is not None else ()

    @cached_property
    def forward_signature(self) -> Signature | None:
        return None if self.site.forward is None else called_signature(self.site.forward)

    @cached_property
    def backward_signature(self) -> Signature | None:
        return None if self.site.backward is None else called_signature(self.site.backward)

    def backward_parameter(self, index: int) -> str | None:
        """The backward rule's name for its residuals (0) or cotangent (1), where it is a plain parameter."""
        signature, statics = self.backward_signature, self._static_count(self.backward_signature)
        if signature is None or statics is None or not signature.takes(statics + 2):
            return None
        names = signature.names
        return names[statics + index] if statics + index < len(names) else None

    @cached_property
    def nondiff(self) -> Nondiff:
        return read_nondiff(self.receiver, self.signature)

    @cached_property
    def due(self) -> Due | None:
        """The cotangents due, where primal and nondiff arguments are known."""
        signature, nondiff = self.signature, self.nondiff
        if signature is None or not nondiff.is_known or nondiff.single_integer is not None:
            return None
        names = tuple(name for index, name in enumerate(signature.names) if index not in nondiff.positions)
        if signature.star is None:
            return Due(len(names), names, is_exact=True)
        if any(index >= len(signature.names) for index in nondiff.positions):
            return None
        # A rule is asked for cotangents only when there is an argument to differentiate.
        return Due(max(len(names), 1), names or (f"*{signature.star}",), is_exact=False)

    @cached_property
    def static_names(self) -> tuple[str, ...] | None:
        """The nondiff parameters' names in the order in which the backward rule gets them."""
        signature, nondiff = self.signature, self.nondiff
        if signature is None or not nondiff.is_known or nondiff.negative:
            return None
        names = signature.names
        return tuple(names[index] for index in sorted(nondiff.positions) if index < len(names))

    # What the rules give back

    @cached_property
    def forward(self) -> Outcome:
        """What the forward rule returns for the primal's parameters."""
        function = self.forward_function
        if function is None or self.site.forward is None or self.is_forward_stub:
            return NO_OUTCOME
        # With symbolic zeros the arguments are objects, whatever the primal's annotations say.
        signature = None if self.may_be_symbolic else self.signature
        arguments = None if signature is None else self.primal_values(signature)
        return run_alone(self.interpreter, function, self.site.forward, arguments, self._forward_rest)[0]

    @property
    def _forward_rest(self) -> dict[str, Value]:
        """The forward rule's `*args`, which get what the primal's get, after what has names in the primal alone."""
        primal, forward = self.signature, self.forward_signature
        if primal is None or forward is None or primal.star is None or forward.star is None:
            return {}
        more = len(primal.positional) - len(forward.positional)
        is_plain = isinstance(self.site.forward, (Function, Wrapped)) and more >= 0
        return {forward.star: rest_of(more)} if is_plain else {}

    @cached_property
    def backward(self) -> Outcome:
        """What the backward rule returns for the forward rule's residuals and a cotangent of its output."""
        function = self.backward_function
        if function is None or self.site.backward is None or self.is_backward_stub:
            return NO_OUTCOME
        outcome, self.backward_faults = self._outcome(function, self.site.backward, self._backward_arguments())
        return outcome

    @property
    def judged_returns(self) -> tuple[tuple[cst.CSTNode, Value], ...]:
        """The backward rule's returns, each of which this site may reach.

        When one backward rule serves several primals, it may tell them apart and reach another return for each.
        """
        returns = self.backward.returns
        return () if self.is_backward_shared and len(returns) > 1 else returns

    @property
    def may_be_symbolic(self) -> bool:
        """Whether `symbolic_zeros` is given, and not as False."""
        return self.site.symbolic_zeros is not None and self.site.symbolic_zeros != Constant("bool", False)

    @cached_property
    def is_forward_stub(self) -> bool:
        return self.forward_function is not None and is_stub(self.forward_function.node)

    @cached_property
    def is_backward_stub(self) -> bool:
        return self.backward_function is not None and is_stub(self.backward_function.node)

    @cached_property
    def forward_pair(self) -> tuple[Value, Value] | None:
        """The output and the residuals that the forward rule returns, where every return is a pair."""
        return pair_of(self.forward)

    @cached_property
    def output(self) -> Value:
        """What the primal returns, as the forward rule gives it, else as the primal itself does."""
        if self.forward_pair is not None and not isinstance(self.forward_pair[0], Unknown):
            return self.forward_pair[0]
        return self.primal_output

    @cached_property
    def primal_output(self) -> Value:
        function = function_of(self.receiver)
        if function is None or self.signature is None or is_stub(function.node):
            return Unknown("the primal's output")
        outcome, _ = self._outcome(function, self.receiver.function, self.primal_values(self.signature))
        return outcome.value

    def annotation(self, node: cst.BaseExpression, function: Function) -> Value | None:
        """What an annotation of a function says, where it says that it is an array or a number."""
        self.interpreter.refuel()
        return self.interpreter.declared_by(node, function.frame)

    def value_of(self, node: cst.BaseExpression, function: Function) -> Value:
        """What a name or attribute means where the function is defined."""
        self.interpreter.refuel()
        try:
            return self.interpreter.evaluate(node, State(function.frame))
        except (OutOfFuel, RecursionError):
            return Unknown("too much to follow")

    @cached_property
    def declared_parameters(self) -> tuple[Value | None, ...]:
        """For each cotangent that is due, what the primal's annotation says of its argument."""
        function = inspected_function(self.receiver.function)
        if self.due is None or self.signature is None or function is None:
            return ()
        self.interpreter.refuel()
        return tuple(
            self.interpreter.declared(parameter, function.frame)
            for index, parameter in enumerate(self.signature.positional)
            if index not in self.nondiff.positions
        )

    def primal_values(self, signature: Signature) -> tuple[Value, ...] | None:
        """What is known of the primal's arguments; None where it takes `*args`."""
        if signature.star is not None:
            return None
        function = inspected_function(self.receiver.function)
        frame = function.frame if function is not None else None
        self.interpreter.refuel()
        values: list[Value] = []
        for index, parameter in enumerate(signature.positional):
            declared = None if frame is None else self.interpreter.declared(parameter, frame)
            if declared is None and parameter.annotation is None and index in self.operands:
                declared = OTHER
            value = declared if declared is not None else Unknown(f"the parameter at position {index}")
            values.append(with_origin(value, "parameter", (index,)))
        return tuple(values)

    @cached_property
    def operands(self) -> frozenset[int]:
        """The positions of parameters that are operands wherever the primal, or its forward rule, is called."""
        found: set[int] = set()
        for value in (self.receiver.function, self.site.forward):
            if isinstance(value, Function):
                names = operands(value.node)
                positional = signature_of_node(value.node).positional
                found |= {index for index, parameter in enumerate(positional) if parameter.name in names}
        return frozenset(found)

    def _backward_arguments(self) -> tuple[Value, ...] | None:
        signature = self.backward_signature
        statics = self._static_count(signature)
        if statics is None:
            return None
        residuals = self.forward_pair[1] if self.forward_pair is not None else Unknown("the residuals")
        cotangent = Unknown("a symbolic zero") if self.may_be_symbolic else cotangent_like(self.output)
        return (
            *[Unknown("a nondiff argument")] * statics,
            with_origin(round_trip(residuals), "residuals"),
            with_origin(cotangent, "cotangent"),
        )

    def _static_count(self, signature: Signature | None) -> int | None:
        """How many arguments come before the residuals; read off the backward rule where nondiff is not known."""
        if self.nondiff.is_known and self.nondiff.single_integer is None:
            return self.nondiff.static_count
        if signature is not None and signature.most is not None and signature.fewest == signature.most >= 2:
            return signature.most - 2
        return None

    def _outcome(
        self, function: Function, value: Value, arguments: tuple[Value, ...] | None
    ) -> tuple[Outcome, list[Fault]]:
        return run_alone(self.interpreter, function, value, arguments)


def are_swapped(site: SiteFacts) -> bool:
    """Whether neither rule can take its arguments, and each can take the other's: `defvjp(backward, forward)`."""
    primal, forward, backward = site.signature, site.forward_signature, site.backward_signature
    if primal is None or forward is None or backward is None or primal.star is not None:
        return False
    if not site.nondiff.is_known or site.nondiff.single_integer is not None:
        return False
    count, wanted = len(primal.positional), site.nondiff.static_count + 2
    fits = forward.takes(count) or backward.takes(wanted)
    return not fits and forward.takes(wanted) and backward.takes(count)
