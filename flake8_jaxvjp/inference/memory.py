"""Lists and dicts that can be changed in place: how they come into the heap, and what they hold at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

from flake8_jaxvjp.inference.budget import Budget
from flake8_jaxvjp.inference.building import join
from flake8_jaxvjp.inference.state import Pairs, State, escape
from flake8_jaxvjp.inference.structures import round_trip
from flake8_jaxvjp.inference.values import MAX_ITEMS, Choice, Mapping, Reference, Sequence, Unknown, Value

MAX_FREEZE = 6


def capped(items: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    """A list's items, unless they are too many to keep."""
    return None if items is None or len(items) > MAX_ITEMS else tuple(map(kept, items))


def kept(value: Value) -> Value:
    """A value in a list or dict: an iterator there can be used up, a part at a time."""
    match value:
        case Sequence(kind="iterator"):
            return replace(value, items=None, at_least=0)
    return value


@dataclass(eq=False)
class Memory(Budget):
    """Gives out references, and shows values with what their lists and dicts hold in a state."""

    _next_key: int = field(default=0, init=False)

    def new_list(self, items: tuple[Value, ...] | None, state: State) -> Reference:
        self._next_key += 1
        state.heap[self._next_key] = capped(items)
        return Reference(self._next_key)

    def new_dict(self, pairs: Pairs | None, state: State) -> Reference:
        self._next_key += 1
        state.heap[self._next_key] = None if pairs is None else tuple((key, kept(value)) for key, value in pairs)
        return Reference(self._next_key, is_dict=True)

    def contents(self, value: Value, state: State) -> Value:
        """The value with lists and dicts shown as what they hold now."""
        match value:
            case Reference(key=key, origin=origin, is_dict=True):
                return Mapping(cast("Pairs | None", state.heap.get(key)), origin)
            case Reference(key=key, origin=origin):
                items = cast("tuple[Value, ...] | None", state.heap.get(key))
                return Sequence("list", items, 0 if items is None else len(items), origin)
            case Choice(options=choices):
                return join(*(self.contents(choice, state) for choice in choices))
        return value

    def freeze(
        self, value: Value, state: State, depth: int = MAX_FREEZE, inside: frozenset[int] = frozenset()
    ) -> Value:
        """The value as it stands now, lists and all, to any depth that matters; a list in itself is unknown there."""
        self.spend()
        if depth == 0 or (isinstance(value, Reference) and value.key in inside):
            return Unknown("nested too deep")
        if isinstance(value, Reference):
            inside |= {value.key}
        match self.contents(value, state):
            case Choice(options=choices):
                return join(*(self.freeze(choice, state, depth, inside) for choice in choices))
            case Sequence(items=items) as found if items is not None:
                frozen = tuple(self.freeze(item, state, depth - 1, inside) for item in items)
                return replace(found, items=frozen)
            case Mapping(items=pairs) as found if pairs is not None:
                return replace(
                    found, items=tuple((key, self.freeze(item, state, depth - 1, inside)) for key, item in pairs)
                )
            case found:
                return found

    def through_jax(self, value: Value, state: State) -> Value:
        """The value as JAX passes it on: new lists, and new dicts with sorted keys."""
        return round_trip(self.freeze(value, state))

    def escape(self, value: Value, state: State) -> None:
        """Code that is not followed has got hold of the value."""
        escape(value, state.heap)

    def thaw(self, value: Value, state: State) -> Value:
        """The value under a name: its lists can be changed in place, its iterators used up, a part at a time."""
        return self._born(value, state, MAX_FREEZE, has_name=True)

    def born(self, value: Value, state: State) -> Value:
        """The result of an operation, with every list in it as one that can be changed in place."""
        return self._born(value, state, MAX_FREEZE, has_name=False)

    def _born(self, value: Value, state: State, depth: int, has_name: bool) -> Value:
        match value:
            case Choice(options=choices):
                return join(*(self._born(choice, state, depth, has_name) for choice in choices))
            case Sequence(kind="iterator") if has_name:
                return replace(value, items=None, at_least=0)
            case Sequence(items=items) if items is not None and depth:
                shown = tuple(self._born(item, state, depth - 1, has_name) for item in items)
                if value.kind != "list":
                    return value if shown == items else replace(value, items=shown)
                return replace(self.new_list(shown, state), origin=value.origin)
            case Mapping(items=pairs) if pairs is not None and depth:
                known = tuple((key, self._born(item, state, depth - 1, has_name)) for key, item in pairs)
                return replace(self.new_dict(known, state), origin=value.origin)
        return value
