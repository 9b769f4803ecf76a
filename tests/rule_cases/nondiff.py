"""Arguments that are not differentiated."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case(
        "a single integer",
        "VJP204",
        """
        @partial(jax.custom_vjp, nondiff_argnums=1)
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
        "jax.grad(f)(2.0, 3)",
    ),
    case(
        "zero alone",
        "VJP204",
        """
        @partial(jax.custom_vjp, nondiff_argnums=0)
        def f(n, x):
            return x * n

        f.defvjp(lambda n, x: (x * n, None), lambda n, res, g: (g,))
        """,
        "jax.grad(f, 1)(2.0, 3.0)",
    ),
    case(
        "out of range",
        "VJP205",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(2,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g, g))
        """,
    ),
    case(
        "out of range with stars is fine",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(2,))
        def f(x, y, *rest):
            return x * y

        f.defvjp(lambda x, y, n: (x * y, None), lambda n, res, g: (g, g))
        """,
        "jax.grad(f)(2.0, 3.0, 4)",
    ),
    case(
        "a negative index",
        "VJP206",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(-1,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
    ),
    case(
        "a negative index that is provided for",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(-1,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g, None))
        """,
    ),
    case(
        "names",
        "VJP101",
        """
        @partial(jax.custom_vjp, nondiff_argnames=("n",))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g, g))
        """,
    ),
    case(
        "a name alone",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnames="n")
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
    ),
    case(
        "names and numbers",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(0,), nondiff_argnames=["n"])
        def f(m, x, n):
            return x * n

        f.defvjp(lambda m, x, n: (x * n, None), lambda m, n, res, g: (g,))
        """,
        "jax.grad(f, 1)(1, 2.0, 3)",
    ),
    case(
        "an unknown name",
        "VJP207",
        """
        @partial(jax.custom_vjp, nondiff_argnames=("m",))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
    ),
    case(
        "an unknown name that is provided for",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnames=("m",))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda res, g: (g, None))
        """,
    ),
    case(
        "a range",
        "VJP101",
        """
        @partial(jax.custom_vjp, nondiff_argnums=tuple(range(1, 3)))
        def f(x, m, n):
            return x * n

        f.defvjp(lambda x, m, n: (x * n, None), lambda m, n, res, g: (g, None))
        """,
        "jax.grad(f)(1.0, 2, 3)",
    ),
    case(
        "a constant of the module",
        "VJP101",
        """
        STATIC = (1,)

        @partial(jax.custom_vjp, nondiff_argnums=STATIC)
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g, None))
        """,
    ),
    case(
        "numbers that nobody knows",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=tuple(sorted(globals().get("STATIC", (1,)))))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
    ),
    case(
        "no numbers and no names",
        "VJP101",
        """
        f = jax.custom_vjp(lambda x, y: x * y, nondiff_argnums=(), nondiff_argnames=None)
        f.defvjp(lambda x, y: (x * y, None), lambda res, g: (g,))
        """,
        "",
    ),
    case(
        "nothing is differentiable",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(0, 1))
        def f(x, n):
            return 1.0

        f.defvjp(lambda x, n: (1.0, None), lambda res, g: g)
        """,
        "f(1, 2)",
    ),
    case(
        "duplicates",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1, 1))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g,))
        """,
    ),
    case(
        "an unknown keyword of custom_vjp",
        "VJP208",
        """
        f = jax.custom_vjp(lambda x, y: x * y, nondiff_argnum=(1,))
        f.defvjp(lambda x, y: (x * y, None), lambda y, res, g: (g,))
        """,
    ),
    case("an unknown keyword of defvjp", "VJP208", "{f}{good}f.defvjp(fwd, bwd, symbolic_zero=True)"),
    case(
        "symbolic zeros",
        "",
        """
        {f}
        def forward(x, y):
            return x.value * y.value, (x.value, y.value)

        f.defvjp(forward, lambda res, g: (g * res[1], g * res[0]), symbolic_zeros=True)
        """,
    ),
)
