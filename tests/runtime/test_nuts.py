"""What NUTS says of rules: the article's claim settled, and each kind of silent mistake found."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numpyro", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist

from flake8_jaxvjp import verify_vjp
from flake8_jaxvjp.runtime.report import RuleReport
from wrong_rules import Function, array, with_rule


def energy(x: Any, y: Any) -> Any:
    return -0.5 * jnp.sum((x - y) ** 2) - 0.1 * jnp.sum(x**4)


def slopes(x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    gap = x - y
    first, second = g * (-gap - 0.4 * x**3), g * gap
    return (first if jnp.ndim(x) else jnp.sum(first)), (second if jnp.ndim(y) else jnp.sum(second))


def nuts(primal: Function, backward: Function, *arguments: Any) -> RuleReport:
    return verify_vjp(with_rule(primal, backward), *arguments, raises=False, second_order=False, nuts=True)


def stage(report: RuleReport, name: str) -> str:
    return next((stage.verdict for stage in report.stages if stage.name == name), "absent")


SHAPES = {"scalars": ((), ()), "vectors": ((3,), (3,)), "mixed shapes": ((4,), ())}


@pytest.mark.parametrize("name", SHAPES)
def test_a_tuple_of_cotangents_samples(name: str) -> None:
    arguments = [array(*shape) for shape in SHAPES[name]]
    report = nuts(energy, lambda r, g: slopes(r[0], r[1], g), *arguments)
    assert report.verdict == "passed"
    assert {stage(report, one) for one in ("leapfrog order", "NUTS", "NUTS against the primal")} == {"passed"}


@pytest.mark.parametrize("name", SHAPES)
def test_its_concatenated_twin_fails(name: str) -> None:
    arguments = [array(*shape) for shape in SHAPES[name]]
    report = nuts(
        energy, lambda r, g: jnp.concatenate([jnp.atleast_1d(one) for one in slopes(r[0], r[1], g)]), *arguments
    )
    assert report.codes == ("VJP901",)
    assert "one array" in report.remarks[0].message
    assert "2 cotangents (x, y)" in report.remarks[0].message


def test_a_dict_argument_samples_and_its_bare_twin_fails() -> None:
    def primal(p: Any) -> Any:
        return energy(p["x"], p["y"])

    def cotangents(residuals: Any, g: Any) -> dict[str, Any]:
        first, second = slopes(residuals[0]["x"], residuals[0]["y"], g)
        return {"x": first, "y": second}

    example = {"x": array(3), "y": array(3)}
    assert nuts(primal, lambda r, g: (cotangents(r, g),), example).verdict == "passed"
    assert nuts(primal, cotangents, example).codes == ("VJP901",)


def test_a_likelihood_behind_a_callback_is_judged_by_the_leapfrog_order() -> None:
    def primal(x: Any, y: Any) -> Any:
        def host(x: Any, y: Any) -> Any:
            x, y = np.asarray(x), np.asarray(y)
            return np.asarray(-0.5 * np.sum((x - y) ** 2) - 0.1 * np.sum(x**4), x.dtype)

        return jax.pure_callback(host, jax.ShapeDtypeStruct((), x.dtype), x, y)

    right = nuts(primal, lambda r, g: slopes(r[0], r[1], g), array(3), array(3))
    assert right.verdict == "passed", right
    assert stage(right, "NUTS against the primal") == "skipped"
    swapped = nuts(primal, lambda r, g: slopes(r[0], r[1], g)[::-1], array(3), array(3))
    assert set(swapped.codes) == {"VJP907", "VJP921"}
    assert stage(swapped, "NUTS") == "skipped"
    flat = nuts(primal, lambda r, g: jnp.concatenate(slopes(r[0], r[1], g)), array(3), array(3))
    assert flat.codes == ("VJP901",)


SILENT = {
    "swapped": lambda r, g: slopes(r[0], r[1], g)[::-1],
    "sign": lambda r, g: (slopes(r[0], r[1], g)[0], -slopes(r[0], r[1], g)[1]),
    "cotangent ignored": lambda r, g: slopes(r[0], r[1], jnp.ones_like(g)),
    "twice": lambda r, g: (2.0 * slopes(r[0], r[1], g)[0], slopes(r[0], r[1], g)[1]),
    "one percent": lambda r, g: (1.01 * slopes(r[0], r[1], g)[0], slopes(r[0], r[1], g)[1]),
}


@pytest.mark.parametrize("kind", SILENT)
def test_the_leapfrog_order_finds_what_raises_nothing(kind: str) -> None:
    report = nuts(energy, SILENT[kind], array(3), array(3) + 0.5)
    assert {"VJP907", "VJP921", "VJP923"} <= set(report.codes)
    errors = report.measured.energy_errors
    assert errors[-3] / errors[-1] < 1.5


def test_the_right_energy_error_falls_fourfold() -> None:
    report = nuts(energy, lambda r, g: slopes(r[0], r[1], g), array(3), array(3) + 0.5)
    errors = report.measured.energy_errors
    assert errors[-2] / errors[-1] == pytest.approx(4.0, abs=0.05)


def test_a_kink_is_no_mistake() -> None:
    report = nuts(lambda x: jnp.sum(jax.nn.relu(x)), lambda r, g: (g * (r[0] > 0),), array(4) - 0.5)
    assert report.verdict == "passed", report


def test_a_model_says_nothing_of_a_rule_that_it_does_not_call() -> None:
    """Also where what it calls was compiled before it is looked at."""
    rule = with_rule(lambda x, y: jnp.sum(x * y), lambda r, g: (g * r[1], g * r[0]))
    compiled = jax.jit(lambda x: -rule(x, x) / 2)
    compiled(jnp.ones(2))

    def other() -> None:
        numpyro.sample("x", dist.Normal(0.0, 1.0))

    def calling() -> None:
        numpyro.factor("f", compiled(numpyro.sample("x", dist.Normal(jnp.zeros(2), 1.0))))

    report = verify_vjp(rule, array(3), array(3), nuts=True, model=other)
    assert stage(report, "NUTS") == "skipped"
    assert report.stages[-1].detail == "the model does not call this rule"
    assert stage(verify_vjp(rule, array(3), array(3), nuts=True, model=calling), "leapfrog order") == "passed"


def test_the_users_own_model_is_sampled() -> None:
    wrong = with_rule(energy, SILENT["swapped"])

    def model() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
        numpyro.factor("likelihood", wrong(x, jnp.asarray(array(3) + 0.5)))

    report = verify_vjp(wrong, array(3), array(3) + 0.5, raises=False, nuts=True, model=model)
    assert "VJP921" in report.codes


def test_a_callback_that_knows_one_precision_is_sampled_in_it() -> None:
    """The 64 bits in which the order is measured are ours; the rule is not to blame that its callback has 32."""

    def primal(x: Any) -> Any:
        shape = jax.ShapeDtypeStruct(x.shape, jnp.float32)
        return jax.pure_callback(lambda a: -np.square(np.asarray(a)).astype(np.float32), shape, x)

    function = with_rule(
        primal, lambda r, g: (-2 * g * r,), lambda x: (primal(x), jnp.asarray(x, jnp.float32))
    )
    report = verify_vjp(function, array(3), nuts=True, second_order=False)
    assert report.remarks == ()
    assert {"leapfrog order", "NUTS"} <= {stage.name for stage in report.stages if stage.verdict == "passed"}
