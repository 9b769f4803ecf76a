"""What backward rules return."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case(
        "a bare product with what is squared",
        "VJP102",
        """
        @jax.custom_vjp
        def f(x):
            return x ** 2

        def f_fwd(x):
            return f(x), x

        def f_bwd(x, g):
            return 2 * x * g

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "the bare cotangent of a difference with a number",
        "VJP102",
        """
        @jax.custom_vjp
        def f(x):
            shifted = x - 1
            return shifted

        f.defvjp(lambda x: (f(x), None), lambda _, g: g)
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "a bare product where only the forward rule squares",
        "VJP102",
        """
        def kernel(x):
            return external(x)

        external = jnp.square

        @jax.custom_vjp
        def f(x):
            return kernel(x)

        def f_fwd(x):
            return x ** 2, x

        def f_bwd(x, g):
            return x * g * 2

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "right: an int repeats the tuple of cotangents",
        "",
        """
        @jax.custom_vjp
        def f(xs):
            return xs * 2

        def f_fwd(xs):
            return f(xs), None

        def f_bwd(_, g):
            return ((g[0] + g[1],),)

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(lambda x: f((x,))[0])(2.0)",
    ),
    case(
        "right: a tuple whose cotangent is handed on",
        "",
        """
        @jax.custom_vjp
        def f(xs):
            return xs + xs

        def f_fwd(xs):
            return f(xs), len(xs)

        def f_bwd(size, g):
            return (g[:1],)

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(lambda x: f((x,))[0])(2.0)",
    ),
    case(
        "right: a tuple is told apart before the arithmetic",
        "",
        """
        @jax.custom_vjp
        def f(x):
            if isinstance(x, tuple):
                return x[0] ** 2
            return x ** 2

        def f_fwd(x):
            return f(x), x

        def f_bwd(x, g):
            if isinstance(x, tuple):
                return ((2 * x[0] * g,),)
            return (2 * x * g,)

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(lambda x: f((x,)))(2.0)",
    ),
    case(
        "right: a name that is bound anew before the arithmetic",
        "",
        """
        @jax.custom_vjp
        def f(x):
            x, = x
            return x ** 2

        def f_fwd(x):
            return f(x), x

        def f_bwd(x, g):
            return tuple([2 * a * g for a in x]),

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(lambda x: f((x,)))(2.0)",
    ),
    case(
        "right: arithmetic that runs only for a number",
        "",
        """
        @jax.custom_vjp
        def f(x):
            return x ** 2 if not isinstance(x, tuple) else x[0] ** 2

        def f_fwd(x):
            return f(x), x

        def f_bwd(x, g):
            return jax.tree_util.tree_map(lambda a: 2 * a * g, (x,))

        f.defvjp(f_fwd, f_bwd)
        """,
        "jax.grad(lambda x: f((x,)))(2.0)",
    ),
    case(
        "right: a NumPy array takes a tuple beside it",
        "",
        """
        import numpy as np

        WEIGHTS = np.ones(2)

        @jax.custom_vjp
        def f(shift, x):
            return jnp.sum(x) + np.sum(WEIGHTS - shift)

        def f_fwd(shift, x):
            return f(shift, x), (shift, x)

        def f_bwd(res, g):
            shift, x = res
            return shift, g * jnp.ones_like(x)

        f.defvjp(f_fwd, f_bwd)
        """,
        "f((1.0, 2.0), jnp.ones(3))",
    ),
    case(
        "a dict for *xs",
        "VJP102",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: {"xs": g})
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "one array for *xs",
        "VJP102",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: jnp.stack([g for _ in xs]))
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "None for *xs",
        "VJP103",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: None)
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "no cotangent for *xs",
        "VJP101",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: ())
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "one for each of *xs",
        "",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: [g for _ in xs])
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "one for each of *xs, repeated",
        "",
        """
        @jax.custom_vjp
        def total(*xs):
            return sum(xs)

        def total_fwd(*xs):
            return total(*xs), xs

        total.defvjp(total_fwd, lambda xs, g: (g,) * len(xs))
        """,
        "jax.grad(total)(1.0)",
    ),
    case(
        "a rule too long to follow",
        "VJP102",
        "{f}\ndef bwd(res, g):\n    n = 0\n"
        + "    n += len(res)\n" * 3_000
        + "    return {'x': g, 'y': g}\n\nf.defvjp(fwd, bwd)\n",
    ),
    case(
        "a rule too long to follow, whose return is changed in the end",
        "",
        "{f}\ndef bwd(res, g):\n    try:\n"
        + "        n = len(res)\n" * 3_000
        + "        return {'x': g, 'y': g}\n    finally:\n        return g, g\n\nf.defvjp(fwd, bwd)\n",
        "jax.grad(f)(2.0, 3.0)",
    ),
    case(
        "a rule too long to follow, with names of its own",
        "",
        "{f}\nOUT = (1.0,)\ndef bwd(res, g):\n    n = 0\n"
        + "    n += len(res)\n" * 3_000
        + "    OUT = (g * res[1], g * res[0])\n    return OUT\n\nf.defvjp(fwd, bwd)\n",
    ),
    case(
        "a helper too long to follow, that may return nothing",
        "",
        "{f}\ndef helper(res, n):\n"
        + "    n += len(res)\n" * 700
        + "    if n < 0:\n        return (1.0,)\n\n"
        + "def bwd(res, g):\n    out = helper(res, 0)\n"
        + "    return (g * res[1], g * res[0]) if out is None else out + out\n\nf.defvjp(fwd, bwd)\n",
    ),
    case(
        "a helper too long to follow",
        "VJP101",
        "{f}\ndef helper(res, g, n):\n"
        + "    n += len(res)\n" * 700
        + "    return (g * res[1],)\n\n"
        + "def bwd(res, g):\n    return helper(res, g, 0)\n\nf.defvjp(fwd, bwd)\n",
    ),
    case("None in every way", "VJP103", "{f}f.defvjp(fwd, lambda res, g: None)"),
    case(
        "nothing is returned",
        "VJP103",
        """
        {f}
        def bwd(res, g):
            gradients = g, g

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a bare return on one path",
        "VJP103",
        """
        {f}
        def bwd(res, g):
            if res is not None:
                return
            return g, g

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "the last statement may not come back",
        "",
        """
        {f}
        import sys

        def fail():
            raise NotImplementedError

        def one(res, g):
            fail()

        def two(res, g):
            if res is None:
                raise ValueError
            else:
                sys.exit(1)

        def three(res, g):
            for value in res:
                fail()

        def four(res, g):
            while True:
                raise ValueError

        def five(res, g):
            with jax.named_scope("x"):
                raise ValueError

        f.defvjp(fwd, one)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, two)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, three)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, four)
        jax.custom_vjp(lambda x, y: x).defvjp(fwd, five)
        """,
        "",
    ),
    case(
        "a generator",
        "VJP102",
        """
        {f}
        def bwd(res, g):
            yield g
            yield g

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a coroutine",
        "VJP102",
        """
        {f}
        async def bwd(res, g):
            return g, g

        f.defvjp(fwd, bwd)
        """,
    ),
    case("a generator expression", "VJP102", "{f}f.defvjp(fwd, lambda res, g: (g for _ in res))"),
    case(
        "map, zip, dict and set",
        "VJP102 VJP102 VJP102 VJP102 VJP102",
        """
        {f}
        f.defvjp(fwd, lambda res, g: map(abs, res))

        def bwd(res, g):
            if g > 1.0:
                return zip(res, res)
            if g > 2.0:
                return {"x": g, "y": g}
            if g > 3.0:
                return {1, 2}
            if g > 4.0:
                return "xy"
            return dict(x=g).values()

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a string, a number, a function",
        "VJP102 VJP102 VJP102 VJP102",
        """
        {f}
        def bwd(res, g):
            if g > 1.0:
                return 1.0
            if g > 2.0:
                return functools.partial(print)
            if g > 3.0:
                return range(2)
            return lambda: (g, g)

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "an object of the file",
        "VJP102",
        """
        {f}
        class Gradients:
            x = 1.0

        f.defvjp(fwd, lambda res, g: Gradients())
        """,
    ),
    case(
        "a pullback that is not called",
        "VJP102",
        """
        {f}
        f.defvjp(fwd, lambda res, g: jax.vjp(lambda x, y: x * y, *res)[1])
        """,
    ),
    case(
        "a named tuple",
        "VJP102",
        """
        {f}
        from typing import NamedTuple

        class Gradients(NamedTuple):
            x: float
            y: float

        f.defvjp(fwd, lambda res, g: Gradients(g, g))
        """,
    ),
    case("a named tuple of JAX", "VJP102", "{f}f.defvjp(fwd, lambda res, g: jnp.linalg.slogdet(jnp.eye(2)))"),
    case("an array that joins all", "VJP102", "{f}f.defvjp(fwd, lambda res, g: jnp.stack([g, g]))"),
    case(
        "a cotangent as it is",
        "VJP102",
        """
        f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))
        f.defvjp(lambda x, y: (jnp.sum(x * y), None), lambda res, g: g)
        """,
    ),
    case(
        "a cotangent of two outputs as it is",
        "",
        """
        f = jax.custom_vjp(lambda x, y: (x, y))
        f.defvjp(lambda x, y: ((x, y), None), lambda res, g: g)
        """,
        "jax.vjp(f, 2.0, 3.0)[1]((1.0, 1.0))",
    ),
    case(
        "the pullback's tuple in a tuple",
        "VJP101",
        """
        {f}
        def forward(x, y):
            return jax.vjp(lambda x, y: x * y, x, y)

        f.defvjp(forward, lambda pullback, g: (pullback(g),))
        """,
    ),
    case(
        "the pullback's tuple",
        "",
        """
        {f}
        def forward(x, y):
            return jax.vjp(lambda x, y: x * y, x, y)

        f.defvjp(forward, lambda pullback, g: pullback(g))
        """,
    ),
    case(
        "too many for primals with stars",
        "VJP101",
        """
        @jax.custom_vjp
        def f(x, *rest):
            return x

        f.defvjp(lambda *args: (args[0], None), lambda res, g: ())
        """,
    ),
    case(
        "as many as there are stars",
        "",
        """
        @jax.custom_vjp
        def f(x, *rest):
            return x

        f.defvjp(lambda *args: (args[0], None), lambda res, g: (g, g))
        """,
    ),
    case(
        "a cotangent for a nondiff argument",
        "VJP101",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x * n, None), lambda n, res, g: (g, None))
        """,
    ),
    case(
        "one return of two is wrong",
        "VJP101",
        """
        {f}
        def bwd(res, g):
            if g is None:
                return g, g, g
            return g, g

        f.defvjp(fwd, bwd)
        """,
        "",
    ),
    case("a list counts like a tuple", "VJP101", "{f}f.defvjp(fwd, lambda res, g: [g])"),
    case(
        "a container for an array",
        "VJP104 VJP104",
        """
        @jax.custom_vjp
        def f(x: jax.Array, y: float):
            return x * y

        f.defvjp(lambda x, y: (x * y, None), lambda res, g: ((g,), {"y": g}))
        """,
    ),
    case(
        "an annotation that says array",
        "VJP102",
        """
        {f}
        import operator

        def bwd(res, g) -> jax.Array:
            return operator.mul(res[0], g)

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "an annotation of something else",
        "",
        """
        {f}
        def bwd(res, g) -> "tuple":
            return tuple(res)

        f.defvjp(fwd, bwd)
        """,
    ),
)
