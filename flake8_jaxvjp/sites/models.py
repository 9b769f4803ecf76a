"""Which custom_vjp a function surely calls with something that is differentiated: a sample of a NumPyro model, or an
argument of the function itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from flake8_jaxvjp.inference.functions import free_arguments
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.signatures import signature_of_node
from flake8_jaxvjp.inference.state import State
from flake8_jaxvjp.inference.values import CustomVjp, Function, Leaf, Library, Origin, Unknown, Value
from flake8_jaxvjp.sites.formulas import Reader
from flake8_jaxvjp.sites.functions import bind_through, function_of
from flake8_jaxvjp.sites.hypotheses import Prober

SAMPLE = Leaf("jax", Origin("sample"))
PERTURBED = Library("<differentiated>")
"""An argument with a tangent: of whatever structure, so that nothing is known of it but that it is the very one."""
MAX_DEPTH = 20
SMOOTH = frozenset(
    f"jax.numpy.{name}"
    for name in (
        "add cos divide dot exp expm1 log log1p matmul mean multiply negative power reciprocal sin sqrt square "
        "subtract sum tanh"
    ).split()
)
"""Functions through which a derivative goes, if only as zeros."""


def differentiated_in(interpreter: Interpreter, model: Function) -> CustomVjp | None:
    """The first custom_vjp that every run of the model calls with a sample, or something computed from one."""
    prober = Prober(interpreter, _Dependence(interpreter, SAMPLE).mark)
    prober.failure(model, free_arguments(signature_of_node(model.node)))
    if prober.met_contexts:
        return None  # a handler of NumPyro, under which a sample may be none
    return _first_that_takes(SAMPLE, prober)


def reached_from(interpreter: Interpreter, called: Value, perturbed: tuple[bool, ...]) -> CustomVjp | None:
    """The first custom_vjp that every run of a function calls with an argument that has a tangent.

    `perturbed` says of each argument that the function gets whether it surely has one.
    """
    function = function_of(called)
    given = tuple(PERTURBED if one else Unknown("an argument") for one in perturbed)
    bound = None if function is None else bind_through(called, given)
    if function is None or bound is None:
        return None
    prober = Prober(interpreter, _Dependence(interpreter, PERTURBED).mark)
    prober.failure(function, bound)
    return _first_that_takes(PERTURBED, prober)


def _first_that_takes(value: Value, prober: Prober) -> CustomVjp | None:
    for function, given in prober.reached:
        if given.exact and value in (*given.positional, *given.keywords.values()):
            return function
    return None


@dataclass(frozen=True)
class _Dependence:
    """Whether an expression is computed from what is differentiated (`of`), by displays and arithmetic alone."""

    interpreter: Interpreter
    of: Value
    readers: dict[cst.CSTNode, Reader] = field(default_factory=dict)

    def mark(self, node: cst.BaseExpression, state: State) -> Value | None:
        scope = state.frame.scope.node
        if not isinstance(scope, (cst.FunctionDef, cst.Lambda)):
            return None
        reader = self.readers.setdefault(scope, Reader(scope))
        return self.of if self._depends(node, state, reader, MAX_DEPTH, is_now=True) else None

    def _depends(self, node: cst.BaseExpression, state: State, reader: Reader, depth: int, *, is_now: bool) -> bool:
        """`is_now` where the names in it are read in this state, and not when one of them was bound."""

        def inner(part: cst.BaseExpression, is_now: bool = is_now) -> bool:
            return depth > 0 and self._depends(part, state, reader, depth - 1, is_now=is_now)

        match node:
            case cst.Name(value=name):
                is_same = is_now or name in reader.once or (name in reader.parameters and name not in reader.bound)
                if is_same and state.variables.get(name) == self.of:
                    return True
                value, path = reader.once.get(name, (node, ()))
                return value is not node and not path and name in state.variables and inner(value, is_now=False)
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                return not isinstance(operator, (cst.FloorDivide, cst.Modulo)) and (inner(left) or inner(right))
            case cst.UnaryOperation(operator=cst.Minus(), expression=operand):
                return inner(operand)
            case cst.Tuple(elements=elements) | cst.List(elements=elements) | cst.Dict(elements=elements):
                return any(inner(element.value) for element in elements)
            case cst.Call(func=function, args=args):
                called = self.interpreter.evaluate(function, state.fork())
                is_smooth = isinstance(called, Library) and called.name in SMOOTH and len(args) <= 2
                is_plain = all(arg.keyword is None or arg.keyword.value == "axis" for arg in args)
                return is_smooth and is_plain and any(inner(arg.value) for arg in args)
        return False
