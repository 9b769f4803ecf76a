"""flake8-jaxvjp: finds hand-written JAX derivative rules that JAX rejects, or whose gradient is wrong.

The whole public API is `check_source`, which reads, and `verify_vjp`, which runs; each is loaded when it is first
asked for, because flake8 imports this package for every file that it lints, and most files hold no derivative rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flake8_jaxvjp.checker import check_source as check_source
    from flake8_jaxvjp.findings import Finding as Finding
    from flake8_jaxvjp.findings import Position as Position
    from flake8_jaxvjp.runtime.testing import verify_vjp as verify_vjp

__version__ = "0.1.0"
__all__ = ["Finding", "Position", "__version__", "check_source", "verify_vjp"]


def __getattr__(name: str) -> Any:
    if name == "check_source":
        from flake8_jaxvjp.checker import check_source

        return check_source
    if name in {"Finding", "Position"}:
        from flake8_jaxvjp import findings

        return getattr(findings, name)
    if name == "verify_vjp":
        from flake8_jaxvjp.runtime.requirements import missing

        if missing():
            raise ImportError(f"verify_vjp: {missing()}")
        from flake8_jaxvjp.runtime.testing import verify_vjp

        return verify_vjp
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
