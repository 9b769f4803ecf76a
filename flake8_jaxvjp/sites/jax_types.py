"""What JAX takes as a leaf of a pytree, and what it surely rejects as "not a valid JAX type"."""

from __future__ import annotations

from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.library_names import ALWAYS_ARRAY, ARRAY_METHODS, LAX_ARRAY, NN_ARRAY
from flake8_jaxvjp.inference.values import (
    Bound,
    Builtin,
    Class,
    Constant,
    CustomVjp,
    Function,
    Leaf,
    Library,
    Mapping,
    Method,
    Operation,
    Origin,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

DTYPES = frozenset("float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint32 bool_ complex64".split())
FUNCTIONS = {"jax.numpy": ALWAYS_ARRAY, "numpy": ALWAYS_ARRAY, "jax.lax": LAX_ARRAY, "jax.nn": NN_ARRAY}
GIVE_FUNCTIONS = frozenset(
    """
    jax.grad jax.value_and_grad jax.jacfwd jax.hessian jax.jit jax.vmap jax.checkpoint jax.numpy.vectorize
    functools.wraps functools.cache functools.lru_cache
    """.split()
)
"""Functions whose results are plain functions; what `jax.linearize` and `jax.linear_transpose` give is a pytree."""


def rejected_leaf(value: Value, nondiff: frozenset[int] = frozenset()) -> str | None:
    """What of a value surely is no JAX type, at any depth: "a string", "a function", ...; None when nothing is."""
    found = [_rejected(option, nondiff) for option in options(value)]
    return found[0] if all(one is not None for one in found) else None


def _rejected(value: Value, nondiff: frozenset[int]) -> str | None:
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple", items=items):
            return _first(items or (), nondiff)
        case Mapping(items=pairs):
            return _first(tuple(item for _, item in pairs or ()), nondiff)
        case Sequence(kind="set" | "range" as kind):
            return f"a {kind}"
        case Sequence(kind="iterator", name=name):
            return name or "an iterator"
        case Constant(kind="str" | "bytes") | Leaf(kind="text"):
            return "a string"
        case Leaf(kind="other", origin=Origin(source="dtype")):
            return "a dtype"
        case Method(receiver=Unknown(origin=origin) | Leaf(kind="other", origin=origin), name="dtype"):
            return "a dtype" if _is_differentiable(origin, nondiff) else None
        case Method(receiver=Leaf(kind="jax"), name=name) if name in ARRAY_METHODS:
            return "a method (not called)"
        case Library(name=name):
            return _of_library(name)
        case Class():
            return "a class"
        case Operation(name=name) | Wrapped(by=name):
            return "a function" if name in GIVE_FUNCTIONS else None
        case Function() | Bound() | CustomVjp() | Builtin():
            return "a function"
    return None


def _is_differentiable(origin: Origin | None, nondiff: frozenset[int]) -> bool:
    """Whether a value is a parameter of the primal that JAX differentiates: an array, which has a dtype."""
    return origin is not None and origin.source == "parameter" and nondiff.isdisjoint(origin.path[:1])


def _first(items: tuple[Value, ...], nondiff: frozenset[int]) -> str | None:
    return next((found for item in items if (found := rejected_leaf(item, nondiff)) is not None), None)


def _of_library(name: str) -> str | None:
    module, _, attribute = name.rpartition(".")
    if attribute in FUNCTIONS.get(module, ()):
        return "a function"
    return "a dtype" if module in ("jax.numpy", "numpy") and attribute in DTYPES else None
