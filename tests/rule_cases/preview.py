"""What is likely, but not certain: found only when the preview is asked for."""

from __future__ import annotations

from rule_cases.base import RuleCase
from rule_cases.base import case as plain_case

RIGHT = "assert jax.grad(f, (0, 1))(2.0, 5.0) == (5.0, 2.0)"
PRIMAL = "\n@jax.custom_vjp\ndef f(x, y):\n    return x * y\n\n"
PACKED = PRIMAL + "def fwd(x, y):\n    return x * y, (x, y)\n\n"


def case(name: str, codes: str, text: str, call: str = RIGHT) -> RuleCase:
    return plain_case(name, codes, text, call, preview=True)


def backward(name: str, codes: str, body: str, call: str = RIGHT) -> RuleCase:
    """The product, with this body of the backward rule."""
    return case(name, codes, PACKED + f"def bwd(res, g):\n{body}\nf.defvjp(fwd, bwd)\n", call)


CASES = (
    backward("gy before gx", "VJP801", "    x, y = res\n    gx, gy = g * y, g * x\n    return gy, gx\n"),
    backward("y_bar before x_bar", "VJP801", "    x_bar, y_bar = g * res[1], g * res[0]\n    return (y_bar, x_bar)\n"),
    backward("gx before gy", "", "    x, y = res\n    gx, gy = g * y, g * x\n    return gx, gy\n"),
    backward("names of something else", "", "    a, b = g * res[1], g * res[0]\n    return a, b\n"),
    backward("one name twice", "", "    x, y = res\n    gx = g * y\n    return gx, g * x\n"),
    backward("unpacked in another order", "VJP802", "    y, x = res\n    return g * y, g * x\n"),
    backward("unpacked in the same order", "", "    x, y = res\n    return g * y, g * x\n"),
    backward("unpacked under other names", "", "    b, a = res\n    return g * a, g * b\n"),
    case(
        "the cotangent named first",
        "VJP803",
        PRIMAL + "f.defvjp(lambda x, y: (x * y, jnp.array([y, x])), lambda g, res: (g[0] * res, g[1] * res * 2.0))\n",
    ),
    case(
        "the residuals named first",
        "",
        PRIMAL + "f.defvjp(lambda x, y: (x * y, jnp.array([y, x])), lambda res, g: (g * res[0], g * res[1]))\n",
    ),
    case(
        "a nondiff array",
        "VJP804",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, mask: jax.Array):
            return x * mask

        h.defvjp(lambda x, mask: (x * mask, None), lambda mask, _, g: (g * mask,))
        """,
        "jax.jit(jax.grad(h))(2.0, 1.0)",
    ),
    case(
        "a nondiff argument that is summed",
        "VJP804",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, mask):
            return x * jnp.sum(mask)

        h.defvjp(lambda x, mask: (x * mask, None), lambda mask, _, g: (g * mask,))
        """,
        "jax.jit(jax.grad(h))(2.0, 1.0)",
    ),
    case(
        "a nondiff shape",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, n):
            return jnp.sum(x * jnp.ones(n))

        h.defvjp(lambda x, n: (h(x, n), None), lambda n, _, g: (g * n,))
        """,
        "jax.grad(h)(2.0, 3)",
    ),
    case(
        "a parameter of the function around",
        "VJP805",
        """
        def outer(x, scale):
            h = jax.custom_vjp(lambda x: x * scale)
            h.defvjp(lambda x: (x * scale, None), lambda _, g: (g * scale,))
            return h(x)
        """,
        "jax.grad(outer, 1)(2.0, 3.0)",
    ),
    case(
        "an option of the function around",
        "",
        """
        def outer(x, scale: float):
            h = jax.custom_vjp(lambda x: x * scale)
            h.defvjp(lambda x: (x * scale, None), lambda _, g: (g * scale,))
            return h(x)
        """,
        "jax.grad(outer)(2.0, 3.0)",
    ),
    case(
        "a forward rule that keeps a tracer",
        "VJP806",
        """
        kept = None

        @jax.custom_vjp
        def h(x):
            return 2.0 * x

        def h_fwd(x):
            global kept
            kept = jnp.sin(x)
            return 2.0 * x, None

        h.defvjp(h_fwd, lambda _, g: (2.0 * g,))
        """,
        "jax.jit(jax.grad(h))(2.0); kept + 1.0",
    ),
    case(
        "a local name",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return 2.0 * x

        def h_fwd(x):
            kept = jnp.sin(x)
            return 2.0 * x, kept

        h.defvjp(h_fwd, lambda _, g: (2.0 * g,))
        """,
        "jax.jit(jax.grad(h))(2.0)",
    ),
    case(
        "None for a float",
        "VJP807",
        """
        @jax.custom_vjp
        def f(x: float, y: float):
            return x * y

        f.defvjp(lambda x, y: (x * y, (x, y)), lambda res, g: (g * res[1], None))
        """,
    ),
    case(
        "None for an integer",
        "",
        """
        @jax.custom_vjp
        def f(x: float, n: int):
            return x * n

        f.defvjp(lambda x, n: (x * n, n), lambda n, g: (g * n, None))
        """,
        "assert jax.grad(f)(2.0, 5) == 5.0",
    ),
    case(
        "one output's cotangent is left out",
        "VJP808",
        """
        @jax.custom_vjp
        def h(x):
            return 2.0 * x, 3.0 * x

        def h_bwd(_, g):
            a, b = g
            return (2.0 * a,)

        h.defvjp(lambda x: ((2.0 * x, 3.0 * x), None), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x)[1])(1.0) == 3.0",
    ),
    case(
        "one output's cotangent is left out on purpose",
        "",
        """
        @jax.custom_vjp
        def h(x):
            return 2.0 * x, jnp.floor(x)

        def h_bwd(_, g):
            a, _b = g
            return (2.0 * a,)

        h.defvjp(lambda x: ((2.0 * x, jnp.floor(x)), None), h_bwd)
        """,
        "assert jax.grad(lambda x: h(x)[0] + h(x)[1])(1.5) == 2.0",
    ),
    backward(
        "a branch on the cotangent",
        "VJP809",
        "    if g > 0.0:\n        return g * res[1], g * res[0]\n    return g * res[1], g * res[0]\n",
        "jax.jit(jax.grad(f))(2.0, 5.0)",
    ),
    backward(
        "a branch on whether there is one",
        "",
        "    if g is None:\n        return None, None\n    return g * res[1], g * res[0]\n",
        "jax.jit(jax.grad(f))(2.0, 5.0)",
    ),
    case(
        "an argument that the forward rule forgets",
        "VJP810",
        PRIMAL + "f.defvjp(lambda x, y: (x * x, x), lambda x, g: (2.0 * g * x, g * x))\n",
    ),
    case(
        "an argument that the output does not need",
        "",
        PRIMAL.replace("x * y", "2.0 * x") + "f.defvjp(lambda x, y: (2.0 * x, None), lambda _, g: (2.0 * g, None))\n",
        "assert jax.grad(f)(2.0, 5.0) == 2.0",
    ),
)
