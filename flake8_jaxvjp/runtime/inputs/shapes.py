"""Which arrays to try for the arguments of which nothing is known, the natural combinations first.

The lengths differ (a batch of 2, 3 features in, 4 out): with equal ones a mistaken axis, a transpose or a missing sum
does not show. A leaf is named as its argument, or as its key in a dictionary, and the name says what is likely: `b` is
a vector, `W` a matrix, `labels` are integers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime.points import generator, short_decimals

LEAVES_AT_MOST = 8
COMBINATIONS = 4096


@dataclass(frozen=True)
class Array:
    """A shape to be filled when it is tried: with short decimals, or with the integers 1, 1, 0 in turn.

    What is gathered twice must be added up.
    """

    shape: tuple[int, ...]
    integers: bool = False

    def filled(self, name: str) -> Any:
        if self.integers:
            return np.resize(np.array([1, 1, 0], np.int32), self.shape)
        return short_decimals(generator(name), np.zeros(self.shape, np.float32))


def _arrays(*shapes: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(Array(shape) for shape in shapes)


SQUARE, DATA, WEIGHT, OUT = (3, 3), (2, 3), (3, 4), (4,)
PLAIN = _arrays(DATA, (3,), WEIGHT, OUT, (), SQUARE, (2,))
MATRIX = _arrays(WEIGHT, SQUARE, DATA, OUT, (3,), (), (2,))
VECTOR = _arrays(OUT, (3,), (), DATA, (2,), WEIGHT, SQUARE)
OTHER = (2, Array((2,), True), Array((3,), True), Array((2, 3), True), np.ones((3,), np.bool_), _arrays((3,), (3,)))
INDEX = (*OTHER[1:3], OTHER[0], OTHER[3], *PLAIN[:3])
MASK = (np.array([[True, False, True], [False, True, True]]), np.array([True, False, True]), *PLAIN)
BY_NAME = (
    (re.compile(r".*mask.*", re.ASCII), MASK),
    (re.compile(r"[A-Z]\w?|w\d*|.*(weight|kernel|matrix|mat|chol|cov|precision).*", re.ASCII), MATRIX),
    (re.compile(r"b\d*|.*bias.*|beta|offset|shift|gamma|.*scale|v|u", re.ASCII), VECTOR),
    (re.compile(r"i|j|idx|ids|seg|.*(label|index|indices|target_?id|token|segment|_ids).*", re.ASCII), INDEX),
)
# For all unknown leaves alike, before and after the mixed ones.
FIRST: tuple[tuple[int, ...], ...] = (DATA,)
EARLY: tuple[tuple[int, ...], ...] = ((3,), (), SQUARE)
LATE: tuple[tuple[int, ...], ...] = ((2, 3, 4), (2, 3, 3), (2, 2, 3, 3), (1, 4, 2, 8), (8, 8), (2,), (3, 2, 4))
NATURAL = 48
DEEP = (
    _arrays((2, 3, 4), (4,), (3, 4), (2,), (2, 3)),
    _arrays((2, 3, 3), (3,), (2, 3), (2,), (4,)),
    _arrays((1, 4, 2, 8), (2, 8, 16), (8,), (8, 8)),
)


def kinds(name: str) -> tuple[Any, ...]:
    """What one leaf may be, the likeliest first."""
    return next((found for pattern, found in BY_NAME if pattern.fullmatch(name)), PLAIN)


def combinations(names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A value for each leaf, the likely combinations first."""
    count = len(names)
    choices = [kinds(name) for name in names]
    floats = all(isinstance(choice[0], Array) and not choice[0].integers for choice in choices)
    if floats:
        for shape in FIRST:
            yield (Array(shape),) * count
    mixed = iter(_likely(choices)) if count > 1 or choices[0] is not PLAIN else iter(())
    yield from itertools.islice(mixed, NATURAL)
    for shape in EARLY:
        yield (Array(shape),) * count
    yield from itertools.islice(mixed, NATURAL)
    for shape in LATE:
        yield (Array(shape),) * count
    yield from itertools.islice(mixed, 3 * NATURAL)
    if count <= 4:
        yield from itertools.islice(_likely([(*PLAIN[:2], *OTHER)] * count), 200)
        for several in DEEP:
            yield from itertools.islice(itertools.product(several, repeat=count), 256)


def _likely(choices: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Combinations by the sum of how unlikely their parts are; of many leaves only the likelier kinds."""
    if len(choices) > LEAVES_AT_MOST:
        return []
    width = max(len(choice) for choice in choices)
    while width > 2 and width ** len(choices) > COMBINATIONS:
        width -= 1
    ranks = itertools.product(*(range(min(width, len(choice))) for choice in choices))
    ordered = sorted(ranks, key=lambda rank: (sum(rank), max(rank)))
    return [tuple(choice[place] for choice, place in zip(choices, rank, strict=True)) for rank in ordered]
