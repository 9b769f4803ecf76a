"""What the article denies: NUTS samples correctly through a rule with several inputs and a tuple of cotangents.

The likelihood of a linear regression is a `custom_vjp` of two inputs of different shapes, a scalar and a vector, and
its backward rule returns one cotangent for each. Prior and noise are normal, so the posterior is known in closed form,
and the draws can be held against it. There is nothing here for the linter to say.

Run it: `python examples/nuts_two_inputs.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS

INPUTS = np.column_stack([
    [-1.5, -1.0, -0.5, 0.0, 0.4, 0.9, 1.3, 1.8],
    [0.5, -0.3, 1.2, -1.0, 0.8, -0.6, 0.1, -0.9],
])
OBSERVED = np.array([-1.6, -0.1, -2.0, 2.5, 0.1, 3.0, 2.6, 4.6])
NOISE = 0.5


@jax.custom_vjp
def log_likelihood(intercept, slopes):
    errors = OBSERVED - (intercept + INPUTS @ slopes)
    return -0.5 * jnp.sum((errors / NOISE) ** 2)


def log_likelihood_forward(intercept, slopes):
    return log_likelihood(intercept, slopes), (intercept, slopes)


def log_likelihood_backward(residuals, cotangent):
    intercept, slopes = residuals
    errors = OBSERVED - (intercept + INPUTS @ slopes)
    scores = cotangent * errors / NOISE**2
    return jnp.sum(scores), INPUTS.T @ scores


log_likelihood.defvjp(log_likelihood_forward, log_likelihood_backward)


def model():
    intercept = numpyro.sample("intercept", dist.Normal(0.0, 1.0))
    slopes = numpyro.sample("slopes", dist.Normal(jnp.zeros(2), 1.0).to_event(1))
    numpyro.factor("log_likelihood", log_likelihood(intercept, slopes))


def exact_posterior():
    """Mean and standard deviation of intercept and slopes: the conjugate normal formula, in numpy."""
    design = np.column_stack([np.ones(len(INPUTS)), INPUTS])
    covariance = np.linalg.inv(np.eye(3) + design.T @ design / NOISE**2)
    return covariance @ design.T @ OBSERVED / NOISE**2, np.sqrt(np.diag(covariance))


def sampled_posterior():
    """The same from NUTS, and how it went: leapfrog steps a draw, divergent transitions."""
    mcmc = MCMC(NUTS(model), num_warmup=500, num_samples=2000, progress_bar=False)
    mcmc.run(jax.random.PRNGKey(0), extra_fields=("num_steps", "diverging"))
    sites, extra = mcmc.get_samples(), mcmc.get_extra_fields()
    draws = np.column_stack([sites["intercept"], sites["slopes"]])
    return draws.mean(axis=0), draws.std(axis=0), float(extra["num_steps"].mean()), int(extra["diverging"].sum())


def main() -> None:
    exact_mean, exact_deviation = exact_posterior()
    mean, deviation, steps, divergences = sampled_posterior()
    print("            exact            NUTS")
    for i, name in enumerate(["intercept", "slope 1", "slope 2"]):
        exact = f"{exact_mean[i]:6.3f} +- {exact_deviation[i]:5.3f}"
        print(f"{name:<10}{exact}  {mean[i]:6.3f} +- {deviation[i]:5.3f}")
    print(f"leapfrog steps a draw: {steps:.1f}; divergent transitions: {divergences}")

    # 2000 draws fix a mean to about a thirtieth of the deviation; a wrong posterior is many times further off.
    np.testing.assert_array_less(np.abs(mean - exact_mean), 0.15 * exact_deviation)
    np.testing.assert_allclose(deviation, exact_deviation, rtol=0.1)


if __name__ == "__main__":
    main()
