"""Rules as they run without `jit`: to compare with, and for those that run in no other way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp.runtime.measure import Measurement, compiled
from flake8_jaxvjp.runtime.points import Point
from flake8_jaxvjp.runtime.precision import double_precision, wide_by_default
from flake8_jaxvjp.runtime.problem import Problem


def runs_eagerly(function: Callable[..., Any], problem: Problem) -> BaseException | None:
    """None if the function (and its derivative, if it is the rule) goes through with concrete values."""
    try:
        if function == problem.primal:
            function(*problem.start)
        else:
            outputs, pull = jax.vjp(function, *(jnp.asarray(leaf) for leaf in problem.start))
            pull(tuple(jnp.ones_like(output) for output in outputs))
    except Exception as error:
        return error
    return None


def pulled_back_eagerly(problem: Problem, point: Point, row: Sequence[Any]) -> tuple[list[Any], list[Any]] | None:
    """Outputs and cotangents of the rule at one point, in its precision; None if it does not go through."""
    wide = any(np.asarray(leaf).dtype in (np.float64, np.complex128) for leaf in point)
    try:
        with double_precision(wide or wide_by_default()):
            outputs, pull = jax.vjp(problem.rule, *(jnp.asarray(leaf) for leaf in point))
            cotangents = pull(tuple(jnp.asarray(one, output.dtype) for one, output in zip(row, outputs, strict=True)))
            return [np.asarray(one) for one in outputs], [np.asarray(one) for one in cotangents]
    except Exception:
        return None


def pushed_forward(problem: Problem, point: Point, tangents: Sequence[Any]) -> list[Any] | None:
    """The output tangents of the rule at one point; None if it does not go through."""
    wide = any(np.asarray(leaf).dtype in (np.float64, np.complex128) for leaf in point)
    try:
        with double_precision(wide or wide_by_default()):
            push = jax.jit(lambda leaves, moves: jax.jvp(problem.rule, leaves, moves)[1])
            moves = tuple(tangents)
            return [np.asarray(one) for one in compiled(push.lower(tuple(point), moves))(tuple(point), moves)]
    except Exception:
        return None


def measure_eagerly(problem: Problem, points: Sequence[tuple[str, Point]], rows: Sequence[Any]) -> Measurement:
    """The numbers of `measure.measure`, one call after the other."""
    points = points[:3]
    primal, forward, given = [], [], []
    expected: list[Any] | None = []
    for _, point in points:
        leaves = tuple(jnp.asarray(value) for value in point)
        primal.append(problem.primal(*leaves))
        output, pull = jax.vjp(problem.rule, *leaves)
        forward.append(output)
        given.append(_stacked([pull(_row(rows, index)) for index in range(len(rows[0]))]))
        if expected is None:
            continue
        try:
            _, plain = jax.vjp(problem.primal, *leaves)
            expected.append(_stacked([plain(_row(rows, index)) for index in range(len(rows[0]))]))
        except Exception:
            expected = None
    return Measurement(
        tuple(name for name, _ in points),
        tuple(point for _, point in points),
        tuple(np.asarray(r) for r in rows),
        _stacked(primal),
        _stacked(forward),
        _stacked(given),
        None if expected is None else _stacked(expected),
        None,
        None,
        False,
    )


def _row(rows: Sequence[Any], index: int) -> tuple[Any, ...]:
    return tuple(jnp.asarray(row[index]) for row in rows)


def _stacked(parts: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(np.stack([np.asarray(part[i]) for part in parts]) for i in range(len(parts[0])))
