"""What functions of jax, jax.numpy, numpy and functools return, as far as the structure of the result goes.

Each handler is a claim about the library; the claims are run against the installed JAX by the project's tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from flake8_jaxvjp.inference import gradient_calls, numpy_calls, tree_calls
from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import join, sequence_of, tuple_of
from flake8_jaxvjp.inference.library_names import CONTINUOUS, FIRST_IS_FUNCTION, RELATIVES, TRANSPARENT
from flake8_jaxvjp.inference.operators import Result
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.structures import as_arrays, named_tuple, results_like
from flake8_jaxvjp.inference.values import (
    Bound,
    Constant,
    CustomVjp,
    Function,
    Leaf,
    Library,
    Operation,
    Origin,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State


@dataclass(frozen=True)
class LibraryCall:
    """One call of a library function."""

    interpreter: Interpreter
    name: str
    arguments: Arguments
    state: State
    node: cst.CSTNode

    def get(self, index: int, name: str = "") -> Value | None:
        value = self.arguments.get(index, name)
        return None if value is None else self.interpreter.contents(value, self.state)

    def apply(self, function: Value, *arguments: Value) -> Value:
        """Call one of the arguments."""
        return self.interpreter.call(function, Arguments(arguments), self.state, self.node)

    def has_flag(self, name: str) -> bool | None:
        """Whether a keyword is given as True; None when its value is not known."""
        match self.arguments.keywords.get(name):
            case None:
                return None if self.arguments.hides_keywords else False
            case Constant(value=value):
                return bool(value)
        return None


Handler = Callable[[LibraryCall], Result]


def call(interpreter: Interpreter, name: str, arguments: Arguments, state: State, node: cst.CSTNode) -> Result:
    """The result of `name(*arguments)`; Unknown when the function is not one that we know."""
    request = LibraryCall(interpreter, name, arguments, state, node)
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(request)
    if name in TRANSPARENT:
        return _transparent(request)
    if name in tree_calls.HANDLERS:
        return tree_calls.HANDLERS[name](request)
    return numpy_calls.call(request)


def second_call(
    interpreter: Interpreter, operation: Operation, arguments: Arguments, state: State, node: cst.CSTNode
) -> Value:
    """The call of what a library function returned: `jax.grad(f)(x)`, `pl.pallas_call(...)(x)`."""
    request = LibraryCall(interpreter, operation.name, arguments, state, node)
    match operation.name:
        case "jax.grad" | "jax.value_and_grad":
            return gradient_calls.gradient(operation, request)
        case "jax.linear_transpose":
            return tuple_of(*(Unknown("the transpose's result") for _ in operation.arguments))
        case "jax.ffi.ffi_call":
            return results_like(operation.arguments[0])
        case "jax.experimental.pallas.pallas_call":
            results = results_like(operation.arguments[0])
            if isinstance(results, Sequence) and results.kind == "list":
                return replace(results, kind="tuple")
            return results
        case "collections.namedtuple":
            return _make_named_tuple(operation, arguments)
        case "functools.wraps":
            return _wrapped_by(operation.arguments[0], arguments)
    if operation.name in RELATIVES and not operation.arguments and arguments.positional:
        return Operation(operation.name, arguments.positional, operation.keywords)
    if operation.name in TRANSPARENT and arguments.positional:
        return Wrapped(arguments.positional[0], operation.name)
    return Unknown(f"call of {operation.name}")


def _transparent(request: LibraryCall) -> Value:
    """`jax.jit(f)`, or the decorator that `jax.jit(static_argnums=...)` and `functools.lru_cache(None)` give."""
    function = request.arguments.get(0, "fun")
    if function is None or request.name not in FIRST_IS_FUNCTION or isinstance(function, Constant):
        return Operation(request.name)
    if request.name == "jax.custom_batching.custom_vmap" and isinstance(function, CustomVjp):
        return function  # it forwards `defvjp`
    return Wrapped(function, request.name)


def _partial(request: LibraryCall) -> Value:
    if not request.arguments.exact or not request.arguments.positional:
        return Unknown("a partial of something unknown")
    function, *positional = request.arguments.positional
    return Bound(function, tuple(positional), tuple(request.arguments.keywords.items()), partial=True)


def _wraps(request: LibraryCall) -> Value:
    wrapped = request.arguments.get(0, "wrapped")
    return Operation("functools.wraps", (wrapped,)) if wrapped is not None else Unknown("wraps of nothing")


def _wrapped_by(original: Value, arguments: Arguments) -> Value:
    """`functools.wraps(original)(wrapper)`: runs as the wrapper, shows the signature of the original."""
    match arguments.positional:
        case (Function(node=node, frame=frame),):
            return Function(node, frame, original)
    return Unknown("a wrapped function")


def _returns(index: int, keyword: str = "") -> Handler:
    """The function gives back one of its arguments, or something of its structure."""

    def handler(request: LibraryCall) -> Value:
        value = request.arguments.get(index, keyword)
        if value is None:
            return Unknown(f"call of {request.name}")
        given = request.interpreter.through_jax(value, request.state)
        if isinstance(given, Library):
            return Unknown("something of a library")  # or what is differentiated, which may not be so behind this
        return replace(given, origin=None) if isinstance(given, Leaf) else given

    return handler


def _block_until_ready(request: LibraryCall) -> Value:
    """The very argument, no copy."""
    return request.arguments.get(0, "x") or Unknown("call of jax.block_until_ready")


def _structure(index: int, keyword: str) -> Handler:
    """The function's results have the structure of a description (`result_shape_dtypes`) among its arguments."""

    def handler(request: LibraryCall) -> Value:
        value = request.get(index, keyword)
        if value is None:
            return Unknown(f"call of {request.name}")
        return results_like(request.interpreter.freeze(value, request.state))

    return handler


