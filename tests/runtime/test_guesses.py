"""What is held against a rule whose arguments nobody gave, and what is not: the author may have meant others."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

from flake8_jaxvjp.runtime.filecheck import Job, check_file
from flake8_jaxvjp.runtime.report import RuleReport

HEAD = """\
import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

"""


def verified(tmp_path: Path, primal: str, backward: str) -> RuleReport:
    """The report on a function given as its source, with a rule whose residuals are all arguments."""
    text = textwrap.dedent(primal).strip()
    names = text.rpartition("def f(")[2].partition("):")[0]
    names = ", ".join(one.partition(":")[0].strip() for one in names.split(","))
    path = tmp_path / "module_with_rules.py"
    decorated = text.replace("def f(", "@jax.custom_vjp\ndef f(")
    path.write_text(
        f"{HEAD}{decorated}\n\n\nf.defvjp(lambda {names}: (f({names}), ({names},)), lambda r, g: {backward})\n",
        encoding="utf-8",
    )
    found: list[RuleReport] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "rule" else None)
    (report,) = found
    return report


LAYER = """
def f(params, x):
    return x @ params["w"] + params["b"]
"""
PAIR = """
def f(params, x):
    w, b = params
    return jnp.tanh(x @ w) + b
"""
BILINEAR = """
def f(params, x, y):
    return x @ params["A"] @ y
"""
NAMED = """
class Affine(NamedTuple):
    w: jax.Array
    b: jax.Array


def f(p: Affine, x: jax.Array):
    return x @ p.w + p.b
"""
CLASS = """
@dataclasses.dataclass
class Affine:
    w: jax.Array
    b: jax.Array


jax.tree_util.register_pytree_node(Affine, lambda one: ((one.w, one.b), None), lambda _, parts: Affine(*parts))


def f(p: Affine, x):
    return p.w * x + p.b
