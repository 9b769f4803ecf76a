"""Finds every `defvjp` call of a module, by interpreting the module and each function that mentions a vjp."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from flake8_jaxvjp.inference.budget import OutOfFuel
from flake8_jaxvjp.inference.functions import free_arguments
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.outcomes import Activation, Fault
from flake8_jaxvjp.inference.signatures import Arguments, Signature, signature_of_node
from flake8_jaxvjp.inference.state import Frame, ModuleSource, State
from flake8_jaxvjp.inference.values import (
    Bound,
    Class,
    CustomJvp,
    CustomVjp,
    Function,
    Instance,
    Library,
    Method,
    Operation,
    Unknown,
    Value,
)

FORWARD, BACKWARD, SYMBOLIC_ZEROS = 0, 1, 2
LINE_FUEL = 20
INTERESTING = frozenset(
    """
    jax.custom_vjp jax.custom_jvp jax.custom_gradient jax.custom_batching.custom_vmap
    jax.jvp jax.jacfwd jax.hessian jax.linearize jax.test_util.check_grads
    numpyro.infer.NUTS numpyro.infer.HMC flax.linen.custom_vjp
    """.split()
)
"""Functions whose calls are kept for the rules."""


@dataclass(frozen=True, eq=False)
class RuleSite:
    """One `primal.defvjp(forward, backward)`; `receiver` is None when it is not proven to be a custom_vjp."""

    node: cst.Call
    receiver: CustomVjp | None
    forward: Value | None
    backward: Value | None
    symbolic_zeros: Value | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class MethodCall:
    """A call `self.rule(...)` of a custom_vjp that is a method of self's class."""

    node: cst.Call
    receiver: CustomVjp
    arguments: Arguments


@dataclass(frozen=True, eq=False)
class Use:
    """A call or decorator of something that rules are asked about; `is_guarded` where its exceptions may be caught."""

    node: cst.Call | cst.Decorator
    function: Value
    arguments: Arguments
    is_guarded: bool


