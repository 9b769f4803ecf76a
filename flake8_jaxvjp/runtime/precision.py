"""The few names that moved between the JAX versions supported, and 64-bit mode without a trace in the global config."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np


@contextmanager
def double_precision(enabled: bool = True) -> Iterator[None]:
    """Run a block with 64-bit types. Both forms that JAX has are local to the thread and undone at the end."""
    if hasattr(jax, "enable_x64"):
        manager: Any = jax.enable_x64(enabled)
    else:
        from jax import experimental

        manager = getattr(experimental, "enable_x64")(enabled)  # noqa: B009
    with manager:
        yield


def wide_by_default() -> bool:
    """Whether the program that is checked runs in 64-bit mode."""
    return bool(jax.config.read("jax_enable_x64"))


def is_differentiable(leaf: Any) -> bool:
    """Whether JAX gives this leaf a cotangent: floats and complex numbers, not integers, bools and PRNG keys."""
    if isinstance(leaf, (bool, int, str, bytes)) or leaf is None:
        return False
    if isinstance(leaf, (float, complex)):
        return True
    dtype = getattr(leaf, "dtype", None)
    return dtype is not None and bool(jax.numpy.issubdtype(dtype, jax.numpy.inexact))


def widened(leaf: Any) -> Any:
    """A float or complex leaf in 64-bit NumPy; anything else as it is."""
    if not is_differentiable(leaf):
        return leaf
    values = np.asarray(leaf)
    return values.astype(np.complex128 if np.iscomplexobj(values) else np.float64)


def as_in_the_program(leaf: Any) -> Any:
    """A float or complex leaf as the program hands it on: in its 64-bit mode with the dtype that it has."""
    if not is_differentiable(leaf) or not wide_by_default():
        return narrowed(leaf)
    return np.asarray(leaf)


def narrowed(leaf: Any) -> Any:
    """A float or complex leaf in the 32-bit types of JAX's default mode, unless it is smaller already."""
    if not is_differentiable(leaf):
        return leaf
    values = np.asarray(leaf)
    if values.dtype == np.float64:
        return values.astype(np.float32)
    if values.dtype == np.complex128:
        return values.astype(np.complex64)
    return values
