"""A live derivative rule, whatever made it, in the one form that every check takes.

The attributes read here are JAX's own objects': `fun`, `fwd`, `bwd`, `nondiff_argnums` of `jax.custom_vjp`; `f`,
`fwd`, `bwd`, `static_argnums` of its successor behind JAX_CUSTOM_VJP3; `fun`, `jvp` of `jax.custom_jvp`; `fn` of
equinox's `filter_custom_vjp`, which gives a cotangent to its first argument only.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Subject:
    """`decorated` is what users call, `primal` the function below the decorator."""

    name: str
    kind: str
    decorated: Function
    primal: Function
    forward: Function | None
    backward: Function | None
    static: tuple[int, ...] = ()
    symbolic_zeros: bool = False
    only_first: bool = False
    blocked: tuple[int, ...] = ()

    @property
    def has_rule(self) -> bool:
        return self.forward is not None or self.backward is not None

    @property
    def probes(self) -> bool:
        """Whether forward and backward rule can be called by themselves, with plain arguments."""
        return self.kind == "custom_vjp" and not self.symbolic_zeros and self.has_rule


def subject_of(value: Any) -> Subject | None:
    """The rule that a live object is, or None. Judged by the class, never by an attribute that anything could have."""
    kind = _class_name(value)
    if kind in {"jax.custom_vjp", "jax.custom_vjp3"}:
        return _custom_vjp(value)
    if kind == "jax.custom_jvp":
        static = _positions(value.nondiff_argnums)
        blocked = _without_rule(value.jvp)
        return Subject(_name(value.fun), "custom_jvp", value, value.fun, value.jvp, None, static, blocked=blocked)
    if kind == "equinox.filter_custom_vjp":
        return Subject(
            _name(value.fn),
            "filter_custom_vjp",
            value,
            value.fn,
            getattr(value, "fn_fwd", None),
            getattr(value, "fn_bwd", None),
            only_first=True,
        )
    return None


def unwrapped(value: Any) -> Any:
    """The rule that `jax.jit` was given, which takes the same arguments; any other value as it is."""
    inner = value
    while type(inner).__name__ == "PjitFunction" and hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    return value if subject_of(inner) is None else inner


def _class_name(value: Any) -> str:
    module = type(value).__module__.split(".")[0]
    return f"{module}.{type(value).__name__}"


def _custom_vjp(value: Any) -> Subject:
    primal = value.fun if hasattr(value, "fun") else value.f
    static = value.nondiff_argnums if hasattr(value, "nondiff_argnums") else value.static_argnums
    symbolic = bool(getattr(value, "symbolic_zeros", False) or getattr(value, "symz", False))
    written = _written_by_custom_gradient(value.fwd)
    if written is not None:
        return Subject(_name(written), "custom_gradient", value, _as_written(primal, written), value.fwd, value.bwd)
    return Subject(_name(primal), "custom_vjp", value, primal, value.fwd, value.bwd, _positions(static), symbolic)


def _positions(static: Any) -> tuple[int, ...]:
    """Old versions keep what they were given until the first call, also an int, which they then reject."""
    return tuple(static) if isinstance(static, (tuple, list, set, frozenset, range)) else ()


def _written_by_custom_gradient(forward: Any) -> Function | None:
    """The user's function, where `jax.custom_gradient` made the rule; it keeps it in the closure of its `fwd`."""
    if getattr(forward, "__qualname__", "") != "custom_gradient.<locals>.fwd":
        return None
    found: Function | None = _closure(forward).get("fun")
    return found


def _as_written(primal: Function, written: Function) -> Function:
    """What JAX made of the user's function, with the parameters and the place of the user's function."""

    @functools.wraps(written)
    def value(*arguments: Any, **keywords: Any) -> Any:
        return primal(*arguments, **keywords)

    return value


def _without_rule(rule: Any) -> tuple[int, ...]:
    """Arguments for which `defjvps` was given None, and so no tangent; it keeps its rules in a closure."""
    if getattr(rule, "__qualname__", "") != "custom_jvp.defjvps.<locals>.jvp":
        return ()
    return tuple(index for index, one in enumerate(_closure(rule).get("jvps", ())) if one is None)


def _closure(function: Any) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    return {name: cell.cell_contents for name, cell in cells}


def _name(function: Any) -> str:
    inner = getattr(function, "func", function)
    return str(getattr(function, "__name__", None) or getattr(inner, "__name__", None) or type(function).__name__)


def parameter_names(function: Function, count: int) -> tuple[str, ...]:
    """One name for each of `count` positional arguments: the parameter's, or its ordinal where there is none."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{index}]" for index in range(count - len(names))]
        elif parameter.kind is not parameter.KEYWORD_ONLY and parameter.kind is not parameter.VAR_KEYWORD:
            names.append(parameter.name)
    names += [f"argument {index}" for index in range(len(names), count)]
    return tuple(names[:count])
