"""Values for `self` and `cls` of a rule that is a method: instances in the module, or made with no arguments."""

from __future__ import annotations

import inspect
from typing import Any


def owner_name(function: Any) -> str:
    """The name of the class in which a method is written; empty for what is no method of a module's class."""
    owner, dot, _ = getattr(function, "__qualname__", "").rpartition(".")
    return owner if dot and owner.isidentifier() else ""


def owners(function: Any, parameter: str) -> list[Any]:
    """What the first parameter of a method may be, the likeliest first."""
    around = getattr(function, "__globals__", {})
    owner = around.get(owner_name(function))
    if not isinstance(owner, type):
        return []
    if parameter == "cls":
        return [owner]
    found = [value for value in list(around.values()) if isinstance(value, owner)]
    return found or _made(owner)


def _made(owner: type) -> list[Any]:
    """One instance, if the class can be called with nothing."""
    try:
        inspect.signature(owner).bind()
        return [owner()]
    except Exception:
        return []
