"""`jax.custom_jvp`, `jax.custom_gradient` and `equinox.filter_custom_vjp` go through the checks of `jax.custom_vjp`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

import jax
import jax.numpy as jnp

from flake8_jaxvjp import verify_vjp
from flake8_jaxvjp.runtime.filecheck import Job, check_file
from flake8_jaxvjp.runtime.observe import observing
from flake8_jaxvjp.runtime.report import RuleReport
from wrong_rules import array

X, Y = array(3), array(3) + 0.5


def by_tangents(factor: float) -> Any:
    """A custom_jvp whose second tangent has this factor; 1 is right."""

    @jax.custom_jvp
    def wave(x: Any, y: Any) -> Any:
        return jnp.sin(x) * y

    @wave.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (x, y), (dx, dy) = primals, tangents
        return wave(x, y), jnp.cos(x) * y * dx + factor * jnp.sin(x) * dy

    return wave


def by_parts(factor: float) -> Any:
    @jax.custom_jvp
    def wave(x: Any, y: Any) -> Any:
        return jnp.sin(x) * y

    wave.defjvps(lambda dx, out, x, y: jnp.cos(x) * y * dx, lambda dy, out, x, y: factor * jnp.sin(x) * dy)
    return wave


def by_static(factor: float) -> Any:
    @functools.partial(jax.custom_jvp, nondiff_argnums=(0,))  # type: ignore[untyped-decorator,unused-ignore]
    def wave(n: int, x: Any, y: Any) -> Any:
        return jnp.sin(n * x) * y

    @wave.defjvp
    def rule(n: int, primals: Any, tangents: Any) -> Any:
        (x, y), (dx, dy) = primals, tangents
        return wave(n, x, y), n * jnp.cos(n * x) * y * dx + factor * jnp.sin(n * x) * dy

    return wave


def by_gradient(factor: float) -> Any:
    @jax.custom_gradient  # type: ignore[untyped-decorator,unused-ignore]
    def wave(x: Any, y: Any) -> Any:
        return jnp.sin(x) * y, lambda g: (g * jnp.cos(x) * y, factor * g * jnp.sin(x))

    return wave


FORMS = {"defjvp": by_tangents, "defjvps": by_parts, "nondiff": by_static, "custom_gradient": by_gradient}


@pytest.mark.parametrize("form", FORMS)
def test_the_right_one_passes(form: str) -> None:
    arguments = (2, X, Y) if form == "nondiff" else (X, Y)
    report = verify_vjp(FORMS[form](1.0), *arguments)
    assert report.remarks == ()
    assert report.kind == ("custom_gradient" if form == "custom_gradient" else "custom_jvp")
    assert ("forward mode" in report.supports) == (form != "custom_gradient")


@pytest.mark.parametrize("form", FORMS)
def test_the_wrong_one_names_its_argument(form: str) -> None:
    arguments = (2, X, Y) if form == "nondiff" else (X, Y)
    report = verify_vjp(FORMS[form](-1.0), *arguments, raises=False)
    assert [(remark.code, remark.argument) for remark in report.remarks] == [("VJP907", "y")]
    assert "opposite sign" in report.remarks[0].message


def test_what_jax_rejects_is_rejected() -> None:
    @jax.custom_jvp
    def square(x: Any) -> Any:
        return x**2

    square.defjvp(lambda primals, tangents: 2.0 * primals[0] * tangents[0])
    assert verify_vjp(square, X, raises=False).codes == ("VJP901",)

    @jax.custom_gradient  # type: ignore[untyped-decorator,unused-ignore]
    def product(x: Any, y: Any) -> Any:
        return x * y, lambda g: (g * y,)

    assert verify_vjp(product, X, Y, raises=False).codes == ("VJP901",)


def test_a_jvp_that_is_not_linear_in_the_tangent_is_found() -> None:
    @jax.custom_jvp
    def square(x: Any) -> Any:
        return x**2

    square.defjvp(lambda primals, tangents: (square(primals[0]), 2.0 * primals[0] * tangents[0] + 1.0))
    report = verify_vjp(square, X, raises=False)
    assert report.codes == ("VJP909",)
    assert "forward mode" in report.remarks[0].message


def of_equinox(factor: float) -> Any:
    equinox = pytest.importorskip("equinox")

    @equinox.filter_custom_vjp  # type: ignore[untyped-decorator,unused-ignore]
    def weighted(params: Any, data: Any, name: str) -> Any:
        return jnp.sum(params["w"] * data) + params["b"]

    @weighted.def_fwd  # type: ignore[untyped-decorator,unused-ignore]
    def forward(perturbed: Any, params: Any, data: Any, name: str) -> Any:
        return weighted(params, data, name), None

    @weighted.def_bwd  # type: ignore[untyped-decorator,unused-ignore]
    def backward(residuals: Any, g: Any, perturbed: Any, params: Any, data: Any, name: str) -> Any:
        return {"w": factor * g * data, "b": g}

    return weighted


def test_a_rule_of_equinox() -> None:
    arguments = ({"w": X, "b": jnp.asarray(0.5)}, Y, "a name")
    report = verify_vjp(of_equinox(1.0), *arguments)
    assert report.kind == "filter_custom_vjp"
    assert report.remarks == ()
    wrong = verify_vjp(of_equinox(2.0), *arguments, raises=False)
    assert [(remark.code, remark.argument) for remark in wrong.remarks] == [("VJP907", "params['w']")]
    assert "2 times" in wrong.remarks[0].message


def test_a_rule_of_equinox_is_watched_as_a_whole() -> None:
    """What JAX sees is a rule inside equinox; what the user wrote, and what is noted, is the one around it."""
    weighted = of_equinox(1.0)
    params = {"w": jnp.asarray(X), "b": jnp.asarray(0.5)}
    with observing() as calls:
        jax.grad(lambda params: weighted(params, jnp.asarray(Y), name="a name"))(params)
    (arguments,) = calls.rules[id(weighted)].examples
    assert calls.rules[id(weighted)].differentiated == {0}
    assert verify_vjp(weighted, *arguments).inputs == "params={'b': f32[], 'w': f32[3]}, data=f32[3], name='a name'"


def test_files_with_each_kind_are_verified(tmp_path: Path) -> None:
    path = tmp_path / "kinds_of_rules.py"
    path.write_text(
        "import jax\nimport jax.numpy as jnp\n\n\n@jax.custom_jvp\ndef square(x):\n    return x**2\n\n\n"
        "@square.defjvp\ndef square_rule(primals, tangents):\n    (x,), (dx,) = primals, tangents\n"
        "    return square(x), 3.0 * x * dx\n\n\n"
        "@jax.custom_gradient\ndef cube(x):\n    return x**3, lambda g: 2.0 * g * x**2\n",
        encoding="utf-8",
    )
    found: list[RuleReport] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "rule" else None)
    assert [(report.rule, report.kind, report.codes) for report in found] == [
        ("square", "custom_jvp", ("VJP907",)),
        ("cube", "custom_gradient", ("VJP907",)),
    ]
    assert [report.remarks[0].line for report in found] == [13, 18]
