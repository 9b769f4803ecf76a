"""Whether and how the backward rule uses its cotangent."""

from __future__ import annotations

from rule_cases.base import case

SCALED = "assert jax.grad(lambda x, y: 3.0 * f(x, y), (0, 1))(2.0, 5.0) == (15.0, 6.0)"
ZERO = "assert jax.grad(lambda x, y: 3.0 * f(x, y), (0, 1))(2.0, 5.0) == (0.0, 0.0)"
ONE = "assert jax.grad(lambda x: 3.0 * h(x))(2.0) == 6.0"

CASES = (
    case("residuals alone", "VJP105", "{f}f.defvjp(fwd, lambda res, g: (res[1], res[0]))", SCALED),
    case(
        "unpacked residuals",
        "VJP105",
        """
        {f}
        def bwd(res, g):
            x, y = res
            dx = 1.0 * y
            dy = jnp.multiply(x, 1.0)
            return dx, dy

        f.defvjp(fwd, bwd)
        """,
        SCALED,
    ),
    case(
        "ones",
        "VJP105",
        """
        h = jax.custom_vjp(lambda x: 2.0 * x)
        h.defvjp(lambda x: (h(x), None), lambda _, ct: (2.0 * jnp.ones(()),))
        """,
        ONE,
    ),
    case(
        "a formula of the residual",
        "VJP105",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.sin(x)

        def bwd(x, cotangent):
            slope = jnp.cos(x)
            return (slope,)

        h.defvjp(lambda x: (jnp.sin(x), x), bwd)
        """,
        "assert jax.grad(lambda x: 3.0 * h(x))(0.0) == 3.0",
    ),
    case(
        "one entry of two, for a float",
        "VJP105",
        """
        @jax.custom_vjp
        def h(x: float, n):
            return x * n

        h.defvjp(lambda x, n: (x * n, n), lambda n, g: (n, None))
        """,
        "assert jax.grad(lambda x: 3.0 * h(x, 2.0))(2.0) == 6.0",
    ),
    case(
        "a nondiff argument",
        "VJP105",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, k):
            return x * k

        h.defvjp(lambda x, k: (x * k, x), lambda k, x, g: (k,))
        """,
        "assert jax.grad(lambda x: 3.0 * h(x, 2.0))(2.0) == 6.0",
    ),
    case(
        "a nested function uses it",
        "",
        """
        {f}
        def bwd(res, g):
            def times(r):
                return g * r

            return times(res[1]), times(res[0])

        f.defvjp(fwd, bwd)
        """,
        SCALED,
    ),
    case(
        "a helper uses it",
        "",
        """
        {f}
        def both(res, ct):
            return ct * res[1], ct * res[0]

        f.defvjp(fwd, lambda res, g: both(res, g))
        """,
        SCALED,
    ),
    case(
        "a keyword carries it",
        "",
        """
        {f}
        f.defvjp(fwd, lambda res, g: [partial(jnp.multiply, r)(g) for r in res[::-1]])
        """,
        SCALED,
    ),
    case("None for all", "", "{f}f.defvjp(fwd, lambda res, g: (None, None))", ZERO),
    case("zeros", "", "{f}f.defvjp(fwd, lambda res, g: (jnp.zeros_like(res[0]), 0.0))", ZERO),
    case("zeros that are residuals", "", "{f}f.defvjp(lambda x, y: (x * y, jnp.zeros(())), lambda z, g: (z, z))", ZERO),
    case("times zero", "", "{f}f.defvjp(fwd, lambda res, g: (0.0 * res[0], res[1] * 0))", ZERO),
    case("a difference that is zero", "", "{f}f.defvjp(fwd, lambda res, g: (res[0] - res[0], 1.0 - 1))", ZERO),
    case(
        "zeros from a helper",
        "",
        """
        {f}
        def nothing(tree):
            return jax.tree_util.tree_map(jnp.zeros_like, tree)

        f.defvjp(fwd, lambda res, g: nothing(res))
        """,
        ZERO,
    ),
    case("an underscore says so", "", "{f}f.defvjp(fwd, lambda res, _g: (res[1], res[0]))", ""),
    case(
        "del says so",
        "",
        """
        {f}
        def bwd(res, g):
            del g
            return res[1], res[0]

        f.defvjp(fwd, bwd)
        """,
        "",
    ),
    case(
        "a stub",
        "",
        """
        {f}
        def bwd(res, g):
            raise NotImplementedError("no gradient")

        f.defvjp(fwd, bwd)
        """,
        "",
    ),
    case(
        "locals",
        "",
        """
        {f}
        def bwd(res, g):
            known = locals()
            return known["g"] * res[1], known["g"] * res[0]

        f.defvjp(fwd, bwd)
        """,
        SCALED,
    ),
    case(
        "an integer's entry, which is ignored",
        "",
        """
        @jax.custom_vjp
        def h(x, n):
            return 0.0 * x

        h.defvjp(lambda x, n: (0.0 * x, n), lambda n, g: (None, n))
        """,
        "assert jax.grad(lambda x: 3.0 * h(x, 2))(2.0) == 0.0",
    ),
    case(
        "a zero that was put under the parameter's name",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return jnp.floor(x)

        def h_fwd(x):
            y = jnp.floor(x)
            x = jnp.zeros_like(x)
            return y, x

        h.defvjp(h_fwd, lambda x, g: (x,))
        """,
        "assert jax.grad(lambda x: 3.0 * h(x))(2.5) == 0.0",
    ),
    case(
        "the gradient is made in the forward rule",
        "",
        """
        h = jax.custom_vjp(lambda x: x ** 2)
        h.defvjp(lambda x: jax.value_and_grad(lambda x: x ** 2)(x), lambda gradient, g: (gradient,))
        """,
        "assert jax.grad(h)(2.0) == 4.0",
    ),
    case(
        "through the default of an inner function",
        "",
        """
        {f}
        def bwd(res, g):
            return tuple((lambda r, g=g: r * g)(r) for r in res[::-1])

        f.defvjp(fwd, bwd)
        """,
        SCALED,
    ),
)