"""
RIGHT = {
    "layer": (LAYER, "({'w': r[1].T @ g, 'b': g.sum(0)}, g @ r[0]['w'].T)", "'w': f32[3,4]}, x=f32[2,3]"),
    "vector layer": (LAYER, "({'w': jnp.outer(r[1], g), 'b': g}, r[0]['w'] @ g)", "'w': f32[3,4]}, x=f32[3]"),
    "pair": (
        PAIR,
        (
            "((r[1].T @ (g * (1 - jnp.tanh(r[1] @ r[0][0]) ** 2)), g.sum(0)),"
            " (g * (1 - jnp.tanh(r[1] @ r[0][0]) ** 2)) @ r[0][0].T)"
        ),
        "params=(f32[3,4], f32[4])",
    ),
    "bilinear": (
        BILINEAR,
        "({'A': g * jnp.outer(r[1], r[2])}, g * (r[0]['A'] @ r[2]), g * (r[1] @ r[0]['A']))",
        "params={'A': f32[3,3]}, x=f32[3], y=f32[3]",
    ),
    "row": (
        "def f(p, x):\n    return jnp.sum(p['A'] @ x)",
        "({'A': g * jnp.broadcast_to(r[1], r[0]['A'].shape)}, g * r[0]['A'].sum(0))",
        "x=f32[3]",
    ),
    "nested": (
        "def f(p, x):\n    return x @ p['one']['w'] @ p['two']['w']",
        (
            "({'one': {'w': r[1].T @ (g @ r[0]['two']['w'].T)}, 'two': {'w': (r[1] @ r[0]['one']['w']).T @ g}},"
            " g @ r[0]['two']['w'].T @ r[0]['one']['w'].T)"
        ),
        "x=f32[2,3]",
    ),
    "layers": (
        "def f(layers, x):\n    for w, b in layers:\n        x = x @ w + b\n    return x",
        (
            "([(r[1].T @ (g @ r[0][1][0].T), (g @ r[0][1][0].T).sum(0)), ((r[1] @ r[0][0][0] + r[0][0][1]).T @ g,"
            " g.sum(0))], g @ r[0][1][0].T @ r[0][0][0].T)"
        ),
        "x=f32[2,3]",
    ),
    "named tuple": (
        NAMED,
        "(Affine(r[1].T @ g, g.sum(0)), g @ r[0].w.T)",
        "p=Affine(w=f32[3,4], b=f32[4]), x=f32[2,3]",
    ),
    "dataclass": (CLASS, "(Affine(g * r[1], g), g * r[0].w)", "x=f32[2,3]"),
    "cumulated": ("def f(x):\n    return jnp.cumsum(x)", "(jnp.cumsum(g[::-1])[::-1],)", "x=f32[3]"),
    "gathered": (
        "def f(table, idx):\n    return table[idx]",
        "(jnp.zeros_like(r[0]).at[r[1]].add(g), None)",
        "table=f32[2,3], idx=i32[2]",
    ),
    "saturated": (
        "def f(q, k, v):\n    return jax.nn.softmax(q @ k.T) @ v",
        (
            "(lambda p, d: (lambda s: (s @ r[1], s.T @ r[0], p.T @ g))"
            "(p * (d - (d * p).sum(-1, keepdims=True))))(jax.nn.softmax(r[0] @ r[1].T), g @ r[2].T)"
        ),
        "q=f32[2,3], k=f32[2,3], v=f32[2,3]",
    ),
    "labels": (
        "def f(logits, labels):\n    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).sum()",
        "(g * (jax.nn.softmax(r[0]) - jax.nn.one_hot(r[1], r[0].shape[1])), None)",
        "logits=f32[2,3], labels=i32[2]",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_rule_with_a_natural_signature_is_verified(name: str, tmp_path: Path) -> None:
    primal, backward, inputs = RIGHT[name]
    report = verified(tmp_path, primal, backward)
    assert report.verdict == "passed", report.remarks
    assert inputs in report.inputs


# Of the same shape wherever all sizes are equal.
WRONG = {
    "axis of a sum": ("def f(x):\n    return x.sum(axis=1)", "(jnp.zeros_like(r[0]) + g[None, : r[0].shape[1]],)"),
    "count of a mean": (
        "def f(x):\n    return x.mean(axis=1)",
        "(jnp.broadcast_to(g[:, None], r[0].shape) / r[0].shape[0],)",
    ),
    "transposed": ("def f(A, x):\n    return A @ x", "(jnp.outer(r[1], g), r[0].T @ g)"),
    "gathered once": (
        "def f(table, idx):\n    return table[idx]",
        "(jnp.zeros_like(r[0]).at[r[1]].set(g), None)",
    ),
    "drawn anew": (
        "def f(x, key):\n    return x * jax.random.bernoulli(key, 0.5, x.shape)",
        "(g * jax.random.bernoulli(jax.random.split(r[1])[0], 0.5, g.shape), None)",
    ),
    "layer": (LAYER, "({'w': r[1].T @ g, 'b': 2.0 * g.sum(0)}, g @ r[0]['w'].T)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_wrong_with_what_was_guessed(name: str, tmp_path: Path) -> None:
    report = verified(tmp_path, *WRONG[name])
    assert report.codes == ("VJP907",), report
    assert report.remarks[0].message.endswith(f"(with {report.inputs}, as guessed)")


UNSURE = {
    "right for vectors": (
        "def f(x):\n    return jnp.log(jnp.sum(jnp.exp(x)))",
        "(g * jax.nn.softmax(r[0]),)",
        ("it is right with x=f32[3], but with x=f32[2,3]", "as `# jaxvjp: x=f32[3]`"),
    ),
    "a missing sum": (
        "def f(x, w, b):\n    return x @ w + b",
        "(g @ r[1].T, r[0].T @ g, g)",
        (
            "with x=f32[2,3], w=f32[3,4], b=f32[4] the cotangent of 'b'",
            "as `# jaxvjp: x=f32[2,3], w=f32[3,4], b=f32[4]`",
        ),
    ),
}


@pytest.mark.parametrize("name", UNSURE)
def test_what_depends_on_the_guess_is_asked(name: str, tmp_path: Path) -> None:
    primal, backward, words = UNSURE[name]
    report = verified(tmp_path, primal, backward)
    assert (report.verdict, report.codes) == ("not verified", ("VJP930",))
    for word in words:
        assert word in report.remarks[0].message


def test_huge_values_of_several_guessed_arguments_may_be_outside_the_domain(tmp_path: Path) -> None:
    """As a concentration of -1000 is; of one argument huge values are judged."""
    report = verified(
        tmp_path,
        "def f(x, y):\n    return jnp.tanh(x) * y",
        "(g * r[1] * 4 / (jnp.exp(r[0]) + jnp.exp(-r[0])) ** 2 * jnp.exp(r[0]) / jnp.exp(r[0]), g * jnp.tanh(r[0]))",
    )
    assert (report.verdict, report.codes) == ("in doubt", ("VJP914",))
    assert "not finite at huge values" in report.remarks[0].message
    alone = verified(
        tmp_path,
        "def f(x):\n    return jnp.tanh(x)",
        "(g * 4 / (jnp.exp(r[0]) + jnp.exp(-r[0])) ** 2 * jnp.exp(r[0]) / jnp.exp(r[0]),)",
    )
    assert alone.codes == ("VJP906",)


CALLBACK = """
def f(x):
    return jax.pure_callback(
        lambda a: np.sin(np.asarray(a)).astype(np.float32), jax.ShapeDtypeStruct(x.shape, jnp.float32), x
    )
