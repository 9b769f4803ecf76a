"""Whether a rule loops for as long as its values say. Outside its domain such a loop may never end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax

from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.structure import pullback


def loops_on_values(problem: Problem) -> bool:
    """Whether `lax.while_loop` stands in the function, or in its rule. What cannot be traced has none that matters."""
    return any("while" in _primitives(one, problem.start) for one in (problem.primal, _differentiated(problem)))


def _differentiated(problem: Problem) -> Callable[..., Any]:
    return lambda *leaves: pullback(problem.rule, leaves)


def _primitives(function: Callable[..., Any], leaves: tuple[Any, ...]) -> set[str]:
    try:
        closed = jax.make_jaxpr(function)(*leaves)
    except Exception:
        return set()
    return set(_walked(closed.jaxpr))


def _walked(jaxpr: Any) -> Iterator[str]:
    """The names of all primitives, also of those in the bodies of loops, branches and calls."""
    pending = [jaxpr]
    while pending:
        for equation in pending.pop().eqns:
            yield equation.primitive.name
            for value in equation.params.values():
                inner = value if isinstance(value, (tuple, list)) else (value,)
                pending += [body for one in inner if hasattr(body := getattr(one, "jaxpr", one), "eqns")]
