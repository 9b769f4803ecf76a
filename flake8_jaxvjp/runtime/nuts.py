"""What NUTS says of a rule. A wrong gradient raises nothing and reports no divergence, so three things are asked:
does the leapfrog energy error fall as it must, does a short chain move and accept, and are its draws those of the
undecorated primal.

The sampler is `numpyro.infer.hmc.hmc`, the kernel inside `MCMC(NUTS(...))`, in one compiled program in which a flag
chooses rule or primal: the compilation is what NUTS costs, and the second chain is then free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp.runtime.codes import LEAPFROG, NUTS_DIFFERS, NUTS_INITIALISATION, NUTS_STUCK
from flake8_jaxvjp.runtime.measure import compiled, traceable
from flake8_jaxvjp.runtime.model import Sites, Target, around_rule, calls, of_user
from flake8_jaxvjp.runtime.precision import double_precision, wide_by_default
from flake8_jaxvjp.runtime.problem import Problem, make_problem
from flake8_jaxvjp.runtime.report import Remark
from flake8_jaxvjp.runtime.structure import first_line, pullback

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.verify import Options, Progress

HALVINGS = 6
TIME = 1.6
WARMUP, DRAWS, TREE_DEPTH = 30, 30, 6


def check(problem: Problem, options: Options, blocked: frozenset[int], progress: Progress) -> None:
    """The stages of NUTS, for a model around the rule or for the user's own."""
    wide = any(np.asarray(leaf).dtype in (np.float64, np.complex128) for leaf in problem.start)
    name = problem.subject.name
    if any(remark.code == "VJP940" for remark in progress.remarks) or options.expect_gradient == "custom":
        progress.skip("NUTS", "the gradient differs from the derivative on purpose")
        return
    if options.model is not None and not calls(options.model, problem.subject.decorated):
        progress.skip("NUTS", "the model does not call this rule")
        return
    with double_precision(wide):
        try:
            target = _target(problem, options, blocked)
            if target is None:
                progress.skip("NUTS", "no argument has a real gradient")
                return
            errors, steps = leapfrog(target)
        except Exception as error:
            narrow = as_given(problem)
            if options.model is None and _dtypes(narrow) != _dtypes(problem):
                # The 64 bits are ours; a callback may know one precision only.
                check(narrow, options, blocked, progress)
                return
            words = f"NUTS cannot start on a model around '{name}': {first_line(error)}"
            progress.stage("NUTS", [Remark(NUTS_INITIALISATION.code, words)])
            return
        if not np.isfinite(errors).all():
            words = f"the potential energy or its gradient is not finite in a model around '{name}'"
            progress.stage("NUTS", [Remark(NUTS_INITIALISATION.code, words)])
            return
        progress.measured = replace(progress.measured, step_sizes=tuple(steps), energy_errors=tuple(errors))
        order = _order(name, errors, 1e-10 if wide else 1e-4)
        progress.stage("leapfrog order", order, f"ratio {_ratio(errors):.2f}")
        if order and not target.has_reference and options.model is None:
            # A function that JAX cannot see into is slow, and a chain on a wrong gradient takes all steps that it may.
            progress.skip("NUTS", "the leapfrog order has decided")
            return
        failure = _chains(name, target, progress)
    if failure is not None and wide and options.model is None:
        # A callback runs in a thread of its own, in which 64-bit mode is off.
        with double_precision(False):
            target = _target(make_problem(problem.subject, problem.arguments, wide=False), options, blocked)
            failure = None if target is None else _chains(name, target, progress)
    if failure is not None:
        words = f"NUTS fails on a model around '{name}': {first_line(failure)}"
        progress.stage("NUTS", [Remark(NUTS_INITIALISATION.code, words)])


def as_given(problem: Problem) -> Problem:
    """The problem with the floats that the example has, outside our own 64-bit mode."""
    with double_precision(wide_by_default()):
        return make_problem(problem.subject, problem.arguments)


def _dtypes(problem: Problem) -> list[str]:
    return [str(np.asarray(leaf).dtype) for leaf in problem.start]


def _target(problem: Problem, options: Options, blocked: frozenset[int]) -> Target | None:
    if options.model is not None:
        return of_user(options.model)
    differentiable = traceable(lambda *leaves: pullback(problem.primal, leaves), *problem.start)
    return around_rule(problem, blocked, differentiable)


def leapfrog(target: Target) -> tuple[list[float], list[float]]:
    """The largest energy error along one trajectory of fixed length, for step sizes that are halved each time."""

    def energy(sites: Sites, momentum: Sites) -> Any:
        kinetic = sum(jnp.sum(value**2) for value in momentum.values()) / 2
        return target.potential(jnp.asarray(True))(sites) + kinetic

    force = jax.grad(target.potential(jnp.asarray(True)))

    def run(sites: Sites, momentum: Sites, step: Any, count: Any) -> Any:
        begin = energy(sites, momentum)

        def one(_: Any, state: Any) -> Any:
            z, p, slope, worst = state
            p = {key: p[key] - step / 2 * slope[key] for key in p}
            z = {key: z[key] + step * p[key] for key in z}
            slope = force(z)
            p = {key: p[key] - step / 2 * slope[key] for key in p}
            return z, p, slope, jnp.maximum(worst, jnp.abs(energy(z, p) - begin))

        return jax.lax.fori_loop(0, count, one, (sites, momentum, force(sites), jnp.zeros_like(begin)))[3]

    random = np.random.default_rng(7)
    start = {key: jnp.asarray(value) for key, value in target.start.items()}
    kicks = [
        {key: jnp.asarray(random.normal(size=np.shape(value)), value.dtype) for key, value in start.items()}
        for _ in range(2)
    ]
    integrate = compiled(jax.jit(run).lower(start, kicks[0], TIME, 4))
    counts = [4 * 2**power for power in range(HALVINGS)]
    steps = [TIME / count for count in counts]
    errors = [
        max(float(integrate(start, kick, step, count)) for kick in kicks)
        for step, count in zip(steps, counts, strict=True)
    ]
    return errors, steps


