"""What JAX accepts: the rule is differentiated abstractly, and if JAX refuses, the rule is probed for the reason.

The verdict is JAX's own (`jax.eval_shape` of the pullback raises, or not) and never depends on the type or text of
the exception. The words come from the probe: each of primal, forward and backward rule is called by itself.
"""

from __future__ import annotations

import gc
import inspect
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from flake8_jaxvjp.runtime.problem import Problem


@dataclass
class Probe:
    """What primal, forward and backward rule gave when they were called by themselves, abstractly."""

    primal_output: Any = None
    forward_output: Any = None
    cotangents: Any = None
    error: BaseException | None = None
    failed_in: str = ""
    blocked: tuple[int, ...] = field(default=())
    leaked: bool = False


def pullback(function: Any, leaves: Sequence[Any]) -> tuple[Any, Any]:
    """Value and cotangents of a flat function, for a cotangent of ones."""
    outputs, pull = jax.vjp(function, *leaves)
    return outputs, pull(tuple(jnp.ones_like(output) for output in outputs))


def accepted(problem: Problem) -> BaseException | tuple[Any, ...]:
    """The abstract cotangents if JAX differentiates the decorated function, else what it raised."""
    try:
        given: tuple[Any, ...] = jax.eval_shape(lambda *leaves: pullback(problem.rule, leaves), *problem.start)[1]
    except Exception as error:
        return error
    return given


def runs(problem: Problem) -> BaseException | None:
    """None if the primal takes these arguments, else what it raised."""
    try:
        jax.eval_shape(problem.primal, *problem.start)
    except Exception as error:
        return error
    return None


def probe(problem: Problem) -> Probe:
    """Call the three functions as JAX would, and keep what each one gives."""
    found = Probe()
    subject = problem.subject
    tracers: list[weakref.ref[Any]] = []

    def trace(*leaves: Any) -> int:
        arguments = problem.rebuilt(leaves)
        _remember(arguments, tracers)
        found.failed_in = "primal"
        found.primal_output = _outline(subject.primal(*arguments))
        found.failed_in = "forward"
        pair = subject.forward(*arguments)  # type: ignore[misc]
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            found.error = TypeError(f"returns {kind(pair)} instead of a pair (output, residuals)")
            return 0
        output, residuals = pair
        found.forward_output = _outline(output)
        for leaf in jax.tree_util.tree_leaves(residuals):
            if not _is_jax_type(leaf):
                found.error = TypeError(f"returns the residual {_word(leaf)}, which JAX cannot carry (no JAX type)")
                return 0
        found.failed_in = "backward"
        _remember(residuals, tracers)
        cotangent = jax.tree_util.tree_map(jnp.ones_like, output)
        _remember(cotangent, tracers)
        statics = [problem.arguments[index] for index in subject.static]
        cotangents = subject.backward(*statics, residuals, cotangent)  # type: ignore[misc]
        found.failed_in = ""
        found.cotangents = _outline(cotangents)
        if isinstance(cotangents, (tuple, list)):
            found.blocked = tuple(i for i, entry in enumerate(cotangents) if entry is None)
        return 0

    try:
        jax.eval_shape(trace, *problem.start)
    except Exception as error:
        found.error = error
    else:
        found.leaked = _alive(tracers) and _alive_when_cleared(tracers)
    return found


def _remember(tree: Any, tracers: list[weakref.ref[Any]]) -> None:
    tracers += [weakref.ref(leaf) for leaf in jax.tree_util.tree_leaves(tree) if isinstance(leaf, jax.core.Tracer)]


def _alive(tracers: Sequence[weakref.ref[Any]]) -> bool:
    """Whether a tracer outlives its trace (garbage is collected only then: it takes long in a process with JAX)."""
    return any(tracer() is not None for tracer in tracers)


def _alive_when_cleared(tracers: Sequence[weakref.ref[Any]]) -> bool:
    """The same once JAX's own caches are empty: in old ones `lax.cond` keeps what its branches close over."""
    gc.collect()
    if _alive(tracers):
        jax.clear_caches()
        gc.collect()
    return _alive(tracers)


def fits_signature(problem: Problem) -> bool:
    """Whether forward and backward rule can be called with as many arguments as JAX will give them."""
    subject = problem.subject
    counts = ((subject.forward, len(problem.arguments)), (subject.backward, len(subject.static) + 2))
    if subject.kind != "custom_vjp":
        return True
    for function, count in counts:
        try:
            inspect.signature(function).bind(*range(count))  # type: ignore[arg-type]
        except TypeError:
            return False
        except ValueError:
            continue
    return True


def _outline(tree: Any) -> Any:
    """The tree with shapes and dtypes instead of tracers, so that nothing of the trace stays alive."""
    return jax.tree_util.tree_map(
        lambda leaf: (
            jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) if hasattr(leaf, "dtype") and hasattr(leaf, "shape") else leaf
        ),
        tree,
    )


def _is_jax_type(leaf: Any) -> bool:
    if isinstance(leaf, (bool, int, float, complex)) or hasattr(leaf, "aval"):
        return True
    if callable(leaf) and not hasattr(leaf, "shape"):
        return False
    return hasattr(leaf, "dtype") and hasattr(leaf, "shape")


def kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, (tuple, list)):
        kind = "namedtuple" if hasattr(value, "_fields") else type(value).__name__
        return f"a {kind} of {len(value)}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"one array of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"


def _word(value: Any) -> str:
    return repr(value)[:40] if isinstance(value, (str, bytes)) else f"of type {type(value).__name__}"


def first_line(error: BaseException) -> str:
    """Type and first line of an exception, cut to what fits into one finding."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__
