"""The interpreter of one file: its budget, its faults, its calls of local functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import libcst as cst

from flake8_jaxvjp.inference import calls, expressions, statements
from flake8_jaxvjp.inference.annotations import annotated
from flake8_jaxvjp.inference.block_names import names_bound_in, names_changed_in, walk_block
from flake8_jaxvjp.inference.conditions import truth_of
from flake8_jaxvjp.inference.loops import Loop
from flake8_jaxvjp.inference.memory import Memory
from flake8_jaxvjp.inference.modules import extract, find, place_of
from flake8_jaxvjp.inference.operators import Failure, Result
from flake8_jaxvjp.inference.signatures import Arguments, Parameter, Signature, bind, signature_of_node
from flake8_jaxvjp.inference.state import Frame, ModuleSource, State, holds_list, join_states, merge
from flake8_jaxvjp.inference.values import (
    NEVER,
    NONE,
    Builtin,
    Choice,
    Constant,
    Function,
    Imported,
    Library,
    Sequence,
    Unknown,
    Value,
    join,
    options,
    sequence_of,
)
from flake8_jaxvjp.syntax.nodes import walk
from flake8_jaxvjp.syntax.scopes import Scope
from flake8_jaxvjp.syntax.tree import last_statement

FUEL = 12_000
"""Steps that one question may take; a real rule needs some hundreds."""
CALL_FUEL = 2_500
GLANCE_FUEL = 500
FILE_FUEL = 100_000
SITE_FUEL = 4_000
MAX_CALLS = 10
MAX_COMBINATIONS = 64
MAX_IMPORTED_LINES = 1_500


class OutOfFuel(Exception):  # noqa: N818 - a stop signal, not an error
    """A question took too many steps: whoever asked it knows nothing."""


@dataclass(frozen=True)
class Fault:
    """An operation of the user's code that surely raises, wherever it is reached."""

    node: cst.CSTNode
    failure: Failure


@dataclass(eq=False)
class Activation:
    """One run of a function's body: what it returned, and the paths on which it did."""

    frame: Frame
    is_open: bool = False
    is_call: bool = False
    returns: list[tuple[cst.CSTNode, Value]] = field(default_factory=list)
    exits: list[State] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a function gives back: each return's node with its value, and whether the end can be reached."""

    returns: tuple[tuple[cst.CSTNode, Value], ...]
    falls_through: bool

    @property
    def values(self) -> list[Value]:
        values = [value for _, value in self.returns]
        return values + [NONE] * self.falls_through or [NEVER]

    @property
    def value(self) -> Value:
        return join(*self.values)


@dataclass(frozen=True)
class Remembered:
    """The result of a call, the faults in it, and the steps that it took."""

    value: Value
    faults: tuple[Fault, ...]
    spent: int