def _ratio(errors: list[float]) -> float:
    """How much the error falls for one halving, over the last two."""
    return float(np.sqrt(errors[-3] / errors[-1])) if errors[-1] > 0 else 4.0


def _order(name: str, errors: list[float], floor: float) -> list[Remark]:
    # At a kink of the primal the error falls about twofold and unevenly; with a wrong gradient it does not fall.
    if errors[-1] <= floor or _ratio(errors) >= 1.4:
        return []
    return [
        Remark(
            LEAPFROG.code,
            f"with the rule of '{name}' the leapfrog energy error falls by {_ratio(errors):.2f} for"
            " each halving of the step, where a right gradient makes it fall by 4.00: its gradient is not the"
            " derivative of its value",
        )
    ]


def _sampler(target: Target) -> Callable[..., Any]:
    from numpyro.infer.hmc import hmc

    def run(key: Any, use_rule: Any, start: Sites) -> Any:
        begin, sample = hmc(potential_fn_gen=target.potential, algo="NUTS")
        state = begin(
            start, num_warmup=WARMUP, step_size=0.5, max_tree_depth=TREE_DEPTH, model_args=(use_rule,), rng_key=key
        )

        def step(state: Any, _: Any) -> Any:
            state = sample(state, (use_rule,), {})
            return state, (state.z, state.num_steps, state.accept_prob, state.energy, state.diverging)

        return jax.lax.scan(step, state, None, length=WARMUP + DRAWS)[1]

    return run


def _chains(name: str, target: Target, progress: Progress) -> Exception | None:
    """Run and judge the chains; what the sampler raised, if it did."""
    try:
        key = jax.random.PRNGKey(3)
        start = {key_: jnp.asarray(value) for key_, value in target.start.items()}
        sampler = compiled(jax.jit(_sampler(target)).lower(key, jnp.asarray(True), start))
        rule = jax.tree_util.tree_map(np.asarray, sampler(key, jnp.asarray(True), start))
        plain = (
            jax.tree_util.tree_map(np.asarray, sampler(key, jnp.asarray(False), start))
            if (target.has_reference)
            else None
        )
    except Exception as error:
        return error
    sites, steps, accepted, energy, _ = rule
    stuck = _stuck(name, sites, steps[WARMUP:], accepted[WARMUP:])
    if plain is not None and _stuck(name, plain[0], plain[1][WARMUP:], plain[2][WARMUP:]):
        stuck = []  # it is the model, or the short warm-up: without the rule the chain fares no better
    drawn = {
        key: tuple(map(float, value.reshape(value.shape[0], -1)[:, 0])) for key, value in sites.items() if value.size
    }
    progress.measured = replace(
        progress.measured,
        trace=drawn,
        energy=tuple(map(float, energy)),
        leapfrog_steps=tuple(map(int, steps)),
        warmup=WARMUP,
    )
    after = steps[WARMUP:]
    detail = f"{float(after.mean()):.0f} leapfrog steps a draw, {float(accepted[WARMUP:].mean()):.2f} accepted"
    progress.stage("NUTS", stuck, detail)
    if plain is None:
        progress.skip("NUTS against the primal", "the primal has no autodiff")
        return None
    progress.stage("NUTS against the primal", _differing(name, sites, plain[0]), f"{WARMUP + DRAWS} draws")
    return None


def _stuck(name: str, sites: Sites, steps: Any, accepted: Any) -> list[Remark]:
    moved = max((float(np.std(value[WARMUP:], axis=0).max(initial=0.0)) for value in sites.values()), default=0.0)
    if moved < 1e-3:
        return [
            Remark(
                NUTS_STUCK.code, f"a NUTS chain on a model around '{name}' does not move: its gradient leads it nowhere"
            )
        ]
    if float(steps.mean()) > 0.8 * (2**TREE_DEPTH - 1):
        return [
            Remark(
                NUTS_STUCK.code,
                f"a NUTS chain on a model around '{name}' takes {float(steps.mean()):.0f}"
                f" leapfrog steps a draw, of {2**TREE_DEPTH - 1} that it may",
            )
        ]
    if float(accepted.mean()) < 0.1:
        return [
            Remark(
                NUTS_STUCK.code,
                f"a NUTS chain on a model around '{name}' accepts {float(accepted.mean()):.2f} of its proposals",
            )
        ]
    return []


def _differing(name: str, sites: Sites, plain: Sites) -> list[Remark]:
    """The first draws must agree; later ones may part by rounding, which NUTS amplifies."""
    for draw in range(10):
        for site, value in sites.items():
            gap = float(np.max(np.abs(value[draw] - plain[site][draw]), initial=0.0))
            if gap > 1e-3:
                return [
                    Remark(
                        NUTS_DIFFERS.code,
                        f"draw {draw + 1} of '{site}' differs by {gap:.2g} between '{name}'"
                        " with its rule and without it",
                    )
                ]
    return []
