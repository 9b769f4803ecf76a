"""At least 59 of 60 wrong rules are found; their right twins pass; deliberate gradients are named."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp import verify_vjp
from flake8_jaxvjp.runtime.branches import looks_at_values
from flake8_jaxvjp.runtime.subject import subject_of
from wrong_rules import Function, Rule, array, right_twins, with_rule, wrong_rules

WRONG = tuple(wrong_rules())


def test_there_are_enough_of_them() -> None:
    assert len(WRONG) >= 60
    assert len({rule.name for rule in WRONG}) == len(WRONG)


@pytest.mark.parametrize("rule", WRONG, ids=lambda rule: rule.name)
def test_a_wrong_rule_is_found(rule: Rule) -> None:
    report = verify_vjp(rule.function, *rule.arguments, raises=False, second_order=False)
    assert report.failed, report
    assert not any(remark.code == "VJP959" for remark in report.remarks)


@pytest.mark.parametrize("rule", tuple(right_twins()), ids=lambda rule: rule.name)
def test_its_right_twin_passes(rule: Rule) -> None:
    report = verify_vjp(rule.function, *rule.arguments)
    assert report.verdict == "passed"
    assert report.remarks == ()
    assert {"structure", "forward value", "finite", "gradient", "linearity", "dtype", "under vmap"} <= {
        stage.name for stage in report.stages if stage.verdict == "passed"
    }
    assert report.stages[-1].name == "transformations"
    assert "second order, reverse over reverse" in report.supports


DELIBERATE = {
    "straight-through": with_rule(lambda x: jnp.round(x), lambda r, g: (g,)),
    "clipping": with_rule(lambda x: x, lambda r, g: (jnp.clip(g, -0.5, 0.5),)),
    "reversal": with_rule(lambda x: x, lambda r, g: (-g,)),
    "scaling": with_rule(lambda x: x, lambda r, g: (0.1 * g,)),
    "a masked gradient": with_rule(lambda x: x, lambda r, g: (jnp.where(g > 0, g, 0.0),)),
    "a gradient of its own": with_rule(lambda x: x, lambda r, g: (g * r[0],)),
}


@pytest.mark.parametrize("name", DELIBERATE)
def test_a_deliberate_gradient_is_named_and_no_error(name: str) -> None:
    report = verify_vjp(DELIBERATE[name], array(4), second_order=False)
    assert report.verdict == "by design"
    assert [remark.code for remark in report.remarks] == ["VJP940"]
    assert name in report.remarks[0].message


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("swapped", "is the one expected for 'y'"),
        ("sign of the first", "opposite sign in every entry"),
        ("twice", "is 2 times the expected value in every entry: is a factor missing?"),
        ("cotangent ignored", "is the cotangent ignored?"),
        ("zero", "is zero, expected"),
    ],
)
def test_the_reason_is_said_in_words(kind: str, words: str) -> None:
    rule = next(rule for rule in WRONG if rule.name == f"product, {kind}")
    with pytest.raises(AssertionError) as caught:
        verify_vjp(rule.function, *rule.arguments, second_order=False)
    assert words in str(caught.value)
    assert "(with x=f32[4], y=f32[4])" in str(caught.value)


def test_a_transpose_and_an_average_are_recognised() -> None:
    said = {}
    for name in ("transposed", "mean for a sum"):
        rule = next(rule for rule in WRONG if rule.name == name)
        report = verify_vjp(rule.function, *rule.arguments, raises=False)
        said[name] = " ".join(remark.message for remark in report.remarks)
    assert "the transpose of the expected value" in said["transposed"]
    assert "is a factor missing, or a mean taken of 4 entries for a sum?" in said["mean for a sum"]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            with_rule(lambda x, y: jnp.sum((x - y) ** 2), lambda r, g: (2 * g * (r[0] - r[1]), 2 * g * (r[0] - r[1]))),
            "'y' in the rule of '<lambda>' has the opposite sign in every entry (it also is the one expected for 'x'",
        ),
        (
            with_rule(lambda x, y: jnp.sum(x * y), lambda r, g: (g * r[1], g * r[1])),
            "'y' in the rule of '<lambda>' is the one expected for 'x'",
        ),
        (
            with_rule(lambda x, y: 3.0 * x + 0.0 * y, lambda r, g: (g, 0.0 * g)),
            "is 0.3333 times the expected value in every entry: is a factor missing, or a mean taken of 3 entries",
        ),
        (
            with_rule(lambda x, y: x - y, lambda r, g: (-g, g)),
            (
                "'x' in the rule of '<lambda>' is the one expected for 'y': are the entries in the order of the"
                " parameters? (it also has the opposite sign in every entry)"
            ),
        ),
    ],
    ids=["sign", "other", "factor", "exchanged"],
)
def test_the_simplest_that_explains_every_entry_is_said(function: Function, words: str) -> None:
    report = verify_vjp(function, array(3), array(3) + 0.25, raises=False, second_order=False)
    assert words in report.remarks[0].message


def test_one_wrong_entry_in_ten_thousand_is_found() -> None:
    function = with_rule(lambda x: x**2, lambda r, g: ((2.0 * g * r[0]).at[1234].set(0.0),))
    report = verify_vjp(function, array(10_000), raises=False, second_order=False)
    assert "in 1 of 10000 entries, as at [1234]" in report.remarks[0].message


def test_a_custom_gradient_is_checked_for_structure_only() -> None:
    rule = next(rule for rule in WRONG if rule.name == "product, twice")
    assert verify_vjp(rule.function, *rule.arguments, expect_gradient="custom").verdict == "passed"
    flat = with_rule(lambda x, y: jnp.sum(x * y), lambda r, g: (g * r[1],))
    assert verify_vjp(flat, array(3), array(3), expect_gradient="custom", raises=False).codes == ("VJP901",)


def test_integers_keys_and_python_numbers_are_understood() -> None:
    def primal(x: jax.Array, n: int, key: jax.Array, scale: float) -> jax.Array:
        return scale * jnp.sum(x**n) + 0.0 * jax.random.normal(key)

    function = with_rule(
        primal, lambda r, g: (g * r[3] * r[1] * r[0] ** (r[1] - 1), None, None, g * jnp.sum(r[0] ** r[1]))
    )
    assert verify_vjp(function, array(3), 3, jax.random.key(0), 0.5, second_order=False).remarks == ()


def test_none_for_an_argument_that_matters_is_an_error_unless_it_is_data() -> None:
    function = with_rule(lambda x, y: jnp.sum(x * y), lambda r, g: (g * r[1], None))
    report = verify_vjp(function, array(3), array(3), raises=False)
    assert report.codes == ("VJP915",)
    assert "'y'" in report.remarks[0].message
    assert verify_vjp(function, array(3), array(3), data=("y",)).codes == ()


def test_a_stopped_gradient_is_no_missing_one() -> None:
    assert verify_vjp(with_rule(lambda x: x, lambda r, g: (None,)), array(3)).codes == ("VJP940",)


def test_a_leaked_tracer_is_found() -> None:
    kept = []

    def forward(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        kept.append(x)
        return jnp.sum(x**2), x

    function = with_rule(lambda x: jnp.sum(x**2), lambda r, g: (2.0 * g * r,), forward)
    assert "VJP913" in verify_vjp(function, array(3), raises=False).codes


def test_global_precision_is_left_alone() -> None:
    before = jax.config.read("jax_enable_x64")
    verify_vjp(with_rule(lambda x: jnp.sum(x), lambda r, g: (jnp.broadcast_to(g, r[0].shape),)), array(3))
    assert jax.config.read("jax_enable_x64") == before
    assert jnp.asarray(1.0).dtype == jnp.float32


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="no custom derivative rule"):
        verify_vjp(jnp.sin, array(3))
    with pytest.raises(TypeError, match=r"pass the function that has the rule, and not what jax\.vmap"):
        verify_vjp(jax.vmap(DELIBERATE["scaling"]), array(3))
    assert verify_vjp(jax.jit(DELIBERATE["scaling"]), array(3)).codes == ("VJP940",)
    with pytest.raises(ValueError, match="expect_gradient"):
        verify_vjp(DELIBERATE["scaling"], array(3), expect_gradient="maybe")


def _helper(x: jax.Array) -> jax.Array:
    return 2.0 * x if x.ndim else x


def _through(x: jax.Array) -> jax.Array:
    return _helper(x) + 1.0


@pytest.mark.parametrize(
    ("primal", "expected"),
    [
        (lambda x: jnp.sum(x**2), False),
        (lambda x: sum(2.0 * one for one in (x, x)), False),
        (lambda x: x if x.ndim else 2.0 * x, True),
        (lambda x: {True: x, False: 2.0 * x}[isinstance(x, jax.core.Tracer)], True),
        (lambda x: _through(x), True),
        (abs, True),
    ],
    ids=["plain", "loop", "branch", "type", "helper", "not seen"],
)
def test_only_code_that_looks_at_values_is_run_without_jit(primal: Function, expected: bool) -> None:
    subject = subject_of(with_rule(primal, lambda r, g: (g * r[0],)))
    assert subject is not None
    assert looks_at_values(subject) is expected


SPD = np.asarray([[2.0, 0.3], [0.3, 1.0]], np.float32)


def test_an_example_that_is_symmetric_is_moved_within_symmetric_matrices() -> None:
    """As numpy.linalg.cholesky does, the function reads the lower half, and the rule gives back the whole."""

    def primal(a: jax.Array) -> jax.Array:
        lower = jax.pure_callback(
            lambda one: np.linalg.cholesky(np.asarray(one)), jax.ShapeDtypeStruct(a.shape, a.dtype), a
        )
        return 2.0 * jnp.sum(jnp.log(jnp.diag(lower)))

    right = verify_vjp(with_rule(primal, lambda r, g: (g * jnp.linalg.inv(r[0]),)), SPD, edges=False)
    assert right.verdict == "passed"
    wrong = verify_vjp(with_rule(primal, lambda r, g: (g * r[0],)), SPD, edges=False, raises=False)
    assert wrong.codes == ("VJP907",)


def test_what_is_right_for_symmetric_matrices_like_the_example_is_in_doubt() -> None:
    def backward(r: tuple[jax.Array, ...], g: jax.Array) -> tuple[jax.Array, ...]:
        a, b = r
        return -jnp.outer(jnp.linalg.solve(a, g), jnp.linalg.solve(a, b)), jnp.linalg.solve(a, g)

    rule = with_rule(lambda a, b: jnp.linalg.solve(a, b), backward)
    given = verify_vjp(rule, SPD, array(2), raises=False)
    assert (given.verdict, set(given.codes)) == ("in doubt", {"VJP914"})
    assert verify_vjp(rule, SPD + array(2, 2), array(2), raises=False).codes[0] == "VJP907"


def _no_forward(x: jax.Array) -> tuple[jax.Array, None]:
    raise ValueError("reverse mode is not supported")


def _no_backward(r: None, g: jax.Array) -> tuple[jax.Array]:
    message = "no gradient"
    raise NotImplementedError(message)


def _no_tangents(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    raise RuntimeError("cannot be differentiated")


@pytest.mark.parametrize("kind", ["forward", "backward", "custom_jvp"])
def test_a_rule_that_only_raises_declares_that_there_is_no_gradient(kind: str) -> None:
    if kind == "custom_jvp":
        function: Any = jax.custom_jvp(jnp.sort)
        function.defjvp(_no_tangents)
    else:
        function = with_rule(jnp.sort, _no_backward, _no_forward if kind == "forward" else None)
    report = verify_vjp(function, array(3))
    assert (report.verdict, report.codes) == ("by design", ("VJP941",))
    assert "declares that there is no gradient" in report.remarks[0].message
