"""From the numbers of one rule to its remarks: forward value, finiteness, gradient, linearity, vmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flake8_jaxvjp.runtime.codes import FORWARD_VALUE, NONLINEAR, TRANSFORMED_VALUE
from flake8_jaxvjp.runtime.eager import pulled_back_eagerly, pushed_forward
from flake8_jaxvjp.runtime.judge import Tolerance, compare, only_overflow_shows, usable
from flake8_jaxvjp.runtime.judging import Judge, sample
from flake8_jaxvjp.runtime.measure import ENTRIES_AT_MOST, Measurement
from flake8_jaxvjp.runtime.points import FIRST, generator, short_decimals
from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.report import Measured, Remark

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.verify import Options, Progress


def check(
    problem: Problem,
    measurement: Measurement,
    options: Options,
    blocked: frozenset[int],
    progress: Progress,
    halves: frozenset[int] = frozenset(),
) -> None:
    """All value checks, each its own stage. `halves` are the leaves of which the function reads a half."""
    tolerance = options.tolerance if measurement.precise else options.tolerance.loosened()
    if not usable(measurement):
        progress.skip("gradient", "the function is not finite at any point tried")
        return
    progress.stage("forward value", _forward(problem, measurement, tolerance))
    found = [compare(measurement, index, tolerance, index in halves) for index in range(len(problem.leaves))]
    judge = Judge(problem, measurement, found, tolerance, blocked, options)
    custom = options.expect_gradient == "custom"
    errors, notes = judge.not_finite()
    progress.stage("finite", errors)
    progress.remarks += notes
    if custom:
        progress.skip("gradient", "a custom gradient is expected")
    else:
        errors, notes = judge.gradient()
        unknown = [leaf.name for leaf, one in zip(problem.leaves, found, strict=True) if not any(c.judged for c in one)]
        if unknown and not errors:
            progress.skip("gradient", f"{_no_reference(measurement)} (for '{unknown[0]}')")
        else:
            progress.stage("gradient", errors, _reference(measurement))
        progress.remarks += notes
    if not custom:
        progress.stage("linearity", judge.linearity())
    if measurement.batched is not None:
        progress.stage("under vmap", judge.batched())
    progress.measured = Measured(cotangents=judge.scatter())


def check_eagerly(problem: Problem, measurement: Measurement, options: Options, progress: Progress) -> None:
    """Value and cotangents at the example without `jit`, against those of the compiled program."""
    tolerance = options.tolerance if measurement.precise else options.tolerance.loosened()
    if 0 not in usable(measurement):
        return
    found = pulled_back_eagerly(problem, measurement.points[0], [row[FIRST] for row in measurement.rows])
    if found is None:
        progress.skip("eagerly", "it goes through only when it is traced")
        return
    outputs, cotangents = found
    room = 1e-9 if measurement.precise else 1e-5
    remarks = []
    for what, eager, traced in (
        *((f"output {index + 1}", *pair) for index, pair in enumerate(zip(outputs, measurement.forward, strict=True))),
        *(
            (f"the cotangent of '{leaf.name}'", *pair)
            for leaf, *pair in zip(problem.leaves, cotangents, measurement.given, strict=True)
        ),
    ):
        once = np.asarray(traced[0][FIRST] if what.startswith("the") else traced[0])
        if np.isfinite(once).all() and not (np.abs(eager - once) <= tolerance.margin(once) + room).all():
            words = f"{what} in the rule of '{problem.subject.name}' is another one under jit"
            remarks.append(Remark(TRANSFORMED_VALUE.code, f"{words}: {sample(once)} instead of {sample(eager)}"))
    progress.stage("eagerly", remarks)


def check_forward_mode(problem: Problem, measurement: Measurement, options: Options, progress: Progress) -> None:
    """A custom_jvp, asked for a tangent: the product with a cotangent is the same from both sides.

    Reverse mode does not see what a rule adds to a tangent without multiplying by one: JAX transposes the linear part.
    """
    point, tolerance = measurement.points[0], options.tolerance.loosened()
    if problem.subject.kind != "custom_jvp" or 0 not in usable(measurement):
        return
    random = generator(problem.subject.name + " tangents")
    tangents = tuple(short_decimals(random, leaf) for leaf in point)
    found = pushed_forward(problem, point, tangents)
    if found is None:
        progress.skip("forward mode", "the rule does not go through jax.jvp")
        return
    if any(np.iscomplexobj(one) for one in (*point, *found)) or not all(np.isfinite(one).all() for one in found):
        return
    by_tangents = [row[FIRST] * one for row, one in zip(measurement.rows, found, strict=True)]
    by_cotangents = [given[0][FIRST] * one for given, one in zip(measurement.given, tangents, strict=True)]
    size = sum(float(np.abs(one).sum()) for one in (*by_tangents, *by_cotangents))
    gap = abs(sum(float(one.sum()) for one in by_tangents) - sum(float(one.sum()) for one in by_cotangents))
    words = (
        f"the rule of '{problem.subject.name}' gives other tangents in forward mode than cotangents in reverse mode:"
        " it is not linear in the tangents"
    )
    progress.stage("forward mode", [Remark(NONLINEAR.code, words)] if gap > tolerance.relative * size + 1e-9 else [])


def _no_reference(measurement: Measurement) -> str:
    """Why the cotangents could not be compared with anything."""
    autodiff = "fails" if measurement.expected is None else "is not finite"
    entries = sum(int(np.prod(np.shape(value), dtype=int)) for value in measurement.points[0])
    if measurement.differences is not None:
        differences = "central differences show no derivative at any point"
    elif entries > ENTRIES_AT_MOST:
        differences = f"central differences are taken of {ENTRIES_AT_MOST} entries at most"
    else:
        differences = "of complex numbers no central differences are taken"
    return f"there is no reference: autodiff of the primal {autodiff}, and {differences}"


def _reference(measurement: Measurement) -> str:
    parts = []
    if measurement.expected is not None:
        parts.append("autodiff of the primal")
    if measurement.differences is not None:
        parts.append("central differences")
    bits = "64 bits" if measurement.precise else "low precision"
    return f"against {' and '.join(parts)}, {len(usable(measurement))} points, {bits}"


def _forward(problem: Problem, measurement: Measurement, tolerance: Tolerance) -> list[Remark]:
    """The value while differentiated is the value."""
    name = problem.subject.name
    if len(measurement.primal) != len(measurement.forward):
        return [
            Remark(
                FORWARD_VALUE.code,
                f"the forward rule of '{name}' returns {len(measurement.forward)} arrays"
                f" where the function returns {len(measurement.primal)}",
            )
        ]
    for primal, forward in zip(measurement.primal, measurement.forward, strict=True):
        for point in usable(measurement):
            if only_overflow_shows(measurement, point):
                continue
            want, have = np.asarray(primal[point]), np.asarray(forward[point])
            if (
                want.shape != have.shape
                or (np.abs(want - have) > tolerance.margin(want)).any()
                or (not np.isfinite(have).all())
            ):
                return [
                    Remark(
                        FORWARD_VALUE.code,
                        f"the forward rule of '{name}' gives {sample(have)} where the"
                        f" function gives {sample(want)}, at {measurement.names[point]}",
                    )
                ]
    return []
