"""Which operations a rule is made of: some say where it may be asked, and their number what asking costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax

from flake8_jaxvjp.runtime.problem import Problem
from flake8_jaxvjp.runtime.structure import pullback


def of_the_rule(problem: Problem) -> list[str]:
    """The primitives of the decorated function and its cotangents, once for each place in the source."""
    return _primitives(lambda *leaves: pullback(problem.rule, leaves), problem.start)


def of_the_primal(problem: Problem) -> list[str]:
    """The same of the function without its rule, into which one does not see from outside."""
    return _primitives(problem.primal, problem.start)


def _primitives(function: Callable[..., Any], leaves: tuple[Any, ...]) -> list[str]:
    try:
        closed = jax.make_jaxpr(function)(*leaves)
    except Exception:
        return []
    return list(_walked(closed.jaxpr))


def _walked(jaxpr: Any) -> Iterator[str]:
    """The names of all primitives, also of those in the bodies of loops, branches and calls."""
    pending = [jaxpr]
    while pending:
        for equation in pending.pop().eqns:
            yield equation.primitive.name
            for value in equation.params.values():
                inner = value if isinstance(value, (tuple, list)) else (value,)
                pending += [body for one in inner if hasattr(body := getattr(one, "jaxpr", one), "eqns")]
