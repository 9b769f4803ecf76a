"""What is known of the rules that `def_vmap` gives to a `jax.custom_batching.custom_vmap`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.building import with_origin
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.signatures import Signature, called_signature, inspected_signature
from flake8_jaxvjp.inference.values import ARRAY, NUMBER, Function, Method, Unknown, Value, Wrapped
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.facts import NO_OUTCOME
from flake8_jaxvjp.sites.functions import function_of, name_of, run_alone
from flake8_jaxvjp.syntax.tree import is_stub


@dataclass(eq=False)
class VmapFacts:
    """One `function.def_vmap(rule)`."""

    node: cst.Call | cst.Decorator
    primal: Value
    rule: Value
    interpreter: Interpreter

    @cached_property
    def function(self) -> Function | None:
        return function_of(self.rule)

    @cached_property
    def name(self) -> str:
        return name_of(self.function)

    @cached_property
    def signature(self) -> Signature | None:
        return called_signature(self.rule)

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """The primal's parameters, where none has a default: whether defaults are passed depends on the version."""
        signature = inspected_signature(self.primal)
        if signature is None or signature.star is not None or signature.fewest != signature.most:
            return None
        return signature.names

    @cached_property
    def outcome(self) -> Outcome:
        """What the rule returns, where each argument is an array that still knows that it is one."""
        if self.function is None or self.names is None or is_stub(self.function.node):
            return NO_OUTCOME
        count = len(self.names)
        given = tuple(with_origin(ARRAY, "parameter", (index,)) for index in range(count))
        return run_alone(self.interpreter, self.function, self.rule, (NUMBER, Unknown("what is batched"), *given))[0]


def vmap_sites(uses: SequenceOf[Use], interpreter: Interpreter) -> tuple[VmapFacts, ...]:
    """The `def_vmap` calls of functions that have one of them: a second one replaces the first."""
    found: dict[cst.CSTNode, VmapFacts] = {}
    for use in uses:
        match use.function:
            case Method(receiver=Wrapped(by="jax.custom_batching.custom_vmap") as primal, name="def_vmap"):
                rule = use.arguments.get(0, "vmap_rule")
                if rule is not None and use.arguments.exact and not use.is_guarded:
                    found.setdefault(use.node, VmapFacts(use.node, primal, rule, interpreter))
    given = Counter(function.node for site in found.values() if (function := function_of(site.primal)) is not None)
    return tuple(
        site
        for site in found.values()
        if (function := function_of(site.primal)) is not None and given[function.node] == 1
    )
