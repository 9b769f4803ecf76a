"""Small programs through the real engine (focus, libcst, interpreter), and through Python itself.

A program is the body of a backward rule `bwd(flag, other, items, res, g)`, of whose first three parameters the linter
knows nothing. What the interpreter says of its returns is written as text (`show`), and must be true of what Python
gives when the same program runs (`covers`).
"""

from __future__ import annotations

import os
import textwrap
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import libcst as cst

from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.inference.values import (
    Bound,
    Builtin,
    Choice,
    Class,
    Constant,
    CustomVjp,
    Function,
    Imported,
    Instance,
    Leaf,
    Library,
    Mapping,
    Method,
    Operation,
    Pullback,
    Reference,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts

HEADER = """\
import functools
import operator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
"""

RULE = """\

@partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def f(flag, other, items, x{annotation}):
    return {output}


def fwd(flag, other, items, x):
    return {output}, {residuals}

"""


@dataclass(frozen=True)
class Program:
    """A backward rule's body, with what stands before it in the module, and the forward rule's two results."""

    body: str
    before: str = ""
    residuals: str = "unseen(x)"
    output: str = "jnp.sum(x)"
    annotation: str = ""
    kind: str = "def"

    @property
    def text(self) -> str:
        rule = RULE.format(output=self.output, residuals=self.residuals, annotation=self.annotation)
        head = f"{self.kind} bwd(flag, other, items, res, g):\n"
        body = textwrap.indent(textwrap.dedent(self.body).strip("\n"), "    ")
        before = textwrap.dedent(self.before)
        return f"{HEADER}{before}{rule}{head}{body}\n\n\nf.defvjp(fwd, bwd)\n"


def facts_of(text: str) -> ModuleFacts:
    """What the checker learns of a module, by its own way; what it would keep silent about is raised here."""
    kept: list[ModuleFacts] = []

    def keep(*arguments: Any) -> ModuleFacts:
        kept.append(ModuleFacts(*arguments))
        return kept[-1]

    debugging = mock.patch.dict(os.environ, {"FLAKE8_JAXVJP_DEBUG": "1"})
    with debugging, mock.patch("flake8_jaxvjp.sites.analysis.ModuleFacts", keep):
        check_source(text, "program.py")
    assert kept, "the text holds no rule, or cannot be read"
    return kept[0]


def site_of(text: str) -> SiteFacts:
    """The last site of a module."""
    return facts_of(text).sites[-1]


def said_of(program: Program) -> Value:
    """What the interpreter says that the program returns."""
    return site_of(program.text).backward.value


def shown(body: str, **rest: str) -> str:
    """The same as text."""
    return show(said_of(Program(body, **rest)))


def faults(body: str, **rest: str) -> list[str]:
    """The operations that the interpreter is sure to raise: how, and of what."""
    site = site_of(Program(body, **rest).text)
    _ = site.backward
    return [f"{fault.failure.kind}: {show(fault.failure.subject)}" for fault in site.backward_faults]


def codes(text: str) -> list[str]:
    """The codes of a module's findings."""
    return [finding.code for finding in check_source(textwrap.dedent(text))]


# Values as text

_BRACKETS = {"list": ("[", "]"), "set": ("{", "}"), "range": ("range<", ">"), "iterator": ("iter<", ">")}


def show(value: Value) -> str:
    """`?` is anything; `a | b` one of two; `tuple[2...]` a tuple of two items or more."""
    match value:
        case Unknown():
            return "?"
        case Leaf(kind=kind):
            return {"jax": "array", "array": "ndarray", "number": "number", "text": "str", "other": "object"}[kind]
        case Constant(value=known):
            return repr(known)
        case Sequence():
            return _show_sequence(value)
        case Mapping(items=pairs):
            if pairs is None:
                return "dict"
            return "{" + ", ".join(f"{key!r}: {show(item)}" for key, item in pairs) + "}"
        case Choice(options=choices):
            return " | ".join(sorted(map(show, choices)))
    return _show_callable(value)


def _show_sequence(value: Sequence) -> str:
    if value.items is None:
        return f"{value.kind}[{value.at_least or ''}...]"
    items = list(map(show, value.items))
    if value.kind == "namedtuple":
        return f"{value.name}({', '.join(f'{name}={item}' for name, item in zip(value.fields, items, strict=True))})"
    if value.kind == "tuple":
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    opening, closing = _BRACKETS[value.kind]
    return opening + ", ".join(items) + closing


def _show_callable(value: Value) -> str:
    match value:
        case Library(name=name) | Builtin(name=name):
            return name
        case Imported():
            return "imported"
        case Function(node=node):
            return node.name.value if isinstance(node, cst.FunctionDef) else "lambda"
        case Bound(function=function, arguments=arguments, keywords=keywords):
            given = [*map(show, arguments), *(f"{name}={show(item)}" for name, item in keywords)]
            return f"bound({', '.join([show(function), *given])})"
        case Wrapped(function=function, by=by):
            return f"{by}({show(function)})"
        case CustomVjp(function=function):
            return f"custom_vjp({show(function)})"
        case Operation(name=name):
            return f"{name}(...)"
        case Pullback(primals=primals):
            return "pullback" if primals is None else f"pullback<{', '.join(map(show, primals))}>"
        case Method(receiver=receiver, name=name):
            return f"{show(receiver)}.{name}"
        case Class(node=node):
            return f"class {node.name.value}"
        case Instance(of=cls):
            return f"object of {cls.node.name.value}"
        case Reference(is_dict=is_dict):
            return "a dict" if is_dict else "a list"
    raise AssertionError(value)


# Values against the truth


def covers(value: Value, concrete: object) -> bool:
    """Whether what the interpreter says is true of an object. Arrays are told by what they have, without a library."""
    match value:
        case Unknown():
            return True
        case Choice(options=choices):
            return any(covers(choice, concrete) for choice in choices)
        case Leaf(kind=kind):
            return _covers_leaf(kind, concrete)
        case Constant(value=known):
            return _is_constant(known, concrete)
        case Sequence():
            return _covers_sequence(value, concrete)
        case Mapping(items=pairs):
            if not isinstance(concrete, dict):
                return False
            last = dict(pairs or ())
            return pairs is None or (
                list(last) == list(concrete) and all(covers(item, concrete[key]) for key, item in last.items())
            )
        case Instance(of=cls):
            return cls.node.name.value in {one.__name__ for one in type(concrete).__mro__}
        case Library() | Imported() | Method():
            return True
    return callable(concrete)


def _is_constant(known: object, concrete: object) -> bool:
    """JAX may hand a number on as an object of a class of its own that is derived from float or int."""
    alike = type(known) is type(concrete) or type(concrete).__mro__[1] is type(known)
    return alike and known == concrete


def _covers_leaf(kind: str, concrete: object) -> bool:
    if isinstance(concrete, (tuple, list)) or concrete is None:
        return False
    is_array = hasattr(concrete, "shape") and hasattr(concrete, "dtype")
    if kind == "jax":
        # Without jit, JAX hands a float through as it is.
        own = type(concrete).__module__.partition(".")[0] in ("jax", "jaxlib")
        return own or type(concrete) is float or _is_float0(concrete)
    if kind == "array":
        return is_array
    if kind == "text":
        return isinstance(concrete, str)
    return kind == "other" or isinstance(concrete, (int, float, complex)) or is_array


def _is_float0(concrete: Any) -> bool:
    """The cotangent of a whole number is a NumPy array without content."""
    return bool(hasattr(concrete, "dtype") and concrete.dtype.names is None and "float0" in str(concrete.dtype))


_CLASSES: dict[str, tuple[type, ...]] = {"list": (list,), "set": (set, frozenset), "range": (range,), "tuple": (tuple,)}


def _covers_sequence(value: Sequence, concrete: Any) -> bool:
    match value.kind:
        case "iterator":
            if isinstance(concrete, (tuple, list)) or not hasattr(concrete, "__iter__"):
                return isinstance(concrete, types.CoroutineType)
        case "namedtuple":
            if not isinstance(concrete, tuple) or value.fields != getattr(concrete, "_fields", value.fields):
                return False
        case kind:
            if type(concrete) not in _CLASSES[kind]:
                return False
    if value.items is None:
        return value.kind == "iterator" or len(concrete) >= value.at_least
    items = list(concrete)
    if value.kind == "set":
        return len(items) <= len(value.items)
    return len(items) == len(value.items) and all(map(covers, value.items, items))


@dataclass
class Runs:
    """What a program gave when it ran: a value, or an exception, for each of its inputs."""

    values: list[object] = field(default_factory=list)
    exceptions: list[Exception] = field(default_factory=list)

    @contextmanager
    def kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.exceptions.append(error)


class Manager:
    """A context manager that swallows every exception."""

    def __enter__(self) -> Manager:
        return self

    def __exit__(self, *exception: object) -> bool:
        return True


def world() -> dict[str, Any]:
    """The names that programs may use and that no linter knows."""
    return {"unseen": lambda *arguments, **_: arguments[0] if arguments else None, "Swallow": Manager}


def run(program: Program, inputs: Iterator[tuple[object, object, object]], x: object) -> Runs:
    """Run the program with JAX: the forward rule, then the backward rule with its residuals and a cotangent."""
    import jax

    namespace = world()
    exec(compile(program.text, "<program>", "exec"), namespace)
    forward: Callable[..., Any] = namespace["fwd"]
    backward: Callable[..., Any] = namespace["bwd"]
    runs = Runs()
    for given in inputs:
        with runs.kept():
            output, residuals = forward(*given, x)
            cotangent = jax.tree_util.tree_map(jax.numpy.ones_like, output)
            runs.values.append(backward(*given, residuals, cotangent))
    return runs
