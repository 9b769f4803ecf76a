"""Where a rule is checked: at the example, near it, far from it, and where rules are wrong most often.

Values are short decimals, so that an error message can be followed with a pencil. They are the same in every run.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.problem import Problem

Point = tuple[Any, ...]
POSITIVE = "positive values"
DEFINITE = "symmetric positive definite matrices"
ZERO, TIES, LARGE, HUGE = "zeros", "equal values", "large values", "huge values"


def generator(name: str) -> np.random.Generator:
    """A generator that depends on the name of the rule alone (and not on PYTHONHASHSEED)."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def short_decimals(random: np.random.Generator, like: Any) -> Any:
    """Values of one to two digits between -2 and 2, none of them 0, in the shape and dtype of `like`."""
    like = np.asarray(like)
    values = np.asarray(random.integers(1, 20, like.shape) / 10.0 * random.choice([-1.0, 1.0], like.shape))
    if np.iscomplexobj(like):
        values = values + 1j * (random.integers(-19, 20, like.shape) / 10.0)
    return np.asarray(values).astype(like.dtype)


def is_square(value: Any) -> bool:
    """Whether an array holds real square matrices."""
    shape = np.shape(value)
    return len(shape) > 1 and shape[-1] == shape[-2] > 1 and not np.iscomplexobj(value)


def is_symmetric(value: Any) -> bool:
    """Whether an array holds symmetric matrices."""
    return is_square(value) and np.array_equal(np.asarray(value), np.swapaxes(np.asarray(value), -1, -2))


def _near(random: np.random.Generator, value: Any) -> Any:
    """A little beside a value, and symmetric if it is."""
    moved = value * (1 + 0.1 * short_decimals(random, value))
    return (moved + np.swapaxes(moved, -1, -2)) / 2 if is_symmetric(value) else moved


def definite(random: np.random.Generator, like: Any) -> Any:
    """Positive short decimals; where square matrices stand, symmetric positive definite ones."""
    values = short_decimals(random, like)
    if not is_square(like):
        return abs(values)
    wide = values.astype(np.float64)
    found = wide @ np.swapaxes(wide, -1, -2) / wide.shape[-1] + np.eye(wide.shape[-1])
    return np.round(found, 2).astype(values.dtype)


def _matrix(random: np.random.Generator, like: Any) -> Any:
    return definite(random, like) if is_square(like) else short_decimals(random, like)


def points(
    problem: Problem, random: np.random.Generator, edges: bool, positive: frozenset[int] = frozenset()
) -> list[tuple[str, Point]]:
    """The points, the example first. A primal that is not finite at one of them takes that point out later.

    The arguments at the positions `positive` are not asked for other values than positive ones.
    """
    found = _points(problem, random, edges)
    kept = [index for index, leaf in enumerate(problem.leaves) if leaf.argument in positive]
    if not kept:
        return found
    start = problem.start
    return [
        (name, tuple(_positive(value, start[i]) if i in kept else value for i, value in enumerate(point)))
        for name, point in found
    ]


def _positive(value: Any, start: Any) -> Any:
    return np.where(np.asarray(value) == 0, np.abs(start), np.abs(value)).astype(np.asarray(value).dtype)


def _points(problem: Problem, random: np.random.Generator, edges: bool) -> list[tuple[str, Point]]:
    start = problem.start
    near = tuple(_near(random, value) for value in start)
    found: list[tuple[str, Point]] = [("the example", start), ("a point close to the example", _cast(near, start))]
    if not edges:
        return found
    found.append(("short decimals", tuple(short_decimals(random, value) for value in start)))
    found.append((POSITIVE, tuple(abs(short_decimals(random, value)) for value in start)))
    for scale in (0.3, 3.0):
        positive = tuple(scale * abs(short_decimals(random, value)) for value in start)
        found.append((f"{POSITIVE}, about {scale}", positive))
    found.append((ZERO, tuple(np.zeros_like(value) for value in start)))
    found.append((TIES, tuple(np.ones_like(value) for value in start)))
    found += [
        (f"{LARGE}, about {scale}", tuple(scale * short_decimals(random, value) for value in start))
        for scale in (3, 10, 30)
    ]
    if any(is_square(value) for value in start):
        found += [(f"{DEFINITE}, {number}", tuple(_matrix(random, value) for value in start)) for number in (1, 2)]
    found.append((HUGE, tuple(1000 * short_decimals(random, value) for value in start)))
    found.append(("small values", tuple(1e-3 * short_decimals(random, value) for value in start)))
    return [(name, _cast(point, start)) for name, point in found]


def _cast(point: Sequence[Any], like: Sequence[Any]) -> Point:
    return tuple(np.asarray(value).astype(np.asarray(wanted).dtype) for value, wanted in zip(point, like, strict=True))


def cotangents(outputs: Sequence[Any], random: np.random.Generator) -> list[Any]:
    """Rows of output cotangents, stacked for each output: c, d, 3c - 2d, 100c, 0, c / 100, and c for each alone.

    Vectors and not ones: a cotangent of ones hides a rule that ignores it. One output at a time finds a dropped one.
    """
    first = [short_decimals(random, output) for output in outputs]
    second = [
        np.where(d == c, d / 2, d).astype(c.dtype)
        for c, d in ((c, short_decimals(random, output)) for c, output in zip(first, outputs, strict=True))
    ]
    alone = range(len(outputs)) if 1 < len(outputs) <= 4 else range(0)
    stacked = []
    for index, (c, d) in enumerate(zip(first, second, strict=True)):
        rows = [c, d, 3 * c - 2 * d, 100 * c, 0 * c, 0.01 * c]
        rows += [c if index == chosen else 0 * c for chosen in alone]
        stacked.append(np.stack(rows).astype(c.dtype))
    return stacked


FIRST, SECOND, MIXED, HUNDREDFOLD, NOTHING, HUNDREDTH = range(6)
