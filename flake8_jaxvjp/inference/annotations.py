"""What annotations say of values, as far as it is an array or a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.library_names import JAXTYPING_ARRAYS
from flake8_jaxvjp.inference.state import Frame, State
from flake8_jaxvjp.inference.values import ARRAY, NUMBER, TEXT, Builtin, Leaf, Library, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter


def annotated(interpreter: Interpreter, annotation: cst.BaseExpression, frame: Frame) -> Value | None:
    """`jax.Array`, `jnp.ndarray`, `Float[Array, "..."]`, `np.ndarray`, `float`, `int`, `bool`."""
    if isinstance(annotation, cst.Subscript):
        element = annotation.slice[0].slice
        named = interpreter.evaluate(annotation.value, State(frame))
        is_array = isinstance(named, Library) and named.name in JAXTYPING_ARRAYS
        return annotated(interpreter, element.value, frame) if is_array and isinstance(element, cst.Index) else None
    if not isinstance(annotation, (cst.Name, cst.Attribute)):
        return None
    match interpreter.evaluate(annotation, State(frame)):
        case Library(name="jax.Array" | "jax.numpy.ndarray" | "jaxtyping.Array"):
            return ARRAY
        case Library(name="numpy.ndarray" | "chex.Array"):
            return Leaf("array")
        case Builtin(name="float" | "int" | "bool"):
            return NUMBER
        case Builtin(name="str"):
            return TEXT
    return None