def _meant(node: cst.BaseExpression | None, function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a returned name stands for, where nothing but one assignment and this `return` mentions it."""
    if not isinstance(node, cst.Name):
        return node
    names = [inner for inner in walk(function) if isinstance(inner, cst.Name) and inner.value == node.value]
    for inner in walk_block(function.body):
        match inner:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                if name == node.value and len(names) == 2:
                    return value
    return node


@dataclass(eq=False)
class Interpreter(Memory):
    """Evaluates the nodes of one focused module; `observer` hears of each call in code that is surely the user's.

    `stored_attributes` are the names that the file sets on objects, and so perhaps on the modules that it imports;
    `coming_back` are the expression statements that are known to give a value, and so do not raise on purpose.
    """

    scopes: dict[cst.CSTNode, Scope] = field(default_factory=dict)
    stored_attributes: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    observer: Callable[[cst.Call | cst.Decorator, Value, Arguments, State], None] | None = None
    activations: list[Activation] = field(default_factory=list)
    pending: list[Function] = field(default_factory=list)
    instances: dict[Frame, Value] = field(default_factory=dict)
    coming_back: set[cst.CSTNode] = field(default_factory=set)
    suppressed: int = 0
    other_modules: dict[cst.Module, Path] = field(default_factory=dict)
    _imports: dict[Imported, Value] = field(default_factory=dict)
    _calling: list[cst.CSTNode] = field(default_factory=list)
    _memo: dict[tuple[object, ...], Remembered] = field(default_factory=dict)
    _changed: dict[cst.CSTNode, tuple[str, ...]] = field(default_factory=dict)
    _bound: dict[cst.CSTNode, tuple[str, ...]] = field(default_factory=dict)
    _cut: int = 0
    _extracted_lines: int = 0
    _fuel: int = FUEL
    _file_fuel: int = FILE_FUEL
    _guarded: int = 0

    def spend(self) -> None:
        self._fuel -= 1
        self._file_fuel -= 1
        if self._fuel < 0 or self._file_fuel < 0:
            raise OutOfFuel

    def refuel(self, more: int = 0) -> None:
        """A new question: it has its own budget, so that its answer does not depend on those before it."""
        self._fuel = FUEL + more
        self._file_fuel += more

    def allow_site(self) -> None:
        """A file with many rules may take longer, in proportion."""
        self._file_fuel += SITE_FUEL

    # Faults

    def report(self, node: cst.CSTNode, failure: Failure) -> Value:
        self.suppressed += bool(self._guarded)
        if not self._guarded:
            fault = Fault(node, failure)
            if fault not in self.faults:
                self.faults.append(fault)
        return Unknown("an operation that raises")

    @contextmanager
    def guarded(self, on: bool = True) -> Iterator[None]:
        """Code whose exceptions are caught: what raises in it is no fault."""
        self._guarded += on
        try:
            yield
        finally:
            self._guarded -= on

    @property
    def is_guarded(self) -> bool:
        """Whether what raises here may be caught."""
        return self._guarded > 0

    def over_options(self, node: cst.CSTNode, operation: Callable[..., Result], *values: Value) -> Value:
        """The operation on every combination of what its operands can be; a fault only when all of them fail."""
        combinations = list(product(*map(options, values)))
        if len(combinations) > MAX_COMBINATIONS:
            return Unknown("too many possible values")
        results = [operation(*combination) for combination in combinations]
        values_found = [result for result in results if not isinstance(result, Failure)]
        if values_found:
            return join(*values_found)
        failures = [result for result in results if isinstance(result, Failure)]
        return self.report(node, failures[0])

    # Names

    def lookup(self, name: str, state: State) -> Value:
        """What a name means at this place: local, enclosing, global, builtin."""
        return self.follow(self._found(name, state, state))

    def _found(self, name: str, state: State, user: State) -> Value:
        if name in state.variables and name not in state.frame.scope.outer:
            return self._own(name, state.variables[name], state.frame, user)
        frame: Frame | None = state.frame
        if state.enclosing is not None and frame is not None and not frame.scope.binds(name):
            return self._found(name, state.enclosing, user)
        while frame is not None:
            skipped = frame.scope.is_class and frame is not state.frame
            if frame.scope.binds(name) and not skipped:
                return self._own(name, frame.seen(name), frame, user)
            frame = frame.parent
        focus = state.frame.module.focus
        if name in focus.module_names or focus.has_star_import:
            return Unknown("a name bound outside the focus")
        return Builtin(name) if name in calls.BUILTINS else Unknown(f"the name {name}")

    def _own(self, name: str, value: Value, frame: Frame, user: State) -> Value:
        scope = frame.scope
        if name in scope.rebound or (scope.is_module and name in frame.module.focus.rebound_names):
            self.escape(value, user)
            return Unknown("rebound by another function")
        if name in scope.captured or (
            scope.is_module and holds_list(value) and name in frame.module.focus.names_in_rest
        ):
            self.escape(value, user)
        if scope.is_module and scope.node in self.other_modules and name in self.stored_attributes:
            return Unknown("perhaps set by the file that imports it")
        if scope.is_module and name in frame.module.focus.before_star:
            return Unknown("perhaps bound anew by a star import")
        if scope.is_module and frame.module.focus.is_dynamic and isinstance(value, (Constant, Sequence, Choice)):
            return Unknown("data of a module that is changed by name")
        return value

    # Other files

    def follow(self, value: Value) -> Value:
        """What an import from the project leads to, in the files as they stand now."""
        if not any(isinstance(option, Imported) for option in options(value)):
            return value
        return join(*(self._target(o) if isinstance(o, Imported) else o for o in options(value)))

    def _target(self, imported: Imported) -> Value:
        """The value in the other file; an import that leads nowhere, or in a circle, is unknown."""
        if imported in self._imports:
            return self._imports[imported]
        self._imports[imported] = Unknown("a cyclic import")
        value: Value | None = None
        for path, name in find(imported.bases, imported.parts):
            value = self._in_file(path, name) if name else imported
            if value is not None:
                break
        self._imports[imported] = value if value is not None else Library(".".join(imported.parts))
        return self._imports[imported]

    def _in_file(self, path: Path, name: str) -> Value | None:
        """What a file binds to a name; None when nothing in it does."""
        if self._extracted_lines > MAX_IMPORTED_LINES:
            return Unknown("too many imports")
        found = extract(path, name)
        if found is None:
            return None
        self._extracted_lines += found.lines
        self.scopes.update(found.scopes)
        self.other_modules[found.module] = path
        source = ModuleSource(found.focus, place_of(str(path)))
        frame = Frame(self.scopes[found.module], None, source=source)
        fuel, self._fuel = self._fuel, FUEL
        self.activations.append(Activation(frame))
        state = State(frame)
        try:
            with self.guarded():
                end = self.execute(found.module, state)
        except (OutOfFuel, RecursionError):
            end = None
        finally:
            self.activations.pop()
            self._fuel = fuel
        value = Unknown(f"imported {name}") if end is None else end.variables.get(name, Unknown(f"imported {name}"))
        return self.follow(self._own(name, value, frame, state))

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

    # Evaluation

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

    # Calls

    def call(self, function: Value, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
        return calls.call(self, function, arguments, state, node)

    def call_function(self, function: Function, arguments: Arguments, state: State) -> Value:
        """What a local function returns, its effects on lists included; Unknown past the depth."""
        given = (*arguments.positional, *arguments.keywords.values())
        named = tuple(arguments.keywords.items())
        key = (function, function.frame.version(), arguments.positional, named, arguments.exact)
        is_pure = not function.frame.reaches_lists() and not any(map(holds_list, given))
        if is_pure and key in self._memo:
            return self._remembered(self._memo[key])
        bound = bind(signature_of_node(function.node), arguments)
        is_too_deep = len(self._calling) >= MAX_CALLS or self._calling.count(function.node) > 1
        if bound is None or is_too_deep:
            self._cut += bound is not None
            return self._not_followed(function, given, state)
        if signature_of_node(function.node).double_star is not None:
            for value in arguments.keywords.values():
                self.escape(value, state)
        cut, known_faults, fuel = self._cut, len(self.faults), self._fuel
        self._fuel = min(fuel, CALL_FUEL)
        allowed = self._fuel
        try:
            outcome = self.run(function, bound, state, is_call=True)
        except OutOfFuel:
            if fuel <= CALL_FUEL or self._file_fuel < 0:
                raise
            self._fuel = fuel - CALL_FUEL
            self._not_followed(function, given, state)
            return self.at_a_glance(function).value
        spent = allowed - self._fuel
        self._fuel = fuel - spent
        result = merge(outcome.values, state.heap)
        # What was cut short for its depth may come out fuller elsewhere; guarded code reports no faults.
        if is_pure and self._cut == cut and not self._guarded and not holds_list(result):
            self._memo[key] = Remembered(result, tuple(self.faults[known_faults:]), spent)
        return result

    def _remembered(self, call: Remembered) -> Value:
        """A call's result again, at its price: what is known must not depend on what was asked before."""
        self._fuel -= call.spent
        if self._fuel < 0:
            raise OutOfFuel
        if not self._guarded:
            self.faults.extend(fault for fault in call.faults if fault not in self.faults)
        return call.value

    def _not_followed(self, function: Function, given: tuple[Value, ...], state: State) -> Value:
        for value in (function, *given):
            self.escape(value, state)
        return Unknown("a call that is not followed")

    def run(
        self,
        function: Function,
        bound: dict[str, Value | None],
        state: State,
        is_open: bool = False,
        is_call: bool = False,
    ) -> Outcome:
        """Run a function's body; `state` gets the effects.

        `is_open` marks the one walk that records rule sites, `is_call` a call from code that is being followed: it
        gets the very lists that are returned, where others get them as they stand.
        """
        node = function.node
        if self.scopes[node].is_generator:
            for value in (function, *bound.values()):
                self.escape(value or NONE, state)  # its body runs later, a part at a time
        frame = Frame(self.scopes[node], function.frame)
        inner = State(frame, heap=dict(state.heap), rules=dict(state.rules))
        for name, value in self._arguments(function, bound).items():
            inner.bind(name, self.thaw(value, inner))
        activation = Activation(frame, is_open, is_call)
        self.activations.append(activation)
        self._calling.append(node)
        try:
            end = self._run_body(node, inner, activation)
        finally:
            self.activations.pop()
            self._calling.pop()
        after = join_states(activation.exits + ([end] if end is not None else []))
        if after is not None:
            state.take_heap(after)
        return self._outcome(node, activation, end)

    def at_a_glance(self, function: Function) -> Outcome:
        """The returns of a function that takes too long to follow: each by what is written in it, its names unknown."""
        node = function.node
        unknown = ((node, Unknown("too much to follow")),)
        if isinstance(node, cst.Lambda) or self.scopes[node].is_generator or node.asynchronous is not None:
            return Outcome(unknown, falls_through=False)
        below = list(walk_block(node.body))
        if any(isinstance(inner, (cst.Finally, cst.Match)) for inner in below):
            return Outcome(unknown, falls_through=False)
        frame = Frame(self.scopes[node], function.frame)
        self.activations.append(Activation(frame, is_call=True))
        returns = tuple(
            (inner, self._alone(_meant(inner.value, node), frame)) for inner in below if isinstance(inner, cst.Return)
        )
        self.activations.pop()
        ends_in_return = isinstance(last_statement(node), cst.Return)
        return Outcome(returns if ends_in_return else (*returns, *unknown), falls_through=False)

    def _alone(self, node: cst.BaseExpression | None, frame: Frame) -> Value:
        if node is None:
            return NONE
        fuel, self._fuel = self._fuel, GLANCE_FUEL
        state = State(frame)
        try:
            with self.guarded():
                return self.freeze(self.evaluate(node, state), state)
        except (OutOfFuel, RecursionError):
            return Unknown("too much to follow")
        finally:
            self._fuel = fuel

    def _run_body(self, node: cst.FunctionDef | cst.Lambda, state: State, activation: Activation) -> State | None:
        if isinstance(node, cst.Lambda):
            activation.returns.append((node.body, self.returned(self.evaluate(node.body, state), state)))
            activation.exits.append(state)
            return None
        return self.execute(node.body, state)

    def returned(self, value: Value, state: State) -> Value:
        """What is kept of a returned value: all of it in a call that is followed, else what it holds now."""
        return value if self.activation.is_call else self.freeze(value, state)

    def _outcome(self, node: cst.FunctionDef | cst.Lambda, activation: Activation, end: State | None) -> Outcome:
        if self.scopes[node].is_generator and isinstance(node, cst.FunctionDef):
            return Outcome(((node, Sequence("iterator", None, name="a generator")),), falls_through=False)
        if isinstance(node, cst.FunctionDef) and node.asynchronous is not None:
            return Outcome(((node, Sequence("iterator", None, name="a coroutine")),), falls_through=False)
        together: dict[cst.CSTNode, list[Value]] = {}
        for place, value in activation.returns:
            together.setdefault(place, []).append(value)
        returns = tuple((place, join(*values)) for place, values in together.items())
        return Outcome(returns, falls_through=end is not None)

    def _arguments(self, function: Function, bound: dict[str, Value | None]) -> dict[str, Value]:
        signature = signature_of_node(function.node)
        by_name = {p.name: p for p in (*signature.positional, *signature.keyword_only)}
        outside = State(function.frame)
        return {
            name: self._argument(value, by_name.get(name), function.frame, outside) for name, value in bound.items()
        }

    def _argument(self, given: Value | None, parameter: Parameter | None, frame: Frame, outside: State) -> Value:
        """What was passed, else the default; where that is not known, what the annotation says."""
        value = given
        if value is None and parameter is not None and parameter.default is not None:
            value = self.evaluate(parameter.default, outside)
        if (value is None or isinstance(value, Unknown)) and parameter is not None:
            declared = self.declared(parameter, frame)
            value = declared if declared is not None else value
        return value if value is not None else Unknown("a parameter")

    def declared(self, parameter: Parameter, frame: Frame) -> Value | None:
        """What a parameter's annotation says it is, where it says that it is an array or a number."""
        is_optional = isinstance(parameter.default, cst.Name) and parameter.default.value == "None"
        return None if parameter.annotation is None or is_optional else self.declared_by(parameter.annotation, frame)

    def declared_by(self, annotation: cst.BaseExpression, frame: Frame) -> Value | None:
        """What an annotation says, where it says that something is an array or a number."""
        try:
            return annotated(self, annotation, frame)
        except (OutOfFuel, RecursionError):
            return None

    def free_arguments(self, signature: Signature) -> dict[str, Value | None]:
        """Arguments about which nothing is known, for a function that is looked at by itself."""
        bound: dict[str, Value | None] = {
            parameter.name: Unknown("a parameter") for parameter in (*signature.positional, *signature.keyword_only)
        }
        if signature.star is not None:
            bound[signature.star] = sequence_of("tuple")
        if signature.double_star is not None:
            bound[signature.double_star] = Unknown("keyword arguments")
        return bound
