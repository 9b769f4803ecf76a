"""Findings and what `jaxvjp fix` makes of them: the body of a module below `HEADER`, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from command.samples import RULE

HEADER = "from functools import partial\n\nimport jax\nimport jax.numpy as jnp\n\n\n"


@dataclass(frozen=True)
class FixCase:
    """`after` is empty where nothing may be done; `run` calls what JAX has to accept afterwards."""

    name: str
    before: str
    after: str = ""
    is_safe: bool = True
    run: str = "jax.grad(f, 0)(jnp.ones(2), jnp.ones(2))"


def returning(name: str, before: str, after: str = "", *, is_safe: bool = True) -> FixCase:
    """A case of the two-argument rule, whose backward rule returns this."""
    texts = [RULE.format(name="f", returned=text) if text else "" for text in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe)


ONE = """\
@jax.custom_vjp
def f(x):
    return jnp.sum(x * x)


def f_fwd(x):
    return f(x), x


def f_bwd(x, g):
    {body}


f.defvjp(f_fwd, f_bwd)
"""
NONDIFF = """\
@partial(jax.custom_vjp, nondiff_argnums={argnums})
def f(x, n, y=1.0):
    return jnp.sum(x * y) * n


def f_fwd(x, n, y=1.0):
    return f(x, n, y), (x, y)


def f_bwd(n, residuals, g):
    x, y = residuals
    return {returned}


f.defvjp(f_fwd, f_bwd)
"""
PULLBACK = ONE.replace("def f(x)", "def f(x: jax.Array)", 1).replace(
    "{body}", "_, pullback = jax.vjp(lambda x: jnp.sum(x * x), x)\n    return {}"
)
ANNOTATED = RULE.replace("(x, y):", "(x: jax.Array, y: jax.Array):", 1)
SLOPE = "jax.grad(f)(jnp.ones(2))"
SWAPPED = """\
@jax.custom_vjp
def f(x, y, z):
    return jnp.sum(x * y) * z


def f_fwd(x, y, z):
    return f(x, y, z), (x, y, z)


def f_bwd(residuals, g):
    x, y, z = residuals
    return g * y * z, g * x * z, g * jnp.sum(x * y)


f.defvjp({rules})
"""
THREE = "jax.grad(f, (0, 2))(jnp.ones(2), jnp.ones(2), 1.0)"
RIGHT_NONDIFF = NONDIFF.format(argnums="(1,)", returned="n * g * y, n * g * x")
PULLED = """\
def slope(f, x, y):
    {body}
