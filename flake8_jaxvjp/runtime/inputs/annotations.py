"""What a parameter says of itself: jaxtyping and plain annotations, defaults, and names with one meaning in JAX code.

Each parameter gives a list of candidate values, best first; an empty list means that any array may fit, and the search
tries shapes.
"""

from __future__ import annotations

import functools
import inspect
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp.runtime.points import generator, short_decimals

JAXTYPING = re.compile(
    r"\b(Float|Float16|Float32|Float64|BFloat16|Inexact|Real|Num|Shaped|Complex|Int|Integer|Int32|"
    r"UInt|UInt8|Bool|Key|PRNGKeyArray)\[[^\[\]]*?,\s*['\"]([^'\"]*)['\"]\s*\]"
)
ARRAYS = re.compile(r"Array|ndarray|Tensor|jax\._src|Float|Numeric|\bAny\b|Union\[.*complex")
SIZES = (3, 2, 4, 5, 6, 7)


def damped(*arguments: Any) -> Any:
    """A contraction in each of its arguments: iterations of it converge, and an equation with it has one solution."""
    return 0.25 * jnp.tanh(functools.reduce(operator.add, map(jnp.asarray, arguments)))


def total(*arguments: Any) -> Any:
    """A number, whatever the shapes of the arguments."""
    return sum(jnp.sum(jnp.asarray(argument)) for argument in arguments)


FUNCTIONS: tuple[Callable[..., Any], ...] = (damped, jnp.tanh, total)
"""Functions for a parameter that is called: what is solved or iterated must have a solution first of all."""
PLAIN: dict[str, tuple[Any, ...]] = {
    "int": (2, 1, 3),
    "bool": (False, True),
    "str": ("", "sum", "mean", "relu", "SAME", "float32"),
    "None": (None,),
    "float": (0.5,),
    "Callable": FUNCTIONS[:1],
    "NoneType": (None,),
}
BY_NAME: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r"(prng_?)?key|rng|rng_key|prng", ("key",)),
    (r"axis|dim|axis_name", (-1, 0, "i")),
    (
        r"(num|n|max|min)_[a-z_]*|n|k|m|order|degree|maxiter|max_iter|steps|depth|length|size|window(_size)?|level",
        (2, 3, 1),
    ),
    (r"fn|func|fun|f|function|activation|act|.*_(fn|func|fun)", ("callable",)),
    (r"shape|.*_shape", ((3,), (3, 3), ())),
    (r"dtype|.*_dtype", (jnp.float32,)),
    (r"mode|reduction|padding|method|name", ("sum", "mean", "SAME", None)),
    (
        r"(is|use|has|with|do|apply|return)_[a-z_]+|causal|train(ing)?|deterministic|debug|verbose|interpret|reverse",
        (False, True),
    ),
    (r".*_mask", (None,)),
)


def candidates(parameter: inspect.Parameter, static: bool, sizes: dict[str, int]) -> tuple[list[Any], str]:
    """Values to try for one parameter, and where they come from; no value means that shapes must be searched."""
    written = str(parameter.annotation) if parameter.annotation is not parameter.empty else ""
    if isinstance(parameter.annotation, type):
        written = parameter.annotation.__name__ if "[" not in written else written
    typed = JAXTYPING.search(written)
    if typed:
        return [_jaxtyped(typed.group(1), typed.group(2), parameter.name, sizes)], "jaxtyping"
    found: list[Any] = []
    if parameter.default is parameter.empty and ARRAYS.search(written) and "Callable" not in written and not static:
        return [], "search"
    if parameter.default is not parameter.empty:
        found.append(parameter.default)
        if not isinstance(parameter.default, (float, np.ndarray, jax.Array)):
            return [*found, *_plain(written)], "defaults"
        return found, "defaults"
    found += _plain(written)
    if found:
        return found, "annotations"
    for pattern, values in BY_NAME:
        if re.fullmatch(pattern, parameter.name):
            found += [_special(value) for value in values]
    if static:
        # A nondifferentiable argument is rarely an array; what it is shows in what the function does with it.
        extra: list[Any] = [2, damped, None, 0.5, False, (3,), "sum", jnp.tanh, total]
        return found + [value for value in extra if not any(value is known for known in found)], "search"
    return (found, "search") if found and not re.fullmatch(r"[a-z]|fn?", parameter.name) else ([], "search")


def _plain(written: str) -> list[Any]:
    found: list[Any] = []
    for name, values in PLAIN.items():
        if re.search(rf"\b{name}\b", written):
            found += values
    return found


def _special(value: Any) -> Any:
    if isinstance(value, str) and value == "key":
        return jax.random.PRNGKey(0)
    return FUNCTIONS[0] if isinstance(value, str) and value == "callable" else value


def _jaxtyped(kind: str, dimensions: str, name: str, sizes: dict[str, int]) -> Any:
    shape = tuple(length for part in dimensions.split() for length in _lengths(part, sizes))
    if kind.startswith(("Int", "UInt")):
        return np.ones(shape, np.uint8 if kind == "UInt8" else np.int32)
    if kind == "Bool":
        return np.ones(shape, np.bool_)
    if kind in {"Key", "PRNGKeyArray"}:
        return jax.random.key(0)
    dtype = {"Float16": np.float16, "Complex": np.complex64}.get(kind, np.float32)
    return short_decimals(generator(name), np.zeros(shape, dtype))


def _lengths(part: str, sizes: dict[str, int]) -> list[int]:
    """The lengths that one item of a jaxtyping shape stands for; equal names have equal lengths over all parameters."""
    part = part.rpartition("=")[2]
    part = part.lstrip("#?")
    if part.startswith(("*", "...")) or part == "":
        return []
    if part.isdigit():
        return [int(part)]
    if part == "_":
        return [2]
    for name in re.findall(r"[A-Za-z_]\w*", part):
        sizes.setdefault(name, SIZES[len(sizes) % len(SIZES)])
    try:
        return [int(eval(part, {"__builtins__": {}}, dict(sizes)))]
    except Exception:
        return [3]


def signature_parameters(function: Callable[..., Any]) -> Sequence[inspect.Parameter] | None:
    """The positional parameters of a function, with `*args` last; None if it has no signature."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [p for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