"""


def test_values_behind_a_callback_in_low_precision_are_compared(tmp_path: Path) -> None:
    right = verified(tmp_path, CALLBACK, "(g * jnp.cos(r[0]),)")
    assert right.verdict == "passed", right
    assert "central differences" in next(stage.detail for stage in right.stages if stage.name == "gradient")
    wrong = verified(tmp_path, CALLBACK, "(1.1 * g * jnp.cos(r[0]),)")
    assert wrong.codes == ("VJP907",)
    assert "1.1 times" in wrong.remarks[0].message


def test_what_raises_only_when_it_runs_is_tried_with_other_arguments(tmp_path: Path) -> None:
    text = """
    def f(x, y):
        return jax.pure_callback(
            lambda a, b: np.asarray(np.dot(a, b), dtype=a.dtype), jax.ShapeDtypeStruct((), x.dtype), x, y
        )
    """
    report = verified(tmp_path, text, "(g * r[1], g * r[0])")
    assert (report.verdict, report.inputs) == ("passed", "x=f32[3], y=f32[3]")


def test_values_that_nothing_can_be_compared_with_are_not_passed(tmp_path: Path) -> None:
    text = """
    def f(x):
        x = x.astype(jnp.complex64)
        return jax.pure_callback(lambda a: np.asarray(a * a), jax.ShapeDtypeStruct(x.shape, x.dtype), x)
    """
    report = verified(tmp_path, text, "((2 * g * r[0]).real.astype(r[0].dtype),)")
    assert (report.verdict, report.codes) == ("not verified", ("VJP930",))
    assert "compared with nothing: there is no reference: autodiff of the primal fails" in report.remarks[0].message


HALF = """
def f(A):
    return 2 * jnp.sum(jnp.log(jnp.diagonal(jnp.linalg.cholesky(A))))
"""
QUADRATIC = """
def f(P, x):
    return x @ P @ x
"""


def test_a_function_of_symmetric_matrices_is_judged_at_such_and_along_such(tmp_path: Path) -> None:
    right = verified(tmp_path, HALF, "(g * jnp.linalg.inv(r[0]),)")
    assert (right.verdict, right.remarks) == ("passed", ()), right
    doubled = "((lambda i: g * (2 * jnp.tril(i) - jnp.diag(jnp.diag(i))))(jnp.linalg.inv(r[0])),)"
    lower = verified(tmp_path, HALF, doubled)
    assert (lower.verdict, lower.remarks) == ("passed", ()), lower
    for wrong in ("(g * jnp.linalg.inv(r[0]) / 2,)", "(g * jnp.tril(jnp.linalg.inv(r[0])),)", "(g * r[0],)"):
        assert verified(tmp_path, HALF, wrong).codes == ("VJP907",), wrong


def test_a_matrix_that_may_be_meant_symmetric_is_in_doubt(tmp_path: Path) -> None:
    """The derivative of x'Px by x is 2 P x for a precision matrix P, and (P + P') x for any."""
    report = verified(tmp_path, QUADRATIC, "(g * jnp.outer(r[1], r[1]), 2 * g * r[0] @ r[1])")
    assert (report.verdict, report.codes) == ("in doubt", ("VJP914",))
    assert "right for symmetric matrices" in report.remarks[0].message
    right = verified(tmp_path, QUADRATIC, "(g * jnp.outer(r[1], r[1]), g * (r[0] + r[0].T) @ r[1])")
    assert right.verdict == "passed", right
    wrong = verified(tmp_path, QUADRATIC, "(g * jnp.outer(r[1], r[1]), g * r[0] @ r[1])")
    assert wrong.codes == ("VJP907",)


def test_a_zero_matrix_may_be_outside_the_domain_and_a_zero_is_not(tmp_path: Path) -> None:
    primal = "def f(A):\n    return jnp.linalg.det(A)"
    matrix = verified(tmp_path, primal, "(g * jnp.linalg.det(r[0]) * jnp.linalg.inv(r[0]).T,)")
    assert (matrix.verdict, matrix.codes) == ("in doubt", ("VJP914",))
    number = verified(tmp_path, "def f(x):\n    return jnp.sqrt(x * x + 1e-12)", "(g * r[0] / abs(r[0]),)")
    assert number.codes == ("VJP906",)
    assert "not finite at zeros" in number.remarks[0].message
    # At a jump the derivative is infinite, and so is the rule's: 0 ** y is 0, and 1 for y = 0.
    primal = "def f(x, y):\n    return jnp.where(y == 0, 1.0, x**y)"
    assert "VJP906" not in verified(tmp_path, primal, "(g * r[1] * f(r[0], r[1] - 1), g * f(*r) * jnp.log(r[0]))").codes
    # Autodiff is NaN there as well, and the function has a kink: nothing is asked.
    norm = verified(tmp_path, "def f(x):\n    return jnp.linalg.norm(x)", "(g * r[0] / jnp.linalg.norm(r[0]),)")
    assert norm.verdict == "passed", norm


SCALED = "def f(x, s):\n    return x * s"


def test_one_scalar_among_arrays_is_tried_where_a_rule_provides_for_it(tmp_path: Path) -> None:
    """With equal shapes nothing is summed, and a mean of one entry is a sum."""
    mean = "(g * r[1], (g * r[0]).mean() if r[1].ndim == 0 else g * r[0])"
    report = verified(tmp_path, SCALED, mean)
    assert (report.verdict, report.codes) == ("not verified", ("VJP930",))
    assert "right with x=f32[2,3], s=f32[2,3], but with x=f32[2,3], s=f32[]" in report.remarks[0].message
    assert "or a mean taken of 6 entries for a sum?" in report.remarks[0].message
    right = verified(tmp_path, SCALED, mean.replace(".mean()", ".sum()"))
    assert right.verdict == "passed", right
    # Of one that is written for equal shapes nothing more is asked.
    assert verified(tmp_path, SCALED, "(g * r[1], g * r[0])").verdict == "passed"


def test_complex_numbers_are_tried_where_the_code_speaks_of_them(tmp_path: Path) -> None:
    """JAX's cotangent of a real function of z = x + iy is df/dx - i df/dy: 2z of the real part of z**2."""
    for backward, verdict in (("2 * g * jnp.conj(r[0])", "not verified"), ("(2 * g * r[0])", "passed")):
        report = verified(tmp_path, "def f(z):\n    return jnp.real(z * z)", f"(({backward}).astype(r[0].dtype),)")
        assert report.verdict == verdict, report
    for backward, verdict in (("2 * g * r[0]", "not verified"), ("2 * g * jnp.conj(r[0])", "passed")):
        primal = "def f(z):\n    return jnp.real(z) ** 2 + jnp.imag(z) ** 2"
        report = verified(tmp_path, primal, f"(({backward}).astype(r[0].dtype),)")
        assert report.verdict == verdict, report
    report = verified(tmp_path, "def f(x):\n    return jnp.real(jnp.fft.fft(x))", "(jnp.real(jnp.fft.fft(g)),)")
    assert report.verdict == "passed", report


