"""Uses of jax.vjp, and of rules in classes."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case("the pair is called in a lambda", "VJP401", "f = lambda x: jax.vjp(jnp.sin, x)(1.0)\n", "f(1.0)"),
    case(
        "a pullback's result in a function of two arrays",
        "VJP405",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            return jnp.dot(x, pullback(1.0))
        """,
        "f(1.0)",
    ),
    case(
        "a pullback's result twice in a formula",
        "VJP405 VJP405",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            return pullback(1.0) * 3.0 - pullback(2.0)
        """,
        "f(1.0)",
    ),
    case(
        "pullbacks' results joined",
        "",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            return jnp.stack(pullback(1.0) + pullback(2.0)) * 2.0
        """,
        "f(1.0)",
    ),
    case(
        "a pullback's result in functions that take sequences",
        "",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            return jnp.stack(pullback(out)) + jnp.asarray(pullback(out)) + sum(pullback(out))
        """,
        "f(1.0)",
    ),
    case("the pair is called", "VJP401", "def f(x):\n    return jax.vjp(jnp.sin, x)(1.0)\n", "f(1.0)"),
    case(
        "the output is called",
        "VJP402",
        """
        def f(x):
            pullback, out = jax.vjp(jnp.sin, x)
            return pullback(1.0)
        """,
        "f(1.0)",
    ),
    case(
        "unpacked into three",
        "VJP403",
        """
        def f(x):
            out, pullback, aux = jax.vjp(jnp.sin, x)
            return pullback(out)
        """,
        "f(1.0)",
    ),
    case(
        "aux forgotten",
        "VJP403",
        """
        def f(x):
            out, pullback = jax.vjp(lambda x: (x, x), x, has_aux=True)
            return pullback(out)
        """,
        "f(1.0)",
    ),
    case(
        "two cotangents",
        "VJP404",
        """
        def f(x):
            out, pullback = jax.vjp(lambda x: (x, x), x)
            return pullback(1.0, 1.0)
        """,
        "f(1.0)",
    ),
    case(
        "a keyword for the pullback",
        "VJP404",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            return pullback(ct=1.0)
        """,
        "f(1.0)",
    ),
    case(
        "a pullback's result is a tuple",
        "VJP405 VJP405 VJP405",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            gradient = pullback(1.0)
            if x > 2.0:
                return gradient.shape
            if x > 3.0:
                return jnp.sin(gradient)
            return 1.0 - gradient
        """,
        "f(1.0)",
    ),
    case(
        "right uses",
        "",
        """
        def f(x):
            out, pullback = jax.vjp(jnp.sin, x)
            (gradient,) = pullback(1.0)
            return gradient + pullback(out)[0] + sum(pullback(1.0)) + jnp.asarray(pullback(1.0))[0]
        """,
        "f(1.0)",
    ),
    case(
        "a method without self",
        "VJP209",
        """
        class Model:
            @jax.custom_vjp
            def apply(self, x):
                return x

            apply.defvjp(lambda self, x: (x, None), lambda res, g: (None, g))

            def __call__(self, x):
                return self.apply(x)

        f = Model()
        """,
        "f(1.0)",
    ),
    case(
        "a method with self",
        "",
        """
        class Model:
            @partial(jax.custom_vjp, nondiff_argnums=(0,))
            def apply(self, x, y=1.0):
                return x

            apply.defvjp(lambda self, x, y: (x, None), lambda self, res, g: (g, g))

            def __call__(self, x):
                return self.apply(self, x) + self.apply(self, x=x) + Model.apply(self, x)

        f = Model()
        """,
        "f(1.0)",
    ),
)
