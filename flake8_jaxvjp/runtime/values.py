"""From the numbers of one rule to its remarks: forward value, finiteness, gradient, linearity, vmap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from flake8_jaxvjp.runtime.codes import (
    BLOCKED,
    DELIBERATE,
    FORWARD_VALUE,
    MISSING,
    NONLINEAR,
    NOT_FINITE,
    OUTSIDE,
    TRANSFORMED_VALUE,
    WRONG_GRADIENT,
)
from flake8_jaxvjp.runtime.diagnosis import Suspect, diagnose
from flake8_jaxvjp.runtime.eager import pulled_back_eagerly, pushed_forward
from flake8_jaxvjp.runtime.intent import deliberate
from flake8_jaxvjp.runtime.judge import Comparison, Tolerance, compare, only_overflow_shows, rounding, usable
from flake8_jaxvjp.runtime.linearity import nonlinear
from flake8_jaxvjp.runtime.measure import ENTRIES_AT_MOST, Measurement
from flake8_jaxvjp.runtime.points import FIRST, HUGE, LARGE, POSITIVE, TIES, generator, short_decimals
from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.report import Measured, Remark

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.verify import Options, Progress


def check(
    problem: Problem, measurement: Measurement, options: Options, blocked: frozenset[int], progress: Progress
) -> None:
    """All value checks, each its own stage."""
    tolerance = options.tolerance if measurement.precise else options.tolerance.loosened()
    if not usable(measurement):
        progress.skip("gradient", "the function is not finite at any point tried")
        return
    progress.stage("forward value", _forward(problem, measurement, tolerance))
    found = [compare(measurement, index, tolerance) for index in range(len(problem.leaves))]
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
            remarks.append(Remark(TRANSFORMED_VALUE.code, f"{words}: {_sample(once)} instead of {_sample(eager)}"))
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
                        f"the forward rule of '{name}' gives {_sample(have)} where the"
                        f" function gives {_sample(want)}, at {measurement.names[point]}",
                    )
                ]
    return []


def _sample(values: Any) -> str:
    flat = np.asarray(values).ravel()
    shown = ", ".join(f"{value:.4g}" for value in flat[:3])
    return f"[{shown}{', ...' if flat.size > 3 else ''}]" if np.ndim(values) else shown


class Judge:
    """The comparisons of one rule, asked for one kind of remark after the other."""

    def __init__(
        self,
        problem: Problem,
        measurement: Measurement,
        found: Sequence[Sequence[Comparison]],
        tolerance: Tolerance,
        blocked: frozenset[int],
        options: Options,
    ) -> None:
        self.problem, self.measurement, self.found = problem, measurement, found
        self.tolerance, self.blocked, self.options = tolerance, blocked, options
        self.meant = [
            deliberate(measurement, index, comparisons) if self._wrong(comparisons) else ""
            for index, comparisons in enumerate(found)
        ]

    @staticmethod
    def _wrong(comparisons: Sequence[Comparison]) -> bool:
        return any(comparison.wrong.any() for comparison in comparisons)

    def not_finite(self) -> tuple[list[Remark], list[Remark]]:
        """Errors, and what may lie outside the domain: several guessed arguments that are huge or negative at once."""
        remarks: list[Remark] = []
        notes: list[Remark] = []
        many = self.options.guessed and len(self.problem.leaves) > 1
        for leaf, comparisons in zip(self.problem.leaves, self.found, strict=True):
            places = [comparison.point for comparison in comparisons if comparison.not_finite.any()]
            if not places:
                continue
            words = (
                f"the cotangent of '{leaf.name}' in the rule of '{self.problem.subject.name}' is not finite"
                f" at {places[0]}, where the derivative is"
            )
            if many and all(place.startswith((HUGE, LARGE)) for place in places):
                words = f"{words}: are such values in the domain of the function?"
                notes.append(Remark(OUTSIDE.code, words, leaf.name))
            else:
                remarks.append(Remark(NOT_FINITE.code, words, leaf.name))
        return remarks, notes

    def gradient(self) -> tuple[list[Remark], list[Remark]]:
        """Errors, and what is not one: blocked and deliberate gradients."""
        errors: list[Remark] = []
        notes: list[Remark] = []
        name = self.problem.subject.name
        for index, leaf in enumerate(self.problem.leaves):
            wrong = [comparison for comparison in self.found[index] if comparison.wrong.any()]
            if not wrong:
                continue
            if leaf.argument in self.blocked and not self.meant[index]:
                argument = self.problem.names[leaf.argument]
                if argument in self.options.data:
                    continue
                wanted = self.options.wants(argument)
                words = f"the rule of '{name}' returns None for '{leaf.name}', on which the function does depend"
                code, more = (MISSING, "a gradient is missing") if wanted else (BLOCKED, "its gradient is zero")
                (errors if wanted else notes).append(Remark(code.code, f"{words}: {more}", leaf.name))
                continue
            suspects = self._suspects(wrong[0].point)
            words = diagnose(suspects[index], [s for i, s in enumerate(suspects) if i != index] + [suspects[index]])
            if self.meant[index] and "order of the parameters" not in words:
                notes.append(
                    Remark(
                        DELIBERATE.code,
                        f"the gradient of '{leaf.name}' in the rule of '{name}' is {self.meant[index]}",
                        leaf.name,
                    )
                )
                continue
            where = "" if wrong[0].point == "the example" else f" (at {wrong[0].point})"
            if (
                self.options.guessed
                and not any(one.point.startswith((POSITIVE, TIES)) for one in wrong)
                and any(one.point.startswith(POSITIVE) and one.judged for one in self.found[index])
            ):
                notes.append(
                    Remark(
                        OUTSIDE.code,
                        f"the cotangent of '{leaf.name}' in the rule of '{name}' {words}{where},"
                        " and right for positive values: are others in the domain of the function?",
                        leaf.name,
                    )
                )
                continue
            errors.append(
                Remark(
                    WRONG_GRADIENT.code,
                    f"the cotangent of '{leaf.name}' in the rule of '{name}' {words}{where}",
                    leaf.name,
                )
            )
        return errors, notes

    def _suspects(self, point: str) -> list[Suspect]:
        place = self.measurement.names.index(point)
        suspects = []
        for index, leaf in enumerate(self.problem.leaves):
            comparison = next(c for c in self.found[index] if c.point == point)
            value = self.measurement.points[place][index]
            suspects.append(Suspect(leaf.name, comparison.given, comparison.expected, value))
        return suspects

    def linearity(self) -> list[Remark]:
        remarks = []
        for index, leaf in enumerate(self.problem.leaves):
            words = "" if self.meant[index] else nonlinear(self.measurement, index, self.tolerance)
            if words:
                remarks.append(
                    Remark(
                        NONLINEAR.code,
                        f"the cotangent of '{leaf.name}' in the rule of '{self.problem.subject.name}' {words}",
                        leaf.name,
                    )
                )
        return remarks

    def batched(self) -> list[Remark]:
        """The same gradient point by point and for all points at once."""
        assert self.measurement.batched is not None
        remarks = []
        for leaf, given, batched in zip(
            self.problem.leaves, self.measurement.given, self.measurement.batched, strict=True
        ):
            for point in usable(self.measurement):
                alone, together = given[point][FIRST], batched[point]
                if not np.isfinite(alone).all() or only_overflow_shows(self.measurement, point):
                    continue
                room = self.tolerance.margin(alone) + 1e-9 + float(rounding(self.measurement, point)[FIRST])
                if alone.shape != together.shape or not (np.abs(alone - together) <= room).all():
                    remarks.append(
                        Remark(
                            TRANSFORMED_VALUE.code,
                            f"the cotangent of '{leaf.name}' in the rule of"
                            f" '{self.problem.subject.name}' is another one under vmap:"
                            f" {_sample(together)} instead of {_sample(alone)}",
                            leaf.name,
                        )
                    )
                    break
        return remarks

    def scatter(self) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
        """Given and expected entries of each leaf in the first row, at most 200 of them, for the report."""
        drawn = {}
        for leaf, comparisons in zip(self.problem.leaves, self.found, strict=True):
            near = [c for c in comparisons if not c.point.startswith((HUGE, LARGE))]
            pairs = [(c.given[FIRST].ravel().real, c.expected[FIRST].ravel().real) for c in near]
            if not pairs:
                continue
            given, expected = (np.concatenate(part)[:200] for part in zip(*pairs, strict=True))
            kept = np.isfinite(given) & np.isfinite(expected)
            drawn[leaf.name] = (tuple(map(float, given[kept])), tuple(map(float, expected[kept])))
        return drawn
