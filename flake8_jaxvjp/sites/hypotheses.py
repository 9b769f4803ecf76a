"""What a rule surely does with an argument of a supposed structure: whether it raises before it returns.

An entry of a backward rule's result is accepted only when its argument has the same structure, or a deeper one. So the
argument is supposed to have it, and the rules are run: where one of them surely raises, no argument can have that
structure, and the entry is wrong whatever comes in. Only what every run of a function passes counts: its statements
outside of branches, loops, `try` and inner functions, up to the first one that may leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.budget import OutOfFuel
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.outcomes import Activation
from flake8_jaxvjp.inference.signatures import Arguments, bind, signature_of_node
from flake8_jaxvjp.inference.state import Frame, State
from flake8_jaxvjp.inference.statements import QUIET_CONTEXTS
from flake8_jaxvjp.inference.values import (
    Bound,
    CustomVjp,
    Function,
    Library,
    Mapping,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)
from flake8_jaxvjp.syntax.nodes import children
from flake8_jaxvjp.syntax.tree import statements

MAX_FOLLOWED = 4
KEEPS_STRUCTURE = frozenset({"jax.jit", "jax.vmap", "jax.checkpoint", "jax.named_call", "builtins.staticmethod"})
"""Wrappers under which a function gets the very structure that is passed."""

QUIET = frozenset({*QUIET_CONTEXTS, "numpyro.plate"})

Given = dict[str, "Value | None"]


def supposed(entry: Value) -> Value:
    """The least that is true of an argument for which JAX accepts this entry: an array stands for any subtree."""
    match entry:
        case Sequence(kind="tuple" | "list" as kind, items=items) if items is not None:
            shown = tuple(map(supposed, items))
            return Sequence(kind, shown, len(shown))
        case Mapping(items=pairs) if pairs is not None:
            return Mapping(tuple((key, supposed(item)) for key, item in pairs))
    return Unknown("an argument")


def is_supposable(entry: Value) -> bool:
    """Whether an entry says something of the structure of its argument."""
    match entry:
        case Sequence(kind="tuple" | "list", items=items):
            return items is not None
        case Mapping(items=pairs):
            return pairs is not None
    return False


@dataclass(eq=False)
class Prober:
    """Runs functions for supposed arguments. Whatever is not understood counts as going well.

    `mark` says what an argument is to be taken for, where more is known of it than the interpreter tells; `reached`
    are the custom_vjp functions that are surely called, with their arguments, but not those that `jax.vjp` calls, which
    runs their rules; `met_contexts` says that a context manager was passed of which nothing is known.
    """

    interpreter: Interpreter
    mark: Callable[[cst.BaseExpression, State], Value | None] | None = None
    reached: list[tuple[CustomVjp, Arguments]] = field(default_factory=list)
    met_contexts: bool = False
    _heard: list[tuple[cst.CSTNode, Value, Arguments]] = field(default_factory=list)
    _in_reverse: int = 0

    def failure(self, function: Function, given: Given) -> Failure | None:
        """The first operation that every run with these arguments reaches, and in which it raises."""
        interpreter = self.interpreter
        interpreter.refuel()
        faults, observer = interpreter.faults, interpreter.observer
        pending, suppressed = list(interpreter.pending), interpreter.suppressed
        coming_back = set(interpreter.coming_back)
        interpreter.observer = self._hear
        try:
            return self._of_function(function, given, MAX_FOLLOWED)
        except (OutOfFuel, RecursionError):
            return None
        finally:
            interpreter.faults, interpreter.observer = faults, observer
            interpreter.pending[:], interpreter.suppressed = pending, suppressed
            interpreter.coming_back = coming_back

    def _hear(self, node: cst.Call | cst.Decorator, function: Value, arguments: Arguments, state: State) -> None:
        freeze = self.interpreter.freeze
        positional = [freeze(value, state) for value in arguments.positional]
        keywords = {name: freeze(value, state) for name, value in arguments.keywords.items()}
        if isinstance(node, cst.Call) and self.mark is not None and not any(arg.star for arg in node.args):
            places = iter(range(len(positional)))
            for arg in node.args:
                index = next(places) if arg.keyword is None else -1
                marked = self.mark(arg.value, state)
                if marked is not None and arg.keyword is not None:
                    keywords[arg.keyword.value] = marked
                elif marked is not None:
                    positional[index] = marked
        self._heard.append((node, function, Arguments(tuple(positional), keywords, arguments.exact)))

    def _of_function(self, function: Function, given: Given, depth: int) -> Failure | None:
        interpreter, node = self.interpreter, function.node
        is_async = isinstance(node, cst.FunctionDef) and node.asynchronous is not None
        if is_async or interpreter.scopes[node].is_generator or depth == 0:
            return None
        frame = Frame(interpreter.scopes[node], function.frame)
        state = State(frame)
        for name, value in given.items():
            state.bind(name, interpreter.thaw(value if value is not None else Unknown("a default"), state))
        before = len(interpreter.activations)
        interpreter.activations.append(Activation(frame, is_open=True))
        try:
            if isinstance(node, cst.Lambda):
                return self._of_statement(node.body, state, depth)[0]
            return self._of_block(node.body, state, depth)[0]
        finally:
            del interpreter.activations[before:]

    def _of_block(self, body: cst.BaseSuite, state: State, depth: int) -> tuple[Failure | None, State | None]:
        """What surely raises in a block, and the state behind it: None where it is not sure that anything follows."""
        current: State | None = state
        for statement in statements(body):
            if current is None:
                break
            match statement:
                case cst.If(test=test):
                    failure, current = self._of_condition(statement, test, current, depth)
                case cst.With(items=items, body=inner) if all(self._is_quiet(item, current) for item in items):
                    failure, current = self._of_block(inner, current, depth)
                case cst.BaseCompoundStatement():
                    self.met_contexts |= any(isinstance(node, cst.With) for node in walk_block(statement))
                    self.met_contexts |= isinstance(statement, cst.With)
                    failure, current = None, self._passed(statement, current)
                case _:
                    failure, current = self._of_statement(statement, current, depth)
            if failure is not None:
                return failure, None
        return None, current

    def _of_condition(
        self, node: cst.If, test: cst.BaseExpression, state: State, depth: int
    ) -> tuple[Failure | None, State | None]:
        """A condition; the branch that is surely taken counts, others only for what they may change."""
        failure, _ = self._of_statement(test, state, depth)
        if failure is not None:
            return failure, None
        known = self.interpreter.truth(test, state.fork())
        if known is None:
            return None, self._passed(node, state)
        if known:
            return self._of_block(node.body, state, depth)
        match node.orelse:
            case cst.If(test=other):
                return self._of_condition(node.orelse, other, state, depth)
            case cst.Else(body=body):
                return self._of_block(body, state, depth)
        return None, state

    def _is_quiet(self, item: cst.WithItem, state: State) -> bool:
        """Whether a context manager lets every exception pass, and nothing is bound to it."""
        function = item.item.func if isinstance(item.item, cst.Call) else item.item
        value = self.interpreter.evaluate(function, state)
        return item.asname is None and isinstance(value, Library) and value.name in QUIET

    def _passed(self, statement: cst.BaseCompoundStatement, state: State) -> State | None:
        """The state behind a statement whose parts may not run; None when it may leave the function."""
        if not isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and any(map(_leaves, walk_block(statement))):
            return None
        return self._executed(statement, state)

    def _of_statement(
        self, statement: cst.CSTNode, state: State, depth: int
    ) -> tuple[Failure | None, State | None]:
        """What surely raises in a simple statement or an expression, or in a function that it surely calls."""
        interpreter = self.interpreter
        interpreter.faults, self._heard = [], []
        end: State | None = state
        if isinstance(statement, cst.BaseExpression):
            interpreter.evaluate(statement, state)
        else:
            end = self._executed(statement, state)
        sure = {id(node) for node in straight(statement)}
        found = [fault.failure for fault in interpreter.faults if id(fault.node) in sure]
        if found:
            return found[0], None
        for _, function, arguments in [heard for heard in self._heard if id(heard[0]) in sure]:
            failure = self._of_call(function, arguments, depth)
            if failure is not None:
                return failure, None
        return None, None if isinstance(statement, (cst.Return, cst.Raise)) else end

    def _executed(self, statement: cst.CSTNode, state: State) -> State | None:
        body = statement if isinstance(statement, cst.BaseCompoundStatement) else _line(statement)
        return self.interpreter.execute(cst.IndentedBlock([body]), state)

    def _of_call(self, function: Value, arguments: Arguments, depth: int) -> Failure | None:
        """What surely raises in a function of the project that is called, `jax.vjp` of one among them."""
        for _ in range(MAX_FOLLOWED):
            match function:
                case Wrapped(function=inner, by=by) if by in KEEPS_STRUCTURE:
                    function = inner
                case CustomVjp(function=inner, nondiff_argnums=None, nondiff_argnames=None):
                    if not self._in_reverse:
                        self.reached.append((function, arguments))
                    function = inner
                case Bound(function=inner, arguments=positional, keywords=keywords):
                    arguments = arguments.with_bound(positional, keywords)
                    function = inner
                case Library(name="jax.vjp") if arguments.positional and not arguments.keywords:
                    function, *rest = arguments.positional
                    return self._reversed(function, Arguments(tuple(rest), {}, arguments.exact), depth)
                case Function():
                    given = bind(signature_of_node(function.node), arguments) if arguments.exact else None
                    return None if given is None else self._of_function(function, given, depth - 1)
                case _:
                    return None
        return None

    def _reversed(self, function: Value, arguments: Arguments, depth: int) -> Failure | None:
        self._in_reverse += 1
        try:
            return self._of_call(function, arguments, depth)
        finally:
            self._in_reverse -= 1


def _line(statement: cst.CSTNode) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([statement])  # type: ignore[list-item]  # what is no compound statement is a small one


def _leaves(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.Return, cst.Raise, cst.Yield, cst.Await, cst.Break, cst.Continue, cst.Assert))


def straight(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a simple statement or expression that are evaluated whenever it is."""
    yield node
    match node:
        case cst.Lambda() | cst.GeneratorExp() | cst.ListComp() | cst.SetComp() | cst.DictComp():
            return
        case cst.FunctionDef() | cst.ClassDef() | cst.Annotation():
            return
        case cst.IfExp(test=test):
            yield from straight(test)
            return
        case cst.BooleanOperation(left=left):
            yield from straight(left)
            return
        case cst.Comparison(left=left, comparisons=comparisons):
            yield from straight(left)
            if len(comparisons) == 1:  # of several, the later ones are evaluated when the first ones hold
                yield from straight(comparisons[0].comparator)
            return
    for child in children(node):
        yield from straight(child)
