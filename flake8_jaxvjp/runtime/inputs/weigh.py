"""What a failure means if nobody said what the arguments are: the rule may have been written for others.

A rule that is wrong with a guessed matrix and right with a vector may be meant for vectors: it is not verified, and the
user is asked which. Only what is wrong with every kind of arguments that the function takes is wrong.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

from flake8_jaxvjp.runtime import explanation, structure
from flake8_jaxvjp.runtime.codes import NOT_VERIFIED, WRONG_GRADIENT, Level
from flake8_jaxvjp.runtime.inputs.relatives import relatives, tamed, with_other_functions
from flake8_jaxvjp.runtime.inputs.search import Fit, others
from flake8_jaxvjp.runtime.problem import described, make_problem
from flake8_jaxvjp.runtime.report import BY_DESIGN, PASSED, UNVERIFIED, Remark, RuleReport
from flake8_jaxvjp.runtime.subject import Subject
from flake8_jaxvjp.runtime.verify import Options, verify_rule


def weighed(subject: Subject, report: RuleReport, fit: Fit, options: Options) -> RuleReport:
    """The report on guessed arguments, with a failure doubted where other arguments tell otherwise."""
    if report.verdict == UNVERIFIED and fit.grade == 3:
        return _next(subject, report, fit, options)
    if not report.failed:
        if fit.doubted is not None:
            report = _doubted(subject, report, fit.doubted)
        return report if report.verdict != PASSED else _with_relatives(subject, report, fit, options)
    wrong = next(remark for remark in report.remarks if remark.level is Level.ERROR)
    if fit.grade == 3:
        for arguments in itertools.chain(with_other_functions(fit.arguments), others(subject, fit)):
            other = verify_rule(subject, arguments, _quick(options), fit.source)
            if other.verdict in {PASSED, BY_DESIGN}:
                return _unsure(report, other.inputs, report.inputs, wrong.message, other.inputs)
    remarks = tuple(
        replace(remark, message=f"{remark.message} (with {report.inputs}, as guessed)")
        if remark.level is Level.ERROR
        else remark
        for remark in report.remarks
    )
    return replace(report, remarks=remarks)


def _quick(options: Options) -> Options:
    return replace(options, transformations=(), second_order=False, nuts=False, model=None)


def _with_relatives(subject: Subject, report: RuleReport, fit: Fit, options: Options) -> RuleReport:
    """The report of a rule that passes, unless it is wrong for a mix of shapes, or for complex numbers."""
    for arguments in relatives(subject, fit):
        other = verify_rule(subject, arguments, _quick(options), fit.source)
        wrong = [remark for remark in other.remarks if remark.code == WRONG_GRADIENT.code]
        if wrong:
            return _unsure(report, report.inputs, other.inputs, wrong[0].message, other.inputs)
    return report


def _next(subject: Subject, report: RuleReport, fit: Fit, options: Options) -> RuleReport:
    """What cannot be said with one guess (a callback raises, say) may be said with another."""
    # Of a loop that may never end only the example is asked for, which may lie outside the domain.
    for arguments in (tamed(fit.arguments), *others(subject, fit)):
        other = verify_rule(subject, arguments, options, fit.source)
        if other.verdict != UNVERIFIED:
            return other if not other.failed else weighed(subject, other, Fit(arguments, fit.source, 3), options)
    return report


def _doubted(subject: Subject, report: RuleReport, arguments: tuple[object, ...]) -> RuleReport:
    """A rule that passes, but lacks a sum where the function broadcasts likelier arguments."""
    problem = make_problem(subject, arguments, wide=False)
    given = structure.accepted(problem)
    if not isinstance(given, BaseException):
        return report
    words = explanation.explain(problem, given, structure.probe(problem)).message
    likely = described(problem.arguments, problem.names)
    return _unsure(report, report.inputs, likely, words, likely)


def _unsure(report: RuleReport, right: str, wrong: str, words: str, meant: str) -> RuleReport:
    remark = Remark(
        NOT_VERIFIED.code,
        f"'{report.rule}' is not verified: it is right with {right}, but with {wrong} {words};"
        f" say which are meant, as `# jaxvjp: {meant}`",
    )
    return replace(report, remarks=(remark,))
