"""One compiled program a rule: its cotangents, those of the undecorated primal, and values for central differences.

Everything that costs compilation is put into this program, because compiling is what a verification spends its time
on: points and cotangents go through `lax.map`, so that the program does not grow with their number, and a second
copy of the rule is batched with `vmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from flake8_jaxvjp.runtime.points import FIRST, Point
from flake8_jaxvjp.runtime.problem import Problem

Arrays = tuple[np.ndarray[Any, Any], ...]
ENTRIES_AT_MOST = 40
# Central differences are best with a step of about the third root of the precision.
FINE, COARSE = 1e-5, 5e-3
DIRECTIONS = 3
QUICK = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}


@dataclass(frozen=True)
class Differences:
    """Slopes of every output along unit steps: `left[p, e]` and `right[p, e]` hold, for point p and entry e of all
    arguments laid end to end, one flat vector over all outputs. `smooth[p]` says whether the primal has a derivative
    at point p at all: the slopes agree from both sides, along the axes and across them.
    """

    left: Any
    right: Any
    noise: Any
    smooth: Any


@dataclass(frozen=True)
class Measurement:
    """What the program gave. The first axis is the point, the second (of cotangents) the row of output cotangents."""

    names: tuple[str, ...]
    points: tuple[Point, ...]
    rows: Arrays
    primal: Arrays
    forward: Arrays
    given: Arrays
    expected: Arrays | None
    batched: Arrays | None
    differences: Differences | None
    precise: bool


@dataclass(frozen=True)
class Plan:
    """Which parts of the program can be traced at all for this rule."""

    autodiff: bool
    batched: bool
    differences: bool
    vectorised: bool


def traceable(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether JAX can trace a call; what stands in the way does not matter here."""
    try:
        jax.eval_shape(function, *arguments)
    except Exception:
        return False
    return True


def cotangents_of(function: Callable[..., Any], point: Sequence[Any], rows: Any) -> tuple[Any, Any]:
    """Value at a point, and the cotangents for each row of output cotangents."""
    value, pull = jax.vjp(function, *point)
    return value, jax.lax.map(pull, rows)


def _program(problem: Problem, plan: Plan) -> Callable[..., dict[str, Any]]:
    def run(points: Any, rows: Any, probes: Any) -> dict[str, Any]:
        def at(point: Any) -> dict[str, Any]:
            found: dict[str, Any] = {}
            found["forward"], found["given"] = cotangents_of(problem.rule, point, rows)
            if not plan.vectorised:
                found |= reference(point, jax.lax.map)
            return found

        def reference(point: Any, over: Callable[..., Any]) -> dict[str, Any]:
            if not plan.autodiff:
                return {"primal": problem.primal(*point)}
            value, pull = jax.vjp(problem.primal, *point)
            return {"primal": value, "expected": over(pull, rows)}

        result: dict[str, Any] = jax.lax.map(at, points)
        if plan.vectorised:
            result |= jax.vmap(lambda point: reference(point, lambda pull, rows: jax.vmap(pull)(rows)))(points)
        if plan.batched:
            first = jax.tree_util.tree_map(lambda row: row[FIRST], rows)
            result["batched"] = jax.vmap(lambda point: jax.vjp(problem.rule, *point)[1](first))(points)
        if plan.differences:
            one = problem.primal
            if plan.vectorised:
                result["probes"] = jax.vmap(one)(*probes)
            else:
                result["probes"] = jax.lax.map(lambda point: one(*point), probes)
        return result

    return run


def measure(problem: Problem, points: Sequence[tuple[str, Point]], rows: Sequence[Any], wide: bool) -> Measurement:
    """Run the program. Raises what JAX raises if the rule cannot be traced or fails while it runs."""
    stacked = tuple(np.stack([np.asarray(point[i]) for _, point in points]) for i in range(len(problem.leaves)))
    steps = _steps(stacked, FINE) if wide else None
    probes = steps[0] if steps is not None else stacked
    try:
        plan = Plan(True, True, steps is not None, True)
        lowered = jax.jit(_program(problem, plan)).lower(stacked, tuple(rows), probes)
    except Exception:
        plan = _plan(problem, stacked, rows, steps is not None)
        lowered = jax.jit(_program(problem, plan)).lower(stacked, tuple(rows), probes)
    precise = wide and not any(kind in lowered.as_text() for kind in ("xf32>", "<f32>", "xbf16>", "<bf16>", "xf16>"))
    if not precise and not plan.autodiff:
        # Differences in low precision are a poor reference, and better than none.
        steps = _steps(stacked, COARSE)
        plan = replace(plan, differences=steps is not None)
        probes = steps[0] if steps is not None else stacked
        lowered = jax.jit(_program(problem, plan)).lower(stacked, tuple(rows), probes)
    result = jax.tree_util.tree_map(np.asarray, compiled(lowered)(stacked, tuple(rows), probes))
    measurement = Measurement(
        tuple(name for name, _ in points),
        tuple(point for _, point in points),
        tuple(np.asarray(row) for row in rows),
        result["primal"],
        result["forward"],
        result["given"],
        result.get("expected"),
        result.get("batched"),
        None,
        precise,
    )
    if steps is None or not (precise or not plan.autodiff):
        return measurement
    return replace(measurement, differences=_differences(result["primal"], result["probes"], steps[1], precise=precise))


