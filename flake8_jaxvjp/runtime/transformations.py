"""Whether the rule goes through the transformations that its primal goes through, and what else it supports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from flake8_jaxvjp.runtime.codes import TRANSFORMATION
from flake8_jaxvjp.runtime.measure import traceable
from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.structure import first_line

Flat = Callable[..., Any]


def _summed(function: Flat) -> Flat:
    """A scalar of all outputs, so that `jax.grad` can be asked."""

    def total(*leaves: Any) -> Any:
        return sum((jnp.sum(jnp.abs(output)) for output in function(*leaves)), jnp.zeros(()))

    return total


def _gradient(function: Flat, count: int) -> Flat:
    return jax.grad(_summed(function), argnums=tuple(range(count)))


def _under_jit(function: Flat, count: int) -> Flat:
    return _gradient(jax.jit(function), count)


def _under_vmap(function: Flat, count: int) -> Flat:
    def batched(*leaves: Any) -> Any:
        return jax.vmap(_gradient(function, count))(*(jnp.stack([leaf, leaf]) for leaf in leaves))

    return batched


def _under_jit_vmap(function: Flat, count: int) -> Flat:
    return jax.jit(_under_vmap(function, count))


def _under_scan(function: Flat, count: int) -> Flat:
    def scanned(*leaves: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            return carry + _summed(function)(*leaves), None

        return jax.lax.scan(step, jnp.zeros(()), None, length=2)[0]

    return jax.grad(scanned, argnums=tuple(range(count)))


def _under_checkpoint(function: Flat, count: int) -> Flat:
    return _gradient(jax.checkpoint(function), count)


TRANSFORMATIONS: dict[str, Callable[[Flat, int], Flat]] = {
    "jit": _under_jit,
    "vmap": _under_vmap,
    "jit(vmap(grad))": _under_jit_vmap,
    "scan": _under_scan,
    "checkpoint": _under_checkpoint,
}


def _all_at_once(function: Flat, count: int) -> Flat:
    """Under checkpoint and scan, one in the other: whoever survives it survives each. What is measured is under jit."""
    return _under_scan(jax.checkpoint(function), count)


def failing(problem: Problem, chosen: Sequence[str], batched: bool) -> list[Remark]:
    """One remark for each transformation that the rule fails and its primal does not.

    `batched` says that the rule has been run under vmap already. Nothing is asked one by one that went well together.
    """
    count = len(problem.leaves)
    try:
        jax.eval_shape(_all_at_once(problem.rule, count), *problem.start)
        pending = [name for name in chosen if "vmap" in name and not batched]
    except Exception:
        pending = list(chosen)
    remarks = []
    for name in pending:
        try:
            jax.eval_shape(TRANSFORMATIONS[name](problem.rule, count), *problem.start)
        except Exception as error:
            if _primal_survives(problem, name):
                remarks.append(
                    Remark(
                        TRANSFORMATION.code,
                        f"the rule of '{problem.subject.name}' fails under {name}: {first_line(error)}",
                    )
                )
    return remarks


def _control(problem: Problem) -> Flat | None:
    """A rule of the same form that cannot be wrong: its cotangents are None. What JAX refuses for it is no mistake.

    With JAX_CUSTOM_VJP3=1, for one, jax 0.10 has no checkpoint of a rule with nondifferentiable arguments.
    """
    subject = problem.subject
    if subject.kind != "custom_vjp":
        return None
    control = jax.custom_vjp(subject.primal, nondiff_argnums=subject.static)

    def forward(*arguments: Any) -> Any:
        plain = (
            jax.tree_util.tree_map(lambda leaf: getattr(leaf, "value", leaf), arguments)
            if (subject.symbolic_zeros)
            else arguments
        )
        return subject.primal(*plain), None

    def backward(*_: Any) -> tuple[None, ...]:
        return (None,) * len(problem.dynamic)

    control.defvjp(forward, backward, symbolic_zeros=subject.symbolic_zeros)
    return problem.of(control)


def _primal_survives(problem: Problem, name: str) -> bool:
    """Whether the undecorated primal goes through the same: with its gradient if it has one, else its value alone."""
    count = len(problem.leaves)
    control = _control(problem)
    if control is not None and not traceable(TRANSFORMATIONS[name](control, count), *problem.start):
        return False
    if traceable(_gradient(problem.primal, count), *problem.start):
        return traceable(TRANSFORMATIONS[name](problem.primal, count), *problem.start)
    if "vmap" in name:
        stacked = tuple(jnp.stack([leaf, leaf]) for leaf in problem.start)
        return traceable(jax.vmap(problem.primal), *stacked)
    return traceable(jax.jit(problem.primal), *problem.start)


def supported(problem: Problem) -> tuple[str, ...]:
    """The kinds of differentiation that the rule supports, beyond reverse mode. Not having one is no mistake."""
    found = ["reverse mode"]
    count = len(problem.leaves)
    tangents = tuple(jnp.ones_like(leaf) for leaf in problem.start)
    if problem.subject.kind == "custom_jvp" and traceable(
        lambda *leaves: jax.jvp(problem.rule, leaves, tangents), *problem.start
    ):
        found.append("forward mode")
    first = _summed(lambda *leaves: _gradient(problem.rule, count)(*leaves))
    if traceable(jax.grad(first, argnums=tuple(range(count))), *problem.start):
        found.append("second order, reverse over reverse")
    if _lowers(
        lambda *leaves: jax.jvp(lambda *inner: _gradient(problem.rule, count)(*inner), leaves, tangents), problem.start
    ):
        found.append("second order, forward over reverse")
    return tuple(found)


def _lowers(function: Flat, leaves: Sequence[Any]) -> bool:
    # That a custom_vjp has no forward mode is seen by JAX only when it lowers the program, not when it traces it.
    try:
        jax.jit(function).lower(*leaves)
    except Exception:
        return False
    return True
