"""Small right rules on which every mutation of `benchmarks/mutants` is tried out under JAX.

Each is a module whose `run()` gives gradients. Together they have every form that some mutation needs.
"""

from __future__ import annotations

HEAD = """\
# A right rule.
from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

"""

ONE_ARGUMENT = """
@jax.custom_vjp
def square(x):
    return jnp.sum(x ** 2)


def square_fwd(x):
    return square(x), x


def square_bwd(x, g):
    return (2.0 * x * g,)


square.defvjp(square_fwd, square_bwd)


def run():
    return jax.grad(square)(jnp.arange(1.0, 4.0))
"""

ONE_ARGUMENT_BY_NAME = """
def negate_impl(x):
    return -x


negate = jax.custom_vjp(negate_impl)


def negate_fwd(x):
    "Nothing has to be kept."
    return negate_impl(x), None


def negate_bwd(_, g):
    "The gradient."
    gradient = g * jnp.float32(-1.0)
    return [gradient]


negate.defvjp(negate_fwd, negate_bwd)


def run():
    return jax.grad(lambda x: jnp.sum(negate(x) ** 3))(jnp.arange(1.0, 4.0))
"""

TWO_ARGUMENTS = """
@jax.custom_vjp
def product(x: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.sum(x * y)


def product_fwd(x, y):
    return jnp.sum(x * y), (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    return jnp.multiply(g, y), g * x  # d/dx, d/dy


product.defvjp(product_fwd, product_bwd)


def run():
    return jax.grad(product, argnums=(0, 1))(jnp.arange(1.0, 4.0), jnp.arange(2.0, 5.0))
"""

THREE_ARGUMENTS = """
@jax.custom_vjp
def blend(x, y, weight=0.25):
    return jnp.sum(x * y) * weight


def blend_fwd(x, y, weight):
    output = jnp.sum(x * y) * weight
    return output, (x, y, weight)


def blend_bwd(residuals, g):
    x, y, weight = residuals
    scaled = g * weight
    if x.ndim == 0:
        return scaled * y, scaled * x, g * x * y
    return (
        scaled * y,
        scaled * x,
        jnp.sum(x * y) * g,
    )


blend.defvjp(blend_fwd, blend_bwd)


def run():
    vectors = jax.grad(lambda x, y: blend(x, y), argnums=(0, 1))(jnp.arange(1.0, 4.0), jnp.arange(2.0, 5.0))
    return vectors, jax.grad(blend)(jnp.float32(2.0), jnp.float32(3.0))
"""

ONE_NONDIFF = """
@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x ** n)


def power_fwd(x, n):
    return power(x, n), (x,)


def power_bwd(n, residuals, g):
    (x,) = residuals
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)


def run():
    return jax.grad(power)(jnp.arange(1.0, 4.0), 3)
"""

TWO_NONDIFF = """
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 3))
def scaled(function, x, y, n=2):
    return jnp.sum(function(x) * y) * n


def scaled_fwd(function, x, y, n):
    return scaled(function, x, y, n), (x, y, None)


def scaled_bwd(function, n, residuals, g):
    x, y, _ = residuals
    return (g * n * y * jnp.cos(x), g * n * function(x))


scaled.defvjp(scaled_fwd, scaled_bwd)


def run():
    return jax.grad(scaled, argnums=(1, 2))(jnp.sin, jnp.arange(1.0, 4.0), jnp.arange(2.0, 5.0))
"""

LAMBDAS = """
ratio = jax.custom_vjp(lambda x, y: jnp.sum(x / y))
ratio.defvjp(
    lambda x, y: (jnp.sum(x / y), (x, y)),
    lambda residuals, g: (g / residuals[1], -g * residuals[0] / residuals[1] ** 2),
)


def run():
    return jax.grad(ratio, argnums=(0, 1))(jnp.arange(1.0, 4.0), jnp.arange(2.0, 5.0))
"""

PULLBACK = """
def impl(x, y):
    return jnp.sum(x * jnp.exp(y))


@jax.custom_vjp
def through_vjp(x, y):
    return impl(x, y)


def through_vjp_fwd(x, y):
    return impl(x, y), (x, y)


def through_vjp_bwd(residuals, g):
    x, y = residuals
    _, pullback = jax.vjp(impl, x, y)
    return pullback(g)


through_vjp.defvjp(through_vjp_fwd, through_vjp_bwd)


def run():
    return jax.grad(through_vjp, argnums=(0, 1))(jnp.arange(1.0, 4.0), jnp.arange(2.0, 5.0))
"""

IN_A_FUNCTION = """
def make(scale):
    @jax.custom_vjp
    def affine(x, bias):
        return x * scale + bias

    def forward(x, bias):
        return affine(x, bias), ()

    def backward(residuals, g):
        cotangents = (g * scale, jnp.sum(g))
        return cotangents

    affine.defvjp(forward, backward)
    return affine


def run():
    return jax.grad(lambda x, bias: jnp.sum(make(3.0)(x, bias) ** 2), argnums=(0, 1))(jnp.arange(1.0, 4.0), 2.0)
"""

TWO_OUTPUTS = """
@jax.custom_vjp
def both(parameters, x):
    return parameters["a"] * x, parameters["b"] + x


def both_fwd(parameters, x):
    return both(parameters, x), (parameters, x)


def both_bwd(residuals, cotangents):
    parameters, x = residuals
    first, second = cotangents
    gradients = {"a": jnp.sum(first * x), "b": jnp.sum(second)}
    return (gradients, *(first * parameters["a"] + second,))


both.defvjp(fwd=both_fwd, bwd=both_bwd)


def loss(parameters, x):
    first, second = both(parameters, x)
    return jnp.sum(first) + jnp.sum(second ** 2)


def run():
    return jax.grad(loss, argnums=(0, 1))({"a": 2.0, "b": 3.0}, jnp.arange(1.0, 4.0))
"""

SAMPLES = {
    name.lower(): HEAD + text
    for name, text in {
        "ONE_ARGUMENT": ONE_ARGUMENT,
        "ONE_ARGUMENT_BY_NAME": ONE_ARGUMENT_BY_NAME,
        "TWO_ARGUMENTS": TWO_ARGUMENTS,
        "THREE_ARGUMENTS": THREE_ARGUMENTS,
        "ONE_NONDIFF": ONE_NONDIFF,
        "TWO_NONDIFF": TWO_NONDIFF,
        "LAMBDAS": LAMBDAS,
        "PULLBACK": PULLBACK,
        "IN_A_FUNCTION": IN_A_FUNCTION,
        "TWO_OUTPUTS": TWO_OUTPUTS,
    }.items()
}
