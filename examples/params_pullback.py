"""One `params` argument: the article's remedy, which calls the wrong half of `jax.vjp`, and the rule put right.

The article packs all inputs into one argument and differentiates with `vjp_func, pullback = vjp(f, params)`.
`jax.vjp` returns the output first and the pullback second, so `vjp_func` is a number, and calling it fails.

* `article_square`: the article's form, completed with `custom_vjp` and `defvjp`.
* `square`: the pullback is called. It returns a tuple with one cotangent for each argument that was differentiated,
  which is just what a backward rule has to return.

Run it: `python examples/params_pullback.py`. Lint it: `python -m flake8 examples`.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import vjp


def f(params):
    return jnp.sum(params ** 2)


def forward(params):
    return f(params), params


# The article's form.
article_square = jax.custom_vjp(f)


def article_backward(params, cotangent):
    vjp_func, pullback = vjp(f, params)
    return vjp_func(cotangent)


article_square.defvjp(forward, article_backward)


# Put right: the second value is the pullback, and its result is already a tuple of one cotangent.
square = jax.custom_vjp(f)


def backward(params, cotangent):
    _, pullback = vjp(f, params)
    return pullback(cotangent)


square.defvjp(forward, backward)


def gradient(function):
    return jax.grad(function)(jnp.array([1.0, 2.0, 3.0]))


def main() -> None:
    try:
        gradient(article_square)
    except TypeError as error:
        print(f"the article's form: {type(error).__name__}: {error}")
    else:
        raise AssertionError("JAX was expected to reject this rule")

    result = gradient(square)
    np.testing.assert_allclose(result, [2.0, 4.0, 6.0])  # the gradient of sum(params ** 2) is 2 * params
    print("the pullback called:", result)


if __name__ == "__main__":
    main()
