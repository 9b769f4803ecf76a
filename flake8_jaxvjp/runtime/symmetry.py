"""Functions of symmetric matrices: what they are to be judged by, and where.

Cholesky and eigenvalue routines read a half of their matrix, or both halves as one. The derivative by one entry then
says nothing that a rule has to give back: all that counts is the slope along directions that keep the matrix symmetric,
at symmetric matrices. A rule for such a function may return any matrix with that symmetric part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.judge import slopes_at, usable
from flake8_jaxvjp.runtime.measure import Arrays, Differences, Measurement
from flake8_jaxvjp.runtime.points import is_square, is_symmetric

# Operations that read a half of a matrix only, and those whose inside is not seen.
HALF = frozenset({"cholesky", "eigh", "pure_callback", "io_callback", "ffi_call"})


def reads_a_half(measurement: Measurement, leaf: int) -> bool:
    """Whether the derivative by this matrix is symmetric, or triangular, wherever it is known."""
    if not is_square(measurement.points[0][leaf]):
        return False
    known = 0
    for point in usable(measurement):
        expected = _expected(measurement, leaf, point)
        if expected is None or not np.isfinite(expected).all() or not np.any(expected):
            continue
        known += 1
        room = (1e-6 if measurement.expected is not None else 1e-3) * np.abs(expected).max()
        other = np.swapaxes(expected, -1, -2)
        parts = (expected - other, np.triu(expected, 1), np.tril(expected, -1))
        if all(np.abs(part).max() > room for part in parts):
            return False
    return known > 0


def _expected(measurement: Measurement, leaf: int, point: int) -> Any:
    if measurement.expected is not None:
        return np.asarray(measurement.expected[leaf][point])
    slopes = slopes_at(measurement, leaf, point)
    return None if slopes is None else slopes[0]


def halves(measurement: Measurement, operations: Sequence[str]) -> frozenset[int]:
    """The leaves of which the function reads a half, by its operations and by its derivative."""
    if HALF.isdisjoint(operations):
        return frozenset()
    return frozenset(leaf for leaf in range(len(measurement.given)) if reads_a_half(measurement, leaf))


def at_symmetric_points(measurement: Measurement, leaves: frozenset[int]) -> Measurement:
    """The measurement without the points at which one of these leaves is not symmetric."""
    points = measurement.points
    kept = [p for p in range(len(points)) if all(is_symmetric(points[p][leaf]) for leaf in leaves)]

    def chosen(arrays: Arrays | None) -> Any:
        return None if arrays is None else tuple(np.asarray(values)[kept] for values in arrays)

    found = measurement.differences
    return replace(
        measurement,
        names=tuple(measurement.names[p] for p in kept),
        points=tuple(points[p] for p in kept),
        primal=chosen(measurement.primal),
        forward=chosen(measurement.forward),
        given=chosen(measurement.given),
        expected=chosen(measurement.expected),
        batched=chosen(measurement.batched),
        differences=found and Differences(found.left[kept], found.right[kept], found.noise[kept], found.smooth[kept]),
    )


def assumed(measurement: Measurement, guessed: bool) -> frozenset[int]:
    """Leaves that may be meant to be symmetric: so in an example that somebody gave, or read as one half."""
    if "the example" not in measurement.names:
        return frozenset()
    example = measurement.points[measurement.names.index("the example")]
    return frozenset(
        leaf
        for leaf, value in enumerate(example)
        if (not guessed and is_symmetric(value)) or reads_a_half(measurement, leaf)
    )
