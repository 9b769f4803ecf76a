"""How a rule is attached to its primal."""

from __future__ import annotations

from rule_cases.base import case

PAIR = """
def fwd(x):
    return 2.0 * x, None


def bwd(_, g):
    return (2.0 * g,)

"""
ONE = "assert jax.grad(h)(1.0) == 2.0"
PLAIN = "h = jax.custom_vjp(lambda x: 2.0 * x)\n"

CASES = (
    case("called with options", "VJP408", "@jax.custom_vjp(nondiff_argnums=(1,))\ndef h(x, n):\n    return x\n", ONE),
    case("called with nothing", "VJP408", "@jax.custom_vjp()\ndef h(x):\n    return x\n", ONE),
    case("custom_jvp called with options", "VJP408", "h = jax.custom_jvp(nondiff_argnums=(1,))(lambda x: x)\n", ONE),
    case(
        "options by partial",
        "",
        PAIR + "h = partial(jax.custom_vjp, nondiff_argnums=())(lambda x: 2.0 * x)\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "the function by its keyword",
        "",
        PAIR + "h = jax.custom_vjp(fun=lambda x: 2.0 * x)\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "another library's custom_vjp",
        "",
        PAIR
        + """
def custom_vjp(**options):
    return lambda function: jax.custom_vjp(function)

@custom_vjp(nondiff_argnums=())
def h(x):
    return 2.0 * x

h.defvjp(fwd, bwd)
""",
        ONE,
    ),
    case(
        "options in a try",
        "",
        "try:\n    h = jax.custom_vjp(nondiff_argnums=())\nexcept TypeError:\n    h = None\n",
        "",
    ),
    case("the result under the function's name", "VJP409", PAIR + PLAIN + "h = h.defvjp(fwd, bwd)\n", ONE),
    case("the result of a chain", "VJP409", PAIR + "h = jax.custom_vjp(lambda x: 2.0 * x).defvjp(fwd, bwd)\n", ONE),
    case("the result under another name", "", PAIR + PLAIN + "done = h.defvjp(fwd, bwd)\n", ONE),
    case("the result of a chain is thrown away", "", PAIR + "_ = jax.custom_vjp(lambda x: x).defvjp(fwd, bwd)\n", ""),
    case(
        "jit above",
        "VJP410",
        PAIR + "@jax.jit\n@jax.custom_vjp\ndef h(x):\n    return x\n\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "a method of custom_jvp, and jit below",
        "VJP410",
        PAIR + "@jax.custom_vjp\n@jax.jit\ndef h(x):\n    return x\n\nh.defjvp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "a method of custom_jvp, jit and a static argument below",
        "VJP410",
        PAIR
        + "@partial(jax.custom_vjp, nondiff_argnums=(1,))\n@partial(jax.jit, static_argnums=(1,))\n"
        + "def h(x, n):\n    return x\n\nh.defjvp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "a method of custom_jvp, and one below",
        "",
        PAIR
        + "h = jax.custom_vjp(jax.custom_jvp(lambda x: 2.0 * x))\n"
        + "h.defjvp(lambda p, t: (2.0 * p[0], 2.0 * t[0]))\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case("vmap above", "VJP410", PAIR + "h = jax.vmap(jax.custom_vjp(lambda x: x))\nh.defvjp(fwd, bwd)\n", ONE),
    case(
        "checkpoint above",
        "VJP410",
        PAIR + "h = jax.checkpoint(jax.custom_vjp(lambda x: x))\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "a cache above",
        "VJP410",
        PAIR + "h = functools.cache(jax.custom_vjp(lambda x: x))\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case(
        "staticmethod above, in the class body",
        "VJP410",
        PAIR
        + """
class Layer:
    @staticmethod
    @jax.custom_vjp
    def h(x):
        return 2.0 * x

    h.defvjp(fwd, bwd)
""",
        "",
    ),
    case(
        "staticmethod above, after the class",
        "",
        PAIR
        + """
class Layer:
    @staticmethod
    @jax.custom_vjp
    def h(x):
        return 2.0 * x

Layer.h.defvjp(fwd, bwd)
h = Layer.h
""",
        ONE,
    ),
    case(
        "the function beside the custom_vjp",
        "VJP410",
        PAIR + "def h(x):\n    return x\n\nk = jax.custom_vjp(h)\nh.defvjp(fwd, bwd)\n",
        ONE,
    ),
    case("defjvp of a custom_vjp", "VJP410", PLAIN + "h.defjvp(lambda p, t: (p[0], t[0]))\n", ONE),
    case("def_vjp", "VJP410", PAIR + PLAIN + "h.def_vjp(fwd, bwd)\n", ONE),
    case("defvjp of a custom_jvp", "VJP410", PAIR + "h = jax.custom_jvp(lambda x: x)\nh.defvjp(fwd, bwd)\n", ONE),
    case(
        "defvjp through a custom_jvp",
        "",
        PAIR + "h = jax.custom_jvp(jax.custom_vjp(lambda x: 2.0 * x))\nh.defvjp(fwd, bwd)\nh = h.fun\n",
        ONE,
    ),
    case(
        "defjvp through a custom_vjp",
        "",
        """
        h = jax.custom_vjp(jax.custom_jvp(lambda x: 2.0 * x))
        h.defjvp(lambda p, t: (2.0 * p[0], 2.0 * t[0]))
        h = h.fun
        """,
        ONE,
    ),
    case(
        "custom_vmap above",
        "",
        PAIR
        + """
from jax.custom_batching import custom_vmap

h = custom_vmap(jax.custom_vjp(lambda x: 2.0 * x))
h.defvjp(fwd, bwd)
""",
        "",
    ),
    case("jit below", "", PAIR + "h = jax.custom_vjp(jax.jit(lambda x: x))\nh.defvjp(fwd, bwd)\n", ONE),
    case("jit afterwards", "", PAIR + PLAIN + "h.defvjp(fwd, bwd)\nh = jax.jit(h)\n", ONE),
    case(
        "a function with a defvjp of its own",
        "",
        PAIR
        + """
def h(x):
    return x

h.defvjp = lambda fwd, bwd: None
h.defvjp(fwd, bwd)
""",
        "",
    ),
    case(
        "a function whose defvjp is set by name",
        "",
        PAIR
        + """
def h(x):
    return x

setattr(h, "def" + "vjp", lambda fwd, bwd: None)
h.defvjp(fwd, bwd)
""",
        "",
    ),
    case(
        "whichever is there",
        "",
        PAIR
        + """
h = jax.custom_vjp(lambda x: 2.0 * x)
try:
    h.defjvp(None)
except AttributeError:
    h.defvjp(fwd, bwd)
""",
        ONE,
    ),
    case("one rule", "VJP411", PAIR + PLAIN + "h.defvjp(fwd)\n", ONE),
    case("one rule by keyword", "VJP411", PAIR + PLAIN + "h.defvjp(bwd=bwd)\n", ONE),
    case("a decorator", "VJP411", PLAIN + "@h.defvjp\ndef bwd(_, g):\n    return (g,)\n", ONE),
    case(
        "both switches",
        "VJP411",
        PAIR + PLAIN + "h.defvjp(fwd, bwd, symbolic_zeros=True, optimize_remat=True)\n",
        ONE,
    ),
    case("defjvp gets two rules", "VJP411", PAIR + "h = jax.custom_jvp(lambda x: x)\nh.defjvp(fwd, bwd)\n", ONE),
    case("rules by keyword", "", PAIR + PLAIN + "h.defvjp(bwd=bwd, fwd=fwd)\n", ONE),
    case("rules in a tuple", "", PAIR + PLAIN + "h.defvjp(*(fwd, bwd))\n", ONE),
    case("rules in a dict", "", PAIR + PLAIN + "h.defvjp(**dict(fwd=fwd, bwd=bwd))\n", ONE),
    case(
        "defjvp as a decorator",
        "",
        """
        h = jax.custom_jvp(lambda x: 2.0 * x)

        @h.defjvp
        def h_jvp(primals, tangents):
            return 2.0 * primals[0], 2.0 * tangents[0]
        """,
        ONE,
    ),
    case(
        "defjvp with the switch",
        "",
        """
        h = jax.custom_jvp(lambda x: 2.0 * x)

        @partial(h.defjvp, symbolic_zeros=True)
        def h_jvp(primals, tangents):
            return 2.0 * primals[0], 2.0 * tangents[0]
        """,
        ONE,
    ),
    case(
        "swapped rules of the same number of parameters",
        "VJP406",
        """
        {f}
        def f_fwd(x, y):
            return f(x, y), (x, y)

        def f_bwd(res, g):
            x, y = res
            return g * y, g * x

        f.defvjp(f_bwd, f_fwd)
        """,
    ),
    case(
        "swapped names of right rules",
        "",
        """
        {f}
        def f_bwd(x, y):
            return f(x, y), (x, y)

        def f_fwd(res, g):
            x, y = res
            return g * y, g * x

        f.defvjp(f_bwd, f_fwd)
        """,
    ),
    case(
        "an operator and its transpose share their rules",
        "",
        """
        @jax.custom_vjp
        def up(x):
            return 2.0 * x

        @jax.custom_vjp
        def h(x):
            return 2.0 * x

        def up_fwd(x):
            return up(x), None

        def up_bwd(_, g=None):
            return h(g), None

        up.defvjp(up_fwd, lambda _, g: (h(g),))
        h.defvjp(lambda x: up_bwd(None, x), lambda res, g: (up_fwd(g)[0],))
        """,
        ONE,
    ),
)
