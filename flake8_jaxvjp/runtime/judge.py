"""Compare what a rule gave with what was expected, entry by entry, and say which arguments are wrong.

A rule is wrong only where it differs from every reference that can be trusted: the autodiff of the undecorated
primal, and central differences in 64 bits. Autodiff is NaN where many rules are written to be right. Where the primal
has no derivative (a kink, a tie) nothing is judged: many values are right there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.measure import Measurement
from flake8_jaxvjp.runtime.points import FIRST, HUGE, LARGE, TIES, ZERO


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
    """One argument leaf at one point: given and expected cotangents, one row for each output cotangent.

    `judged` says that there was something to compare with.
    """

    point: str
    given: Any
    expected: Any
    wrong: Any
    not_finite: Any
    judged: bool


def usable(measurement: Measurement) -> list[int]:
    """Points at which the primal is finite: elsewhere nothing can be asked of a rule."""
    count = len(measurement.names)
    return [p for p in range(count) if all(np.isfinite(value[p]).all() for value in measurement.primal)]


def only_overflow_shows(measurement: Measurement, point: int) -> bool:
    """Whether differences at a point mean nothing because they are small ones of large numbers."""
    name = measurement.names[point]
    return name == HUGE or (not measurement.precise and name.startswith(LARGE))


def rounding(measurement: Measurement, point: int) -> Any:
    """What rounding may leave of a zero, for each row: a little of the largest entry of any argument.

    In 64 bits it shows where large values cancel: a saturated softmax has cotangents of nothing else.
    """
    with np.errstate(all="ignore"):
        sizes = [np.nan_to_num(np.abs(given[point]), posinf=0.0) for given in measurement.given]
        largest = [size.reshape(len(size), -1).max(axis=1, initial=0.0) for size in sizes]
        if not measurement.precise:
            return 1e-5 * np.max(largest, axis=0)
        rows = [np.abs(row).reshape(len(row), -1).max(axis=1, initial=0.0) for row in measurement.rows]
        value = max(float(np.max(np.abs(leaf), initial=1.0)) for leaf in measurement.points[point])
        return 1e-13 * value**2 * np.max([*largest, *rows], axis=0)


def compare(measurement: Measurement, leaf: int, tolerance: Tolerance, halves: bool = False) -> list[Comparison]:
    """The cotangents of one leaf, at each usable point; with `halves` only their symmetric parts."""
    return [_at(measurement, leaf, point, tolerance, halves) for point in usable(measurement)]


def _symmetric_part(values: Any) -> Any:
    return (values + np.swapaxes(values, -1, -2)) / 2


def _at(measurement: Measurement, leaf: int, point: int, tolerance: Tolerance, halves: bool) -> Comparison:
    given = np.asarray(measurement.given[leaf][point])
    by_autodiff = None if measurement.expected is None else np.asarray(measurement.expected[leaf][point])
    slopes = slopes_at(measurement, leaf, point)
    if halves:
        given = _symmetric_part(given)
        by_autodiff = None if by_autodiff is None else _symmetric_part(by_autodiff)
        slopes = None if slopes is None else (_symmetric_part(slopes[0]), slopes[1])
    central = None if slopes is None else slopes[0]
    expected = by_autodiff if by_autodiff is not None else central if central is not None else given * np.nan
    good = np.zeros(given.shape, bool)
    known = np.zeros(given.shape, bool)
    with np.errstate(all="ignore"):
        if by_autodiff is not None:
            known |= np.isfinite(by_autodiff)
            noise = rounding(measurement, point).reshape(-1, *[1] * (given.ndim - 1))
            good |= known & (np.abs(given - by_autodiff) <= tolerance.margin(by_autodiff, noise))
        if slopes is not None:
            central, noise = slopes
            # Differences carry an error of their own, of the order of the step; they need not be the sharper test.
            least = (1e-3, 1e-4) if measurement.precise else (2e-2, 1e-2)
            margin = Tolerance(max(tolerance.relative, least[0]), max(tolerance.of_largest, least[1]))
            finite = np.isfinite(central)
            good |= finite & (np.abs(given - central) <= margin.margin(central, noise))
            expected = np.where(np.isfinite(expected), expected, central)
            known |= finite
    not_finite = _without_value(measurement, point, given)
    if not _has_derivative(measurement, point):
        known[...] = False
    not_finite = not_finite | (known & ~np.isfinite(given))
    wrong = known & ~good & ~not_finite
    if only_overflow_shows(measurement, point):
        wrong[...] = False
    judged = bool(known.any()) and not only_overflow_shows(measurement, point)
    return Comparison(measurement.names[point], given, expected, wrong, not_finite, judged or not given.size)


def _without_value(measurement: Measurement, point: int, given: Any) -> Any:
    """Many values are right at a kink, infinity at a jump, but NaN nowhere that autodiff has numbers for all leaves."""
    numbers = measurement.expected is not None and all(np.isfinite(leaf[point]).all() for leaf in measurement.expected)
    return np.broadcast_to(np.isnan(given[FIRST]) & numbers, given.shape)


def _has_derivative(measurement: Measurement, point: int) -> bool:
    """At a kink many values are right. Where that cannot be seen, the points at which kinks lie are not judged."""
    if measurement.differences is None:
        return measurement.names[point] not in {ZERO, TIES}
    return bool(measurement.differences.smooth[point])


def slopes_at(measurement: Measurement, leaf: int, point: int) -> tuple[Any, Any] | None:
    """Central slopes of one leaf, contracted with each row of output cotangents, and their noise, in its shape."""
    found = measurement.differences
    if found is None:
        return None
    sizes = [int(np.prod(np.shape(value), dtype=int)) for value in measurement.points[point]]
    begin = sum(sizes[:leaf])
    entries = slice(begin, begin + sizes[leaf])
    rows = np.concatenate([row.reshape(row.shape[0], -1) for row in measurement.rows], axis=1)
    shape = (rows.shape[0], *np.shape(measurement.points[point][leaf]))
    with np.errstate(all="ignore"):
        central = (rows @ (found.left + found.right)[point, entries].T / 2).reshape(shape)
        noise = (np.abs(rows) @ found.noise[point, entries].T).reshape(shape)
    return central, noise
