"""Find arguments that fit, by asking JAX: `jax.eval_shape` of the primal costs milliseconds and raises if they do not.

The best fit is one that JAX also differentiates: a rule written for matrices must not be blamed for what it does with
vectors. If there is none, the first arguments that the forward rule takes are used, then those of the primal alone.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flake8_jaxvjp.runtime import structure
from flake8_jaxvjp.runtime.inputs.annotations import candidates, signature_parameters
from flake8_jaxvjp.runtime.points import generator, short_decimals
from flake8_jaxvjp.runtime.problem import make_problem
from flake8_jaxvjp.runtime.subject import Subject

UNIFORM: tuple[tuple[int, ...], ...] = (
    (3,),
    (3, 3),
    (),
    (2, 3, 3),
    (2, 2, 3, 3),
    (1, 4, 2, 8),
    (8, 8),
    (2,),
    (3, 2, 4),
)
MIXED: tuple[tuple[int, ...], ...] = ((3,), (3, 3), (), (2, 3))
TRIES, SECONDS, TRIES_AFTER_A_FIT = 400, 6.0, 60


@dataclass(frozen=True)
class Fit:
    """Arguments, where they came from, and how well they fit: 3 JAX differentiates, 2 forward runs, 1 primal runs.

    `count` says how many different arguments fitted as well. A rule that fails for one guess may have been written for
    other arguments; a rule that fails for all of several is wrong.
    """

    arguments: tuple[Any, ...]
    source: str
    grade: int
    count: int = 1


@dataclass(frozen=True)
class Array:
    """A shape to be filled with short decimals when it is tried."""

    shape: tuple[int, ...]

    def filled(self, name: str) -> Any:
        return short_decimals(generator(name), np.zeros(self.shape, np.float32))


def search(subject: Subject) -> Fit | str:
    """The best arguments found within the limits, or what the function raised for the likeliest."""
    best: Fit | None = None
    why = ""
    since = 0
    began = time.monotonic()
    for tried, (arguments, source) in enumerate(_trials(subject)):
        since += best is not None
        if tried > TRIES or since > TRIES_AFTER_A_FIT or time.monotonic() - began > SECONDS:
            break
        grade = _grade(subject, arguments)
        if grade == 3:
            return Fit(arguments, source, grade)
        if grade > (best.grade if best is not None else 0):
            best = Fit(arguments, source, grade)
        elif best is not None and grade == best.grade:
            best = replace(best, count=best.count + 1)
        why = why or (_objection(subject, arguments) if grade == 0 else "")
    return best if best is not None else why


def _objection(subject: Subject, arguments: tuple[Any, ...]) -> str:
    """What the function raises for arguments that do not fit."""
    try:
        error = structure.runs(make_problem(subject, arguments, wide=False))
    except Exception as raised:
        error = raised
    return "no argument is differentiable" if error is None else structure.first_line(error)


def _grade(subject: Subject, arguments: tuple[Any, ...]) -> int:
    try:
        problem = make_problem(subject, arguments, wide=False)
    except Exception:
        return 0
    if not problem.leaves or structure.runs(problem) is not None:
        return 0
    if not subject.has_rule:
        return 3
    if not isinstance(structure.accepted(problem), BaseException):
        return 3
    if not subject.probes:
        return 1
    seen = structure.probe(problem)
    return 2 if seen.failed_in not in {"primal", "forward"} else 1


def _trials(subject: Subject) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Argument tuples, the likely ones first."""
    parameters = signature_parameters(subject.primal)
    if parameters is None:
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in "x"]
    sizes: dict[str, int] = {}
    choices: list[list[Any]] = []
    sources: set[str] = set()
    positional = [p for p in parameters if p.kind is not p.VAR_POSITIONAL]
    for index, parameter in enumerate(positional):
        values, source = candidates(parameter, index in subject.static, sizes)
        choices.append(values)
        sources.add(source if values else "search")
    starred = len(positional) < len(parameters)
    names = [p.name for p in positional] + (["rest 0", "rest 1"] if starred else [])
    choices += [[], []] if starred else []
    source = next((name for name in ("search", "annotations", "defaults", "jaxtyping") if name in sources), "search")
    unpacked = _unpacked(subject.primal)
    for combination in _combinations(choices, [unpacked.get(name) for name in names]):
        yield tuple(_filled(value, name) for value, name in zip(combination, names, strict=True)), source


def _filled(value: Any, name: str) -> Any:
    if isinstance(value, Array):
        return value.filled(name)
    if isinstance(value, tuple) and any(isinstance(item, Array) for item in value):
        return tuple(_filled(item, f"{name}.{index}") for index, item in enumerate(value))
    if isinstance(value, dict):
        return {key: _filled(item, f"{name}.{key}") for key, item in value.items()}
    return value


def _combinations(choices: Sequence[list[Any]], unpacked: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """All unknown parameters of one shape; then with other values for the known ones; then mixed shapes."""
    unknown = [index for index, values in enumerate(choices) if not values]
    first = [values[0] if values else None for values in choices]

    def of_shape(shape: tuple[int, ...], known: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(_container(unpacked[i], shape) if i in unknown else known[i] for i in range(len(choices)))

    for shape in UNIFORM if unknown else UNIFORM[:1]:
        yield of_shape(shape, first)
    everything = tuple(
        _container(unpacked[i], (3,)) if not callable(first[i]) else first[i] for i in range(len(choices))
    )
    yield everything
    alternatives = [values or [None] for values in choices]
    for known in itertools.islice(itertools.product(*alternatives), 1, 60):
        for shape in UNIFORM[:3] if unknown else UNIFORM[:1]:
            yield of_shape(shape, known)
    if not unknown:
        return
    kinds: list[Any] = [Array(shape) for shape in MIXED]
    others = [
        2,
        np.ones((3,), np.int32),
        np.ones((3, 3), np.int32),
        np.ones((3,), np.bool_),
        (Array((3,)), Array((3,))),
    ]
    yield from _mixed(first, unknown, kinds)
    yield from _mixed(first, unknown, [*kinds[:2], *others])
    yield from _mixed(first, unknown, [Array((2, 3, 3)), Array((3,)), Array((2, 3)), Array((2,)), Array((4,))])
    yield from _mixed(first, unknown, [Array((1, 4, 2, 8)), Array((2, 8, 16)), Array((8,)), Array((8, 8))])


def _mixed(first: Sequence[Any], unknown: Sequence[int], kinds: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    for chosen in itertools.islice(itertools.product(kinds, repeat=len(unknown)), 256):
        values = list(first)
        for index, value in zip(unknown, chosen, strict=True):
            values[index] = value
        yield tuple(values)


def _container(unpacked: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(unpacked, int):
        return tuple(Array(shape) for _ in range(unpacked))
    if isinstance(unpacked, frozenset):
        return {key: Array(shape) for key in sorted(unpacked)}
    return Array(shape)


def _unpacked(function: Any) -> dict[str, Any]:
    """How the source takes its parameters apart: a count for `a, b = p`, a set of keys for `p["w"]`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            target = node.targets[0]
            if isinstance(target, ast.Tuple) and not any(isinstance(item, ast.Starred) for item in target.elts):
                found[node.value.id] = len(target.elts)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if isinstance(key, str):
                known = found.get(node.value.id)
                found[node.value.id] = (known if isinstance(known, frozenset) else frozenset()) | {key}
    return found