def test_a_cotangent_that_is_handed_on_beside_none_may_be_straight_through(tmp_path: Path) -> None:
    report = verified(tmp_path, SCALED, "(g, None)")
    assert (report.verdict, set(report.codes)) == ("in doubt", {"VJP908", "VJP914"})
    assert "is it straight-through on purpose?" in " ".join(remark.message for remark in report.remarks)
    assert verified(tmp_path, SCALED, "(2 * g, None)").codes[0] == "VJP907"
    assert verified(tmp_path, SCALED, "(g, g * r[0])").codes == ("VJP907",)


def test_what_is_wrong_for_large_values_only_is_in_doubt(tmp_path: Path) -> None:
    report = verified(tmp_path, "def f(x):\n    return jnp.where(x > 8.0, 8.0 + 0.1 * (x - 8.0), x)", "(g,)")
    assert (report.verdict, report.codes) == ("in doubt", ("VJP914",))
    assert "right for smaller values" in report.remarks[0].message


def test_a_loop_outside_its_domain_is_asked_for_positive_values(tmp_path: Path) -> None:
    """Newton's iteration for a root: NaN for negative numbers, which the first guess holds."""
    primal = """
    def f(x):
        def go(y):
            return (y + x / y) / 2

        y = jax.lax.while_loop(lambda y: jnp.any(abs(y * y - x) > 1e-6 * x), go, jnp.sqrt(x) + 0.1)
        return y
    """
    report = verified(tmp_path, primal, "(g / (2 * jnp.sqrt(r[0])),)")
    assert (report.verdict, report.inputs) == ("passed", "x=f32[2,3]"), report
    assert verified(tmp_path, primal, "(g / jnp.sqrt(r[0]),)").codes == ("VJP907",)


ROOT = """
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def {name}(step, x):
    return jax.lax.fori_loop(0, 40, lambda i, y: step(y) + {inner}, x)


{name}.defvjp(lambda step, x: ({name}(step, x), x), lambda step, x, g: (jnp.zeros_like(x),))
"""


def test_what_is_right_for_one_guessed_function_is_asked_and_not_blamed(tmp_path: Path) -> None:
    """Where an iteration ends does not depend on where it starts if it contracts, and does otherwise."""
    path = tmp_path / "module_with_rules.py"
    contracting, other = ROOT.format(name="ends", inner="1.0"), ROOT.format(name="wanders", inner="y")
    path.write_text(HEAD + contracting + other, encoding="utf-8")
    found: list[RuleReport] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "rule" else None)
    assert [(report.rule, report.verdict) for report in found] == [("ends", "passed"), ("wanders", "failed")]
