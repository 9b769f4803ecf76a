"""What a rule is, and the words that messages share."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.building import is_none
from flake8_jaxvjp.inference.values import (
    Bound,
    Constant,
    Function,
    Instance,
    Leaf,
    Mapping,
    Pullback,
    Sequence,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair
    from flake8_jaxvjp.inference.operators import Failure
    from flake8_jaxvjp.sites.analysis import ModuleFacts


@dataclass(frozen=True)
class Problem:
    """What a rule has to say of a node."""

    node: cst.CSTNode
    message: str


@dataclass(frozen=True)
class Rule:
    """One rule: its code, its page, and its check.

    `name` completes "allow ..."; `what` and `why` are Markdown; `bad` has a finding of this code and `good`, the
    same module put right, none; `references` are the JAX functions and documents that settle the claim.
    `fix` yields repairs for the problems that it knows how to put right, and `fixes` says which those are.
    """

    code: str
    name: str
    summary: str
    what: str
    why: str
    bad: str
    good: str
    references: tuple[str, ...]
    check: Callable[[ModuleFacts], Iterable[Problem]]
    is_preview: bool = False
    fix: Callable[[ModuleFacts], Iterable[Repair]] | None = None
    fixes: str = ""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of this package, by code."""
    import flake8_jaxvjp.rules as package

    modules = [info.name for info in pkgutil.iter_modules(package.__path__) if info.name.startswith("vjp")]
    loaded = (importlib.import_module(f"flake8_jaxvjp.rules.{name}") for name in modules)
    return tuple(sorted((module.RULE for module in loaded), key=lambda rule: str(rule.code)))


def count_of(number: int, noun: str) -> str:
    """`1 cotangent`, `2 cotangents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Iterable[str]) -> str:
    """`(x, y)`, shortened when there are many."""
    shown = list(names)
    return f"({', '.join(shown if len(shown) <= 8 else [*shown[:7], '...'])})"


def describe(value: Value) -> str:
    """What a message calls a value."""
    match value:
        case Leaf(kind="jax" | "array"):
            return "an array"
        case Leaf(kind="number"):
            return "a number"
        case Sequence(kind="namedtuple", name=name):
            return f"the named tuple {name}" if name else "a named tuple"
        case Sequence(name=name) if name and name != "repeated":
            return name
        case Sequence(kind="tuple" | "list" | "set" as kind, items=items):
            return f"a {kind}" if items is None else f"a {kind} of {len(items)}"
        case Sequence(kind="range"):
            return "a range"
        case Mapping():
            return "a dict"
        case Constant(kind="str" | "bytes"):
            return "a string"
        case Pullback():
            return "a pullback (not called)"
        case Function() | Bound() | Wrapped():
            return "a function"
        case Instance(of=cls):
            return f"an object of class {cls.node.name.value}"
        case Constant():
            return "None" if is_none(value) else "a number"
    return "something that is neither a tuple nor a list"


def misuse(failure: Failure, what: str) -> str:
    """What a rule does with a value that it cannot do: `unpacks the residuals into 3 names`."""
    detail = failure.detail[0] if failure.detail else ""
    match failure.kind:
        case "unpack":
            return f"unpacks {what} into {count_of(int(str(detail)), 'name')}"
        case "index" | "key":
            is_word = failure.kind == "index" and isinstance(detail, str)
            return f"takes {detail} of {what}" if is_word else f"takes item {detail!r} of {what}"
        case "attribute":
            return f"uses .{detail} of {what}"
        case "call":
            return f"calls {what}"
        case "argument":
            return f"passes {what} to {detail}"
    return f"uses {what} with '{detail}'"
