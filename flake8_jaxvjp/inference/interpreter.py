"""The interpreter of one file: all that is known while its code is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst

from flake8_jaxvjp.inference import calls, expressions, functions, names, statements
from flake8_jaxvjp.inference.block_names import names_bound_in, names_changed_in
from flake8_jaxvjp.inference.conditions import truth_of
from flake8_jaxvjp.inference.faults import Faults
from flake8_jaxvjp.inference.imports import Imports, follow
from flake8_jaxvjp.inference.memory import Memory
from flake8_jaxvjp.inference.outcomes import Activation, Outcome
from flake8_jaxvjp.inference.signatures import Arguments, Parameter
from flake8_jaxvjp.inference.state import Frame, State
from flake8_jaxvjp.inference.values import Function, Value
from flake8_jaxvjp.syntax.scopes import Scope


@dataclass(eq=False)
class Interpreter(Memory, Faults):
    """Evaluates the nodes of one focused module; `observer` hears of each call in code that is surely the user's.

    `stored_attributes` are the names that the file sets on objects, and so perhaps on the modules that it imports;
    `coming_back` are the expression statements that are known to give a value, and so do not raise on purpose.
    """

    scopes: dict[cst.CSTNode, Scope] = field(default_factory=dict)
    stored_attributes: frozenset[str] = frozenset()
    observer: Callable[[cst.Call | cst.Decorator, Value, Arguments, State], None] | None = None
    activations: list[Activation] = field(default_factory=list)
    pending: list[Function] = field(default_factory=list)
    instances: dict[Frame, Value] = field(default_factory=dict)
    coming_back: set[cst.CSTNode] = field(default_factory=set)
    other_modules: dict[cst.Module, Path] = field(default_factory=dict)
    imports: Imports = field(default_factory=Imports)
    calls: functions.Calls = field(default_factory=functions.Calls)
    _changed: dict[cst.CSTNode, tuple[str, ...]] = field(default_factory=dict)
    _bound: dict[cst.CSTNode, tuple[str, ...]] = field(default_factory=dict)

    def names_changed(self, block: cst.CSTNode) -> tuple[str, ...]:
        """The names of lists and dicts that a block may change in place; found once a block."""
        if block not in self._changed:
            self._changed[block] = tuple(names_changed_in(block))
        return self._changed[block]

    def names_bound(self, block: cst.CSTNode) -> tuple[str, ...]:
        """The names that a block may bind; found once a block."""
        if block not in self._bound:
            self._bound[block] = tuple(names_bound_in(block))
        return self._bound[block]

    def disturb(self, node: cst.CSTNode, state: State) -> None:
        """Code that is not evaluated may change the lists and dicts that it names."""
        for name in self.names_changed(node):
            if name in state.variables:
                self.escape(state.variables[name], state)

    def lookup(self, name: str, state: State) -> Value:
        return names.lookup(self, name, state)

    def follow(self, value: Value) -> Value:
        return follow(self, value)

    def evaluate(self, node: cst.BaseExpression, state: State) -> Value:
        self.spend()
        return expressions.evaluate(self, node, state)

    def truth(self, node: cst.BaseExpression, state: State) -> bool | None:
        return truth_of(self, node, state)

    def execute(self, body: cst.BaseSuite | cst.Module, state: State) -> State | None:
        return statements.execute_block(self, body, state)

    @property
    def activation(self) -> Activation:
        return self.activations[-1]

    def returned(self, value: Value, state: State) -> Value:
        """What is kept of a returned value: all of it in a call that is followed, else what it holds now."""
        return value if self.activation.is_call else self.freeze(value, state)

    def call(self, function: Value, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
        return calls.call(self, function, arguments, state, node)

    def call_function(self, function: Function, arguments: Arguments, state: State) -> Value:
        return functions.call_function(self, function, arguments, state)

    def run(
        self, function: Function, bound: dict[str, Value | None], state: State, is_open: bool = False
    ) -> Outcome:
        return functions.run(self, function, bound, state, is_open)

    def at_a_glance(self, function: Function) -> Outcome:
        return functions.at_a_glance(self, function)

    def declared(self, parameter: Parameter, frame: Frame) -> Value | None:
        return functions.declared(self, parameter, frame)

    def declared_by(self, annotation: cst.BaseExpression, frame: Frame) -> Value | None:
        return functions.declared_by(self, annotation, frame)