def _plan(problem: Problem, stacked: Arrays, rows: Sequence[Any], differences: bool) -> Plan:
    """What can be traced of the program, once the whole of it cannot."""
    first = tuple(row[FIRST] for row in rows)
    autodiff = traceable(lambda *leaves: jax.vjp(problem.primal, *leaves)[1](first), *problem.start)
    batched = traceable(jax.vmap(lambda *leaves: problem.primal(*leaves)), *stacked) and traceable(
        jax.vmap(lambda *leaves: jax.vjp(problem.rule, *leaves)[1](first)), *stacked
    )
    return Plan(autodiff, batched, differences, False)


def compiled(lowered: Any) -> Any:
    """Compile for a program that runs once: no optimisation, and none of the fusion kernels, which cost the most."""
    try:
        return lowered.compile(compiler_options=QUICK)
    except Exception:
        # An option that this version, or this platform, does not know.
        return lowered.compile()


def _steps(stacked: Arrays, size: float) -> tuple[Arrays, Any] | None:
    """Each point, moved both ways by a small step along each entry of each argument, then along a few random
    directions; and the moves themselves. None if there are too many entries.
    """
    sizes = [int(np.prod(values.shape[1:], dtype=int)) for values in stacked]
    if sum(sizes) > ENTRIES_AT_MOST or any(np.iscomplexobj(values) for values in stacked):
        return None
    count = stacked[0].shape[0]
    flat = np.concatenate([values.reshape(count, -1) for values in stacked], axis=1)
    step = size * np.maximum(1.0, np.abs(flat))
    across = np.random.default_rng(5).uniform(-1.0, 1.0, (DIRECTIONS, sum(sizes)))
    moves = step[:, None, :] * np.concatenate([np.eye(sum(sizes)), across])[None]
    moved = np.stack([flat[:, None] - moves, flat[:, None] + moves], axis=1).reshape(-1, sum(sizes))
    pieces = np.split(moved, np.cumsum(sizes)[:-1], axis=1)
    shaped = tuple(
        piece.reshape(-1, *values.shape[1:]).astype(values.dtype) for piece, values in zip(pieces, stacked, strict=True)
    )
    return shaped, moves


def _flat(values: Arrays, count: int) -> Any:
    return np.concatenate([np.asarray(value).reshape(count, -1) for value in values], axis=1)


def _differences(primal: Arrays, probes: Arrays, moves: Any, *, precise: bool) -> Differences | None:
    if any(np.iscomplexobj(value) for value in primal):
        return None
    rounding, bend = (2.3e-16, 1e-3) if precise else (1.2e-7, 1e-1)
    count, steps, entries = moves.shape
    middle = _flat(primal, count)[:, None]
    moved = _flat(probes, 2 * count * steps).reshape(count, 2, steps, -1)
    length = np.abs(moves).max(axis=2)[:, :, None]
    with np.errstate(all="ignore"):
        left, right = (middle - moved[:, 0]) / length, (moved[:, 1] - middle) / length
        noise = 20 * rounding * np.abs(moved).max(axis=1) / length
        central = (left + right)[:, :entries] / 2
        room = bend * np.maximum(1.0, np.abs(central).max(axis=(1, 2)))[:, None, None] + 2 * noise
        straight = (np.abs(left - right) <= room).all(axis=(1, 2))
        # Along a direction across all axes a smooth function moves by the sum of what it moves along each axis.
        whole = np.einsum("pse,peo->pso", moves, central) / length
        additive = (np.abs(whole - (left + right) / 2) <= room).all(axis=(1, 2))
    return Differences(left[:, :entries], right[:, :entries], noise[:, :entries], straight & additive)
