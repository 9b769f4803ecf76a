"""What the runtime wing needs and may not have."""

from __future__ import annotations

from importlib.util import find_spec


def missing() -> str:
    """What is not installed, and what to do, in one line; "" where JAX is there."""
    if find_spec("jax") is not None:
        return ""
    return "JAX is not installed: install flake8-jaxvjp with its extra 'runtime' (JAX and NumPyro)"
