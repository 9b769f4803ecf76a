"""Backward rules that are made of the pullback of jax.vjp."""

from __future__ import annotations

from rule_cases.base import case

IMPL = """
def impl(x, y):
    return x * y


f = jax.custom_vjp(impl)
h = jax.custom_vjp(lambda x: jnp.sin(x))

"""
RIGHT = "assert jax.grad(f, (0, 1))(2.0, 5.0) == (5.0, 2.0)"
ONE = "assert jax.grad(h)(0.0) == 1.0"
PAIRED = "jax.grad(lambda a: jnp.sum(k((a,))[0]))(2.0)"

CASES = (
    case("wrapped once more", "VJP407", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: (p(g),))", ONE),
    case("wrapped in a list", "VJP407", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: [p(g)])", ONE),
    case(
        "wrapped under a name",
        "VJP407",
        IMPL
        + """
def h_fwd(x):
    y, pullback = jax.vjp(jnp.sin, x)
    return y, (x, pullback)


def h_bwd(res, g):
    x, pullback = res
    dx = pullback(g)
    return (dx,)


h.defvjp(h_fwd, h_bwd)
""",
        ONE,
    ),
    case(
        "wrapped beside a None",
        "VJP407",
        IMPL + "f.defvjp(lambda x, y: jax.vjp(impl, x, y), lambda p, g: (p(g), None))",
        RIGHT,
    ),
    case("as it is", "", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: p(g))", ONE),
    case("unpacked", "", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: (p(g)[0],))", ONE),
    case("as a tuple", "", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: tuple(p(g)))", ONE),
    case("starred", "", IMPL + "h.defvjp(lambda x: jax.vjp(jnp.sin, x), lambda p, g: (*p(g),))", ONE),
    case("of two", "", IMPL + "f.defvjp(lambda x, y: jax.vjp(impl, x, y), lambda p, g: p(g))", RIGHT),
    case(
        "a tuple argument's only item",
        "",
        """
        k = jax.custom_vjp(lambda xs: (2.0 * xs[0],))

        def k_fwd(xs):
            (x,) = xs
            y, pullback = jax.vjp(lambda x: 2.0 * x, x)
            return (y,), pullback

        k.defvjp(k_fwd, lambda pullback, g: (pullback(g[0]),))
        """,
        PAIRED,
    ),
    case(
        "a tuple argument, all of whose items are primals",
        "",
        """
        k = jax.custom_vjp(lambda xs: (2.0 * xs[0],))

        def k_fwd(xs):
            y, pullback = jax.vjp(lambda *xs: (2.0 * xs[0],), *xs)
            return y, pullback

        k.defvjp(k_fwd, lambda pullback, g: (pullback(g),))
        """,
        PAIRED,
    ),
    case(
        "a pullback that the backward rule makes",
        "",
        """
        k = jax.custom_vjp(lambda xs: (2.0 * xs[0],))

        def k_bwd(xs, g):
            _, pullback = jax.vjp(lambda *xs: (2.0 * xs[0],), *xs)
            return (pullback(g),)

        k.defvjp(lambda xs: (k(xs), xs), k_bwd)
        """,
        PAIRED,
    ),
    case(
        "another parameter's pullback",
        "",
        """
        @jax.custom_vjp
        def k(xs, scale):
            return (2.0 * xs[0],)

        def k_fwd(xs, scale):
            y, pullback = jax.vjp(lambda x: 2.0 * x, scale)
            return (2.0 * xs[0],), pullback

        k.defvjp(k_fwd, lambda pullback, g: (pullback(g[0]), None))
        """,
        "jax.grad(lambda a: k((a,), 1.0)[0])(2.0)",
    ),
    case(
        "a parameter under its own name that is another thing by then",
        "",
        """
        k = jax.custom_vjp(lambda xs: (2.0 * xs[0],))

        def k_fwd(xs):
            xs = xs[0]
            y, pullback = jax.vjp(lambda x: 2.0 * x, xs)
            return (y,), pullback

        k.defvjp(k_fwd, lambda pullback, g: (pullback(g[0]),))
        """,
        PAIRED,
    ),
)
