"""The non-differentiable arguments of a custom_vjp, as JAX reads them."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from flake8_jaxvjp.inference.building import is_none
from flake8_jaxvjp.inference.signatures import Signature
from flake8_jaxvjp.inference.values import Constant, CustomJvp, CustomVjp, Sequence, Value
from flake8_jaxvjp.syntax.nodes import walk


@dataclass(frozen=True)
class Nondiff:
    """The non-differentiable arguments as JAX reads them.

    `positions` are the indices that get no cotangent, `negative` those that JAX passes to the backward rule but
    also keeps as differentiable, `ignored` the names that no parameter has. None of a site's arithmetic is known
    when `is_known` is False. Source: `custom_vjp.__call__` in jax._src.custom_derivatives.
    """

    positions: frozenset[int] = frozenset()
    written: tuple[int, ...] = ()
    negative: tuple[int, ...] = ()
    ignored: tuple[str, ...] = ()
    single_integer: int | None = None
    is_known: bool = True

    @property
    def static_count(self) -> int:
        """How many arguments the backward rule gets before the residuals."""
        return len(self.positions) + len(set(self.negative))


def read_nondiff(receiver: CustomVjp | CustomJvp, signature: Signature | None) -> Nondiff:
    """The nondiff arguments of a custom_vjp, as far as they are literals or constants."""
    if set(receiver.keywords) - {"fun", "nondiff_argnums", "nondiff_argnames"}:
        return Nondiff(is_known=False)
    argnums = _integers(receiver.nondiff_argnums)
    names = _names(receiver.nondiff_argnames)
    if argnums is None or names is None or (names and signature is None):
        return Nondiff(is_known=False)
    if isinstance(argnums, int):
        return Nondiff(single_integer=argnums)
    parameters = signature.names if signature is not None else ()
    first_named = signature.positional_only if signature is not None else 0
    named = {name: parameters.index(name) for name in names if name in parameters[first_named:]}
    return Nondiff(
        positions=frozenset(index for index in argnums if index >= 0) | frozenset(named.values()),
        written=argnums,
        negative=tuple(index for index in argnums if index < 0),
        ignored=tuple(name for name in names if name not in named),
    )


def _integers(value: Value | None) -> tuple[int, ...] | int | None:
    match value:
        case None:
            return ()
        case Constant(kind="int", value=int(number)):
            return number
        case Constant() if is_none(value):
            return ()
        case Sequence(items=items) if items is not None:
            numbers = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, int)]
            return tuple(int(number) for number in numbers) if len(numbers) == len(items) else None
    return None


def _names(value: Value | None) -> tuple[str, ...] | None:
    match value:
        case None:
            return ()
        case Constant(kind="str", value=str(name)):
            return (name,)
        case Constant() if is_none(value):
            return ()
        case Sequence(items=items) if items is not None:
            names = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, str)]
            return tuple(names) if len(names) == len(items) else None
    return None


def nondiff_node(receiver: CustomVjp, keyword: str) -> cst.CSTNode:
    """The argument of a custom_vjp that is written with this keyword, else the whole call or decorator."""
    for node in walk(receiver.node):
        if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == keyword:
            return node
    return receiver.node
