"""What the calls give back that make rules, pullbacks and gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flake8_jaxvjp.inference.building import is_none, join, options, sequence_of, tuple_of, with_origin
from flake8_jaxvjp.inference.operators import Result
from flake8_jaxvjp.inference.structures import cotangent_like
from flake8_jaxvjp.inference.values import (
    ARRAY,
    Bound,
    Constant,
    CustomJvp,
    CustomVjp,
    Function,
    Operation,
    Origin,
    Pullback,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.library import Handler, LibraryCall


def _custom_vjp(request: LibraryCall) -> Value:
    function = request.arguments.get(0, "fun")
    if function is None or not request.arguments.exact:
        return Unknown("custom_vjp without a function")
    return CustomVjp(
        request.node,
        function,
        request.get(1, "nondiff_argnums"),
        request.get(2, "nondiff_argnames"),
        tuple(request.arguments.keywords),
    )


def _custom_jvp(request: LibraryCall) -> Value:
    function = request.arguments.get(0, "fun")
    if function is None or not request.arguments.exact:
        return Unknown("custom_jvp without a function")
    return CustomJvp(
        request.node,
        function,
        request.get(1, "nondiff_argnums"),
        request.get(2, "nondiff_argnames"),
        tuple(request.arguments.keywords),
    )


def _forward_mode(request: LibraryCall) -> Value:
    """`jax.jacfwd(f)` and `jax.hessian(f)`: functions that go through f in forward mode when they are called."""
    function = request.arguments.get(0, "fun")
    if function is None or not request.arguments.exact:
        return Unknown(f"call of {request.name}")
    return Operation(
        request.name, (function, *request.arguments.positional[1:]), tuple(request.arguments.keywords.items())
    )


def _linearize(request: LibraryCall) -> Value:
    """`jax.linearize(f, *primals)`: the output, and the function that goes through f in forward mode."""
    if not request.arguments.positional or request.has_flag("has_aux") is not False:
        return Unknown("call of jax.linearize")
    given = request.arguments.positional if request.arguments.exact else request.arguments.positional[:1]
    return tuple_of(Unknown("the output"), Operation(request.name, given))


def _vjp(request: LibraryCall) -> Result:
    """`jax.vjp(f, *primals)`: the pair (output, pullback), or a triple with `has_aux=True`."""
    if not request.arguments.positional:
        return Unknown("jax.vjp of nothing")
    function, *primals = request.arguments.positional
    shown = tuple(request.interpreter.through_jax(primal, request.state) for primal in primals)
    pullback: Value = Pullback(shown if request.arguments.exact else None)
    output = request.apply(function, *shown) if request.arguments.exact else Unknown("jax.vjp with a star")
    output = request.interpreter.through_jax(output, request.state)
    match request.has_flag("has_aux"):
        case None:
            return Unknown("jax.vjp with an unknown has_aux")
        case True:
            return with_origin_of_vjp(tuple_of(Unknown("the output"), pullback, Unknown("aux")))
    pair = tuple_of(_plain(output), pullback)
    if isinstance(function, (Function, Bound, Wrapped)) and isinstance(output, Unknown):
        return replace(pair, origin=Origin("vjp pair"))  # it may well return something that can be called
    return with_origin_of_vjp(pair)


def _plain(output: Value) -> Value:
    """The primal output of a vjp: numbers have become arrays."""
    return output if not isinstance(output, Constant) or is_none(output) else ARRAY


def with_origin_of_vjp(pair: Sequence) -> Value:
    """Mark the pair, and its first item as the primal output."""
    items = pair.items or ()
    marked = (with_origin(items[0], "primal output"), *items[1:])
    return Sequence("tuple", marked, len(marked), Origin("vjp pair"))


def _grad(request: LibraryCall) -> Value:
    function = request.arguments.get(0, "fun")
    if function is None or not request.arguments.exact:
        return Unknown(f"call of {request.name}")
    argnums = request.get(1, "argnums") or Constant("int", 0)
    aux = request.get(2, "has_aux") or Constant("bool", False)
    return Operation(request.name, (function, argnums, aux))


def gradient(operation: Operation, request: LibraryCall) -> Value:
    """What `jax.grad(f)(...)` gives: one gradient for an int `argnums`, a tuple for several; value and aux beside."""
    _, argnums, aux = operation.arguments
    if not isinstance(aux, Constant):
        return Unknown(f"{operation.name} with an unknown has_aux")
    gradient = _gradients(argnums, request)
    if operation.name == "jax.grad":
        return tuple_of(gradient, Unknown("aux")) if aux.value else gradient
    value: Value = tuple_of(ARRAY, Unknown("aux")) if aux.value else ARRAY
    return tuple_of(value, gradient)


def _gradients(argnums: Value, request: LibraryCall) -> Value:
    results = []
    for option in options(argnums):
        match option:
            case Constant(kind="int", value=int(index)):
                results.append(_gradient_of(index, request))
            case Sequence(items=items) if items is not None:
                numbers = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, int)]
                exact = len(numbers) == len(items)
                results.append(
                    tuple_of(*(_gradient_of(number, request) for number in numbers))
                    if exact
                    else tuple_of(*(Unknown("a gradient") for _ in items))
                )
            case Sequence():
                results.append(sequence_of("tuple"))
            case _:
                return Unknown("gradients with unknown argnums")
    return join(*results)


def _gradient_of(index: int, request: LibraryCall) -> Value:
    positional = request.arguments.positional
    if request.arguments.exact and -len(positional) <= index < len(positional):
        return cotangent_like(request.interpreter.freeze(positional[index], request.state))
    return Unknown("the gradient of something unknown")


def _jvp(request: LibraryCall) -> Value:
    if not request.arguments.exact or request.has_flag("has_aux") is not False:
        return Unknown("jax.jvp with an aux")
    return tuple_of(Unknown("an output"), Unknown("a tangent"))


def _linear_transpose(request: LibraryCall) -> Value:
    if not request.arguments.exact:
        return Unknown("linear_transpose with a star")
    return Operation(request.name, request.arguments.positional[1:])


HANDLERS: Final[dict[str, Handler]] = {
    "jax.custom_vjp": _custom_vjp,
    "jax.custom_jvp": _custom_jvp,
    "jax.jacfwd": _forward_mode,
    "jax.hessian": _forward_mode,
    "jax.linearize": _linearize,
    "jax.vjp": _vjp,
    "jax.grad": _grad,
    "jax.value_and_grad": _grad,
    "jax.jvp": _jvp,
    "jax.linear_transpose": _linear_transpose,
}