def _later(index: int, keyword: str) -> Handler:
    """The function returns a function whose results have the structure of one of its arguments."""

    def handler(request: LibraryCall) -> Value:
        value = request.get(index, keyword)
        if value is None:
            return Unknown(f"call of {request.name}")
        return Operation(request.name, (request.interpreter.freeze(value, request.state),))

    return handler


def _cond(request: LibraryCall) -> Value:
    """`jax.lax.cond(pred, true, false, *operands)`: what one of the branches returns."""
    positional = request.arguments.positional
    if not request.arguments.exact or request.arguments.keywords or len(positional) < 3:
        return Unknown("call of jax.lax.cond")
    _, yes, no, *given = positional
    operands = [request.interpreter.through_jax(operand, request.state) for operand in given]
    if not all(isinstance(branch, (Function, Bound, Wrapped)) for branch in (yes, no)):
        return Unknown("branches of jax.lax.cond")
    return as_traced(join(request.apply(yes, *operands), request.apply(no, *operands)), request)


def _switch(request: LibraryCall) -> Value:
    positional = request.arguments.positional
    branches = items_of(request.get(1, "branches") or Unknown())
    if not request.arguments.exact or request.arguments.keywords or not branches:
        return Unknown("call of jax.lax.switch")
    operands = [request.interpreter.through_jax(operand, request.state) for operand in positional[2:]]
    return as_traced(join(*(request.apply(branch, *operands) for branch in branches)), request)


def as_traced(value: Value, request: LibraryCall) -> Value:
    return as_arrays(request.interpreter.freeze(value, request.state))


def _carry(index: int, keyword: str) -> Handler:
    """A loop: its result has the structure of its initial value, with arrays for numbers."""

    def handler(request: LibraryCall) -> Value:
        value = request.arguments.get(index, keyword)
        return Unknown(f"call of {request.name}") if value is None else as_traced(value, request)

    return handler


def _scan(request: LibraryCall) -> Value:
    initial = request.arguments.get(1, "init")
    carry = Unknown("a carry") if initial is None else as_traced(initial, request)
    return tuple_of(carry, Unknown("stacked outputs"))


def _closure_convert(_request: LibraryCall) -> Value:
    return tuple_of(Unknown("a converted function"), sequence_of("list"))


