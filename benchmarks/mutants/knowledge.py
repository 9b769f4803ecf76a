"""What the source shows for certain about an expression: no tuple, an array, the entry of an annotated parameter."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from benchmarks.mutants.nodes import last_name
from benchmarks.mutants.targets import exits

if TYPE_CHECKING:
    from benchmarks.mutants.targets import Exit, Target

# Of jax.numpy; each gives one array whatever it is given.
ARRAY_FUNCTIONS = {
    "abs", "array", "asarray", "concatenate", "conj", "cos", "dot", "einsum", "exp", "log", "matmul", "multiply",
    "ones_like", "outer", "real", "reshape", "sign", "sin", "sqrt", "squeeze", "stack", "sum", "tanh", "transpose",
    "zeros", "zeros_like",
}  # fmt: skip
NOT_SEQUENCE = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv)
ARRAY_ANNOTATIONS = {"Array", "ndarray", "float", "ArrayLike"}


def is_no_sequence(node: ast.expr) -> bool:
    """Whether the value is surely neither tuple nor list: no sequence has these operators, no such call gives one."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str | bytes)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd | ast.Not)
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, NOT_SEQUENCE):
            return True
        # A sequence times what is no integer is an error, and so is a sequence plus a number.
        return isinstance(node.op, ast.Mult | ast.Add) and (_is_inexact(node.left) or _is_inexact(node.right))
    return is_array(node)


def is_array(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return last_name(node.func.value) in {"jnp", "jax.numpy", "lax"} and node.func.attr in ARRAY_FUNCTIONS
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, NOT_SEQUENCE) and (is_array(node.left) or is_array(node.right))
    return isinstance(node, ast.UnaryOp) and is_array(node.operand)


def _is_inexact(node: ast.expr) -> bool:
    """Whether the value is surely no integer and no sequence: a float, a quotient, an array, or arithmetic with one."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Div):
            return True
        arithmetic = isinstance(node.op, ast.Mult | ast.Add | ast.Sub | ast.Pow)
        return arithmetic and (_is_inexact(node.left) or _is_inexact(node.right))
    if isinstance(node, ast.UnaryOp):
        return _is_inexact(node.operand)
    return is_array(node)


def entry_is_array(target: Target, place: Exit, index: int) -> bool:
    """Whether entry `index` of a display belongs to a parameter that is annotated as one array."""
    entries = place.fixed_entries
    parameters = target.differentiable
    if entries is None or parameters is None or len(entries) != len(parameters):
        return False
    annotation = parameters[index].annotation
    if isinstance(annotation, ast.Subscript):  # Float[Array, "n"]
        annotation = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
    return annotation is not None and last_name(annotation) in ARRAY_ANNOTATIONS


def output_is_no_sequence(target: Target, node: ast.expr) -> bool:
    """Whether the forward rule's first element is surely neither tuple nor list."""
    if is_no_sequence(node):
        return True
    if not (isinstance(node, ast.Call) and last_name(node.func) == target.name) or target.primal is None:
        return False
    results = [place.value for place in exits(target.primal)]
    return not target.primal_opaque and bool(results) and all(map(is_no_sequence, results))
