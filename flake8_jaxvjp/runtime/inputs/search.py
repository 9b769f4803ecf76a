"""Find arguments that fit, by asking JAX: `jax.eval_shape` of the primal costs milliseconds and raises if they do not.

The best fit is one that JAX also differentiates: a rule written for matrices must not be blamed for what it does with
vectors. If there is none, the first arguments that the forward rule takes are used, then those of the primal alone.
"""

from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from flake8_jaxvjp.runtime import explanation, structure
from flake8_jaxvjp.runtime.inputs.annotations import candidates, signature_parameters
from flake8_jaxvjp.runtime.inputs.containers import Container, containers_of
from flake8_jaxvjp.runtime.inputs.owners import owners
from flake8_jaxvjp.runtime.inputs.shapes import EARLY, FIRST, Array, combinations
from flake8_jaxvjp.runtime.precision import is_differentiable
from flake8_jaxvjp.runtime.problem import Problem, make_problem
from flake8_jaxvjp.runtime.subject import Subject

TRIES, SECONDS, TRIES_AFTER_A_FIT = 500, 6.0, 110
# A rule that is wrong for what was guessed is asked for so many other kinds of arguments.
OTHERS, SECONDS_FOR_OTHERS = 3, 3.0
LIKELY = 60


@dataclass(frozen=True)
class Fit:
    """Arguments, where they came from, and how well they fit: 3 JAX differentiates, 2 forward runs, 1 primal runs.

    `count` says how many kinds of arguments (by their ranks) fitted as well. A rule that fails for one guess may have
    been written for other arguments; a rule that fails for all of several is wrong. `doubted` are likelier arguments
    that the function takes, for which nothing but sums over broadcast axes are missing in what the rule returns.
    """

    arguments: tuple[Any, ...]
    source: str
    grade: int
    count: int = 1
    doubted: tuple[Any, ...] | None = None


@dataclass
class Tried:
    """What the trials have shown so far."""

    best: Fit | None = None
    why: str = ""
    since: int = 0
    doubted: tuple[Any, ...] | None = None
    kinds: set[Any] = field(default_factory=set)


def search(subject: Subject) -> Fit | str:
    """The best arguments found within the limits, or what the function raised for the likeliest."""
    tried = Tried()
    began = time.process_time()
    for number, (arguments, source) in enumerate(_trials(subject)):
        tried.since += tried.best is not None
        if number > TRIES or tried.since > TRIES_AFTER_A_FIT or time.process_time() - began > SECONDS:
            break
        problem, objection = _runs(subject, arguments)
        if problem is None:
            tried.why = tried.why or objection
        elif _note(tried, problem, source) == 3:
            return Fit(arguments, source, 3, doubted=tried.doubted)
    return tried.why if tried.best is None else replace(tried.best, count=len(tried.kinds))


def _note(tried: Tried, problem: Problem, source: str) -> int:
    """Keep what one trial has shown, and say how well it fits."""
    subject, before = problem.subject, tried.best.grade if tried.best is not None else 0
    if not subject.has_rule or not isinstance(structure.accepted(problem), BaseException):
        return 3
    tried.kinds.add(kind_of(problem.arguments))
    grade = 1
    if subject.probes and (before < 2 or tried.doubted is None):
        seen = structure.probe(problem)
        grade = 2 if seen.failed_in not in {"primal", "forward"} else 1
        if tried.doubted is None and explanation.only_sums_are_missing(problem, seen.cotangents):
            tried.doubted = problem.arguments
    if grade > before:
        tried.best = Fit(problem.arguments, source, grade)
    return grade


def others(subject: Subject, fit: Fit) -> Iterator[tuple[Any, ...]]:
    """Arguments of other kinds than those of a fit (a vector for a matrix), which JAX differentiates as well.

    Of no higher rank, and as natural: a rule that is right for square matrices alone is wrong for matrices. Scalars
    come last, for want of others: with one number much is right by chance.
    """
    known = {kind_of(fit.arguments)}
    rank, square, *arrays = _outline(fit.arguments)
    began = time.process_time()
    scalars: tuple[Any, ...] | None = None
    for arguments, _ in itertools.islice(_trials(subject), LIKELY):
        if len(known) > OTHERS or time.process_time() - began > SECONDS_FOR_OTHERS:
            break
        kind, outline = kind_of(arguments), _outline(arguments)
        if kind in known or outline[0] > rank or outline[1] > square or outline[2:] != arrays:
            continue
        problem, _ = _runs(subject, arguments)
        if problem is not None and not isinstance(structure.accepted(problem), BaseException):
            if outline[0] == 0:
                scalars = scalars or arguments
                continue
            known.add(kind)
            yield arguments
    if scalars is not None and len(known) == 1:
        yield scalars


