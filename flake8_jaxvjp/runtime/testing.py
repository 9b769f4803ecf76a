"""`verify_vjp`: the check of one rule as a test, with one AssertionError that reads well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flake8_jaxvjp.runtime.codes import OF_VALUES, ON_PURPOSE
from flake8_jaxvjp.runtime.judge import Tolerance
from flake8_jaxvjp.runtime.observe import tell
from flake8_jaxvjp.runtime.report import FAILED, UNVERIFIED, RuleReport
from flake8_jaxvjp.runtime.subject import subject_of, unwrapped
from flake8_jaxvjp.runtime.verify import Options, verify_rule


class RuleError(AssertionError):
    """What `verify_vjp` raises: the findings of one rule, one a line."""


def verify_vjp(
    function: Any,
    *arguments: Any,
    rtol: float = 1e-4,
    atol_of_largest: float = 1e-6,
    dtype: str = "float64",
    edges: bool = True,
    transformations: Sequence[str] = ("jit", "vmap", "scan", "checkpoint"),
    expect_gradient: str = "true",
    second_order: bool = True,
    nuts: bool = False,
    model: Callable[..., Any] | None = None,
    data: Sequence[str] = (),
    raises: bool = True,
) -> RuleReport:
    """Check the derivative rule of `function` at `arguments`, as a test.

    `function` is a `jax.custom_vjp`, `jax.custom_jvp`, `jax.custom_gradient` or `equinox.filter_custom_vjp` object.
    Raises one AssertionError that names each wrong argument; with `raises=False` it only returns the report.
    `expect_gradient="custom"` is for a rule that differs from the derivative on purpose: structure, dtypes,
    transformations and finiteness are checked, values are not. `data` names arguments that nobody differentiates, for
    which the rule may return None although the function depends on them. `nuts=True` also lets NumPyro's NUTS judge.
    """
    if expect_gradient not in {"true", "custom"}:
        raise ValueError(f"expect_gradient is 'true' or 'custom', not {expect_gradient!r}")
    rule = unwrapped(function)
    subject = subject_of(rule)
    if subject is None:
        raise TypeError(
            f"{function!r} is no custom derivative rule of JAX or equinox: pass the function that has the rule,"
            " and not what jax.vmap, jax.grad or a function of your own makes of it"
        )
    tell(rule, data, expect_gradient == "custom")
    options = Options(
        Tolerance(rtol, atol_of_largest),
        dtype,
        edges,
        tuple(transformations),
        expect_gradient,
        second_order,
        nuts,
        model,
        data=tuple(data),
        wanted=None,
    )
    report = verify_rule(subject, arguments, options, "given")
    if raises and report.verdict in {FAILED, UNVERIFIED}:
        raise RuleError(readable(report))
    return report


def readable(report: RuleReport) -> str:
    """The report as the text of an AssertionError."""
    head = f"the derivative rule of '{report.rule}' {'is wrong' if report.failed else 'was not verified'}"
    lines = [f"  {remark.code} {remark.message}" for remark in report.remarks]
    if any(remark.code in OF_VALUES for remark in report.remarks):
        lines.append(f"  {ON_PURPOSE}")
    if not lines:
        lines = [f"  {stage.name}: {stage.verdict}, {stage.detail}" for stage in report.stages]
    return "\n".join([f"{head} (with {report.inputs})", *lines])
