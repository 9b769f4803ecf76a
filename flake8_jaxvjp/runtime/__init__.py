"""The runtime wing: it runs hand-written derivative rules, and says for each whether JAX accepts it and it is right.

Nothing here is imported by the flake8 path unless `--jaxvjp-runtime` is given. This module itself imports no JAX,
so that the pytest plugin and the command line stay light; `verify_vjp` loads it when it is first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.testing import verify_vjp as verify_vjp

__all__ = ["verify_vjp"]


def __getattr__(name: str) -> Any:
    if name == "verify_vjp":
        from flake8_jaxvjp.runtime.testing import verify_vjp

        return verify_vjp
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
