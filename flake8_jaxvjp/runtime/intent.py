"""Tell a gradient that is meant to differ from the derivative from one that is wrong.

Three patterns have no other use: a primal with no derivative to speak of (rounding, a sign, a threshold) whose rule
passes a gradient on; a primal that returns an argument unchanged, whose rule changes the gradient; and a rule that is
right for small cotangents and bounded for large ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.diagnosis import same
from flake8_jaxvjp.runtime.judge import Comparison, usable
from flake8_jaxvjp.runtime.measure import Measurement
from flake8_jaxvjp.runtime.points import FIRST, HUGE, HUNDREDFOLD, HUNDREDTH, NOTHING, TIES, ZERO


def deliberate(measurement: Measurement, leaf: int, found: Sequence[Comparison]) -> str:
    """What the gradient of this leaf is known as, or an empty string if it is known as nothing."""
    generic = [c for c in found if c.point not in {ZERO, TIES, HUGE}]
    if not generic:
        return ""
    if _identity(measurement, leaf):
        return _on_identity(generic)
    if all(not np.any(c.expected) for c in generic) and any(np.any(c.given) for c in generic):
        return "straight-through: the primal is piecewise constant and the rule passes a gradient on"
    if all(_clipped(c) for c in generic):
        return "clipping: right for small cotangents, bounded for large ones"
    return ""


def _identity(measurement: Measurement, leaf: int) -> bool:
    """Whether some output is this argument, unchanged, at every point, and depends on nothing else."""
    kept = usable(measurement)
    return any(all(_equal(output[p], measurement.points[p][leaf]) for p in kept) for output in measurement.primal)


def _equal(one: Any, other: Any) -> bool:
    return bool(np.shape(one) == np.shape(other) and np.array_equal(np.asarray(one), np.asarray(other)))


def _on_identity(found: Sequence[Comparison]) -> str:
    given = np.stack([c.given[FIRST] for c in found])
    expected = np.stack([c.expected[FIRST] for c in found])
    if any(np.any(c.given[NOTHING]) for c in found):
        return "an injected gradient: the primal returns its argument and the rule adds a gradient of its own"
    if not given.any():
        return "a stopped gradient: the primal returns its argument and the rule gives zero"
    if any(not same(c.given[HUNDREDFOLD], 100 * c.given[FIRST]) for c in found):
        return "gradient clipping: the primal returns its argument and the rule bounds the cotangent"
    if same(given, -expected):
        return "gradient reversal: the primal returns its argument and the rule turns the sign"
    if ((given == 0) | (given == expected)).all():
        return "a masked gradient: the primal returns its argument and the rule sets some of its entries to zero"
    if _of_one_factor(given, expected):
        return "gradient scaling: the primal returns its argument and the rule scales the cotangent"
    return "a gradient of its own: the primal returns its argument and the rule changes the cotangent"


def _of_one_factor(given: Any, expected: Any) -> bool:
    """Whether all entries are those expected times the same number."""
    size = float(np.vdot(expected, expected).real)
    return size > 0 and same(given, np.vdot(expected, given) / size * expected)


def _clipped(comparison: Comparison) -> bool:
    """The rule is right for a small cotangent, and no larger than due for a large one."""
    small, large = comparison.given[HUNDREDTH], comparison.given[HUNDREDFOLD]
    due = comparison.expected[HUNDREDFOLD]
    bounded = bool((np.abs(large) <= np.abs(due) * (1 + 1e-6) + 1e-12).all()) and not same(large, due)
    return bounded and same(small, comparison.expected[HUNDREDTH])
