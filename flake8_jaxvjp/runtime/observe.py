"""Watch the calls of rules while the user's own code runs, and keep examples of what they really get."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import jax
import numpy as np

from flake8_jaxvjp.runtime.places import code_of
from flake8_jaxvjp.runtime.points import generator, short_decimals

EXAMPLES = 3
# A rule that is defined in a function is a new object in each call of it: so many of one place are kept.
OBJECTS = 4


@dataclass
class Observed:
    """The calls of one rule, one for each combination of shapes; concrete values are preferred to traced ones."""

    value: Any
    differentiated: set[int] = field(default_factory=set)
    calls: dict[str, tuple[bool, tuple[Any, ...]]] = field(default_factory=dict)

    @property
    def examples(self) -> list[tuple[Any, ...]]:
        return [arguments for _, arguments in self.calls.values()]


@dataclass(frozen=True)
class Meant:
    """What tests have said of a rule: which arguments are data, and whether the gradient is a custom one."""

    rule: Any
    data: frozenset[str] = frozenset()
    custom: bool = False


@dataclass
class Calls:
    """All rules that were called, by identity; of each place in the source only the first few objects."""

    rules: dict[int, Observed] = field(default_factory=dict)
    places: dict[Any, int] = field(default_factory=dict)
    meant: dict[Any, Meant] = field(default_factory=dict)

    def note(self, rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        rule, args, kwargs = _of_equinox(rule, args, kwargs)
        arguments = _positional(rule, args, kwargs)
        if arguments is None or not self._wanted(rule):
            return
        observed = self.rules.setdefault(id(rule), Observed(rule))
        observed.differentiated |= {index for index, one in enumerate(arguments) if _differentiated(one)}
        leaves, treedef = jax.tree_util.tree_flatten(arguments)
        key = str([treedef, [(getattr(leaf, "shape", type(leaf)), str(getattr(leaf, "dtype", ""))) for leaf in leaves]])
        concrete = not any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)
        known = observed.calls.get(key)
        if (known is None and len(observed.calls) < EXAMPLES) or (known is not None and concrete and not known[0]):
            random = generator(key)
            kept = jax.tree_util.tree_unflatten(treedef, [_kept(leaf, random) for leaf in leaves])
            observed.calls[key] = (concrete, kept)

    def meaning(self, rule: Any) -> Meant:
        """What was said of a rule, by any object that the same place in the source has made."""
        return self.meant.get(code_of(_primal(rule)), Meant(rule))

    def _wanted(self, rule: Any) -> bool:
        if id(rule) in self.rules:
            return True
        place = code_of(_primal(rule))
        self.places[place] = self.places.get(place, 0) + 1
        return place is None or self.places[place] <= OBJECTS


def _differentiated(argument: Any) -> bool:
    """Whether this call is being differentiated with respect to an argument; each JAX has its own class for that."""
    leaves = jax.tree_util.tree_leaves(argument)
    return any(type(leaf).__name__ in {"JVPTracer", "LinearizeTracer"} for leaf in leaves)


def _primal(rule: Any) -> Any:
    return getattr(rule, "fun", None) or getattr(rule, "f", None) or getattr(rule, "fn", None)


def _of_equinox(rule: Any, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
    """The call of `equinox.filter_custom_vjp` that a call of the rule inside it comes from, else the call itself."""
    code = code_of(_primal(rule))
    if code is None or code.co_name != "fn_wrapped" or "equinox" not in code.co_filename:
        return rule, args, kwargs
    frame: FrameType | None = sys._getframe(2)
    for _ in range(4):
        values = frame.f_locals if frame is not None else {}
        owner = values.get("self")
        if type(owner).__name__ == "filter_custom_vjp" and "vjp_arg" in values:
            return owner, (values["vjp_arg"], *values.get("args", ())), values.get("kwargs", {})
        frame = frame.f_back if frame is not None else None
    return rule, args, kwargs


def _positional(rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """The call with its keywords in place and its defaults filled in, as JAX resolves it."""
    try:
        bound = inspect.signature(_primal(rule)).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args
    except (TypeError, ValueError):
        return None if kwargs else args


def _kept(leaf: Any, random: np.random.Generator) -> Any:
    """A copy of an array, short decimals in place of a tracer, anything else as it is."""
    if isinstance(leaf, jax.core.Tracer):
        aval = getattr(leaf, "aval", leaf)
        if jax.numpy.issubdtype(aval.dtype, jax.numpy.inexact):
            return short_decimals(random, np.zeros(aval.shape, aval.dtype))
        if jax.numpy.issubdtype(aval.dtype, jax.numpy.integer) or aval.dtype == bool:
            return np.ones(aval.shape, aval.dtype)
        return jax.random.key(0)
    if isinstance(leaf, jax.Array) and not jax.numpy.issubdtype(leaf.dtype, jax.dtypes.extended):
        return np.asarray(leaf)
    return np.array(leaf) if isinstance(leaf, np.ndarray) else leaf


# What is noted in this context; None while a rule is being verified: what the checks call is no use of the rule.
_WATCHED: ContextVar[Calls | None] = ContextVar("jaxvjp_calls", default=None)
_PAUSED: ContextVar[bool] = ContextVar("jaxvjp_paused", default=False)


@contextmanager
def unobserved() -> Iterator[None]:
    """What is called in this block is not noted."""
    token = _PAUSED.set(True)
    try:
        yield
    finally:
        _PAUSED.reset(token)


def is_called_by(rule: Any, function: Callable[[], Any]) -> bool:
    """Whether a function calls a rule. What is compiled already is traced anew, to see into it."""
    with observing() as calls:
        token = _PAUSED.set(False)
        try:
            function()
            if id(rule) not in calls.rules:
                jax.clear_caches()
                function()
        finally:
            _PAUSED.reset(token)
    return id(rule) in calls.rules


def tell(rule: Any, data: Sequence[str], custom: bool) -> None:
    """A test has said by `verify_vjp` what is meant with a rule, which holds for the rest of the run too."""
    calls = _WATCHED.get()
    code = code_of(_primal(rule))
    if calls is not None and code is not None:
        known = calls.meant.get(code, Meant(rule))
        calls.meant[code] = Meant(rule, known.data | frozenset(data), known.custom or custom)


@contextmanager
def observing() -> Iterator[Calls]:
    """Note each call of a rule, from any thread, while the block runs."""
    calls = Calls()
    token = _WATCHED.set(calls)
    kept: list[tuple[type, Any]] = []
    for owner in _callables():
        original = owner.__call__
        kept.append((owner, original))
        owner.__call__ = _noting(original, calls)
    try:
        yield calls
    finally:
        with contextlib.suppress(ValueError):
            _WATCHED.reset(token)  # refused in another context than that of the beginning, whose end ends it as well
        for owner, original in kept:
            owner.__call__ = original  # type: ignore[method-assign]


def _callables() -> list[Any]:
    found: list[Any] = [jax.custom_vjp, jax.custom_jvp]
    hijax = sys.modules.get("jax._src.hijax")
    if hijax is not None and hasattr(hijax, "custom_vjp3"):
        found.append(hijax.custom_vjp3)
    return found


def _noting(original: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not _PAUSED.get():
            calls.note(self, args, kwargs)
        return original(self, *args, **kwargs)

    return call
