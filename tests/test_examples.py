"""The examples run, and print what JAX really says and the right numbers."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

jax = pytest.importorskip("jax", reason="the extra `runtime` is not installed")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.runtime

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
WRONG_STRUCTURE: Final = (
    r"TypeError: Custom VJP bwd rule must produce an output with the same container \(pytree\) structure .*"
    r"PyTreeDef\(\*\) for primal input structure PyTreeDef\(\(\*, \*\)\)"
)
NUMBER: Final = r"(-?\d+\.\d+)"

# Each line that an example has to print, in order, as a pattern of the whole line.
PRINTED: Final = {
    "concatenated_gradient": [
        r"the article's form, jax\.grad: TypeError: 'tuple' object is not callable",
        rf"the gradients concatenated, jax\.grad: {WRONG_STRUCTURE}.*",
        rf"the gradients concatenated, NUTS: {WRONG_STRUCTURE}.*",
        r"a tuple of cotangents, jax\.grad: \[4\. 5\. 6\.\] \[1\. 2\. 3\.\]",
        r"a tuple of cotangents, NUTS: \{'x': \(50, 3\), 'y': \(50, 3\)\}",
    ],
    "params_pullback": [
        r"the article's form: TypeError: '.*ArrayImpl' object is not callable",
        r"the pullback called: \[2\. 4\. 6\.\]",
    ],
    "plain_grad": [
        r"two arguments: \[4\. 5\. 6\.\] \[1\. 2\. 3\.\]",
        r"one dict: \[4\. 5\. 6\.\] \[1\. 2\. 3\.\]",
    ],
    "nuts_two_inputs": [
        r" +exact +NUTS",
        rf"intercept +0\.847 \+- 0\.176 +{NUMBER} \+- {NUMBER}",
        rf"slope 1 +1\.287 \+- 0\.178 +{NUMBER} \+- {NUMBER}",
        rf"slope 2 +-1\.556 \+- 0\.248 +{NUMBER} \+- {NUMBER}",
        rf"leapfrog steps a draw: {NUMBER}; divergent transitions: 0",
    ],
}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTED)


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_an_example_prints_what_it_promises(name: str) -> None:
    finished = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert len(lines) == len(PRINTED[name]), finished.stdout
    for line, pattern in zip(lines, PRINTED[name], strict=True):
        assert re.fullmatch(pattern, line), line


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_importing_an_example_does_nothing(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = load(name)
    assert module.__doc__
    assert callable(module.main)
    assert capsys.readouterr().out == ""


def test_the_rules_that_are_put_right_have_the_right_gradients() -> None:
    """Against central differences and against autodiff of the function without the rule."""
    from jax.test_util import check_grads

    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(2, 4)).astype("float32")

    concatenated = load("concatenated_gradient")
    check_grads(concatenated.product, (x, y), order=1, modes=["rev"])
    for i in (0, 1):
        expected = jax.grad(concatenated.f, argnums=i)(x, y)
        np.testing.assert_allclose(jax.grad(concatenated.product, argnums=i)(x, y), expected, rtol=1e-6)

    params = load("params_pullback")
    check_grads(params.square, (x,), order=1, modes=["rev"])
    np.testing.assert_allclose(jax.grad(params.square)(x), jax.grad(params.f)(x), rtol=1e-6)

    regression = load("nuts_two_inputs")
    undecorated = regression.log_likelihood.fun
    arguments = (np.float32(0.3), y[:2])
    for i in (0, 1):
        expected = jax.grad(undecorated, argnums=i)(*arguments)
        np.testing.assert_allclose(jax.grad(regression.log_likelihood, argnums=i)(*arguments), expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["article_product", "concatenated_product"])
def test_a_wrong_rule_is_rejected_only_when_it_is_differentiated(name: str) -> None:
    function = getattr(load("concatenated_gradient"), name)
    arguments = (np.ones(3), np.ones(3))
    assert float(function(*arguments)) == 3.0
    assert float(jax.jit(function)(*arguments)) == 3.0
    with pytest.raises(TypeError):
        jax.grad(function)(*arguments)


def test_nuts_draws_from_the_posterior_through_a_tuple_of_cotangents() -> None:
    """Against the closed form, whose two halves are themselves checked: the mean is where the density peaks."""
    example = load("nuts_two_inputs")
    exact_mean, exact_deviation = example.exact_posterior()

    def log_density(position: Any) -> Any:
        return example.log_likelihood.fun(position[0], position[1:]) - 0.5 * jax.numpy.sum(position**2)

    np.testing.assert_allclose(jax.grad(log_density)(exact_mean), np.zeros(3), atol=1e-4)
    covariance = np.linalg.inv(-np.asarray(jax.hessian(log_density)(exact_mean)))
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), exact_deviation, rtol=1e-4)

    mean, deviation, steps, divergences = example.sampled_posterior()
    # The error of a mean of about 1500 independent draws is 0.026 deviations, that of the deviation 2 percent.
    np.testing.assert_array_less(np.abs(mean - exact_mean), 0.15 * exact_deviation)
    np.testing.assert_allclose(deviation, exact_deviation, rtol=0.1)
    assert divergences == 0
    assert steps < 20  # with a wrong gradient the trees grow to hundreds of steps
