"""The forward rule's first element, against what the primal returns."""

from __future__ import annotations

from rule_cases.base import case

JIT = "jax.grad(lambda x, y: jnp.sum(jax.tree_util.tree_leaves(jax.jit(f)(x, y))[0]))(2.0, 3.0)"
ONE = "jax.grad(lambda x: jnp.sum(jax.tree_util.tree_leaves(jax.jit(h)(x))[0]))(2.0)"
EAGER = "assert jax.value_and_grad(lambda x: jax.tree_util.tree_leaves(h(x))[0])(2.0)[0] == h(2.0)"

CASES = (
    case("a swapped pair", "VJP304", "{f}{good}f.defvjp(lambda x, y: ((x, y), f(x, y)), bwd)", JIT),
    case("a swapped pair with the formula", "VJP304", "{f}{good}f.defvjp(lambda x, y: ((x, y), x * y), bwd)", JIT),
    case(
        "one residual, swapped",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return x**3

        def h_fwd(x):
            y = x**3
            return x, y

        h.defvjp(h_fwd, lambda x, g: (g * 3.0 * x**2,))
        """,
        EAGER,
    ),
    case(
        "one residual, swapped, with a call",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sum(x * x)

        h.defvjp(lambda z: (z, h(z)), lambda x, g: (g * 2.0 * x,))
        """,
        EAGER,
    ),
    case(
        "a tuple for an array",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x)

        h.defvjp(lambda x: ((jnp.sin(x),), x), lambda x, g: (g[0] * jnp.cos(x),))
        """,
        ONE,
    ),
    case(
        "an array for a tuple",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x), x

        h.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))
        """,
        ONE,
    ),
    case(
        "two outputs, and the residuals forgotten",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x), jnp.cos(x)

        def h_fwd(x):
            a, b = jnp.sin(x), jnp.cos(x)
            return a, b

        h.defvjp(h_fwd, lambda b, g: (g * b,))
        """,
        ONE,
    ),
    case(
        "a list for a tuple",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x), jnp.cos(x)

        h.defvjp(lambda x: ([jnp.sin(x), jnp.cos(x)], x), lambda x, g: (g[0] * x,))
        """,
        ONE,
    ),
    case(
        "three for two",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x), jnp.cos(x)

        h.defvjp(lambda x: ((jnp.sin(x), jnp.cos(x), x), x), lambda x, g: (g[0] * x,))
        """,
        ONE,
    ),
    case(
        "None for an array",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x)

        h.defvjp(lambda x: (None, x), lambda x, g: (jnp.zeros_like(x),))
        """,
        ONE,
    ),
    case(
        "another key",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return {"sine": jnp.sin(x)}

        h.defvjp(lambda x: ({"sin": jnp.sin(x)}, x), lambda x, g: (g["sin"] * jnp.cos(x),))
        """,
        ONE,
    ),
    case(
        "a helper gives the other structure",
        "VJP304",
        """
        def both(x):
            return jnp.sin(x), jnp.cos(x)

        @jax.custom_vjp
        def h(x):
            return both(x)[0]

        h.defvjp(lambda x: (both(x), x), lambda x, g: (g[0] * jnp.cos(x),))
        """,
        ONE,
    ),
    case(
        "the argument, and a pair of it",
        "VJP304",
        """
        @jax.custom_vjp
        def h(x):
            return x

        h.defvjp(lambda x: ((x, x), None), lambda _, g: (g[0],))
        """,
        ONE,
    ),
    case(
        "an argument that is a pair, taken apart",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return x

        def h_fwd(x):
            a, b = x
            return (a, b), None

        h.defvjp(h_fwd, lambda _, g: (g,))
        """,
        "jax.grad(lambda x: jax.jit(h)((x, x))[1])(2.0)",
    ),
    case("the primal is called", "", "{f}{good}f.defvjp(lambda x, y: (f(x, y), (x, y)), bwd)", JIT),
    case(
        "the identity keeps its output",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return x

        h.defvjp(lambda x: (x, h(x)), lambda x, g: (g,))
        """,
        ONE,
    ),
    case(
        "the output is its own residual",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.exp(x)

        def h_fwd(x):
            y = h(x)
            return y, y

        h.defvjp(h_fwd, lambda y, g: (g * y,))
        """,
        EAGER,
    ),
    case(
        "a cheap copy of the argument",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return x * 1.0

        h.defvjp(lambda x: (x, h(x)), lambda x, g: (g,))
        """,
        ONE,
    ),
    case(
        "an identity that computes",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.asarray(x)

        h.defvjp(lambda x: (x, jnp.asarray(x)), lambda x, g: (g,))
        """,
        ONE,
    ),
    case(
        "a number is an array",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return 1.0

        h.defvjp(lambda x: (jnp.ones(()), None), lambda _, g: (0.0 * g,))
        """,
        "jax.grad(h)(2.0)",
    ),
    case(
        "a pair, by a flag",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, both):
            if both:
                return jnp.sin(x), jnp.cos(x)
            return jnp.sin(x)

        def h_fwd(x, both):
            if both:
                return (jnp.sin(x), jnp.cos(x)), x
            return jnp.sin(x), x

        def h_bwd(both, x, g):
            return (g[0] * jnp.cos(x) if both else g * jnp.cos(x),)

        h.defvjp(h_fwd, h_bwd)
        """,
        "jax.grad(lambda x: jax.jit(lambda x: h(x, False))(x) + jax.jit(lambda x: h(x, True))(x)[0])(2.0)",
    ),
    case(
        "outputs that are made by a loop",
        "",
        """
        @jax.custom_vjp
        def h(xs):
            return tuple(jnp.sin(x) for x in xs)

        def h_fwd(xs):
            outputs = []
            for x in xs:
                outputs.append(jnp.sin(x))
            return tuple(outputs), xs

        h.defvjp(h_fwd, lambda xs, g: (tuple(t * jnp.cos(x) for t, x in zip(g, xs)),))
        """,
        "jax.grad(lambda x: jax.jit(h)((x, x))[1])(2.0)",
    ),
    case(
        "the primal has no body yet",
        "",
        """
        @jax.custom_vjp
        def h(x):
            raise NotImplementedError

        h.defvjp(lambda x: ((x, x), None), lambda _, g: (g[0],))
        """,
        "jax.grad(lambda x: h(x)[0])(2.0)",
    ),
    case(
        "the primal ends in a call that raises",
        "",
        """
        def unsupported(name):
            raise NotImplementedError(name)

        @jax.custom_vjp
        def h(x):
            unsupported("h outside of jax.grad")

        h.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))
        """,
        "jax.grad(h)(2.0)",
    ),
    case(
        "a named tuple under another name",
        "",
        """
        from collections import namedtuple
        Pair = namedtuple("Pair", "a b")
        Both = Pair

        @jax.custom_vjp
        def h(x):
            return Pair(x, x)

        h.defvjp(lambda x: (Both(x, b=x), None), lambda _, g: (g.a + g.b,))
        """,
        ONE,
    ),
    case(
        "what a callback and a loop give",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return jax.lax.fori_loop(0, 3, lambda i, c: (c[0] * 0.5, c[1]), (x, x))

        def h_fwd(x):
            a, b = h(x)
            return (a, b), x

        h.defvjp(h_fwd, lambda _, g: (0.125 * g[0] + g[1],))
        """,
        ONE,
    ),
    case(
        "jax.vjp gives the pair",
        "",
        """
        def impl(x):
            return jnp.sin(x), jnp.cos(x)

        h = jax.custom_vjp(impl)
        h.defvjp(lambda x: jax.vjp(impl, x), lambda pullback, g: pullback(g))
        """,
        ONE,
    ),
    case(
        "a compiled primal turns numbers into arrays",
        "",
        """
        @jax.custom_vjp
        @jax.jit
        def h(x):
            return (1.0, x)

        h.defvjp(lambda x: ((jnp.asarray(1.0), x), None), lambda _, g: (g[1],))
        """,
        ONE,
    ),
    case(
        "one forward rule of two primals",
        "",
        """
        def fwd(x, both=False):
            if both:
                return (x, x), None
            return x, None

        h = jax.custom_vjp(lambda x: x * 1.0)
        k = jax.custom_vjp(lambda x: (x, x))
        h.defvjp(fwd, lambda _, g: (g,))
        k.defvjp(partial(fwd, both=True), lambda _, g: (g[0] + g[1],))
        """,
        ONE,
    ),
)
