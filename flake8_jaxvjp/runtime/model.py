"""A NumPyro model around a rule: one latent site an argument, the output through `numpyro.factor`.

The sites are standard normal and moved to the example (argument = example + scale * site), so that a positive example
stays positive and the chain needs no adaptation. The factor is a random linear function of the outputs, scaled so
that its gradient is about as large as that of the prior.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer.util import potential_energy

from flake8_jaxvjp.runtime.observe import is_called_by
from flake8_jaxvjp.runtime.points import generator, short_decimals
from flake8_jaxvjp.runtime.problem import Problem

Sites = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """What a sampler needs: the potential for a flag (rule or primal) and sites, and where to start."""

    potential: Callable[[Any], Callable[[Sites], Any]]
    start: Sites
    has_reference: bool


def around_rule(problem: Problem, fixed: frozenset[int], has_reference: bool) -> Target | None:
    """The model around a rule. Arguments in `fixed`, whose gradient is blocked, stay data."""
    chosen = [
        index
        for index, leaf in enumerate(problem.leaves)
        if leaf.argument not in fixed and not np.iscomplexobj(problem.start[index])
    ]
    if not chosen:
        return None
    random = generator(problem.subject.name + " model")
    start = problem.start
    scales = {index: 0.1 * np.abs(start[index]) + 0.05 for index in chosen}
    outputs = problem.primal(*start)
    weights = [short_decimals(random, np.asarray(output)) for output in outputs]

    def leaves(sites: Sequence[Any]) -> list[Any]:
        moved = list(start)
        for index, site in zip(chosen, sites, strict=True):
            moved[index] = start[index] + scales[index] * site
        return moved

    size = _size(problem, chosen, scales, weights)

    def model(use_rule: Any) -> None:
        sites = [
            numpyro.sample(
                problem.leaves[index].name,
                dist.Normal(jnp.zeros(start[index].shape, start[index].dtype), 1).to_event(start[index].ndim),
            )
            for index in chosen
        ]
        arguments = leaves(sites)
        if has_reference:
            given = jax.lax.cond(use_rule, problem.rule, problem.primal, *arguments)
        else:
            given = problem.rule(*arguments)
        total = sum(
            jnp.sum(jnp.real(weight * (output - at_start)))
            for weight, output, at_start in zip(weights, given, outputs, strict=True)
        )
        numpyro.factor("output", total / size)

    def potential(use_rule: Any) -> Callable[[Sites], Any]:
        return lambda sites: potential_energy(model, (use_rule,), {}, sites)

    begin = {problem.leaves[index].name: 0.3 * short_decimals(random, start[index]) for index in chosen}
    return Target(potential, begin, has_reference)


def _size(problem: Problem, chosen: Sequence[int], scales: dict[int, Any], weights: Sequence[Any]) -> float:
    """How much the weighted output moves when the sites move by one, from values: the rule is under suspicion."""
    random = generator(problem.subject.name + " size")
    moves = []
    primal = jax.jit(
        lambda *leaves: sum(jnp.sum(jnp.real(w * o)) for w, o in zip(weights, problem.primal(*leaves), strict=True))
    )
    middle = float(primal(*problem.start))
    for _ in range(4):
        moved = list(problem.start)
        for index in chosen:
            step = random.normal(size=np.shape(moved[index])).astype(np.asarray(moved[index]).dtype)
            moved[index] = moved[index] + scales[index] * step
        moves.append(abs(float(primal(*moved)) - middle))
    finite = [move for move in moves if np.isfinite(move) and move > 0]
    return float(np.median(finite)) if finite else 1.0


def calls(model: Callable[..., Any], rule: Any) -> bool:
    """Whether the user's model calls a rule; True if the model cannot be run at all, which is said later."""

    def once() -> None:
        numpyro.handlers.seed(model, jax.random.PRNGKey(0))()

    try:
        return is_called_by(rule, lambda: jax.eval_shape(once))
    except Exception:
        return True


def of_user(model: Callable[..., Any]) -> Target:
    """The user's own model, which takes no arguments. Raises what NumPyro raises if it cannot start."""
    from numpyro.infer.util import initialize_model

    found = initialize_model(jax.random.PRNGKey(0), model)
    return Target(lambda _: found.potential_fn, dict(found.param_info.z), False)
