"""How a custom_vjp is called."""

from __future__ import annotations

from rule_cases.base import case

KEYWORD = """
@jax.custom_vjp
def h(x, *, scale=2.0):
    return x * 2.0


h.defvjp(lambda x: (x * 2.0, None), lambda _, g: (2.0 * g,))

"""
MODE = """
@jax.custom_vjp
def h(x, mode):
    return x * 2.0


h.defvjp(lambda x, mode: (x * 2.0, None), lambda _, g: (2.0 * g, None))

"""
STATIC = MODE.replace("@jax.custom_vjp", "@partial(jax.custom_vjp, nondiff_argnums=(1,))").replace(
    "lambda _, g: (2.0 * g, None)", "lambda mode, _, g: (2.0 * g,)"
)
RUN = "assert run(1.0) == 2.0"


def run(written: str) -> str:
    return f"def run(x):\n    return {written}\n"


CASES = (
    case(
        "a helper of a backward rule that uses jax.vjp itself",
        "VJP102",
        """
        def stacked(values):
            return jnp.stack(values)

        def product(x, y):
            return x * y

        f = jax.custom_vjp(product)

        def fwd(x, y):
            return x * y, (x, y)

        def bwd(res, g):
            return stacked(jax.vjp(product, *res)[1](g))

        f.defvjp(fwd, bwd)
        """,
    ),
    case("a keyword-only parameter is passed", "VJP210", KEYWORD + run("h(x, scale=3.0)"), RUN),
    case("one is passed in a lambda", "VJP210", KEYWORD + "run = jax.jit(lambda x: h(x, scale=3.0))\n", RUN),
    case("a string", "VJP210", MODE + run("h(x, 'sum')"), RUN),
    case("a string by keyword", "VJP210", MODE + run("h(x, mode='sum')"), RUN),
    case("a lambda", "VJP210", MODE + run("h(x, lambda y: y)"), RUN),
    case("a string in a tuple", "VJP210", MODE + run("h(x, (1, 'sum'))"), RUN),
    case("a string at module level", "VJP210", MODE + "y = h(1.0, 2.0)\nz = h(1.0, 'sum')\n", "0"),
    case("a string default", "VJP210", MODE.replace("mode)", "mode='sum')") + run("h(x)"), RUN),
    case(
        "extra keywords",
        "VJP210",
        """
        @jax.custom_vjp
        def h(x, **options):
            return x * 2.0

        h.defvjp(lambda x: (x * 2.0, None), lambda _, g: (2.0 * g,))

        def run(x):
            return h(x, scale=3.0)
        """,
        RUN,
    ),
    case("the keyword-only default", "", KEYWORD + run("h(x)"), ""),
    case("a string for a nondiff argument", "", STATIC + run("h(x, 'sum')"), RUN),
    case("a lambda for a nondiff argument", "", STATIC + run("h(x, mode=lambda y: y)"), RUN),
    case("a string default, not used", "", MODE.replace("mode)", "mode='sum')") + run("h(x, 1)"), RUN),
    case("a Partial", "", MODE + run("h(x, jax.tree_util.Partial(jnp.sin))"), RUN),
    case("keywords for positional parameters", "", MODE + run("h(mode=1, x=x)"), RUN),
    case("a dict with string keys", "", MODE + run("h(x, {'mode': 1})"), RUN),
    case("a string that is looked up", "", MODE + run("h(x, {'mode': 1}['mode'])"), RUN),
    case("the implementation takes it", "", MODE + run("h.fun(x, 'sum')"), RUN),
    case(
        "another function of the same name",
        "",
        MODE
        + """
def run(x):
    def h(x, mode):
        return x * len(mode)

    return h(x, "ab")
""",
        RUN,
    ),
    case(
        "it is caught",
        "",
        MODE
        + """
def run(x):
    try:
        return h(x, "sum")
    except TypeError:
        return 2.0 * x
""",
        RUN,
    ),
    case(
        "a test expects it",
        "",
        MODE
        + """
import contextlib

def raises(error):
    return contextlib.suppress(error)

def call():
    return h(1.0, "sum")

def run(x):
    with raises(TypeError):
        call()
    return 2.0 * x
""",
        RUN,
    ),
    case(
        "an attribute of an object",
        "",
        MODE
        + """
class Other:
    def h(self, x, mode):
        return x * len(mode)

def run(x):
    return Other().h(x, "ab")
""",
        RUN,
    ),
)