def _outline(arguments: tuple[Any, ...]) -> list[Any]:
    """The highest rank, whether an array is square, how many are differentiable, and how many others are no scalars."""
    leaves = jax.tree_util.tree_leaves(arguments)
    shapes = [np.shape(leaf) for leaf in leaves if is_differentiable(leaf)]
    square = any(len(shape) > 1 and len(set(shape)) < len(shape) for shape in shapes)
    integers = sum(bool(getattr(leaf, "shape", ())) for leaf in leaves if not is_differentiable(leaf))
    return [max((len(shape) for shape in shapes), default=0), square, len(shapes), integers]


def kind_of(arguments: tuple[Any, ...]) -> Any:
    """The structure of arguments, the rank of each array in them, and whether it is square."""
    leaves, treedef = jax.tree_util.tree_flatten(arguments)
    kinds = []
    for leaf in leaves:
        shape = getattr(leaf, "shape", None)
        square = shape is not None and len(shape) > 1 and len(set(shape)) < len(shape)
        kinds.append(repr(leaf)[:80] if shape is None else (len(shape), square))
    return treedef, tuple(kinds)


def _runs(subject: Subject, arguments: tuple[Any, ...]) -> tuple[Problem | None, str]:
    """The problem if the function takes these arguments and one of them is differentiable, else what it raised."""
    try:
        problem = make_problem(subject, arguments, wide=False)
        error = structure.runs(problem) if problem.leaves else None
    except Exception as raised:
        return None, structure.first_line(raised)
    if not problem.leaves:
        return None, "no argument is differentiable"
    return (problem, "") if error is None else (None, structure.first_line(error))


def _trials(subject: Subject) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Argument tuples, the likely ones first."""
    parameters = signature_parameters(subject.primal)
    if parameters is None:
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in "x"]
    sizes: dict[str, int] = {}
    choices: list[list[Any]] = []
    sources: set[str] = set()
    containers = containers_of(subject.primal)
    positional = [p for p in parameters if p.kind is not p.VAR_POSITIONAL]
    for index, parameter in enumerate(positional):
        values, source = candidates(parameter, index in subject.static, sizes)
        if index == 0 and parameter.name in {"self", "cls"}:
            values = owners(subject.primal, parameter.name) or values
        known = containers.get(parameter.name)
        if known is not None and known.sure:
            values = []
        choices.append(values)
        sources.add(source if values else "search")
    starred = len(positional) < len(parameters)
    names = [p.name for p in positional] + (["rest 0", "rest 1"] if starred else [])
    choices += [[], []] if starred else []
    source = next((name for name in ("search", "annotations", "defaults", "jaxtyping") if name in sources), "search")
    parts = [containers.get(name, Container((name,))) for name in names]
    for combination in _combinations(choices, parts):
        yield tuple(_filled(value, name) for value, name in zip(combination, names, strict=True)), source


def _filled(value: Any, name: str) -> Any:
    """The arrays of a value drawn, those of a container too."""
    leaves, treedef = jax.tree_util.tree_flatten(value, is_leaf=lambda one: one is None or isinstance(one, Array))
    if not any(isinstance(leaf, Array) for leaf in leaves):
        return value
    names = [name] if len(leaves) == 1 else [f"{name}.{index}" for index in range(len(leaves))]
    drawn = [leaf.filled(one) if isinstance(leaf, Array) else leaf for leaf, one in zip(leaves, names, strict=True)]
    return jax.tree_util.tree_unflatten(treedef, drawn)


def _combinations(choices: Sequence[list[Any]], parts: Sequence[Container]) -> Iterator[tuple[Any, ...]]:
    """Arrays for the unknown parameters, a few with each choice of the known ones, then the rest of them."""
    unknown = [index for index, values in enumerate(choices) if not values]
    first = [values[0] if values else None for values in choices]
    leaves = [name for index in unknown for name in parts[index].names]

    def with_arrays(arrays: Sequence[Any], known: Sequence[Any]) -> tuple[Any, ...]:
        values, rest = list(known), iter(arrays)
        for index in unknown:
            values[index] = parts[index].filled([next(rest) for _ in parts[index].names])
        return tuple(values)

    likely = combinations(leaves) if unknown else iter([()])
    for arrays in itertools.islice(likely, LIKELY):
        yield with_arrays(arrays, first)
    # A number by default may be meant for an array; then the other values of what is known.
    yield tuple(
        parts[i].filled([Array((3,))] * len(parts[i].names)) if not callable(one) else one
        for i, one in enumerate(first)
    )
    alternatives = [values or [None] for values in choices]
    for known in itertools.islice(itertools.product(*alternatives), 1, 60):
        for shape in (*FIRST, *EARLY[:2]) if unknown else FIRST:
            yield with_arrays([Array(shape)] * len(leaves), known)
    for arrays in likely:
        yield with_arrays(arrays, first)
