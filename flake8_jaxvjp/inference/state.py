"""What the interpreter keeps while it walks: frames (activations), and the state of a path through one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_jaxvjp.inference.values import (
    Bound,
    Choice,
    ListReference,
    Mapping,
    Method,
    Sequence,
    Value,
    join,
)

if TYPE_CHECKING:
    import libcst as cst

    from flake8_jaxvjp.inference.modules import Place
    from flake8_jaxvjp.source import Focus
    from flake8_jaxvjp.syntax.scopes import Scope


@dataclass(frozen=True)
class ModuleSource:
    """What is true of a whole module: its focus, and where its imports are looked up."""

    focus: Focus
    place: Place | None


@dataclass(eq=False)
class Frame:
    """One activation of a scope; `history` holds every value that each name ever had in it, for closures."""

    scope: Scope
    parent: Frame | None
    history: dict[str, list[Value]] = field(default_factory=dict)
    source: ModuleSource | None = None
    has_lists: bool = False

    def reaches_lists(self) -> bool:
        """Whether code in this frame can see a list that somebody may change."""
        return self.has_lists or (self.parent is not None and self.parent.reaches_lists())

    @property
    def module(self) -> ModuleSource:
        """The module in which this frame's code stands."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        if frame.source is None:
            raise ValueError("a module's frame has no source")
        return frame.source

    def remember(self, name: str, value: Value) -> None:
        self.has_lists = self.has_lists or holds_list(value)
        values = self.history.setdefault(name, [])
        if value not in values:
            values.append(value)

    def seen(self, name: str) -> Value:
        """What a closure may find under the name: any of the values that it ever had."""
        return join(*self.history.get(name, ()))


def holds_list(value: Value, depth: int = 4) -> bool:
    """Whether a list that can be changed in place is in the value, or may be."""
    match value:
        case ListReference():
            return True
        case Choice(options=values) | Bound(arguments=values):
            pass
        case Sequence(items=items):
            values = items or ()
        case Mapping(items=pairs):
            values = tuple(item for _, item in pairs or ())
        case Method(receiver=receiver):
            values = (receiver,)
        case _:
            return False
    return depth == 0 or any(holds_list(inner, depth - 1) for inner in values)


@dataclass(eq=False)
class State:
    """The variables and list contents on one path.

    `rules` are the `defvjp` calls in force for each `custom_vjp` object; `enclosing` is the state around a class
    body, whose names the body reads at once.
    """

    frame: Frame
    variables: dict[str, Value] = field(default_factory=dict)
    heap: dict[int, tuple[Value, ...] | None] = field(default_factory=dict)
    rules: dict[cst.CSTNode, frozenset[cst.CSTNode]] = field(default_factory=dict)
    enclosing: State | None = None
    in_comprehension: bool = False

    def bind(self, name: str, value: Value) -> None:
        self.variables[name] = value
        self.frame.remember(name, value)
        prefix = f"{name}."
        for attribute in [key for key in self.variables if key.startswith(prefix)]:
            del self.variables[attribute]

    def fork(self) -> State:
        return State(
            self.frame,
            dict(self.variables),
            dict(self.heap),
            dict(self.rules),
            self.enclosing,
            self.in_comprehension,
        )

    def become(self, other: State) -> None:
        """Take over another path's contents (the caller keeps its reference to this state)."""
        self.variables, self.heap, self.rules = other.variables, other.heap, other.rules

    def take_heap(self, other: State) -> None:
        self.heap, self.rules = other.heap, other.rules


def join_states(states: list[State]) -> State | None:
    """The state after several paths meet; None when none of them arrives."""
    if not states:
        return None
    first, *others = states
    if not others:
        return first
    joined = first.fork()
    for name in {name for state in states for name in state.variables}:
        # A path on which the name is not bound would raise NameError at its use, so it does not count.
        values = [state.variables[name] for state in states if name in state.variables]
        joined.variables[name] = values[0] if all(value == values[0] for value in values) else join(*values)
    joined.heap = _join_heaps([state.heap for state in states])
    for node in {node for state in states for node in state.rules}:
        joined.rules[node] = frozenset().union(*(state.rules.get(node, frozenset()) for state in states))
    return joined


def _join_heaps(heaps: list[dict[int, tuple[Value, ...] | None]]) -> dict[int, tuple[Value, ...] | None]:
    joined: dict[int, tuple[Value, ...] | None] = {}
    for key in {key for heap in heaps for key in heap}:
        contents = [heap[key] for heap in heaps if key in heap]
        known = [content for content in contents if content is not None]
        if len(known) < len(contents) or len({len(content) for content in known}) > 1:
            joined[key] = None
        else:
            joined[key] = tuple(join(*items) for items in zip(*known, strict=True))
    return joined
