"""Cotangents of primals with several outputs, and of none."""

from __future__ import annotations

from rule_cases.base import case

TWO = """
@jax.custom_vjp
def h(x):
    return jnp.sin(x), jnp.cos(x)


def h_fwd(x):
    return h(x), x

"""
RUN = "assert abs(jax.grad(lambda x: h(x)[0] - h(x)[1])(2.0) - (jnp.cos(2.0) + jnp.sin(2.0))) < 1e-5"
ONE = "jax.grad(lambda x: jnp.sum(h(x)[0]))(jnp.ones(3))"

FLOATS = """
@jax.custom_vjp
def h(x):
    return jnp.sin(x), 2.0 * x

def fwd(x):
    return (jnp.sin(x), 2.0 * x), x

def bwd(x, g):
    return ({result},)

h.defvjp(fwd, bwd)
"""
FIRST = "jax.grad(lambda x: h(x)[0])(2.0)"

CASES = (
    case("times the cosine", "VJP303", FLOATS.replace("{result}", "g * jnp.cos(x)"), FIRST),
    case("the cosine times it", "VJP303", FLOATS.replace("{result}", "jnp.cos(x) * g"), FIRST),
    case("times an array of integers", "VJP303", FLOATS.replace("{result}", "(g * jnp.array(1))[0]"), FIRST),
    case("an item of it repeated", "", FLOATS.replace("{result}", "(g * 2)[2]"), FIRST),
    case("an item times the cosine", "", FLOATS.replace("{result}", "g[0] * jnp.cos(x) + 2.0 * g[1]"), FIRST),
    case("a tuple minus a residual", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (g - jnp.cos(x),))", ONE),
    case("an array minus a tuple", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (jnp.cos(x) - g,))", ONE),
    case("an array divided by a tuple", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (jnp.cos(x) / g,))", ONE),
    case("a negated tuple", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (-g,))", ONE),
    case("a tuple given to a function of arrays", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (jnp.sum(g),))", ONE),
    case("a tuple times a float", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (g * 2.0,))", ONE),
    case("the shape of a tuple", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (jnp.ones(g.shape),))", ONE),
    case("the third of two", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (g[2] * x,))", ONE),
    case("a tuple that is called as a function", "VJP303", TWO + "h.defvjp(h_fwd, lambda x, g: (g(x),))", ONE),
    case(
        "unpacked into three",
        "VJP303",
        TWO
        + """
def h_bwd(x, g):
    a, b, c = g
    return (a * x,)


h.defvjp(h_fwd, h_bwd)
""",
        ONE,
    ),
    case(
        "a helper takes it for an array",
        "VJP303",
        TWO
        + """
def times(a, b):
    return a * 2.0 + b


h.defvjp(h_fwd, lambda x, g: (times(g, x),))
""",
        ONE,
    ),
    case(
        "a nested output",
        "VJP303",
        """
        h = jax.custom_vjp(lambda x: (jnp.sin(x), (x, 2.0 * x)))

        def h_bwd(_, g):
            first, rest = g
            return (first + rest,)

        h.defvjp(lambda x: ((jnp.sin(x), (x, 2.0 * x)), None), h_bwd)
        """,
        ONE,
    ),
    case(
        "a key that the output does not have",
        "VJP303",
        """
        h = jax.custom_vjp(lambda x: {"a": jnp.sin(x), "b": jnp.cos(x)})
        h.defvjp(lambda x: ({"a": jnp.sin(x), "b": jnp.cos(x)}, None), lambda _, g: (g["a"] + g["c"],))
        """,
        "jax.grad(lambda x: h(x)['a'])(1.0)",
    ),
    case(
        "a tuple of one is a tuple",
        "VJP303",
        """
        h = jax.custom_vjp(lambda x: (2.0 * x,))
        h.defvjp(lambda x: ((2.0 * x,), None), lambda _, g: (g * 2.0,))
        """,
        "jax.grad(lambda x: h(x)[0])(1.0)",
    ),
    case(
        "unpacked",
        "",
        TWO
        + """
def h_bwd(x, g):
    a, b = g
    return (a * jnp.cos(x) - b * jnp.sin(x),)


h.defvjp(h_fwd, h_bwd)
""",
        RUN,
    ),
    case("indexed", "", TWO + "h.defvjp(h_fwd, lambda x, g: (g[0] * jnp.cos(x) - g[-1] * jnp.sin(x),))", RUN),
    case("summed", "", TWO + "h.defvjp(h_fwd, lambda x, g: (sum(g),))", ONE),
    case("stacked", "", TWO + "h.defvjp(h_fwd, lambda x, g: (jnp.stack(g)[0] + jnp.asarray(g)[1],))", ONE),
    case(
        "by a pullback",
        "",
        """
        def impl(x):
            return jnp.sin(x), jnp.cos(x)

        h = jax.custom_vjp(impl)
        h.defvjp(lambda x: jax.vjp(impl, x), lambda pullback, g: pullback(g))
        """,
        RUN,
    ),
    case(
        "mapped",
        "",
        TWO
        + """
def h_bwd(x, g):
    a, b = jax.tree_util.tree_map(lambda t: 2.0 * t, g)
    return (0.5 * (a * jnp.cos(x) - b * jnp.sin(x)),)


h.defvjp(h_fwd, h_bwd)
""",
        RUN,
    ),
    case(
        "a starred unpacking",
        "",
        TWO
        + """
def h_bwd(x, g):
    first, *others = g
    return (first * jnp.cos(x) - others[0] * jnp.sin(x),)


h.defvjp(h_fwd, h_bwd)
""",
        RUN,
    ),
    case(
        "an array output is unpacked along its axis",
        "",
        """
        h = jax.custom_vjp(lambda x: jnp.stack([x, 2.0 * x]))

        def h_bwd(_, g):
            a, b = g
            return (a + 2.0 * b,)

        h.defvjp(lambda x: (jnp.stack([x, 2.0 * x]), None), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x).sum())(1.0) == 3.0",
    ),
    case(
        "one or two outputs, by a flag",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, both):
            return (x, 2.0 * x) if both else x

        def h_bwd(both, _, g):
            if both:
                return (g[0] + 2.0 * g[1],)
            return (g * 1.0,)

        h.defvjp(lambda x, both: (h(x, both), None), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x, False) + h(x, True)[1])(1.0) == 3.0",
    ),
    case(
        "asked by isinstance",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, both):
            return (x, 2.0 * x) if both else x

        def h_bwd(both, _, g):
            if isinstance(g, tuple):
                return (g[0] + 2.0 * g[1],)
            return (g * 1.0,)

        h.defvjp(lambda x, both: (h(x, both), None), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x, False) + h(x, True)[1])(1.0) == 3.0",
    ),
    case(
        "one backward rule of two primals",
        "",
        """
        one = jax.custom_vjp(lambda x: 2.0 * x)
        two = jax.custom_vjp(lambda x: (2.0 * x, x))

        def bwd(_, g):
            return (g[0] if isinstance(g, tuple) else 2.0 * g,)

        one.defvjp(lambda x: (2.0 * x, None), bwd)
        two.defvjp(lambda x: ((2.0 * x, x), None), bwd)
        """,
        "assert jax.grad(one)(1.0) == 2.0",
    ),
    case(
        "what raises is caught",
        "",
        TWO
        + """
def h_bwd(x, g):
    try:
        return (g * x,)
    except TypeError:
        return (g[0] * jnp.cos(x) - g[1] * jnp.sin(x),)


h.defvjp(h_fwd, h_bwd)
""",
        RUN,
    ),
    case(
        "a dict's parts",
        "",
        """
        h = jax.custom_vjp(lambda x: {"a": x, "b": 2.0 * x})
        h.defvjp(lambda x: ({"a": x, "b": 2.0 * x}, None), lambda _, g: (g["a"] + 2.0 * g["b"],))
        """,
        "assert jax.grad(lambda x: h(x)['b'])(1.0) == 2.0",
    ),
    case(
        "a named tuple with operators of its own",
        "",
        """
        from typing import NamedTuple

        class Pair(NamedTuple):
            x: jax.Array
            y: jax.Array

            def __neg__(self):
                return Pair(-self.x, -self.y)

            def __sub__(self, other):
                return Pair(self.x - other.x, self.y - other.y)

        @jax.custom_vjp
        def h(x):
            return Pair(jnp.sin(x), jnp.cos(x))

        def h_bwd(res, g):
            slope = -res - g
            return (-(slope.x + g.x) * g.x - (slope.y + g.y) * g.y,)

        h.defvjp(lambda x: (h(x), Pair(jnp.cos(x), -jnp.sin(x))), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x).x)(0.0) == 1.0",
    ),
    case(
        "symbolic zeros are something else",
        "",
        TWO
        + """
def h_plain(x):
    return (jnp.sin(x.value), jnp.cos(x.value)), x.value


def h_bwd(x, g):
    slopes = jnp.cos(x), -jnp.sin(x)
    return (sum(t * s for t, s in zip(g, slopes) if isinstance(t, jax.Array)),)


h.defvjp(h_plain, h_bwd, symbolic_zeros=True)
""",
        "assert jax.grad(lambda x: h(x)[0])(0.0) == 1.0",
    ),
)
