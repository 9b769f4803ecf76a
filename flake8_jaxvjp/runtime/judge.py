"""Compare what a rule gave with what was expected, entry by entry, and say which arguments are wrong.

A rule is wrong only where it differs from every reference that can be trusted: the autodiff of the undecorated
primal, and central differences in 64 bits. Autodiff is NaN where many rules are written to be right; differences
are useless at a kink, where anything between the two slopes is a derivative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.measure import Measurement


@dataclass(frozen=True)
class Tolerance:
    """How far a cotangent may be from the reference: relative to the entry, and to the largest entry of its array."""

    relative: float = 1e-4
    of_largest: float = 1e-6

    def loosened(self) -> Tolerance:
        return Tolerance(max(self.relative, 5e-3), max(self.of_largest, 1e-3))

    def margin(self, expected: Any, noise: Any = 0.0) -> Any:
        with np.errstate(all="ignore"):
            size = np.abs(expected)
            largest = np.max(np.where(np.isfinite(size), size, 0.0), initial=0.0)
            return self.relative * size + self.of_largest * largest + 1e-12 + noise


@dataclass(frozen=True)
class Comparison:
    """One argument leaf at one point: given and expected cotangents, one row for each output cotangent."""

    point: str
    given: Any
    expected: Any
    wrong: Any
    not_finite: Any

    @property
    def judged(self) -> bool:
        return bool(np.isfinite(self.expected).any())


def usable(measurement: Measurement) -> list[int]:
    """Points at which the primal is finite: elsewhere nothing can be asked of a rule."""
    count = len(measurement.names)
    return [p for p in range(count) if all(np.isfinite(value[p]).all() for value in measurement.primal)]


def compare(measurement: Measurement, leaf: int, tolerance: Tolerance) -> list[Comparison]:
    """The cotangents of one leaf, at each usable point."""
    return [_at(measurement, leaf, point, tolerance) for point in usable(measurement)]


def _at(measurement: Measurement, leaf: int, point: int, tolerance: Tolerance) -> Comparison:
    given = np.asarray(measurement.given[leaf][point])
    by_autodiff = None if measurement.expected is None else np.asarray(measurement.expected[leaf][point])
    slopes = _contracted(measurement, leaf, point)
    expected = by_autodiff if by_autodiff is not None else (slopes[0] + slopes[1]) / 2 if slopes else given * np.nan
    good = np.zeros(given.shape, bool)
    known = np.zeros(given.shape, bool)
    with np.errstate(all="ignore"):
        if by_autodiff is not None:
            finite = np.isfinite(by_autodiff)
            good |= finite & (np.abs(given - by_autodiff) <= tolerance.margin(by_autodiff))
            known |= finite
        if slopes is not None:
            left, right, noise = slopes
            # Differences carry an error of their own, of the order of the step; they never need to be the sharper test.
            margin = Tolerance(max(tolerance.relative, 1e-3), max(tolerance.of_largest, 1e-4)).margin(left, noise)
            finite = np.isfinite(left) & np.isfinite(right)
            low, high = np.minimum(left, right) - margin, np.maximum(left, right) + margin
            good |= finite & (given >= low) & (given <= high)
            smooth = finite & (np.abs(left - right) <= 2 * margin + 1e-2 * (np.abs(left) + np.abs(right)))
            if by_autodiff is not None:
                expected = np.where(np.isfinite(by_autodiff), by_autodiff, (left + right) / 2)
            known = known & (smooth | ~finite) if by_autodiff is not None else smooth
            known |= smooth
    not_finite = known & ~np.isfinite(given)
    return Comparison(measurement.names[point], given, expected, known & ~good & ~not_finite, not_finite)


def _contracted(measurement: Measurement, leaf: int, point: int) -> tuple[Any, Any, Any] | None:
    """Left and right slopes of one leaf, contracted with each row of output cotangents, in the leaf's shape."""
    found = measurement.differences
    if found is None:
        return None
    sizes = [int(np.prod(np.shape(value), dtype=int)) for value in measurement.points[point]]
    begin = sum(sizes[:leaf])
    entries = slice(begin, begin + sizes[leaf])
    rows = np.concatenate([row.reshape(row.shape[0], -1) for row in measurement.rows], axis=1)
    shape = (rows.shape[0], *np.shape(measurement.points[point][leaf]))
    with np.errstate(all="ignore"):
        left = (rows @ found.left[point, entries].T).reshape(shape)
        right = (rows @ found.right[point, entries].T).reshape(shape)
        noise = (np.abs(rows) @ found.noise[point, entries].T).reshape(shape)
    return left, right, noise
