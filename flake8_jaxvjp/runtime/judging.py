"""The comparisons of one rule, asked for one kind of remark after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from flake8_jaxvjp.runtime import symmetry
from flake8_jaxvjp.runtime.codes import (
    BLOCKED,
    DELIBERATE,
    MISSING,
    NONLINEAR,
    NOT_FINITE,
    OUTSIDE,
    TRANSFORMED_VALUE,
    WRONG_GRADIENT,
)
from flake8_jaxvjp.runtime.diagnosis import Suspect, diagnose
from flake8_jaxvjp.runtime.intent import deliberate
from flake8_jaxvjp.runtime.judge import Comparison, Tolerance, only_overflow_shows, rounding, usable
from flake8_jaxvjp.runtime.linearity import nonlinear
from flake8_jaxvjp.runtime.measure import Measurement
from flake8_jaxvjp.runtime.points import FIRST, HUGE, LARGE, POSITIVE, TIES, ZERO, is_square, is_symmetric
from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.report import Remark

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.verify import Options


def sample(values: Any) -> str:
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
            degenerate = self.options.guessed and set(places) <= {ZERO, TIES} and self._has_matrices()
            if degenerate or (many and all(place.startswith((HUGE, LARGE)) for place in places)):
                words = f"{words}: are such values in the domain of the function?"
                notes.append(Remark(OUTSIDE.code, words, leaf.name))
            else:
                remarks.append(Remark(NOT_FINITE.code, words, leaf.name))
        return remarks, notes

    def _has_matrices(self) -> bool:
        """Whether an argument is a square matrix: one of zeros, or of ones, is singular."""
        return any(is_square(value) for value in self.measurement.points[0])

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
            if self.options.guessed and self.blocked and self._passed_on(wrong):
                more = "and is the cotangent as it came, with None for others: is it straight-through on purpose?"
                words = f"the cotangent of '{leaf.name}' in the rule of '{name}' {words}{where}, {more}"
                notes.append(Remark(OUTSIDE.code, words, leaf.name))
                continue
            kept = self._right_for(index, wrong)
            if kept:
                more = f"and right for {kept}: are others in the domain of the function?"
                words = f"the cotangent of '{leaf.name}' in the rule of '{name}' {words}{where}, {more}"
                notes.append(Remark(OUTSIDE.code, words, leaf.name))
                continue
            errors.append(
                Remark(
                    WRONG_GRADIENT.code,
                    f"the cotangent of '{leaf.name}' in the rule of '{name}' {words}{where}",
                    leaf.name,
                )
            )
        return errors, notes

    def _passed_on(self, wrong: Sequence[Comparison]) -> bool:
        """Whether the rule hands the cotangent of an output on as that of this leaf, unchanged."""
        return any(
            all(one.given.shape == row.shape and np.array_equal(one.given, row) for one in wrong)
            for row in self.measurement.rows
        )

    def _right_for(self, index: int, wrong: Sequence[Comparison]) -> str:
        """The values of which the function may be meant, if a leaf is wrong for others only."""
        judged = {one.point for one in self.found[index] if one.judged}
        bad = {one.point for one in wrong}
        if self.options.guessed and judged - bad and all(point.startswith((LARGE, HUGE)) for point in bad):
            return "smaller values"
        if (
            self.options.guessed
            and not any(map(np.iscomplexobj, self.measurement.points[0]))
            and not any(point.startswith((POSITIVE, TIES)) for point in bad)
            and any(point.startswith(POSITIVE) for point in judged)
        ):
            return "positive values"
        meant = symmetry.assumed(self.measurement, self.options.guessed)
        pairs = zip(self.measurement.names, self.measurement.points, strict=True)
        kept = {name for name, point in pairs if all(is_symmetric(point[leaf]) for leaf in meant)}
        return "symmetric matrices" if meant and bad.isdisjoint(kept) and judged & (kept - {TIES, ZERO}) else ""

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
                            f" {sample(together)} instead of {sample(alone)}",
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
