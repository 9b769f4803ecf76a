"""Sources made up for the speed benchmark: right rules only, so that the time of messages is not measured."""

from __future__ import annotations

HEAD = '''\
"""Made up to be linted."""

import jax
import jax.numpy as jnp


'''

RULE = '''\
def scale_{n}(value, factor):
    """A helper, as people write them."""
    return jnp.asarray(value) * factor


@jax.custom_vjp
def {f}(x, y):
    """Multiply, smoothly."""
    if x.ndim > 2:
        raise ValueError("expected a matrix at most")
    scaled = scale_{n}(x, {n}.5)
    return jnp.sum(scaled * jnp.tanh(y))


def {f}_fwd(x, y):
    squashed = jnp.tanh(y)
    output = jnp.sum(scale_{n}(x, {n}.5) * squashed)
    return output, (x, squashed)


def {f}_bwd(residuals, g):
    x, squashed = residuals
    grad_x = scale_{n}(g * squashed, {n}.5)
    grad_y = scale_{n}(g * x * (1.0 - squashed**2), {n}.5)
    return grad_x, grad_y


{f}.defvjp({f}_fwd, {f}_bwd)


'''

PLAIN = '''\
"""Made up to be linted: no rule, and nothing of JAX."""

import math


def area(radius):
    if radius < 0:
        raise ValueError("a radius is not negative")
    return math.pi * radius**2


def mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


class Circle:
    def __init__(self, radius):
        self.radius = radius

    @property
    def area(self):
        return area(self.radius)
'''


USER = HEAD + '''\
from {package}.rules_{other} import joined_{other}, product_{other}


def model(x, y):
    return joined_{other}(x, y) + product_{other}(x, y)


def gradient(x, y):
    return jax.grad(model, argnums=(0, 1))(x, y)


'''

IMPORTING = HEAD + '''\
from {package}.rules_{other} import product_{other}_bwd, product_{other}_fwd, scale_{other}


@jax.custom_vjp
def joined_{n}(x, y):
    """Multiply, as another module does."""
    return jnp.sum(scale_{other}(x, 2.0) * jnp.tanh(y))


joined_{n}.defvjp(product_{other}_fwd, product_{other}_bwd)


'''


def project(count: int, *, rules_in: int = 1, package: str = "project") -> dict[str, str]:
    """The files of a package, by path; one of `rules_in` holds two rules, the others call them.

    Each file with rules takes some from the one before; the last closes the circle.
    """
    files = {f"{package}/__init__.py": ""}
    plain = PLAIN.partition("import math")[2].lstrip()
    for n in range(count):
        holds_rules = n % rules_in == 0
        other = (n - rules_in if holds_rules else n - n % rules_in) % count
        head = (IMPORTING if holds_rules else USER).format(n=n, other=other, package=package)
        own = RULE.format(n=n, f=f"product_{n}") if holds_rules else ""
        text = head.replace("import jax\n", "import math\n\nimport jax\n", 1) + own + plain
        files[f"{package}/{'rules' if holds_rules else 'calls'}_{n}.py"] = text
    return files


def rules(count: int, *, same_names: bool = False) -> str:
    """A file with `count` rules; with `same_names` each redefines the functions of the one before."""
    pieces = [
        RULE.format(n=0 if same_names else n, f="product" if same_names else f"product_{n}") for n in range(count)
    ]
    return HEAD + "".join(pieces).rstrip() + "\n"


def with_lines(least: int) -> str:
    """A file of about that many lines, full of rules."""
    return rules(max(1, round((least - HEAD.count("\n")) / RULE.count("\n"))))
