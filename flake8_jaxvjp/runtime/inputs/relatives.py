"""Arguments of other kinds that a rule which passes must be asked for too: one scalar among arrays, complex numbers.

With equal shapes nothing is broadcast, and with real numbers no conjugate shows. Only what JAX accepts for the rule is
asked: a rule that is written for equal shapes returns a cotangent of another shape than a scalar's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from flake8_jaxvjp.runtime import structure
from flake8_jaxvjp.runtime.branches import named_in
from flake8_jaxvjp.runtime.inputs.annotations import FUNCTIONS
from flake8_jaxvjp.runtime.inputs.search import Fit
from flake8_jaxvjp.runtime.points import definite, generator, short_decimals
from flake8_jaxvjp.runtime.precision import is_differentiable
from flake8_jaxvjp.runtime.problem import make_problem
from flake8_jaxvjp.runtime.subject import Subject

MIXES = 3
OF_COMPLEX_NUMBERS = frozenset({"conj", "conjugate", "real", "imag", "angle", "complex64", "complex128"})


def relatives(subject: Subject, fit: Fit) -> Iterator[tuple[Any, ...]]:
    """Other arguments that JAX differentiates as well: a few with one argument of lower rank, and complex ones."""
    taken = 0
    for arguments in _mixes(subject, fit.arguments):
        if taken < MIXES and _accepted(subject, arguments):
            taken += 1
            yield arguments
    if not OF_COMPLEX_NUMBERS.isdisjoint(named_in(subject)):
        other = _complex(fit.arguments)
        if other is not None and _accepted(subject, other, same_dtypes=True):
            yield other


def tamed(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same arguments with positive values, and symmetric positive definite matrices: most domains hold these."""
    leaves, treedef = jax.tree_util.tree_flatten(arguments)
    made = [
        definite(generator(f"tamed {index}"), leaf) if getattr(leaf, "dtype", None) == np.float32 else leaf
        for index, leaf in enumerate(leaves)
    ]
    changed: tuple[Any, ...] = jax.tree_util.tree_unflatten(treedef, made)
    return changed


def with_other_functions(arguments: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The same arguments with another function where one was guessed: what is solved for one need not be for all."""
    guessed = [index for index, one in enumerate(arguments) if any(one is function for function in FUNCTIONS)]
    for function in FUNCTIONS if guessed else ():
        if any(arguments[index] is not function for index in guessed):
            yield tuple(function if index in guessed else one for index, one in enumerate(arguments))


def _mixes(subject: Subject, arguments: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """One argument a scalar, then a row, where all differentiable ones are arrays of one shape."""
    places = [
        index for index, one in enumerate(arguments) if index not in subject.static and is_differentiable(one)
    ]
    shapes = {np.shape(arguments[index]) for index in places}
    if len(places) < 2 or len(shapes) > 1 or shapes == {()} or subject.only_first:
        return
    (shape,) = shapes
    for lower in ((), shape[1:]) if len(shape) > 1 else ((),):
        for place in reversed(places):
            values = short_decimals(generator(f"mix {place}"), np.zeros(lower, np.asarray(arguments[place]).dtype))
            yield (*arguments[:place], values, *arguments[place + 1 :])


def _complex(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """All float arrays of the arguments as complex ones; None if there is none."""
    leaves, treedef = jax.tree_util.tree_flatten(arguments)
    arrays = [getattr(leaf, "dtype", None) == np.float32 for leaf in leaves]
    if not any(arrays):
        return None
    made = [
        short_decimals(generator(f"complex {index}"), np.zeros(np.shape(leaf), np.complex64)) if one else leaf
        for index, (leaf, one) in enumerate(zip(leaves, arrays, strict=True))
    ]
    changed: tuple[Any, ...] = jax.tree_util.tree_unflatten(treedef, made)
    return changed


def _accepted(subject: Subject, arguments: tuple[Any, ...], *, same_dtypes: bool = False) -> bool:
    """Whether JAX differentiates the rule at these arguments, and with `same_dtypes` gives them their own dtypes."""
    try:
        problem = make_problem(subject, arguments, wide=False)
        given = structure.accepted(problem) if problem.leaves else None
    except Exception:
        return False
    if given is None or isinstance(given, BaseException):
        return False
    if subject.probes and same_dtypes:
        cotangents = jax.tree_util.tree_leaves(structure.probe(problem).cotangents)
        return any(np.issubdtype(getattr(one, "dtype", np.float32), np.complexfloating) for one in cotangents)
    return True