def _named_tuple(request: LibraryCall) -> Value:
    """`namedtuple("Gradients", "x y")` and `NamedTuple("Gradients", [("x", Array), ...])`: a class to be called."""
    name, shown = request.get(0, "typename"), request.get(1, "field_names")
    fields = _field_names(shown)
    if not isinstance(name, Constant) or fields is None or len(request.arguments.positional) != 2:
        return Unknown("a named tuple class")
    return Operation("collections.namedtuple", (name, tuple_of(*(Constant("str", field) for field in fields))))


def _field_names(value: Value | None) -> list[str] | None:
    if isinstance(value, Constant) and isinstance(value.value, str):
        return value.value.replace(",", " ").split()
    items = items_of(value) if value is not None else None
    if items is None:
        return None
    firsts = [item.items[0] if isinstance(item, Sequence) and item.items else item for item in items]
    names = [first.value for first in firsts if isinstance(first, Constant) and isinstance(first.value, str)]
    return names if len(names) == len(items) else None


def _make_named_tuple(operation: Operation, arguments: Arguments) -> Value:
    name, fields = operation.arguments
    names = tuple(str(item.value) for item in items_of(fields) or () if isinstance(item, Constant))
    return named_tuple(str(name.value) if isinstance(name, Constant) else "", names, arguments, is_closed=True)


def _relative(request: LibraryCall) -> Value:
    """A function with rules of its own that other packages make; the keywords with which it was made are kept."""
    if not request.arguments.exact:
        return Unknown(f"call of {request.name}")
    keywords = request.arguments.keywords.items()
    given = tuple((name, request.interpreter.contents(value, request.state)) for name, value in keywords)
    return Operation(request.name, request.arguments.positional, given)


def _sample(request: LibraryCall) -> Value:
    """`numpyro.sample(name, distribution)`, continuous and not observed: something that a sampler differentiates by."""
    given = request.arguments
    match given.positional:
        case (_, Leaf(origin=Origin(source="continuous"))) if given.exact and not given.keywords:
            return Leaf("jax", Origin("sample"))
    return Unknown("call of numpyro.sample")


def _always(value: Value) -> Handler:
    return lambda _request: value


_HANDLERS: Final[dict[str, Handler]] = {
    **gradient_calls.HANDLERS,
    "jax.closure_convert": _closure_convert,
    "jax.lax.cond": _cond,
    "jax.lax.switch": _switch,
    "jax.lax.scan": _scan,
    "jax.lax.fori_loop": _carry(3, "init_val"),
    "jax.lax.while_loop": _carry(2, "init_val"),
    "jax.lax.stop_gradient": _returns(0, "x"),
    "jax.lax.optimization_barrier": _returns(0, "operand"),
    "jax.lax.with_sharding_constraint": _returns(0, "x"),
    "jax.lax.psum": _carry(0, "x"),
    "jax.lax.pmean": _returns(0, "x"),
    "jax.lax.pmax": _returns(0, "x"),
    "jax.lax.pmin": _returns(0, "x"),
    "jax.lax.ppermute": _returns(0, "x"),
    "jax.device_put": _returns(0, "x"),
    "jax.block_until_ready": _block_until_ready,
    "jax.pure_callback": _structure(1, "result_shape_dtypes"),
    "jax.experimental.io_callback": _structure(1, "result_shape_dtypes"),
    "jax.ffi.ffi_call": _later(1, "result_shape_dtypes"),
    "jax.experimental.pallas.pallas_call": _later(1, "out_shape"),
    "jax.ShapeDtypeStruct": _always(Leaf("other")),
    **dict.fromkeys(RELATIVES, _relative),
    "numpyro.sample": _sample,
    **{f"numpyro.distributions.{name}": _always(Leaf("other", Origin("continuous"))) for name in CONTINUOUS},
    "functools.partial": _partial,
    "functools.wraps": _wraps,
    "collections.namedtuple": _named_tuple,
    "typing.NamedTuple": _named_tuple,
}
