"""Right rules of published packages, from their installed versions: not one may be called wrong.

Only what the extra `runtime` brings is always there; the rules of other packages are checked where they are installed.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

import jax.numpy as jnp

from flake8_jaxvjp import verify_vjp
from flake8_jaxvjp.runtime.subject import subject_of
from wrong_rules import array

X, Y = array(3), array(3) + 0.5
MATRIX = array(3, 3) + 2.0 * array(3, 3).T
POSITIVE = (MATRIX @ MATRIX.T + 3.0 * np.eye(3)).astype(np.float32)
HEADS = array(1, 2, 3, 4)
ATTENTION = (HEADS, HEADS + 0.25, HEADS - 0.5, None, None, False, -1e9, 1.0, False)


def pendulum(y: Any, t: Any, pull: Any) -> Any:
    """The right side of a differential equation, for the solver whose rule is the adjoint equation."""
    return jnp.stack([y[1], -pull * jnp.sin(y[0]) + 0.1 * t])


RULES: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("jax.nn", "relu", (X,)),
    ("jax.nn", "relu6", (X,)),
    ("jax._src.lax.other", "logaddexp", (X, Y)),
    ("jax._src.lax.other", "logaddexp2", (X, Y)),
    ("jax.scipy.special", "logit", (0.1 + 0.3 * abs(X),)),
    ("jax.scipy.special", "xlogy", (abs(X), abs(Y))),
    ("jax.scipy.special", "xlog1py", (abs(X), abs(Y))),
    ("jax._src.scipy.special", "_xlogx", (abs(X),)),
    ("jax.scipy.special", "log_ndtr", (X,)),
    ("jax._src.nn.functions", "_softmax", (X, -1, None, -float("inf"))),
    ("jax._src.nn.functions", "relu", (X,)),
    ("jax._src.numpy.ufuncs", "_sinc_maclaurin", (2, X)),
    ("jax._src.numpy.ufuncs", "_frexp", (X,)),
    ("jax._src.numpy.linalg", "_slogdet_lu", (MATRIX,)),
    ("jax._src.numpy.linalg", "_slogdet_qr", (MATRIX,)),
    ("jax._src.numpy.linalg", "_det", (MATRIX,)),
    ("jax._src.numpy.linalg", "_pinv", (MATRIX, None, False)),
    ("jax._src.scipy.special", "_erfcx", (X,)),
    ("jax._src.scipy.special", "_dawsn", (X,)),
    ("jax._src.scipy.special", "_wofz", ((X + 1j * Y).astype(np.complex64),)),
    ("jax._src.scipy.special", "_owens_t_impl", (X, Y)),
    ("jax._src.scipy.special", "zeta", (2.0 + X, Y)),
    ("jax._src.scipy.special", "expi", (X,)),
    ("jax._src.scipy.special", "sici", (X,)),
    ("jax._src.scipy.special", "expn", (np.asarray([1, 2, 3]), abs(X))),
    ("jax._src.scipy.special", "poch", (abs(X), abs(Y))),
    ("jax._src.scipy.special", "hyp1f1", (abs(X), abs(Y), X)),
    ("jax._src.third_party.scipy.special", "fresnel", (X,)),
    ("jax._src.nn.functions", "log1mexp", (abs(X),)),
    ("jax._src.numpy.lax_numpy", "_i0", (X,)),
    ("jax._src.numpy.linalg", "_slogdet_small", (MATRIX[:2, :2],)),
    ("jax.experimental.ode", "_odeint", (pendulum, 1e-9, 1e-9, 1000, float("inf"), X[:2], np.arange(3.0) / 4, 1.5)),
    ("jax.experimental.pallas.ops.tpu.flash_attention", "_mha_reference", ATTENTION),
    ("numpyro.distributions.util", "log1mexp", (abs(X),)),
    ("optax._src.utils", "_scale_gradient", (X, 0.5)),
    ("optax.losses._classification", "weighted_logsoftmax", (X, Y)),
    ("optax.projections._projections", "_projection_unit_simplex", (X,)),
    ("jaxopt._src.isotonic", "_isotonic_l2_pav", (X,)),
    ("jaxopt._src.projection", "_projection_unit_simplex", (X,)),
    ("jaxopt._src.projection", "_projection_unit_sparse_simplex", (X, 2, False)),
    ("lineax._norm", "_two_norm", (X,)),
    ("lineax._norm", "_zero_grad_at_zero", (X,)),
    ("lineax._misc", "_asarray", (np.dtype(np.float32), X)),
    ("optimistix._misc", "_asarray", (np.dtype(np.float32), X)),
    ("equinox.debug._backward_nan", "_backward_nan", (X, None, False)),
    ("equinox.internal._nextafter", "nextafter", (X,)),
    ("equinox.internal._nextafter", "prevbefore", (X,)),
    ("ott.math.utils", "logsumexp", (X,)),
    ("ott.math.utils", "softmin", (X, 0.5, None)),
    ("ott.math.utils", "lambertw", (abs(X),)),
    ("ott.math.matrix_square_root", "sqrtm", (POSITIVE,)),
    ("ott.math.matrix_square_root", "sqrtm_only", (POSITIVE,)),
    ("ott.math.matrix_square_root", "inv_sqrtm_only", (POSITIVE,)),
    ("e3nn_jax._src.utils.einsum", "einsum", ("ij,jk->ik", MATRIX, POSITIVE)),
    (
        "e3nn_jax._src.spherical_harmonics",
        "_custom_jvp_spherical_harmonics",
        ((0, 1, 2), X, "component", ("recursive", "dense")),
    ),
    ("flax.linen.fp8_ops", "dot_general_with_precision", (MATRIX, POSITIVE, (((1,), (0,)), ((), ())), None, None)),
    ("distrax._src.utils.math", "multiply_no_nan", (X, Y)),
    ("distrax._src.utils.math", "power_no_nan", (abs(X), abs(Y))),
    ("jax_md._nn.uma.kernels", "_segment_mm_2d", (array(5, 3), array(2, 4, 3), np.asarray([2, 3]))),
    ("jax_md._energy.electrostatics", "transform_gradients", (MATRIX, array(4, 3))),
    ("jax_md.mm_forcefields.nonbonded.electrostatics", "transform_gradients", (MATRIX, array(4, 3))),
    ("jax_md._nn.uma.common.rotation", "safe_acos", (0.3 * X,)),
    ("jax_md._nn.uma.common.rotation", "safe_atan2", (Y, X)),
    ("jax_md.mm_forcefields.reaxff.reaxff_helper", "safe_sqrt", (abs(X),)),
)


# Arguments whose gradient the rule leaves out, as its author says.
DATA = {"softmin": ("gamma",)}


@pytest.mark.parametrize(
    ("module", "name", "arguments"), RULES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_right_rule_is_not_called_wrong(module: str, name: str, arguments: tuple[Any, ...]) -> None:
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        pytest.skip("this version does not have it")
    for _ in range(5):
        if subject_of(found) is not None or not hasattr(found, "__wrapped__"):
            break
        found = found.__wrapped__
    if subject_of(found) is None:
        pytest.skip("in this version it has no rule of its own")
    report = verify_vjp(found, *arguments, raises=False, second_order=False, data=DATA.get(name, ()))
    # Some scale a gradient, or stop one, on purpose: that is said, and no error.
    assert report.verdict in {"passed", "by design"}, report
    assert not any(remark.code == "VJP959" for remark in report.remarks)


def test_there_are_enough_of_them() -> None:
    assert len({(module, name) for module, name, _ in RULES}) >= 60


def test_a_wrong_value_in_a_published_rule_is_found() -> None:
    """While it is differentiated, the norm of zeros is that of ones: the rule returns the value at its safe point."""
    utils = pytest.importorskip("ott.math.utils")
    if utils.norm.jvp(None, None, False, (jnp.zeros(3),), (jnp.zeros(3),))[0] == 0:
        pytest.skip("this version has it right")
    report = verify_vjp(utils.norm, X, raises=False, second_order=False)
    assert report.codes == ("VJP905",)
    assert "gives 1.732 where the function gives 0, at zeros" in report.remarks[0].message
