"""Rules that JAX accepts and whose gradient is wrong: right rules, each broken in the ways that people break them.

A `Base` is a primal with a right backward rule and an example; a mistake takes the right cotangents and gives wrong
ones. Mistakes that need a certain primal (a boundary, a batch, a zero) stand in `special()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Rule:
    """A live rule with its example. `kind` names the mistake, or is "right"."""

    name: str
    kind: str
    function: Any
    arguments: tuple[Any, ...]


def with_rule(primal: Function, backward: Function, forward: Function | None = None) -> Any:
    """The primal as a custom_vjp; without a forward rule of its own, its residuals are its arguments."""
    function = jax.custom_vjp(primal)
    function.defvjp(forward or (lambda *arguments: (primal(*arguments), arguments)), backward)
    return function


def array(*shape: int) -> Any:
    """A float32 example without repeated values, of the given shape."""
    count = int(np.prod(shape, dtype=int))
    return np.asarray(
        0.3 + 0.7 * ((np.arange(count) * 7) % 11) / 11.0 - 0.1 * (np.arange(count) % 3), np.float32
    ).reshape(shape)


@dataclass(frozen=True)
class Base:
    """A primal of two arguments of one shape, the right cotangents, and an example."""

    name: str
    primal: Function
    right: Function
    arguments: tuple[Any, ...]


def _product(x: Any, y: Any) -> Any:
    return jnp.sum(x * y**2)


def _product_right(x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    return g * y**2, 2.0 * g * x * y


def _wave(x: Any, y: Any) -> Any:
    return jnp.sin(x) * jnp.exp(0.5 * y)


def _wave_right(x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    return g * jnp.cos(x) * jnp.exp(0.5 * y), 0.5 * g * jnp.sin(x) * jnp.exp(0.5 * y)


def _matmul(x: Any, y: Any) -> Any:
    return x @ y


def _matmul_right(x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    return g @ y.T, x.T @ g


def _gauss(x: Any, y: Any) -> Any:
    return -0.5 * jnp.sum((x - y) ** 2 / (1.0 + y**2))


def _gauss_right(x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    weight = 1.0 + y**2
    return -g * (x - y) / weight, g * ((x - y) / weight + (x - y) ** 2 * y / weight**2)


BASES = (
    Base("product", _product, _product_right, (array(4), array(4) + 1)),
    Base("wave", _wave, _wave_right, (array(3), array(3) * 2)),
    Base("matmul", _matmul, _matmul_right, (array(3, 3), array(3, 3)[::-1])),
    Base("gauss", _gauss, _gauss_right, (array(2, 3), array(2, 3) - 1)),
)

Mistake = Callable[[Function, Any, Any, Any], Any]
MISTAKES: dict[str, Mistake] = {
    "swapped": lambda right, x, y, g: right(x, y, g)[::-1],
    "sign of the first": lambda right, x, y, g: (-right(x, y, g)[0], right(x, y, g)[1]),
    "sign of both": lambda right, x, y, g: tuple(-one for one in right(x, y, g)),
    "twice": lambda right, x, y, g: (2.0 * right(x, y, g)[0], right(x, y, g)[1]),
    "half": lambda right, x, y, g: (right(x, y, g)[0], 0.5 * right(x, y, g)[1]),
    "one percent": lambda right, x, y, g: (right(x, y, g)[0], 1.01 * right(x, y, g)[1]),
    "zero": lambda right, x, y, g: (right(x, y, g)[0], jnp.zeros_like(y)),
    "cotangent ignored": lambda right, x, y, g: right(x, y, jnp.ones_like(g)),
    "cotangent squared": lambda right, x, y, g: right(x, y, g * jnp.abs(g)),
    "something added": lambda right, x, y, g: (right(x, y, g)[0] + 0.1, right(x, y, g)[1]),
    "wrong residual": lambda right, x, y, g: right(x + 0.5, y, g),
    "residuals swapped": lambda right, x, y, g: right(y, x, g),
    "one entry": lambda right, x, y, g: (right(x, y, g)[0].at[(0,) * x.ndim].add(0.25 * jnp.sum(g)), right(x, y, g)[1]),
    "a factor left out": lambda right, x, y, g: (right(x, y, g)[0] / (y + 3.0), right(x, y, g)[1]),
}


def wrong_rules() -> Iterator[Rule]:
    """Every wrong rule: each mistake in each base, then those that need a primal of their own."""
    for base in BASES:
        for kind, mistake in MISTAKES.items():
            yield Rule(f"{base.name}, {kind}", kind, with_rule(base.primal, _broken(base, mistake)), base.arguments)
    yield from special()


def _broken(base: Base, mistake: Mistake) -> Function:
    def backward(residuals: Any, g: Any) -> Any:
        x, y = residuals
        return tuple(mistake(base.right, x, y, g))

    return backward


def right_twins() -> Iterator[Rule]:
    """The bases, unbroken."""
    for base in BASES:
        yield Rule(
            base.name,
            "right",
            with_rule(base.primal, _broken(base, lambda right, x, y, g: right(x, y, g))),
            base.arguments,
        )


def special() -> Iterator[Rule]:
    """Mistakes that only a certain primal can have."""
    x, matrix = array(4), array(3, 3)
    yield Rule(
        "transposed",
        "transposed",
        with_rule(lambda w: w.T * jnp.arange(1.0, 4.0), lambda r, g: (g * jnp.arange(1.0, 4.0),)),
        (matrix,),
    )
    yield Rule(
        "outer product the wrong way",
        "transposed",
        with_rule(lambda w, v: w @ v, lambda r, g: (jnp.outer(r[1], g), r[0].T @ g)),
        (matrix, array(3)),
    )
    yield Rule(
        "mean for a sum",
        "missing sum",
        with_rule(lambda x, b: x + b, lambda r, g: (g, jnp.mean(g, axis=0))),
        (array(4, 3), array(3)),
    )
    yield Rule(
        "last row for a sum",
        "missing sum",
        with_rule(lambda x, b: x + b, lambda r, g: (g, g[-1])),
        (array(4, 3), array(3)),
    )
    yield Rule(
        "sum where there is none",
        "missing sum",
        with_rule(lambda x: jnp.sum(x, axis=1), lambda r, g: (jnp.broadcast_to(jnp.sum(g), r[0].shape),)),
        (array(4, 3),),
    )
    yield Rule("mean without its length", "factor", with_rule(jnp_mean, lambda r, g: (g * jnp.ones_like(r[0]),)), (x,))
    yield Rule(
        "one output dropped",
        "dropped output",
        with_rule(lambda x: (jnp.sin(x), jnp.cos(x)), lambda r, g: (g[0] * jnp.cos(r[0]),)),
        (x,),
    )
    yield Rule(
        "outputs swapped",
        "dropped output",
        with_rule(lambda x: (jnp.sin(x), jnp.cos(x)), lambda r, g: (g[1] * jnp.cos(r[0]) - g[0] * jnp.sin(r[0]),)),
        (x,),
    )
    yield Rule(
        "upper bound forgotten",
        "boundary",
        with_rule(lambda x: jnp.clip(x, 0.0, 6.0), lambda r, g: (g * (r[0] > 0),)),
        (x,),
    )
    yield Rule(
        "lower branch forgotten",
        "boundary",
        with_rule(lambda x: jnp.where(x > 0, x**2, 3.0 * x), lambda r, g: (g * 2.0 * r[0],)),
        (x,),
    )
    yield Rule(
        "leaky slope inverted",
        "boundary",
        with_rule(lambda x: jnp.where(x > 0, x, 0.1 * x), lambda r, g: (jnp.where(r[0] > 0, g, 10.0 * g),)),
        (x,),
    )
    yield Rule(
        "NaN at zero",
        "not finite",
        with_rule(
            lambda x: jnp.sinc(x / jnp.pi), lambda r, g: (g * (jnp.cos(r[0]) * r[0] - jnp.sin(r[0])) / r[0] ** 2,)
        ),
        (x,),
    )
    yield Rule(
        "zero at zero",
        "boundary",
        with_rule(lambda x: x**3 + x, lambda r, g: (g * jnp.where(r[0] == 0, 0.0, 3.0 * r[0] ** 2 + 1.0),)),
        (x,),
    )
    yield Rule(
        "overflow",
        "not finite",
        with_rule(lambda x: jnp.logaddexp(x, 0.0), lambda r, g: (g * jnp.exp(r[0]) / (1.0 + jnp.exp(r[0])),)),
        (x,),
    )
    yield Rule(
        "forward value",
        "forward",
        with_rule(lambda x: jnp.sum(x**2), lambda r, g: (2.0 * g * r,), lambda x: (jnp.sum(x**2) + 1.0, x)),
        (x,),
    )
    yield Rule(
        "wrong under vmap",
        "vmap",
        with_rule(lambda x: jnp.sum(x**2), lambda r, g: (wrong_when_batched(2.0 * g * r[0]),)),
        (x,),
    )
    yield Rule(
        "wrong under jit only",
        "jit",
        with_rule(lambda x: jnp.sum(x**2), lambda r, g: ((2.0 if _concrete(g) else 3.0) * g * r[0],)),
        (x,),
    )
    yield Rule(
        "wrong without jit only",
        "jit",
        with_rule(lambda x: jnp.sum(x**2), lambda r, g: ((3.0 if _concrete(g) else 2.0) * g * r[0],)),
        (x,),
    )
    yield Rule(
        "None for an argument that matters",
        "zero",
        with_rule(lambda x, y: jnp.sum(x * y), lambda r, g: (g * r[1], None)),
        (x, x + 1),
    )
    yield Rule(
        "dict entries swapped",
        "swapped",
        with_rule(
            lambda p: jnp.sum(p["a"] * p["b"] ** 2),
            lambda r, g: ({"a": 2.0 * g * r[0]["a"] * r[0]["b"], "b": g * r[0]["b"] ** 2},),
        ),
        ({"a": x, "b": x + 1},),
    )
    yield Rule(
        "float16 cotangent",
        "dtype",
        with_rule(lambda x: jnp.sum(x), lambda r, g: (jnp.full(r[0].shape, g, jnp.float16),)),
        (x,),
    )
    yield Rule("reversed", "permuted", with_rule(lambda x: jnp.cumsum(x), lambda r, g: (jnp.cumsum(g),)), (x,))
    yield Rule(
        "concrete branch",
        "transformation",
        with_rule(lambda x: jnp.sum(x), lambda r, g: ((g if g > 0 else 1.0 * g) * jnp.ones_like(r[0]),)),
        (x,),
    )


def _concrete(x: Any) -> bool:
    return not isinstance(x, jax.core.Tracer)


def jnp_mean(x: Any) -> Any:
    return jnp.mean(x)


@jax.custom_batching.custom_vmap
def wrong_when_batched(x: Any) -> Any:
    return x


@wrong_when_batched.def_vmap  # type: ignore[untyped-decorator,unused-ignore]
def _wrong_when_batched(_: Any, batched: Any, x: Any) -> tuple[Any, Any]:
    return 3.0 * x, batched[0]
