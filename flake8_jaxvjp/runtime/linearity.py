"""What a backward rule must be whatever its primal is: linear in the cotangent. This needs no reference gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.judge import Tolerance, only_overflow_shows, rounding, usable
from flake8_jaxvjp.runtime.measure import Measurement
from flake8_jaxvjp.runtime.points import FIRST, HUNDREDFOLD, MIXED, NOTHING, SECOND


def nonlinear(measurement: Measurement, leaf: int, tolerance: Tolerance) -> str:
    """How the cotangent of one leaf fails to be linear, or an empty string."""
    for point in usable(measurement):
        if only_overflow_shows(measurement, point):
            continue
        rows = np.asarray(measurement.given[leaf][point])
        if not np.isfinite(rows).all():
            continue
        words = _words(rows, tolerance, float(np.max(rounding(measurement, point))))
        if words:
            return f"{words} (at {measurement.names[point]})"
    return ""


def _words(rows: Any, tolerance: Tolerance, noise: float) -> str:
    first, second = rows[FIRST], rows[SECOND]
    scale = noise + 1e-9 * max(float(np.max(np.abs(rows), initial=0.0)), 1e-300)
    if np.any(first) and np.array_equal(first, second) and np.array_equal(first, rows[HUNDREDFOLD]):
        return "does not depend on the cotangent: each entry must be multiplied by it"
    if (np.abs(rows[NOTHING]) > tolerance.margin(first) + scale).any():
        return "is not zero for a zero cotangent: something is added that is not multiplied by it"
    for given, due in ((rows[HUNDREDFOLD], 100 * first), (rows[MIXED], 3 * first - 2 * second)):
        room = tolerance.margin(np.abs(first) + np.abs(second) + np.abs(due)) + scale
        if (np.abs(given - due) > room).any():
            return "is not linear in the cotangent: 100 times the cotangent does not give 100 times the result"
    return ""
