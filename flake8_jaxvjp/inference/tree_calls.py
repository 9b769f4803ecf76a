"""`jax.tree.*`: functions over pytrees, and results described by a pytree of shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flake8_jaxvjp.inference.building import is_none, join, sequence_of, tuple_of
from flake8_jaxvjp.inference.structures import in_order
from flake8_jaxvjp.inference.values import NONE, Choice, Constant, Leaf, Mapping, Sequence, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.library import LibraryCall

MAX_TREE_DEPTH = 6


def _map(request: LibraryCall) -> Value:
    function, tree = request.arguments.get(0, "f"), request.arguments.get(1, "tree")
    if function is None or tree is None or not request.arguments.exact:
        return Unknown("call of jax.tree.map")
    shown, others = request.interpreter.freeze(tree, request.state), len(request.arguments.positional) - 2
    is_leaf = request.arguments.keywords.get("is_leaf")
    if is_leaf is not None:
        return _outermost(request, is_leaf, shown)
    return _mapped(request, function, shown, others, MAX_TREE_DEPTH)


def _outermost(request: LibraryCall, is_leaf: Value, tree: Value) -> Value:
    """The tuple or list that the tree is, where it surely is no leaf by what it is asked; of its items nothing."""
    with request.interpreter.guarded():
        asked = request.apply(is_leaf, tree)
    if not isinstance(tree, Sequence) or tree.kind not in ("tuple", "list") or asked != Constant("bool", False):
        return Unknown("call of jax.tree.map")
    items = None if tree.items is None else tuple(Unknown("mapped") for _ in tree.items)
    return replace(tree, items=items, origin=None)


def _mapped(request: LibraryCall, function: Value, tree: Value, others: int, depth: int) -> Value:
    """The tree with each leaf replaced by what the function gives; the other trees' leaves are unknown."""
    match tree:
        case _ if depth == 0:
            return Unknown("nested too deep")
        case Choice(options=choices):
            return join(*(_mapped(request, function, choice, others, depth) for choice in choices))
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items):
            if items is None:
                return replace(tree, origin=None)
            shown = tuple(_mapped(request, function, item, others, depth - 1) for item in items)
            return Sequence(tree.kind, shown, len(shown), None, tree.fields, tree.name)
        case Mapping(items=pairs):
            if pairs is None:
                return Mapping(None)
            return Mapping(in_order((key, _mapped(request, function, item, others, depth - 1)) for key, item in pairs))
        case Leaf() | Constant() if not is_none(tree):
            leaves = [tree, *([Unknown("a leaf of another tree")] * others)]
            with request.interpreter.guarded():
                value = request.apply(function, *leaves)
            return request.interpreter.freeze(value, request.state)
        case Constant():
            return NONE
    return Unknown("a tree of unknown structure")


def _leaves(_request: LibraryCall) -> Value:
    return sequence_of("list")


def _flatten(_request: LibraryCall) -> Value:
    return tuple_of(sequence_of("list"), Leaf("other"))


HANDLERS: Final[dict[str, Callable[[LibraryCall], Value]]] = {
    "jax.tree.map": _map,
    "jax.tree.leaves": _leaves,
    "jax.tree.flatten": _flatten,
}
