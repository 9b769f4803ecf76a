"""What `docs/nuts-and-custom-vjp.md` says about NUTS and the form of a backward rule's result, run.

NUTS takes the gradient of a potential energy with respect to the dict of latent values, whatever the functions inside
the model look like. So a rule is right for NUTS exactly when it is right for `jax.grad`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

jax = pytest.importorskip("jax", reason="the extra `runtime` is not installed")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.runtime

POINT: Final = {"x": 0.3, "y": (1.0, -2.0, 0.5)}


def energy(x: Any, y: Any) -> Any:
    return jax.numpy.sum((x * y - 1.0) ** 2)


def slopes(residuals: Any, cotangent: Any) -> tuple[Any, Any]:
    """The right backward rule of `energy`."""
    x, y = residuals
    errors = 2.0 * cotangent * (x * y - 1.0)
    return jax.numpy.sum(errors * y), errors * x


def concatenated(*parts: Any) -> Any:
    return jax.numpy.concatenate([jax.numpy.atleast_1d(part) for part in parts])


def with_rule(primal: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """The primal as a custom_vjp whose residuals are its arguments."""
    function = jax.custom_vjp(primal)
    function.defvjp(lambda *arguments: (primal(*arguments), arguments), backward)
    return function


def of_vector(vector: Any) -> Any:
    return energy(vector[0], vector[1:])


def of_dict(sites: dict[str, Any]) -> Any:
    return energy(sites["x"], sites["y"])


def with_data(x: Any, y: Any, target: Any) -> Any:
    return jax.numpy.sum((x * y - target) ** 2)


# Each form of rule: the density that a model adds for its sites x and y.
ACCEPTED: Final[dict[str, Callable[[], Callable[[Any, Any], Any]]]] = {
    "two arguments, a tuple of two cotangents": lambda: with_rule(energy, slopes),
    "two arguments, a list of two cotangents": lambda: with_rule(energy, lambda r, g: list(slopes(r, g))),
    "one dict, a tuple that holds one dict": lambda: lambda x, y: with_rule(
        of_dict, lambda r, g: (dict(zip(("x", "y"), slopes((r[0]["x"], r[0]["y"]), g), strict=True)),)
    )({"x": x, "y": y}),
    "one vector, a tuple that holds one vector": lambda: lambda x, y: with_rule(
        of_vector, lambda r, g: (concatenated(*slopes((r[0][0], r[0][1:]), g)),)
    )(concatenated(x, y)),
    "data as a third argument, None for it": lambda: lambda x, y: with_rule(
        with_data, lambda r, g: (*slopes(r[:2], g), None)
    )(x, y, jax.numpy.ones(3)),
}
REJECTED: Final[dict[str, Callable[[], Callable[[Any, Any], Any]]]] = {
    "two arguments, one concatenated vector": lambda: with_rule(energy, lambda r, g: concatenated(*slopes(r, g))),
    "two arguments, one concatenated vector in a tuple": lambda: with_rule(
        energy, lambda r, g: (concatenated(*slopes(r, g)),)
    ),
    "one dict, the dict bare": lambda: lambda x, y: with_rule(
        of_dict, lambda r, g: dict(zip(("x", "y"), slopes((r[0]["x"], r[0]["y"]), g), strict=True))
    )({"x": x, "y": y}),
    "one vector, the vector bare": lambda: lambda x, y: with_rule(
        of_vector, lambda r, g: concatenated(*slopes((r[0][0], r[0][1:]), g))
    )(concatenated(x, y)),
}


def model_of(density: Callable[[Any, Any], Any]) -> Callable[[], None]:
    import numpyro
    from numpyro import distributions

    def model() -> None:
        x = numpyro.sample("x", distributions.Normal(0.0, 1.0))
        y = numpyro.sample("y", distributions.Normal(jax.numpy.zeros(3), 1.0).to_event(1))
        numpyro.factor("energy", -0.5 * density(x, y))

    return model


def potential_gradient(density: Callable[[Any, Any], Any]) -> Any:
    """The gradient that NUTS follows at POINT, from what NumPyro itself sets up for NUTS."""
    from numpyro.infer.util import initialize_model

    information = initialize_model(jax.random.PRNGKey(0), model_of(density))
    point = jax.tree_util.tree_map(jax.numpy.asarray, {"x": POINT["x"], "y": np.asarray(POINT["y"])})
    assert jax.tree_util.tree_structure(information.param_info.z) == jax.tree_util.tree_structure(point)
    return jax.grad(information.potential_fn)(point)


@pytest.mark.parametrize("form", sorted(ACCEPTED))
def test_nuts_takes_every_structure_that_mirrors_the_arguments(form: str) -> None:
    expected = potential_gradient(energy)  # no rule: plain autodiff
    gradient = potential_gradient(ACCEPTED[form]())
    assert set(gradient) == {"x", "y"}
    assert gradient["y"].shape == (3,)
    for site in ("x", "y"):
        np.testing.assert_allclose(gradient[site], expected[site], rtol=1e-5)


@pytest.mark.parametrize("form", sorted(REJECTED))
def test_what_nuts_rejects_jax_grad_rejects_too(form: str) -> None:
    density = REJECTED[form]()
    with pytest.raises(TypeError, match="Custom VJP bwd rule must produce"):
        jax.grad(density, argnums=(0, 1))(0.3, jax.numpy.ones(3))
    with pytest.raises(TypeError, match="Custom VJP bwd rule must produce"):
        potential_gradient(density)


def leapfrog_steps(density: Callable[[Any, Any], Any]) -> tuple[float, int]:
    """The mean number of leapfrog steps a draw and the number of divergent transitions of a short run."""
    from numpyro.infer import MCMC, NUTS

    mcmc = MCMC(NUTS(model_of(density)), num_warmup=100, num_samples=100, progress_bar=False)
    mcmc.run(jax.random.PRNGKey(0), extra_fields=("num_steps", "diverging"))
    extra = mcmc.get_extra_fields()
    return float(extra["num_steps"].mean()), int(extra["diverging"].sum())


def test_nuts_does_not_notice_a_gradient_of_the_wrong_sign() -> None:
    """It raises nothing and warns of hardly any divergence: it only works a hundred times as hard, and hardly moves."""
    right_steps, right_divergences = leapfrog_steps(with_rule(energy, slopes))
    wrong_steps, wrong_divergences = leapfrog_steps(with_rule(energy, lambda r, g: slopes(r, -g)))
    assert right_divergences == 0
    assert wrong_divergences < 10  # of 100 draws
    assert right_steps < 30
    assert wrong_steps > 500