"""


def of_one(name: str, before: str, after: str = "", *, is_safe: bool = True) -> FixCase:
    texts = [ONE.format(body=text) if text else "" for text in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe, SLOPE)


def of_nondiff(
    name: str, before: tuple[str, str], after: tuple[str, str] = ("", ""), *, is_safe: bool = True
) -> FixCase:
    texts = [NONDIFF.format(argnums=one[0], returned=one[1]) if any(one) else "" for one in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe, "jax.grad(f, (0, 2))(jnp.ones(2), 3, jnp.ones(2))")


def of_pair(name: str, before: str, after: str = "", *, is_safe: bool = True) -> FixCase:
    texts = [PULLED.format(body=text.replace("\n", "\n    ")) if text else "" for text in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe, "slope(lambda x, y: x * y, 2.0, 3.0)")


RETURNED = (
    returning("concatenate", "jnp.concatenate((g * y, g * x))", "g * y, g * x"),
    returning("concatenate_list", "jnp.concatenate([g * y, g * x], axis=0)", "g * y, g * x"),
    returning("stack", "jnp.stack([g * y, g * x], axis=-1)", "g * y, g * x"),
    returning("array", "jnp.array([g * y, g * x])", "g * y, g * x"),
    returning("in_parentheses", "(jnp.hstack((g * y, g * x)))", "g * y, g * x"),
    returning(
        "over_lines",
        "jnp.concatenate(\n        [\n            g * y,\n            g * x,\n        ]\n    )",
        "(\n            g * y,\n            g * x,\n        )",
    ),
    returning("too_many_joined", "jnp.concatenate((g * y, g * x, g))"),
    returning("starred", "jnp.concatenate((*(g * y, g * x),))"),
    returning("a_comment_would_be_lost", "jnp.concatenate(  # joined\n        (g * y, g * x)\n    )"),
    returning("another_dtype", "jnp.concatenate((g * y, g * x), dtype=jnp.float32)"),
    returning("an_array_for_two", "jnp.sum(g * y)"),
    returning("too_many", "g * y, g * x, None"),
    returning("too_few", "(g * y,)"),
    of_one("bare", "return 2 * x * g", "return (2 * x * g,)"),
    of_one(
        "bare_over_lines",
        "return (\n        2 * x\n        * g\n    )",
        "return ((\n        2 * x\n        * g\n    ),)",
    ),
    of_one("cotangent", "return g", "return (g,)", is_safe=False),
    of_one("bare_with_comment", "return 2 * x * g  # the gradient", "return (2 * x * g,)  # the gradient"),
    of_one("conditional", "return 2 * x if g is None else 2 * x * g", "return (2 * x if g is None else 2 * x * g,)"),
    of_one("bare_by_name", "result = 2 * x * g\n    return result", "result = 2 * x * g\n    return (result,)"),
    of_one("join_of_one", "return jnp.concatenate([2 * x * g])", "return (2 * x * g,)"),
    of_one("a_dict", "return {'x': 2 * x * g}"),
    of_one(
        "two_branches",
        "if x is None:\n        return -g\n    return 2 * x * g",
        "if x is None:\n        return (-g,)\n    return (2 * x * g,)",
    ),
    FixCase("wrapped_pullback", PULLBACK.format("(pullback(g),)"), PULLBACK.format("pullback(g)"), run=SLOPE),
    FixCase("wrapped_pullback_bare", PULLBACK.format("pullback(g),"), PULLBACK.format("pullback(g)"), run=SLOPE),
    FixCase("another_tuple", PULLBACK.format("((g, g),)")),
    FixCase("tuple_of_one", PULLBACK.format("((2 * x * g,),)"), PULLBACK.format("(2 * x * g,)"), run=SLOPE),
    FixCase(
        "pullbacks",
        ANNOTATED.format(name="f", returned="jax.vjp(jnp.sum, x)[1](g), jax.vjp(jnp.sum, y)[1](g)"),
        ANNOTATED.format(name="f", returned="jax.vjp(jnp.sum, x)[1](g)[0], jax.vjp(jnp.sum, y)[1](g)[0]"),
    ),
    FixCase(
        "wrapped_pullback_of_two",
        RULE.format(name="f", returned="jax.vjp(lambda x, y: jnp.sum(x * y), x, y)[1](g),"),
        RULE.format(name="f", returned="jax.vjp(lambda x, y: jnp.sum(x * y), x, y)[1](g)"),
    ),
    FixCase(
        "lambda",
        "f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))\n"
        "f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda r, g: jnp.stack([g * r[1], g * r[0]]))\n",
        "f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))\n"
        "f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda r, g: (g * r[1], g * r[0]))\n",
    ),
    FixCase(
        "bare_lambda",
        "f = jax.custom_vjp(lambda x: jnp.sum(x))\nf.defvjp(lambda x: (f(x), x), lambda x, g: g * jnp.ones_like(x))\n",
        "f = jax.custom_vjp(lambda x: jnp.sum(x))\n"
        "f.defvjp(lambda x: (f(x), x), lambda x, g: (g * jnp.ones_like(x),))\n",
        run=SLOPE,
    ),
    of_nondiff("none_for_nondiff", ("(1,)", "n * g * y, None, n * g * x"), ("(1,)", "n * g * y, n * g * x")),
    of_nondiff("none_in_parentheses", ("(1,)", "(n * g * y, None, n * g * x,)"), ("(1,)", "(n * g * y, n * g * x,)")),
    of_nondiff("an_entry_for_nondiff", ("(1,)", "n * g * y, 0.0, n * g * x")),
    of_nondiff("number", ("(1)", "n * g * y, n * g * x"), ("(1,)", "n * g * y, n * g * x")),
    of_nondiff("number_bare", ("1", "n * g * y, n * g * x"), ("(1,)", "n * g * y, n * g * x")),
    of_nondiff("number_then_count", ("1", "n * g * y, None, n * g * x"), ("(1,)", "n * g * y, n * g * x")),
    of_nondiff("negative", ("(-2,)", "n * g * y, n * g * x"), ("(1,)", "n * g * y, n * g * x")),
    of_nondiff("negative_in_list", ("[-2]", "n * g * y, n * g * x"), ("[1]", "n * g * y, n * g * x")),
    of_nondiff("out_of_range", ("(7,)", "n * g * y, n * g * x")),
    of_nondiff("missing_default", ("(1,)", "(n * g * y,)"), ("(1,)", "(n * g * y, None)"), is_safe=False),
    of_nondiff("missing_default_list", ("(1,)", "[n * g * y]"), ("(1,)", "[n * g * y, None]"), is_safe=False),
    FixCase(
        "missing_array",
        RULE.format(name="f", returned="(g * y,)"),
    ),
    FixCase("swapped", SWAPPED.format(rules="f_bwd, f_fwd"), SWAPPED.format(rules="f_fwd, f_bwd"), run=THREE),
    FixCase(
        "swapped_keywords",
        SWAPPED.format(rules="bwd=f_fwd, fwd=f_bwd"),
        SWAPPED.format(rules="bwd=f_bwd, fwd=f_fwd"),
        run=THREE,
    ),
    FixCase(
        "options_alone",
        RIGHT_NONDIFF.replace("partial(jax.custom_vjp, ", "jax.custom_vjp("),
        RIGHT_NONDIFF,
        run="jax.grad(f, (0, 2))(jnp.ones(2), 3, jnp.ones(2))",
    ),
    FixCase(
        "empty_parentheses",
        RULE.format(name="f", returned="g * y, g * x").replace("custom_vjp", "custom_vjp()"),
        RULE.format(name="f", returned="g * y, g * x"),
    ),
    of_pair(
        "pair_called", "x_bar, = jax.vjp(lambda x: f(x, y), x)(1.0)\nreturn x_bar",
        "x_bar, = jax.vjp(lambda x: f(x, y), x)[1](1.0)\nreturn x_bar",
    ),
    of_pair("by_name", "pair = jax.vjp(f, x, y)\nreturn pair(1.0)", "pair = jax.vjp(f, x, y)\nreturn pair[1](1.0)"),
    of_pair(
        "output_called", "vjp_func, pullback = jax.vjp(f, x, y)\nreturn vjp_func(1.0)",
        "vjp_func, pullback = jax.vjp(f, x, y)\nreturn pullback(1.0)",
    ),
    of_pair(
        "output_called_twice", "back, out = jax.vjp(jnp.multiply, x, y)\nreturn back(1.0), back(2.0)",
        "out, back = jax.vjp(jnp.multiply, x, y)\nreturn back(1.0), back(2.0)",
    ),
    of_pair("names_used_otherwise", "out, _ = jax.vjp(jnp.multiply, x, y)\nreturn out(1.0), out + 1",
            "_, out = jax.vjp(jnp.multiply, x, y)\nreturn out(1.0), out + 1", is_safe=False),
)  # fmt: skip
