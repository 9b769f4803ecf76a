"""A rule together with example arguments, flattened to the leaves that JAX differentiates."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp.runtime.precision import as_in_the_program, is_differentiable, narrowed, widened
from flake8_jaxvjp.runtime.subject import Subject, parameter_names

Leaves = Sequence[Any]


@dataclass(frozen=True)
class Leaf:
    """One differentiable leaf: its argument, how a person would write it, and its place among all leaves."""

    argument: int
    name: str
    index: int


@dataclass(frozen=True, eq=False)
class Problem:
    """`arguments` are the positional arguments of a call, static ones among them."""

    subject: Subject
    arguments: tuple[Any, ...]
    names: tuple[str, ...]
    treedef: Any
    everything: tuple[Any, ...]
    leaves: tuple[Leaf, ...]

    @property
    def start(self) -> tuple[Any, ...]:
        """The differentiable leaves of the example."""
        return tuple(self.everything[leaf.index] for leaf in self.leaves)

    @property
    def dynamic(self) -> tuple[int, ...]:
        """Positions of the arguments that get a cotangent entry."""
        return tuple(i for i in range(len(self.arguments)) if i not in self.subject.static)

    def rebuilt(self, leaves: Leaves) -> tuple[Any, ...]:
        """The arguments of a call, with other values in the differentiable leaves."""
        everything = list(self.everything)
        for leaf, value in zip(self.leaves, leaves, strict=True):
            everything[leaf.index] = value
        dynamic = iter(jax.tree_util.tree_unflatten(self.treedef, everything))
        return tuple(
            argument if index in self.subject.static else next(dynamic) for index, argument in enumerate(self.arguments)
        )

    def of(self, function: Callable[..., Any]) -> Callable[..., tuple[Any, ...]]:
        """`function` from the differentiable leaves of its arguments to those of its result."""

        def flat(*leaves: Any) -> tuple[Any, ...]:
            return differentiable_leaves(function(*self.rebuilt(leaves)))

        return flat

    @property
    def rule(self) -> Callable[..., tuple[Any, ...]]:
        return self.of(self.subject.decorated)

    @property
    def primal(self) -> Callable[..., tuple[Any, ...]]:
        return self.of(self.subject.primal)


def differentiable_leaves(tree: Any) -> tuple[Any, ...]:
    return tuple(leaf for leaf in jax.tree_util.tree_leaves(tree) if is_differentiable(leaf))


def make_problem(subject: Subject, arguments: Sequence[Any], wide: bool | None = None) -> Problem:
    """Flatten a call. `wide` puts every float into 64 bits, which is only of use inside `double_precision`, or into 32;
    None leaves it as the program has it.
    """
    cast = as_in_the_program if wide is None else widened if wide else narrowed
    arguments = with_defaults(subject, arguments)
    count = len(arguments)
    names = parameter_names(subject.primal, count)
    keep = [index for index in range(count) if index not in _positions(subject.static, count)]
    paths, treedef = jax.tree_util.tree_flatten_with_path(tuple(arguments[index] for index in keep))
    everything: list[Any] = []
    leaves: list[Leaf] = []
    for path, value in paths:
        argument = keep[path[0].idx]
        if is_differentiable(value) and not (subject.only_first and argument > 0):
            name = names[argument] + jax.tree_util.keystr(path[1:])
            leaves.append(Leaf(argument, name, len(everything)))
            everything.append(cast(value))
        else:
            everything.append(_as_argument(value))
    positions = _positions(subject.static, count)
    tuple_arguments = tuple(arguments)
    fixed = subject if positions == subject.static else _with_static(subject, positions)
    return Problem(fixed, tuple_arguments, names, treedef, tuple(everything), tuple(leaves))


def with_defaults(subject: Subject, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The call with the defaults of the primal filled in, as `jax.custom_vjp` and `jax.custom_jvp` do it."""
    if subject.kind not in {"custom_vjp", "custom_jvp"}:
        return tuple(arguments)
    try:
        bound = inspect.signature(subject.primal).bind(*arguments)
    except (TypeError, ValueError):
        return tuple(arguments)
    bound.apply_defaults()
    return bound.args


def _positions(static: tuple[int, ...], count: int) -> tuple[int, ...]:
    # Negative positions do not take an argument out of the differentiated ones: JAX passes it both ways.
    return tuple(sorted({index for index in static if 0 <= index < count}))


def _with_static(subject: Subject, static: tuple[int, ...]) -> Subject:
    return replace(subject, static=static)


def _as_argument(value: Any) -> Any:
    # As JAX hands it on: a NumPy array could not be indexed with a traced number.
    return jnp.asarray(value) if isinstance(value, np.ndarray) and value.dtype != object else value


def described(arguments: Sequence[Any], names: Sequence[str]) -> str:
    """The example as a person would write it in a hint: `x=f32[3], n=4`."""
    return ", ".join(f"{name}={_short(value)}" for name, value in zip(names, arguments, strict=False))


def _fields(value: Any) -> tuple[str, ...]:
    """The fields of a named tuple or a dataclass that are not left at a default."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return tuple(value._fields)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return ()
    fields = [one for one in dataclasses.fields(value) if one.init]
    return tuple(one.name for one in fields if getattr(value, one.name) is not one.default)


def _short(value: Any) -> str:
    fields = _fields(value)
    if fields:
        return f"{type(value).__name__}({', '.join(f'{name}={_short(getattr(value, name))}' for name in fields)})"
    if isinstance(value, (tuple, list)) and type(value) in {tuple, list}:
        inside = ", ".join(_short(item) for item in value)
        return (
            f"({inside},)"
            if isinstance(value, tuple) and len(value) == 1
            else (f"({inside})" if isinstance(value, tuple) else f"[{inside}]")
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_short(item)}" for key, item in value.items()) + "}"
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    if dtype is not None and shape is not None:
        kind = {"f": "f", "i": "i", "u": "u", "c": "c", "b": "bool"}.get(getattr(dtype, "kind", ""), str(dtype))
        size = "" if kind == "bool" or len(kind) > 1 else str(dtype.itemsize * 8)
        return f"{kind}{size}[{','.join(str(length) for length in shape)}]"
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    if getattr(type(value), "__repr__", None) is object.__repr__:
        return f"{type(value).__name__}({', '.join(map(_short, _children(value))) or '...'})"
    return repr(value).partition("\n")[0][:40]


def _children(value: Any) -> list[Any]:
    """The leaves of a value of a class that is registered with JAX; of any other class, none."""
    leaves = jax.tree_util.tree_leaves(value)
    return [] if any(leaf is value for leaf in leaves) else leaves
