"""Two inputs, one concatenated gradient: the rule of the article, why JAX rejects it, and the rule put right.

The article gives a backward rule that works out one gradient for each input and joins them with `jnp.concatenate`,
because NumPyro's NUTS is said to want one vector. Three rules for the same function of two inputs follow:

* `article_product`: the article's form, completed with `custom_vjp` and `defvjp`. `vjp(...)` returns a pair (the
  output and the pullback), and the rule calls that pair.
* `concatenated_product`: the pullbacks are called, but the gradients are still concatenated.
* `product`: the gradients are returned as they are, as a tuple with one cotangent for each input.

Run it: `python examples/concatenated_gradient.py`. Lint it: `python -m flake8 examples`.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax import vjp
from numpyro.infer import MCMC, NUTS


def f(x, y):
    return jnp.sum(x * y)


def forward(x, y):
    return f(x, y), (x, y)


# The article's form.
article_product = jax.custom_vjp(f)


def article_backward(residuals, cotangent):
    x, y = residuals
    vjp_x, = vjp(lambda x: f(x, y), x)(cotangent)
    vjp_y, = vjp(lambda y: f(x, y), y)(cotangent)
    return jnp.concatenate([vjp_x, vjp_y])


article_product.defvjp(forward, article_backward)


# The pullbacks are called as JAX wants it; what is returned is still one vector for two inputs.
concatenated_product = jax.custom_vjp(f)


def concatenated_backward(residuals, cotangent):
    x, y = residuals
    _, pullback_x = vjp(lambda x: f(x, y), x)
    _, pullback_y = vjp(lambda y: f(x, y), y)
    vjp_x, = pullback_x(cotangent)
    vjp_y, = pullback_y(cotangent)
    return jnp.concatenate([vjp_x, vjp_y])


concatenated_product.defvjp(forward, concatenated_backward)


# Put right: one cotangent for each input, in a tuple.
product = jax.custom_vjp(f)


def backward(residuals, cotangent):
    x, y = residuals
    _, pullback_x = vjp(lambda x: f(x, y), x)
    _, pullback_y = vjp(lambda y: f(x, y), y)
    vjp_x, = pullback_x(cotangent)
    vjp_y, = pullback_y(cotangent)
    return vjp_x, vjp_y


product.defvjp(forward, backward)


def gradients(function):
    """The gradients with respect to both inputs, at x = (1, 2, 3) and y = (4, 5, 6)."""
    return jax.grad(function, argnums=(0, 1))(jnp.array([1.0, 2.0, 3.0]), jnp.array([4.0, 5.0, 6.0]))


def sample(function):
    """A short NUTS run on a model whose density calls the function with two sites."""

    def model():
        x = numpyro.sample("x", dist.Normal(jnp.zeros(3), 1.0).to_event(1))
        y = numpyro.sample("y", dist.Normal(jnp.zeros(3), 1.0).to_event(1))
        numpyro.factor("product", 0.5 * function(x, y))

    mcmc = MCMC(NUTS(model), num_warmup=50, num_samples=50, progress_bar=False)
    mcmc.run(jax.random.PRNGKey(0))
    return mcmc.get_samples()


def error_of(call, function):
    """What JAX says to a call, in one line."""
    try:
        call(function)
    except TypeError as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("JAX was expected to reject this rule")


def main() -> None:
    print("the article's form, jax.grad:", error_of(gradients, article_product))
    print("the gradients concatenated, jax.grad:", error_of(gradients, concatenated_product))
    print("the gradients concatenated, NUTS:", error_of(sample, concatenated_product))

    gradient_x, gradient_y = gradients(product)
    np.testing.assert_allclose(gradient_x, [4.0, 5.0, 6.0])  # d/dx of sum(x * y) is y
    np.testing.assert_allclose(gradient_y, [1.0, 2.0, 3.0])  # d/dy of sum(x * y) is x
    print("a tuple of cotangents, jax.grad:", gradient_x, gradient_y)
    print("a tuple of cotangents, NUTS:", {site: draws.shape for site, draws in sample(product).items()})


if __name__ == "__main__":
    main()