@dataclass(eq=False)
class Collected:
    """What the walk found."""

    sites: list[RuleSite] = field(default_factory=list)
    method_calls: list[MethodCall] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Collector:
    """Walks the module, then the functions that mention a vjp, and keeps what they say about rules."""

    def __init__(self, interpreter: Interpreter, module: cst.Module, source: ModuleSource) -> None:
        self._interpreter = interpreter
        self._module = module
        self._source = source
        self._found = Collected()
        self._indices: dict[cst.CSTNode, int] = {}
        self._superseded: set[cst.CSTNode] = set()
        self._in_force: set[cst.CSTNode] = set()

    def run(self) -> Collected:
        self._interpreter.observer = self._observe
        self._walk_module()
        done: set[cst.CSTNode] = set()
        while self._interpreter.pending:
            function = self._interpreter.pending.pop(0)
            if function.node not in done:
                done.add(function.node)
                self._walk_function(function)
        self._interpreter.observer = None
        dead = self._superseded - self._in_force
        self._found.sites = [site for site in self._found.sites if site.node not in dead]
        self._found.faults = list(self._interpreter.faults)
        return self._found

    def _walk_module(self) -> None:
        frame = Frame(self._interpreter.scopes[self._module], None, source=self._source)
        state = State(frame)
        # A longer module takes more steps, in proportion.
        self._interpreter.refuel(LINE_FUEL * self._source.focus.text.count("\n"))
        self._interpreter.activations.append(Activation(frame, is_open=True))
        try:
            end = self._interpreter.execute(self._module, state)
        except (OutOfFuel, RecursionError):
            end = None
        self._interpreter.activations.pop()
        self._keep(end or state)

    def _walk_function(self, function: Function) -> None:
        """Run a function once for any arguments; a method's first parameter is an object of its class."""
        self._interpreter.refuel()
        bound = free_arguments(signature_of_node(function.node))
        instance = self._interpreter.instances.get(function.frame)
        if instance is not None and bound and not _is_static(function):
            signature = signature_of_node(function.node)
            bound.update(_self_argument(signature, instance))
        state = State(function.frame)
        try:
            self._interpreter.run(function, bound, state, is_open=True)
        except (OutOfFuel, RecursionError):
            return
        self._keep(state)

    def _keep(self, state: State) -> None:
        for nodes in state.rules.values():
            self._in_force |= nodes

    def _observe(
        self, node: cst.Call | cst.Decorator, function: Value, arguments: Arguments, state: State
    ) -> None:
        if _is_of_interest(function):
            self._found.uses.append(Use(node, function, arguments, self._interpreter.is_guarded))
        if isinstance(node, cst.Call):
            self._observe_call(node, function, arguments, state)

    def _observe_call(self, node: cst.Call, function: Value, arguments: Arguments, state: State) -> None:
        match function:
            case Method(receiver=CustomVjp() as receiver, name="defvjp"):
                self._record(node, receiver, arguments, state)
                return
            case CustomVjp() as receiver if _is_through_self(self._interpreter, node, state):
                self._found.method_calls.append(MethodCall(node, receiver, arguments))
                return
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "defvjp":
            reason = function.receiver if isinstance(function, Method) else function
            why = reason.reason if isinstance(reason, Unknown) else type(reason).__name__
            self._found.sites.append(RuleSite(node, None, None, None, None, why))

    def _record(self, node: cst.Call, receiver: CustomVjp, arguments: Arguments, state: State) -> None:
        self._superseded |= state.rules.get(receiver.node, frozenset())
        state.rules[receiver.node] = frozenset({node})
        forward, backward = _given(arguments, FORWARD, "fwd"), _given(arguments, BACKWARD, "bwd")
        if forward is None or backward is None:
            forward = backward = None  # which of the two a single argument is meant to be, nobody knows
        symbolic_zeros = _given(arguments, SYMBOLIC_ZEROS, "symbolic_zeros")
        site = RuleSite(node, receiver, forward, backward, symbolic_zeros)
        # The same call is met again when a loop is unrolled: the first meeting is judged, if both agree.
        index = self._indices.setdefault(node, len(self._found.sites))
        if index < len(self._found.sites):
            known = self._found.sites[index]
            if (known.receiver, known.forward, known.backward) != (receiver, site.forward, site.backward):
                self._found.sites[index] = RuleSite(node, receiver, None, None, None)
            return
        self._interpreter.allow_site()
        self._found.sites.append(site)


def _is_of_interest(function: Value) -> bool:
    match function:
        case CustomVjp() | CustomJvp():
            return True
        case Method(name=name):
            return name.startswith("def")
        case Library(name=name) | Operation(name=name):
            return name in INTERESTING
    return False


def _given(arguments: Arguments, index: int, name: str) -> Value | None:
    """An argument; a callable object stands for its method."""
    value = arguments.get(index, name) if arguments.exact else None
    if isinstance(value, Instance) and isinstance(value.of.member("__call__"), Function):
        return Bound(value.of.member("__call__") or value, (value,))
    return value


def _is_static(function: Function) -> bool:
    decorators = function.node.decorators if isinstance(function.node, cst.FunctionDef) else ()
    names = [decorator.decorator.value for decorator in decorators if isinstance(decorator.decorator, cst.Name)]
    return "staticmethod" in names or "classmethod" in names


def _self_argument(signature: Signature, instance: Value) -> dict[str, Value | None]:
    if not signature.names or not isinstance(instance, Class):
        return {}
    return {signature.names[0]: Instance(instance)}


def _is_through_self(interpreter: Interpreter, node: cst.Call, state: State) -> bool:
    """Whether the call is written `obj.rule(...)` on an object of a class of this file."""
    if not isinstance(node.func, cst.Attribute):
        return False
    return isinstance(interpreter.evaluate(node.func.value, state), Instance)
