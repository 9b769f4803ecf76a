"""Say in words what is wrong with a cotangent: the patterns that real mistakes leave in the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.points import FIRST, SECOND

CLOSE = 1e-3


@dataclass(frozen=True)
class Suspect:
    """One argument leaf at the point where it is judged: given and expected rows, and the value of the leaf."""

    name: str
    given: Any
    expected: Any
    value: Any


def diagnose(wrong: Suspect, others: Sequence[Suspect]) -> str:
    """A phrase for one wrong cotangent; `others` are all leaves of the rule, for permutations and missing factors.

    Each pattern explains every entry. The simplest stands first; where another one fits too, both are said.
    """
    for pattern in (_zero, _ignored):
        words = pattern(wrong, others)
        if words:
            return words
    patterns = (_exchanged, _sign, _factor, _swapped, _transposed, _reversed, _value_factor, _missing_sum)
    found = [words for pattern in patterns if (words := pattern(wrong, others))]
    return " (it also ".join(found[:2]) + ")" * (len(found) > 1) if found else _entries(wrong)


def same(one: Any, other: Any) -> bool:
    """Whether two arrays are equal to three digits, and not simply both zero."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape or not np.isfinite(one).all() or not np.isfinite(other).all():
        return False
    largest = np.max(np.abs(other), initial=0.0)
    return bool(largest > 0 and (np.abs(one - other) <= CLOSE * np.abs(other) + 1e-5 * largest).all())


def _zero(wrong: Suspect, others: Sequence[Suspect]) -> str:
    return "" if np.any(wrong.given) else f"is zero, expected {_sample(wrong)[1]}"


def _ignored(wrong: Suspect, others: Sequence[Suspect]) -> str:
    if (
        np.any(wrong.given[FIRST])
        and same(wrong.given[FIRST], wrong.given[SECOND])
        and not same(wrong.expected[FIRST], wrong.expected[SECOND])
    ):
        return "is the same for every output cotangent: is the cotangent ignored?"
    return ""


def _exchanged(wrong: Suspect, others: Sequence[Suspect]) -> str:
    """It is another argument's, and that one is wrong as well: a permutation."""
    return _of_another(wrong, [one for one in others if not same(one.given, one.expected)])


def _swapped(wrong: Suspect, others: Sequence[Suspect]) -> str:
    """It is that of another argument, which has its own right."""
    return _of_another(wrong, [one for one in others if same(one.given, one.expected)])


def _of_another(wrong: Suspect, others: Sequence[Suspect]) -> str:
    for other in others:
        if other.name != wrong.name and same(wrong.given, other.expected) and not same(wrong.given, wrong.expected):
            return f"is the one expected for '{other.name}': are the entries in the order of the parameters?"
    return ""


def _sign(wrong: Suspect, others: Sequence[Suspect]) -> str:
    return "has the opposite sign in every entry" if same(-wrong.given, wrong.expected) else ""


def _ratio(given: Any, expected: Any) -> float | None:
    """The one factor between two arrays, if there is one."""
    given, expected = np.asarray(given), np.asarray(expected)
    size = float(np.vdot(expected, expected).real)
    if not np.isfinite(size) or size == 0:
        return None
    factor = np.vdot(expected, given) / size
    return float(factor.real) if abs(factor.imag) < 1e-6 and same(given, factor.real * expected) else None


def _factor(wrong: Suspect, others: Sequence[Suspect]) -> str:
    factor = _ratio(wrong.given, wrong.expected)
    if factor is None or abs(factor + 1) < CLOSE:
        return ""
    sizes = {length for other in others for length in np.shape(other.value) if length > 1}
    sizes |= {int(np.size(other.value)) for other in others if np.ndim(other.value) > 1}
    hint = "is a factor missing?"
    for length in sorted(sizes):
        if abs(factor * length - 1) < CLOSE:
            hint = f"is a factor missing, or a mean taken of {length} entries for a sum?"
        elif abs(factor / length - 1) < CLOSE:
            hint = f"is a factor missing, or a sum taken of {length} entries for a mean?"
    return f"is {factor:.4g} times the expected value in every entry: {hint}"


def _transposed(wrong: Suspect, others: Sequence[Suspect]) -> str:
    given, expected = np.asarray(wrong.given), np.asarray(wrong.expected)
    if given.ndim >= 3 and same(np.swapaxes(given, -1, -2), expected):
        return "is the transpose of the expected value"
    return ""


def _reversed(wrong: Suspect, others: Sequence[Suspect]) -> str:
    given, expected = np.asarray(wrong.given), np.asarray(wrong.expected)
    for axis in range(1, given.ndim):
        if same(np.flip(given, axis), expected):
            return f"has the entries of axis {axis - 1} in reverse order"
        for shift in (-1, 1):
            if same(np.roll(given, shift, axis), expected):
                return f"is shifted by one along axis {axis - 1}"
    return ""


def _value_factor(wrong: Suspect, others: Sequence[Suspect]) -> str:
    for other in others:
        value = np.asarray(other.value)
        try:
            product, other_way = wrong.expected * value, wrong.given * value
        except ValueError:
            continue
        if np.shape(product) == np.shape(wrong.given) and same(wrong.given, product):
            return f"is the expected value times '{other.name}': is there a factor too many?"
        if np.shape(other_way) == np.shape(wrong.expected) and same(other_way, wrong.expected):
            return f"is the expected value divided by '{other.name}': is this factor missing?"
    return ""


def _missing_sum(wrong: Suspect, others: Sequence[Suspect]) -> str:
    given, expected = np.asarray(wrong.given), np.asarray(wrong.expected)
    for axis in range(1, given.ndim):
        spread = given.sum(axis, keepdims=True) + 0 * given
        if same(spread, expected):
            return f"is not summed over axis {axis - 1}"
        if same(expected.sum(axis, keepdims=True) + 0 * given, given):
            return f"is summed over axis {axis - 1}, where it should not be"
    return ""


def _sample(wrong: Suspect) -> tuple[str, str, str]:
    """Given, expected and place of the entry that is furthest off, in the first row."""
    given, expected = np.asarray(wrong.given)[FIRST], np.asarray(wrong.expected)[FIRST]
    with np.errstate(all="ignore"):
        gap = np.abs(given - expected)
    place = np.unravel_index(int(np.argmax(np.where(np.isfinite(gap), gap, -1.0))), gap.shape) if gap.shape else ()
    index = f"[{', '.join(str(int(i)) for i in place)}]" if place else ""
    return _number(given[place]), _number(expected[place]), index


def _number(value: Any) -> str:
    return f"{complex(value):.4g}" if np.iscomplexobj(value) else f"{float(value):.4g}"


def _entries(wrong: Suspect) -> str:
    given, expected = np.asarray(wrong.given)[FIRST], np.asarray(wrong.expected)[FIRST]
    with np.errstate(all="ignore"):
        off = ~(np.abs(given - expected) <= CLOSE * np.abs(expected) + 1e-6)
    have, want, index = _sample(wrong)
    count, total = int(off.sum()), off.size
    where = (
        f" in {count} of {total} entries, as at {index}"
        if 0 < count < total and index
        else (f" at {index}" if index else "")
    )
    return f"is {have}{where}, expected {want}"
