"""What is known of the rules that Equinox and Flax attach to functions, each by a contract of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.building import is_none, options, tuple_of
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.signatures import Signature, called_signature, inspected_signature
from flake8_jaxvjp.inference.structures import cotangent_like
from flake8_jaxvjp.inference.values import Constant, Function, Library, Method, Operation, Sequence, Unknown, Value
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.facts import NO_OUTCOME
from flake8_jaxvjp.sites.functions import function_of, name_of, run_alone
from flake8_jaxvjp.syntax.tree import is_stub

MAKERS = {
    "def_fwd": "equinox.filter_custom_vjp",
    "def_bwd": "equinox.filter_custom_vjp",
    "def_jvp": "equinox.filter_custom_jvp",
    "defvjp": "flax.nnx.custom_vjp",
}


@dataclass(eq=False)
class WrappedRule:
    """One function that is given as a rule: `kind` says what for."""

    kind: str
    primal: Value
    rule: Value
    nondiff: Value | None
    interpreter: Interpreter
    graph_updates: Value | None = None

    @cached_property
    def function(self) -> Function | None:
        return function_of(self.rule)

    @cached_property
    def name(self) -> str:
        return name_of(self.function)

    @cached_property
    def primal_name(self) -> str:
        return name_of(function_of(self.primal))

    @cached_property
    def signature(self) -> Signature | None:
        return called_signature(self.rule)

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """The primal's parameters, where every call passes the same, and no keywords."""
        signature = inspected_signature(self.primal)
        if signature is None or signature.star is not None or signature.fewest != signature.most:
            return None
        return None if signature.keyword_only or signature.double_star is not None else signature.names

    @cached_property
    def statics(self) -> int | None:
        """How many arguments are not differentiated, where they are written out as integers that are in range."""
        match self.nondiff:
            case None:
                return 0
            case Sequence(items=items) if items is not None and self.names is not None:
                numbers = {item.value for item in items if isinstance(item, Constant) and item.kind == "int"}
                is_plain = len(numbers) == len(items)
                return len(items) if is_plain and numbers <= set(range(len(self.names))) else None
        return None

    @cached_property
    def outcome(self) -> Outcome:
        """What the rule returns, whatever it gets; a backward rule of nnx gets a cotangent of the primal's output."""
        if self.function is None or is_stub(self.function.node):
            return NO_OUTCOME
        return run_alone(self.interpreter, self.function, self.rule, self._arguments)[0]

    @property
    def _arguments(self) -> tuple[Value, ...] | None:
        """The arguments of a backward rule of nnx: the cotangent is a pair, with updates of the graph's first."""
        function, statics = function_of(self.primal), self.statics
        if self.kind != "nnx backward" or function is None or statics is None or is_stub(function.node):
            return None
        if self.signature is None or not self.signature.takes(statics + 2):
            return None
        cotangent = cotangent_like(run_alone(self.interpreter, function, self.primal, None)[0].value)
        if self.graph_updates != Constant("bool", False):
            pair = tuple_of(Unknown("updates"), cotangent)
            cotangent = pair if self.graph_updates is None else Unknown("a cotangent")
        return (*[Unknown("a nondiff argument")] * statics, Unknown("the residuals"), cotangent)


def wrapped_rules(uses: SequenceOf[Use], interpreter: Interpreter) -> tuple[WrappedRule, ...]:
    """The rules of functions that get one of a kind; a second one replaces the first, and both are left alone."""
    found: dict[tuple[cst.CSTNode, str], WrappedRule] = {}
    for use in uses:
        if use.is_guarded or not use.arguments.exact:
            continue
        for kind, primal, rule, nondiff in _rules_of(use):
            if function_of(primal) is not None and rule is not None:
                updates = _option(use, "graph_updates")
                found.setdefault((use.node, kind), WrappedRule(kind, primal, rule, nondiff, interpreter, updates))
    times = Counter((_node(one.primal), one.kind) for one in found.values())
    given = Counter(one.function.node for one in found.values() if one.function is not None)
    return tuple(
        one
        for one in found.values()
        if times[_node(one.primal), one.kind] == 1 and one.function is not None and given[one.function.node] == 1
    )


def _option(use: Use, name: str) -> Value | None:
    """An option with which the object was made whose method is called."""
    match use.function:
        case Method(receiver=Operation(keywords=keywords)):
            return dict(keywords).get(name)
    return None


def _rules_of(use: Use) -> list[tuple[str, Value, Value | None, Value | None]]:
    """The rules that a call or decorator gives: the kind, the primal, the rule, and `nondiff_argnums`."""
    given = use.arguments
    match use.function:
        case Library(name="flax.linen.custom_vjp"):
            primal, nondiff = given.get(0, "fn"), given.get(4, "nondiff_argnums")
            if primal is None:
                return []
            forward, backward = given.get(1, "forward_fn"), given.get(2, "backward_fn")
            return [("linen forward", primal, forward, nondiff), ("linen backward", primal, backward, nondiff)]
        case Method(receiver=Operation(name=maker, arguments=(primal, *_), keywords=keywords), name=name):
            if MAKERS.get(name) != maker:
                return []
            nondiff = dict(keywords).get("nondiff_argnums")
            if name == "defvjp":
                forward, backward = given.get(0, "fwd"), given.get(1, "bwd")
                return [("nnx forward", primal, forward, nondiff), ("nnx backward", primal, backward, nondiff)]
            return [(name, primal, given.get(0, "fn"), None)]
    return []


def _node(value: Value) -> cst.CSTNode | None:
    function = function_of(value)
    return None if function is None else function.node


def is_no_pair(value: Value) -> bool:
    """Whether what is unpacked into two surely cannot be; any iterable of two can."""
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items, at_least=at_least):
            return at_least > 2 if items is None else len(items) != 2
    return is_none(value)


def no_pair(rule: WrappedRule) -> tuple[tuple[cst.CSTNode, Value], ...]:
    """The returns that surely are no pair."""
    return tuple((node, value) for node, value in rule.outcome.returns if all(map(is_no_pair, options(value))))
