"""Why JAX refuses a rule, in words: what its forward and backward rule return, against what they should."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from flake8_jaxvjp.runtime.codes import BACKWARD_RAISES, FORWARD_REJECTED, SHAPE, STRUCTURE
from flake8_jaxvjp.runtime.problem import Problem, differentiable_leaves
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.structure import Probe, first_line, kind


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
            STRUCTURE.code, f"the backward rule of '{name}' returns {kind(cotangents)}, and JAX wants a tuple of {due}"
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
        return f"is {kind(entry)} where the argument is {kind(argument)}"
    for leaf, value in zip(leaves, given, strict=True):
        if value is None or not differentiable_leaves(leaf):
            continue
        if not _is_leaf(value):
            return f"is {kind(value)} where the argument is an array"
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


def _shapes(tree: Any) -> str:
    return str(jax.tree_util.tree_map(lambda leaf: tuple(jnp.shape(leaf)), tree))


def _raised(error: BaseException) -> str:
    text = str(error)
    return text if text.startswith("returns ") else f"raises {first_line(error)}"
