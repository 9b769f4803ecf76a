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

from flake8_jaxvjp.runtime.codes import BACKWARD_RAISES, FORWARD_REJECTED, SHAPE, STRUCTURE
from flake8_jaxvjp.runtime.problem import Problem, differentiable_leaves
from flake8_jaxvjp.runtime.report import Remark


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
            found.error = TypeError(f"returns {_kind(pair)} instead of a pair (output, residuals)")
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


def explain(problem: Problem, error: BaseException, seen: Probe | None) -> Remark:
    """One remark for a rule that JAX refuses."""
    name = problem.subject.name
    if seen is None:
        return Remark(STRUCTURE.code, f"JAX rejects the rule of '{name}': {first_line(error)}")
    if seen.error is not None and seen.failed_in == "forward":
        return Remark(FORWARD_REJECTED.code, f"the forward rule of '{name}' {_raised(seen.error)}")
    if seen.error is not None and seen.failed_in == "backward":
        return Remark(BACKWARD_RAISES.code, f"the backward rule of '{name}' {_raised(seen.error)}")
    wrong = _wrong_cotangents(problem, seen.cotangents)
    if wrong is not None:
        return wrong
    if seen.primal_output is not None and _differs(seen.primal_output, seen.forward_output):
        return Remark(
            FORWARD_REJECTED.code,
            f"the forward rule of '{name}' returns {_shapes(seen.forward_output)}"
            f" where the function returns {_shapes(seen.primal_output)}",
        )
    return Remark(STRUCTURE.code, f"JAX rejects the rule of '{name}': {first_line(error)}")


def _wrong_cotangents(problem: Problem, cotangents: Any) -> Remark | None:
    """Count, container and shapes of what the backward rule returned, against the arguments."""
    name, wanted = problem.subject.name, [problem.names[index] for index in problem.dynamic]
    due = f"{len(wanted)} cotangent{'' if len(wanted) == 1 else 's'} ({', '.join(wanted)})"
    if type(cotangents) is not tuple and not isinstance(cotangents, list):
        return Remark(
            STRUCTURE.code, f"the backward rule of '{name}' returns {_kind(cotangents)}, and JAX wants a tuple of {due}"
        )
    if len(cotangents) != len(wanted):
        noun = "cotangent" if len(cotangents) == 1 else "cotangents"
        return Remark(
            STRUCTURE.code,
            f"the backward rule of '{name}' returns {len(cotangents)} {noun}, and the function takes {due}",
        )
    for index, entry, argument in zip(problem.dynamic, cotangents, wanted, strict=True):
        text = _wrong_entry(entry, problem.arguments[index], argument)
        if text:
            code = SHAPE if text.startswith("has the shape") else STRUCTURE
            return Remark(code.code, f"the cotangent of '{argument}' in the backward rule of '{name}' {text}", argument)
    return None


def only_sums_are_missing(problem: Problem, cotangents: Any) -> bool:
    """Whether all that is wrong with the cotangents are axes along which an argument was broadcast."""
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != len(problem.dynamic):
        return False
    missing = 0
    for index, entry in zip(problem.dynamic, cotangents, strict=True):
        argument = problem.arguments[index]
        if not _wrong_entry(entry, argument, ""):
            continue
        leaves, treedef = _flattened(argument)
        try:
            given = treedef.flatten_up_to(_broadcast(entry, argument))
        except (ValueError, TypeError):
            return False
        for leaf, value in zip(leaves, given, strict=True):
            have, want = tuple(getattr(value, "shape", ())), tuple(jnp.shape(leaf))
            if have != want and differentiable_leaves(leaf):
                if len(have) <= len(want) or have[len(have) - len(want) :] != want:
                    return False
                missing += 1
    return missing > 0


def _wrong_entry(entry: Any, argument: Any, name: str) -> str:
    leaves, treedef = _flattened(argument)
    try:
        given = treedef.flatten_up_to(_broadcast(entry, argument))
    except (ValueError, TypeError):
        return f"is {_kind(entry)} where the argument is {_kind(argument)}"
    for leaf, value in zip(leaves, given, strict=True):
        if value is None or not differentiable_leaves(leaf):
            continue
        if not _is_leaf(value):
            return f"is {_kind(value)} where the argument is an array"
        have, want = getattr(value, "shape", ()), jnp.shape(leaf)
        if tuple(have) != tuple(want):
            hint = ": is a sum over the broadcast axes missing?" if len(have) >= len(want) else ""
            return f"has the shape {tuple(have)} where '{name}' has {tuple(want)}{hint}"
    return ""


def _flattened(tree: Any) -> tuple[list[Any], Any]:
    leaves, treedef = jax.tree_util.tree_flatten(tree)
    return leaves, treedef


def _broadcast(entry: Any, argument: Any) -> Any:
    """JAX takes a leaf, or None, for a whole subtree of an argument."""
    if entry is None or _is_leaf(entry):
        return jax.tree_util.tree_map(lambda _: entry, argument)
    return entry


def _is_leaf(value: Any) -> bool:
    return value is not None and jax.tree_util.all_leaves([value])


def _outline(tree: Any) -> Any:
    """The tree with shapes and dtypes instead of tracers, so that nothing of the trace stays alive."""
    return jax.tree_util.tree_map(
        lambda leaf: (
            jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) if hasattr(leaf, "dtype") and hasattr(leaf, "shape") else leaf
        ),
        tree,
    )


def _differs(one: Any, other: Any) -> bool:
    if _flattened(one)[1] != _flattened(other)[1]:
        return True
    return any(
        jnp.shape(a) != jnp.shape(b)
        for a, b in zip(jax.tree_util.tree_leaves(one), jax.tree_util.tree_leaves(other), strict=True)
    )


def forward_difference(seen: Probe) -> str:
    """In words, how the abstract output of the forward rule differs from the primal's; empty if it does not."""
    one, other = seen.primal_output, seen.forward_output
    if one is None or other is None:
        return ""
    if _differs(one, other):
        return f"returns {_shapes(other)} where the function returns {_shapes(one)}"
    for a, b in zip(jax.tree_util.tree_leaves(one), jax.tree_util.tree_leaves(other), strict=True):
        if hasattr(a, "dtype") and hasattr(b, "dtype") and a.dtype != b.dtype:
            return f"returns {b.dtype} where the function returns {a.dtype}"
    return ""


def _is_jax_type(leaf: Any) -> bool:
    if isinstance(leaf, (bool, int, float, complex)) or hasattr(leaf, "aval"):
        return True
    if callable(leaf) and not hasattr(leaf, "shape"):
        return False
    return hasattr(leaf, "dtype") and hasattr(leaf, "shape")


def _kind(value: Any) -> str:
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


def _shapes(tree: Any) -> str:
    return str(jax.tree_util.tree_map(lambda leaf: tuple(jnp.shape(leaf)), tree))


def _raised(error: BaseException) -> str:
    text = str(error)
    return text if text.startswith("returns ") else f"raises {first_line(error)}"


def first_line(error: BaseException) -> str:
    """Type and first line of an exception, cut to what fits into one finding."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__
