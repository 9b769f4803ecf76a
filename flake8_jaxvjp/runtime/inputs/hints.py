"""Examples that the user wrote down: a comment at the `defvjp`, or a function `jaxvjp_examples` in the module.

    f.defvjp(f_fwd, f_bwd)  # jaxvjp: x=f32[3], n=4

The text is a call without its parentheses, evaluated in the module: its globals can be named, and beside them
`f32[3]` (and f16, f64, bf16, c64, i32, u8, bool_ …) makes an array, `f32[3] > 0` a positive one, `f32[()]` a scalar,
`key` a key. `custom gradient`, alone or behind a `;`, says that the gradient differs from the derivative on purpose.
"""

from __future__ import annotations

import functools
import inspect
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flake8_jaxvjp.runtime.points import generator, short_decimals
from flake8_jaxvjp.runtime.subject import unwrapped

MARK = "jaxvjp:"
REGISTRY = "jaxvjp_examples"


class HintError(ValueError):
    """The hint cannot be understood; the message says why."""


@dataclass(frozen=True)
class Drawn:
    """An array still to be drawn: `f32[2, 3]`, or `f32[3] > 0`."""

    dtype: Any
    shape: tuple[int, ...]
    positive: bool = False

    def __gt__(self, bound: int) -> Drawn:
        return Drawn(self.dtype, self.shape, True)

    def draw(self, name: str) -> Any:
        if not jnp.issubdtype(self.dtype, jnp.inexact):
            return np.ones(self.shape, self.dtype)
        values = short_decimals(generator(name), np.zeros(self.shape, np.dtype(self.dtype)))
        return np.abs(values) if self.positive else values


@dataclass(frozen=True)
class Kind:
    """A dtype that takes a shape in brackets."""

    dtype: Any

    def __getitem__(self, shape: Any) -> Drawn:
        return Drawn(self.dtype, shape if isinstance(shape, tuple) else (shape,))


KINDS: dict[str, Kind] = {
    "f16": Kind(np.float16),
    "f32": Kind(np.float32),
    "f64": Kind(np.float64),
    "bf16": Kind(jnp.bfloat16),
    "c64": Kind(np.complex64),
    "c128": Kind(np.complex128),
    "i8": Kind(np.int8),
    "i16": Kind(np.int16),
    "i32": Kind(np.int32),
    "i64": Kind(np.int64),
    "u8": Kind(np.uint8),
    "u32": Kind(np.uint32),
    "bool_": Kind(np.bool_),
}


def hint_at(text: str, first: int, last: int) -> str:
    """The hint in a comment on lines `first` to `last` or on the comment lines above them; empty if there is none."""
    comments = _comments_of(text)
    for line in range(first, last + 1):
        if line in comments:
            return comments[line]
    lines = text.splitlines()
    above = first - 1
    while above >= 1 and lines[above - 1].lstrip().startswith("#"):
        if above in comments:
            return comments[above]
        above -= 1
    return ""


@functools.lru_cache(maxsize=8)
def _comments_of(text: str) -> dict[int, str]:
    """All hints of a file, by line; every rule of the file asks for them."""
    return dict(_comments(text))


def _comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and MARK in token.string:
                yield token.start[0], token.string.split(MARK, 1)[1].strip()
    except (tokenize.TokenError, SyntaxError):
        return


@dataclass(frozen=True)
class Given:
    """The positional arguments that a hint stands for, and the positions of those that it calls positive."""

    arguments: tuple[Any, ...]
    positive: frozenset[int]


def arguments_of(hint: str, primal: Any, module: ModuleType) -> Given:
    """Evaluate a hint in its module. Raises HintError if it cannot be read, or does not fit the function."""
    names = {**KINDS, "key": jax.random.PRNGKey(0), **vars(module)}
    names["_jaxvjp_call"] = lambda *args, **kwargs: (args, kwargs)
    # As our own reports write a scalar and a mask, which Python would not read.
    written = re.sub(r"\b([fciu]\d+|bf16|bool_)\[\]", r"\1[()]", re.sub(r"\bbool\[", "bool_[", hint))
    try:
        args, kwargs = eval(f"_jaxvjp_call({written})", names)
    except Exception as error:
        raise HintError(f"the hint '{hint}' cannot be read: {type(error).__name__}: {error}") from error
    try:
        bound = inspect.signature(primal).bind(*args, **kwargs)
        bound.apply_defaults()
    except TypeError as error:
        raise HintError(f"the hint '{hint}' does not fit the function: {error}") from error
    except ValueError:
        bound = None
    given = tuple(args) if bound is None else bound.args
    return Given(
        tuple(_drawn(value, f"{index}") for index, value in enumerate(given)),
        frozenset(index for index, value in enumerate(given) if isinstance(value, Drawn) and value.positive),
    )


def _drawn(value: Any, name: str) -> Any:
    if isinstance(value, Drawn):
        return value.draw(name)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_drawn(item, f"{name}.{i}") for i, item in enumerate(value)))
    if isinstance(value, (tuple, list)):
        return type(value)(_drawn(item, f"{name}.{i}") for i, item in enumerate(value))
    if isinstance(value, dict):
        return {key: _drawn(item, f"{name}.{key}") for key, item in value.items()}
    leaves, treedef = jax.tree_util.tree_flatten(value)  # of a class of the user's that is registered with JAX
    if any(isinstance(leaf, Drawn) for leaf in leaves):
        drawn = [_drawn(leaf, f"{name}.{index}") for index, leaf in enumerate(leaves)]
        return jax.tree_util.tree_unflatten(treedef, drawn)
    return value


def registered(module: ModuleType) -> list[tuple[Any, tuple[Any, ...]]]:
    """The pairs (rule, arguments) of the module's `jaxvjp_examples()`, which yields tuples `(rule, *arguments)`."""
    function = getattr(module, REGISTRY, None)
    if not callable(function):
        return []
    return [
        (unwrapped(entry[0]), tuple(_drawn(value, f"{i}") for i, value in enumerate(entry[1:]))) for entry in function()
    ]
