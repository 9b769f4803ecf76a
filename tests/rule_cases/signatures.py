"""What the rules take."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case(
        "a backward rule that lacks the nondiff argument",
        "VJP201",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (x * y, y), lambda res, g: (g * res,))
        """,
    ),
    case("a backward rule with an argument too many", "VJP201", "{f}f.defvjp(fwd, lambda x, y, g: (g, g))"),
    case(
        "a backward rule with a required keyword",
        "VJP201",
        """
        {f}
        def bwd(res, g, *, scale):
            return g, g

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a backward rule with a keyword that has a default",
        "",
        """
        {f}
        def bwd(res, g, *, scale=1.0):
            return g, g

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a backward rule that takes too few with stars",
        "VJP201",
        """
        {f}
        def bwd(a, b, c, *rest):
            return a, b

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a backward rule with more defaults than needed",
        "VJP201",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (x * y, y), lambda a, b="b": (b,))
        """,
    ),
    case(
        "backward rules that take what comes",
        "",
        """
        {f}
        f.defvjp(fwd, lambda *everything: (everything[1], None))
        h = jax.custom_vjp(lambda x, y: x)
        h.defvjp(fwd, lambda res, g, extra=None: (g, g))
        """,
    ),
    case(
        "a partial as backward rule",
        "",
        """
        {f}
        def bwd(scale, res, g):
            return g * scale, g

        f.defvjp(fwd, partial(bwd, 2.0))
        """,
    ),
    case(
        "a partial with too much",
        "VJP201",
        """
        {f}
        def bwd(scale, res, g):
            return g * scale, g

        f.defvjp(fwd, partial(bwd, 2.0, 3.0))
        """,
    ),
    case(
        "a partial with keywords",
        "",
        """
        {f}
        def bwd(res, g, scale, *, other):
            return g * scale, g

        f.defvjp(fwd, partial(bwd, scale=2.0, other=3.0))
        """,
    ),
    case(
        "a partial with a keyword in the way",
        "VJP201",
        """
        {f}
        def bwd(scale, res, g):
            return g * scale, g

        f.defvjp(fwd, partial(bwd, scale=2.0))
        """,
    ),
    case(
        "a method as backward rule",
        "",
        """
        {f}
        class Rules:
            def bwd(self, res, g):
                return g, g

            @staticmethod
            def plain(res, g):
                return g, g

        f.defvjp(fwd, Rules().bwd)
        f.defvjp(fwd, Rules.plain)
        """,
    ),
    case(
        "a jitted backward rule",
        "VJP101",
        """
        {f}
        @jax.jit
        def bwd(res, g):
            return (g,)

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a forward rule without the default",
        "VJP202",
        """
        @jax.custom_vjp
        def f(x, y=3.0):
            return x * y

        f.defvjp(lambda x: (x, None), lambda res, g: (g, None))
        """,
    ),
    case(
        "a forward rule with a required keyword",
        "VJP202",
        """
        {f}{good}
        def forward(x, y, *, scale):
            return x * y, (x, y)

        f.defvjp(forward, bwd)
        """,
    ),
    case(
        "a forward rule for a primal with stars",
        "VJP202",
        """
        @jax.custom_vjp
        def f(x, y, *rest):
            return x * y

        f.defvjp(lambda x: (x, None), lambda res, g: (g, g))
        """,
    ),
    case(
        "a primal that needs a keyword cannot be differentiated",
        "",
        """
        @jax.custom_vjp
        def f(x, *, y):
            return x * y

        f.defvjp(lambda x: (x, None), lambda res, g: (g,))
        """,
        "",
    ),
    case(
        "a stub of a forward rule",
        "",
        """
        {f}{good}
        def forward(x):
            raise NotImplementedError

        f.defvjp(forward, bwd)
        """,
        "",
    ),
    case(
        "stubs of backward rules",
        "",
        """
        {f}
        def one(res, g, more):
            raise NotImplementedError("no gradient")

        def two(res, g, more):
            \"\"\"Nothing yet.\"\"\"
            ...

        def three(res, g, more):
            assert False

        def four(res, g, more):
            del res
            pass

        def five(res, g, more):
            return NotImplemented

        f.defvjp(fwd, one)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, two)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, three)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, four)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, five)
        """,
        "",
    ),
    case(
        "forward parameters out of order",
        "VJP203",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, n):
            return x**n

        def fwd(n, x):
            return x**n, x

        f.defvjp(fwd, lambda n, res, g: (g * n * res ** (n - 1),))
        """,
        "",
    ),
    case(
        "nondiff parameters at the end",
        "VJP203",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda res, g, n: (g,))
        """,
        "",
    ),
    case(
        "swapped rules",
        "VJP406",
        """
        @jax.custom_vjp
        def f(x, y, z):
            return x * y * z

        def f_fwd(x, y, z):
            return x * y * z, (x, y, z)

        def f_bwd(res, g):
            return g, g, g

        f.defvjp(f_bwd, f_fwd)
        """,
        "jax.grad(f)(1.0, 2.0, 3.0)",
    ),
)
