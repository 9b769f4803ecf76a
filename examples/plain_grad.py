"""No custom rule at all: `jax.grad` differentiates with respect to as many inputs as one asks for.

The article's third case. JAX needs a hand-written rule only where autodiff cannot see through the function, or where
a better formula is known; several inputs are no reason for one. There is nothing here for the linter to say.

Run it: `python examples/plain_grad.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np


def f(x, y):
    return jnp.sum(x * y)


def g(params):
    return f(params["x"], params["y"])


def main() -> None:
    x, y = jnp.array([1.0, 2.0, 3.0]), jnp.array([4.0, 5.0, 6.0])

    gradient_x, gradient_y = jax.grad(f, argnums=(0, 1))(x, y)
    np.testing.assert_allclose(gradient_x, [4.0, 5.0, 6.0])  # d/dx of sum(x * y) is y
    np.testing.assert_allclose(gradient_y, [1.0, 2.0, 3.0])  # d/dy of sum(x * y) is x
    print("two arguments:", gradient_x, gradient_y)

    # NUTS differentiates in this way: one dict, with an entry for each site of the model.
    gradients = jax.grad(g)({"x": x, "y": y})
    np.testing.assert_allclose(gradients["x"], [4.0, 5.0, 6.0])
    np.testing.assert_allclose(gradients["y"], [1.0, 2.0, 3.0])
    print("one dict:", gradients["x"], gradients["y"])


if __name__ == "__main__":
    main()
