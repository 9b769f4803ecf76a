"""What a backward rule gets from its forward rule."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "residuals are what the forward rule made",
        "return res",
        "(array, None, [array, 1], {'a': array})",
        residuals='(x, None, [x, 1], {"a": x})',
        annotation=": jax.Array",
    ),
    case(
        "residuals of the two branches",
        "return res",
        "(?, ?)",
        residuals="(x, None) if flag else (None, x)",
    ),
    case(
        "a cotangent has the structure of the output",
        "return g",
        "(array, [array, None], {'a': array})",
        output='(jnp.sum(x), [jnp.sum(x), None], {"a": 1.0})',
    ),
    case(
        "an array is what an annotation says",
        "return res * 2",
        "array",
        residuals="x",
        annotation=": jax.Array",
    ),
    case(
        "an annotated number",
        "return res * 2",
        "number",
        residuals="x",
        annotation=": float",
    ),
    case(
        "an annotation with a shape",
        "return res + 1",
        "object",
        before="""
        class Array:
            pass

        class Float:
            def __class_getitem__(cls, item):
                return cls
        """,
        residuals="x",
        annotation=': Float[Array, "n"]',
    ),
    case(
        "unused output",
        "return 1, None",
        "(1, None)",
        output="None",
    ),
)
