"""What the interpreter keeps while it walks: frames (activations), and the state of a path through one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from flake8_jaxvjp.inference.building import join
from flake8_jaxvjp.inference.values import (
    MAX_OPTIONS,
    Bound,
    Choice,
    Function,
    Key,
    Mapping,
    Method,
    Reference,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    import libcst as cst

    from flake8_jaxvjp.inference.modules import Place
    from flake8_jaxvjp.source import Focus
    from flake8_jaxvjp.syntax.scopes import Scope


Pairs: TypeAlias = "tuple[tuple[Key, Value], ...]"
Heap: TypeAlias = "dict[int, tuple[Value, ...] | Pairs | None]"
"""What is in each list (its items) and dict (its pairs), by the key of its reference; None when it is not known."""


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
    changes: int = 0

    def version(self) -> int:
        """A number that grows whenever a closure in this frame may see something new."""
        return self.changes + (self.parent.version() if self.parent is not None else 0)

    def captured_values(self) -> list[Value]:
        """What inner functions of this frame may change in place."""
        return [value for name in self.history if name in self.scope.captured for value in self.history[name]]

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
        # More values than a choice can have are unknown, however many they are.
        if len(values) <= MAX_OPTIONS and value not in values:
            values.append(value)
            self.changes += 1

    def seen(self, name: str) -> Value:
        """What a closure may find under the name: any of the values that it ever had."""
        return join(*self.history.get(name, ()))


def holds_list(value: Value, depth: int = 4) -> bool:
    """Whether a list or dict that can be changed in place is in the value, or may be."""
    if isinstance(value, Reference):
        return True
    if isinstance(value, Function):
        return False  # asked of its frame
    parts = tuple(_parts(value))
    return bool(parts) and (depth == 0 or any(holds_list(part, depth - 1) for part in parts))


def escape(value: Value, heap: Heap) -> None:
    """Code that is not followed has got hold of the value: the lists and dicts in it may change at any time."""
    pending = [value]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if isinstance(current, Reference):
            content, heap[current.key] = heap.get(current.key), None
            pending.extend(_values_in(content))
        elif id(current) not in seen:
            seen.add(id(current))
            pending.extend(_parts(current))
            frame = current.frame if isinstance(current, Function) else None
            while frame is not None and id(frame) not in seen:
                seen.add(id(frame))
                pending.extend(frame.captured_values())
                frame = frame.parent


def _values_in(content: tuple[Value, ...] | Pairs | None) -> list[Value]:
    return [item[1] if isinstance(item, tuple) else item for item in content or ()]


def _parts(value: Value) -> Iterable[Value]:
    """The values through which a value leads to lists and dicts."""
    match value:
        case Choice(options=parts):
            return parts
        case Sequence(items=items):
            return items or ()
        case Mapping(items=pairs):
            return [item for _, item in pairs or ()]
        case Bound(function=function, arguments=arguments, keywords=keywords):
            return (function, *arguments, *(item for _, item in keywords))
        case Wrapped(function=part) | Method(receiver=part):
            return (part,)
    return ()


@dataclass(eq=False)
class State:
    """The variables and list contents on one path.

    `rules` are the `defvjp` calls in force for each `custom_vjp` object; `enclosing` is the state around a class
    body, whose names the body reads at once.
    """

    frame: Frame
    variables: dict[str, Value] = field(default_factory=dict)
    heap: Heap = field(default_factory=dict)
    rules: dict[cst.CSTNode, frozenset[cst.CSTNode]] = field(default_factory=dict)
    enclosing: State | None = None
    in_comprehension: bool = False
    attributes: set[str] = field(default_factory=set)

    def bind(self, name: str, value: Value) -> None:
        self.variables[name] = value
        self.frame.remember(name, value)
        prefix = f"{name}."
        for attribute in [key for key in self.attributes if key.startswith(prefix)]:
            self.attributes.discard(attribute)
            self.variables.pop(attribute, None)

    def bind_attribute(self, name: str, value: Value) -> None:
        """Remember `self.x` until `self` is bound anew; `name` is the dotted name."""
        self.attributes.add(name)
        self.variables[name] = value

    def fork(self) -> State:
        return State(
            self.frame,
            dict(self.variables),
            dict(self.heap),
            dict(self.rules),
            self.enclosing,
            self.in_comprehension,
            set(self.attributes),
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
    joined.heap = join_heaps([state.heap for state in states])
    for name in dict.fromkeys(name for state in states for name in state.variables):
        # A path on which the name is not bound would raise NameError at its use, so it does not count.
        values = [state.variables[name] for state in states if name in state.variables]
        joined.variables[name] = merge(values, joined.heap)
    joined.attributes = set().union(*(state.attributes for state in states))
    for node in dict.fromkeys(node for state in states for node in state.rules):
        joined.rules[node] = frozenset().union(*(state.rules.get(node, frozenset()) for state in states))
    return joined


def merge(values: list[Value], heap: Heap) -> Value:
    """One value for several paths; a list that is lost in something unknown may be changed through it."""
    if all(value == values[0] for value in values):
        return values[0]
    joined = join(*values)
    if isinstance(joined, Unknown):
        for value in values:
            escape(value, heap)
    return joined


def join_heaps(heaps: list[Heap]) -> Heap:
    """The lists after several paths meet: those that differ in length are unknown."""
    joined: Heap = {}
    for key in dict.fromkeys(key for heap in heaps for key in heap):
        contents = [heap[key] for heap in heaps if key in heap]
        joined[key] = contents[0] if all(content == contents[0] for content in contents) else _join_contents(contents)
    return joined


def _join_contents(contents: list[tuple[Value, ...] | Pairs | None]) -> tuple[Value, ...] | Pairs | None:
    known = [content for content in contents if content is not None]
    if len(known) < len(contents) or len({len(content) for content in known}) > 1:
        return None
    values = tuple(join(*items) for items in zip(*map(_values_in, known), strict=True))
    keys = [tuple(item[0] for item in content if isinstance(item, tuple)) for content in known]
    if not any(keys):
        return values
    return tuple(zip(keys[0], values, strict=True)) if all(row == keys[0] for row in keys) else None
