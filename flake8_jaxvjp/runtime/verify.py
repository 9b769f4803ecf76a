"""Verify one rule at one example: the stages in order, and the report.

The order is that of ChainRulesTestUtils' `test_rrule`: what JAX accepts, then the value of the forward rule, then the
cotangents, one verdict an argument, then what surrounds them. A stage that cannot be asked is skipped, never passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax

from flake8_jaxvjp.runtime import explanation, structure, symmetry, transformations, values
from flake8_jaxvjp.runtime.branches import looks_at_values
from flake8_jaxvjp.runtime.codes import (
    CHECKER_FAILED,
    DTYPE,
    FORWARD_VALUE,
    LEAK,
    NO_RULE,
    NOT_VERIFIED,
    STRUCTURE,
    TRANSFORMATION,
    Level,
)
from flake8_jaxvjp.runtime.eager import measure_eagerly, runs_eagerly
from flake8_jaxvjp.runtime.judge import Tolerance
from flake8_jaxvjp.runtime.measure import Measurement, measure
from flake8_jaxvjp.runtime.observe import unobserved
from flake8_jaxvjp.runtime.operations import of_the_primal, of_the_rule
from flake8_jaxvjp.runtime.points import cotangents, generator, points
from flake8_jaxvjp.runtime.precision import double_precision, wide_by_default
from flake8_jaxvjp.runtime.problem import Problem, described, make_problem
from flake8_jaxvjp.runtime.report import FAILED, PASSED, SKIPPED, Measured, Remark, RuleReport, Stage
from flake8_jaxvjp.runtime.subject import Subject

# Without `jit` each operation is compiled by itself, which takes ten milliseconds and more.
OPERATIONS_ONE_BY_ONE = 60


@dataclass(frozen=True)
class Options:
    """What is checked, and how strictly. The defaults are those of the command line."""

    tolerance: Tolerance = Tolerance()
    dtype: str = "float64"
    edges: bool = True
    transformations: tuple[str, ...] = ("jit", "vmap", "scan", "checkpoint")
    expect_gradient: str = "true"
    second_order: bool = False
    nuts: bool = False
    model: Callable[..., Any] | None = None
    guessed: bool = False
    data: tuple[str, ...] = ()
    positive: frozenset[int] = frozenset()
    wanted: frozenset[str] | None = frozenset()

    def wants(self, argument: str) -> bool:
        """Whether somebody needs the gradient of an argument: `wanted` names those arguments, None stands for all."""
        return argument not in self.data and (self.wanted is None or argument in self.wanted)


@dataclass
class Progress:
    """The stages and remarks of one rule while it is verified."""

    stages: list[Stage] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    supports: tuple[str, ...] = ()
    measured: Measured = Measured()

    def stage(self, name: str, remarks: Sequence[Remark], detail: str = "") -> bool:
        self.remarks += remarks
        self.stages.append(Stage(name, FAILED if remarks else PASSED, detail))
        return not remarks

    def skip(self, name: str, why: str) -> None:
        self.stages.append(Stage(name, SKIPPED, why))


def verify_rule(subject: Subject, arguments: Sequence[Any], options: Options, inputs_from: str) -> RuleReport:
    """All checks of one rule. Never raises: what goes wrong in a check itself becomes a note."""
    began = time.perf_counter()
    progress = Progress()
    text = ""
    try:
        problem = make_problem(subject, arguments)
        text = described(arguments, problem.names)
        options = replace(options, guessed=inputs_from.startswith(("search", "annotations", "defaults")))
        # What the program sets for its own debugging must not decide: NaN is looked for, and all is compiled.
        with jax.disable_jit(False), jax.debug_nans(False), unobserved():
            _verify(problem, options, progress, unsure=inputs_from.endswith("unsure"))
        _say_if_values_were_not_compared(subject, options, progress)
    except Exception as error:
        progress.remarks.append(
            Remark(CHECKER_FAILED.code, f"a check of '{subject.name}' failed with {structure.first_line(error)}")
        )
    return RuleReport(
        subject.name,
        subject.kind,
        0,
        text,
        inputs_from,
        tuple(progress.stages),
        tuple(progress.remarks),
        progress.supports,
        time.perf_counter() - began,
        progress.measured,
    )


def _say_if_values_were_not_compared(subject: Subject, options: Options, progress: Progress) -> None:
    """A rule is not passed on its structure alone. The leapfrog order judges a gradient without any reference."""
    skipped = next((stage for stage in progress.stages if stage.name == "gradient" and stage.verdict == SKIPPED), None)
    by_nuts = any(stage.name == "leapfrog order" and stage.verdict == PASSED for stage in progress.stages)
    known = any(remark.level is Level.ERROR or remark.code == NOT_VERIFIED.code for remark in progress.remarks)
    if skipped is None or by_nuts or known or options.expect_gradient == "custom":
        return
    words = f"'{subject.name}' is not verified: its gradient was compared with nothing: {skipped.detail}"
    progress.remarks.append(Remark(NOT_VERIFIED.code, words))


def _verify(problem: Problem, options: Options, progress: Progress, *, unsure: bool) -> None:
    subject = problem.subject
    if not subject.has_rule:
        progress.stage("structure", [Remark(NO_RULE.code, f"no rule is defined for '{subject.name}'")])
        return
    if not problem.leaves:
        progress.skip("structure", "no argument is differentiable")
        return
    given = structure.accepted(problem)
    unfit = structure.runs(problem) if isinstance(given, BaseException) else None
    if unfit is not None and runs_eagerly(problem.primal, problem) is not None:
        progress.remarks.append(
            Remark(
                NOT_VERIFIED.code,
                f"'{subject.name}' is not verified: the function itself"
                f" raises for the example, {structure.first_line(unfit)}",
            )
        )
        return
    seen = structure.probe(problem) if subject.probes else None
    eager_only = _structure(problem, given, seen, progress, options.guessed, unsure=unsure)
    if eager_only is None:
        return
    if not isinstance(given, BaseException):
        _dtypes(problem, given, progress)
    operations, primal = of_the_rule(problem), of_the_primal(problem)
    options = replace(options, edges=options.edges and "while" not in (*operations, *primal))
    measurement, precise = _measured(subject, problem, options, eager_only, progress)
    if measurement is None:
        return
    blocked = _blocked(problem, seen)
    halves = symmetry.halves(measurement, primal)
    if halves:
        measurement = symmetry.at_symmetric_points(measurement, halves)
    if not measurement.names:
        progress.skip("gradient", "the function is one of symmetric matrices, and the example is not symmetric")
        return
    values.check(precise, measurement, options, blocked, progress, halves)
    if not eager_only:
        values.check_forward_mode(precise, measurement, options, progress)
        if len(operations) <= OPERATIONS_ONE_BY_ONE and looks_at_values(subject):
            values.check_eagerly(precise, measurement, options, progress)
        chosen = [name for name in options.transformations if name in transformations.TRANSFORMATIONS]
        remarks = transformations.failing(problem, chosen, measurement.batched is not None)
        if seen is not None and seen.leaked:
            remarks.append(Remark(LEAK.code, f"the rule of '{subject.name}' keeps a tracer after its call"))
        progress.stage("transformations", remarks, ", ".join(chosen))
        if options.second_order:
            progress.supports = transformations.supported(problem)
    if options.nuts:
        from flake8_jaxvjp.runtime.nuts import check as check_nuts

        check_nuts(precise, options, blocked, progress)


def _structure(
    problem: Problem, given: Any, seen: structure.Probe | None, progress: Progress, guessed: bool, *, unsure: bool
) -> bool | None:
    """Whether the rule works eagerly only; None if JAX does not accept it. `given` is what `accepted` gave."""
    if not isinstance(given, BaseException):
        difference = explanation.forward_difference(seen) if seen is not None else ""
        progress.stage("structure", [])
        if difference:
            progress.stage(
                "forward value",
                [Remark(FORWARD_VALUE.code, f"the forward rule of '{problem.subject.name}' {difference}")],
            )
            return None
        return False
    if runs_eagerly(problem.rule, problem) is None:
        progress.stage("structure", [], "called eagerly")
        progress.stage(
            "transformations",
            [
                Remark(
                    TRANSFORMATION.code,
                    f"the rule of '{problem.subject.name}' works"
                    f" eagerly only, and fails under jit (and so in NUTS): {structure.first_line(given)}",
                )
            ],
        )
        return True
    from flake8_jaxvjp.runtime.stubs import declared_without_gradient

    note = declared_without_gradient(problem.subject, given, guessed)
    if note is not None:
        progress.remarks.append(note)
        progress.skip("structure", "no gradient is declared")
        return None
    remark = explanation.explain(problem, given, seen)
    if unsure and remark.code != STRUCTURE.code and structure.fits_signature(problem):
        progress.remarks.append(
            Remark(
                NOT_VERIFIED.code,
                f"'{problem.subject.name}' is not verified: with the arguments"
                f" that were guessed, {remark.message}; add an example, as `# jaxvjp: ...`",
            )
        )
        return None
    progress.stage("structure", [remark])
    return None


def _dtypes(problem: Problem, given: Sequence[Any], progress: Progress) -> None:
    """Each cotangent has the dtype of its argument, in the mode in which the program runs."""
    wrong = [
        Remark(
            DTYPE.code,
            f"the cotangent of '{leaf.name}' in the rule of '{problem.subject.name}' is {cotangent.dtype}"
            f" where the argument is {start.dtype}",
            leaf.name,
        )
        for leaf, cotangent, start in zip(problem.leaves, given, problem.start, strict=True)
        if cotangent.dtype != start.dtype
    ]
    progress.stage("dtype", wrong)


def _measured(
    subject: Subject, problem: Problem, options: Options, eager_only: bool, progress: Progress
) -> tuple[Measurement | None, Problem]:
    """The numbers, in 64 bits if the rule takes them and in the program's own precision if it does not."""
    error: Exception | None = None
    for wide in (True, False) if options.dtype == "float64" else (False,):
        try:
            with double_precision(wide or wide_by_default()):
                chosen = make_problem(subject, problem.arguments, wide or None)
                random = generator(subject.name)
                where = points(chosen, random, options.edges, options.positive)
                outputs = (
                    jax.eval_shape(chosen.primal, *chosen.start) if not eager_only else chosen.primal(*chosen.start)
                )
                rows = cotangents([jax.numpy.zeros(o.shape, o.dtype) for o in outputs], random)
                if not outputs:
                    progress.skip("gradient", "no output is differentiable")
                    return None, chosen
                if eager_only:
                    return measure_eagerly(chosen, where, rows), chosen
                return measure(chosen, where, rows, wide), chosen
        except Exception as caught:
            error = caught
    assert error is not None
    if runs_eagerly(problem.primal, problem) is None:
        from flake8_jaxvjp.runtime.codes import BACKWARD_RAISES

        progress.stage(
            "gradient",
            [
                Remark(
                    BACKWARD_RAISES.code,
                    f"the rule of '{subject.name}' fails while it runs: {structure.first_line(error)}",
                )
            ],
        )
    else:
        progress.skip("gradient", structure.first_line(error))
    return None, problem


def _blocked(problem: Problem, seen: structure.Probe | None) -> frozenset[int]:
    """Arguments for which the backward rule returned None itself."""
    if seen is None or not isinstance(seen.cotangents, (tuple, list)):
        return frozenset(problem.subject.blocked)
    dynamic = problem.dynamic
    return frozenset(dynamic[entry] for entry in seen.blocked if entry < len(dynamic))
