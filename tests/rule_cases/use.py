"""A custom_vjp in use: without rules, in forward mode, in its own rules."""

from __future__ import annotations

from collections.abc import Iterator

from rule_cases.base import RuleCase, case

SQUARE = """
@jax.custom_vjp
def h(x):
    return x**2


h.defvjp(lambda x: (x**2, x), lambda x, g: (2.0 * x * g,))

"""
CALLING = SQUARE.replace("(x**2, x)", "(h(x), x)")
RUN = "run(2.0)"
COUNTED = """
import itertools

turns = itertools.count()


def impl(x):
    if next(turns) > 3:
        raise ValueError("no end")
    return x**2


@jax.custom_vjp
def h(x):
    return x**2


def h_fwd(x):
    return impl(x), x

"""
GRAD = "assert jax.grad(h)(2.0) == 4.0"
SQUARED = """
def square(x):
    return x**2


@jax.custom_vjp
def h(x):
    return square(x)

"""


def run(written: str) -> str:
    return f"\ndef run(x):\n    return {written}\n"


def forward(name: str, codes: str, body: str) -> Iterator[RuleCase]:
    rules = f"def h_fwd(x):\n    {body}\n\nh.defvjp(h_fwd, lambda pullback, g: pullback(g))\n"
    yield case(name, codes, SQUARED + rules, GRAD)


CASES = (
    case(
        "what defvjp returns takes the function's place, with an annotation",
        "VJP409",
        """
        @jax.custom_vjp
        def f(x):
            return jnp.sin(x)

        f: object = f.defvjp(lambda x: (f(x), x), lambda x, g: (g * jnp.cos(x),))
        """,
        "f(1.0)",
    ),
    case(
        "right: another name gets it, with an annotation",
        "",
        """
        @jax.custom_vjp
        def f(x):
            return jnp.sin(x)

        nothing: None = f.defvjp(lambda x: (f(x), x), lambda x, g: (g * jnp.cos(x),))
        """,
        "jax.grad(f)(1.0)",
    ),
    case("called without rules", "VJP412", "@jax.custom_vjp\ndef h(x):\n    return x\n" + run("h(x)"), RUN),
    case(
        "a local one called without rules",
        "VJP412",
        """
        def run(x):
            @jax.custom_vjp
            def h(x):
                return x

            return h(x)
        """,
        RUN,
    ),
    case("rules come from a function", "", SQUARE.replace("h.defvjp", "(lambda k: k.defvjp)(h)") + run("h(x)"), RUN),
    case(
        "rules come from a decorator of one's own",
        "",
        """
        def with_rules(k):
            k.defvjp(lambda x: (x, None), lambda _, g: (g,))
            return k

        @with_rules
        @jax.custom_vjp
        def h(x):
            return x

        """
        + run("h(x)").replace("\n", "\n        "),
        RUN,
    ),
    case(
        "rules come later, from a loop",
        "",
        "@jax.custom_vjp\ndef h(x):\n    return x\n" + run("h(x)") + """
for rule in (h,):
    rule.defvjp(lambda x: (x, None), lambda _, g: (g,))
""",
        RUN,
    ),
    case(
        "rules come as attributes",
        "",
        "@jax.custom_vjp\ndef h(x):\n    return x\n" + run("h(x)") + """
h.fwd = lambda x: (x, None)
h.bwd = lambda _, g: (g,)
""",
        RUN,
    ),
    case("never called", "", "@jax.custom_vjp\ndef h(x):\n    return x\n", "0"),
    case("jvp", "VJP413", SQUARE + run("jax.jvp(h, (x,), (1.0,))"), RUN),
    case("jvp of the jitted", "VJP413", SQUARE + run("jax.jvp(jax.jit(h), (x,), (1.0,))"), RUN),
    case("jacfwd", "VJP413", SQUARE + run("jax.jacfwd(h)(x)"), RUN),
    case(
        "jacfwd under a name",
        "VJP413",
        SQUARE + "def run(x):\n    slope = jax.jacfwd(h)\n    return slope(x)\n",
        RUN,
    ),
    case("linearize, called", "VJP413", SQUARE + run("jax.linearize(h, x)[1](1.0)"), RUN),
    case(
        "linearize, called by a name",
        "VJP413",
        SQUARE + "\ndef run(x):\n    y, pushforward = jax.linearize(h, x)\n    return pushforward(1.0)\n",
        RUN,
    ),
    case(
        "check_grads",
        "VJP413",
        SQUARE + "from jax.test_util import check_grads\n" + run("check_grads(h, (x,), order=1)"),
        RUN,
    ),
    case("hessian", "VJP413", CALLING + run("jax.hessian(h)(x)"), RUN),
    case("jacfwd of grad", "VJP413", CALLING + run("jax.jacfwd(jax.grad(h))(x)"), RUN),
    case("jvp of grad", "VJP413", CALLING + run("jax.jvp(jax.grad(h), (x,), (1.0,))"), RUN),
    case("hessian without the decorated function", "", SQUARE + run("jax.hessian(h)(x)"), RUN),
    case("jacrev of jacrev", "", CALLING + run("jax.jacrev(jax.jacrev(h))(x)"), RUN),
    case("linearize alone", "", SQUARE + run("jax.linearize(h, x)[0]"), RUN),
    case("jvp of the implementation", "", SQUARE + run("jax.jvp(h.fun, (x,), (1.0,))"), RUN),
    case("jvp without the function", "", SQUARE + run("jax.jvp(lambda x: h.fun(x) + 1.0, (x,), (1.0,))"), RUN),
    case("jacfwd that is not called", "", SQUARE + run("jax.jacfwd(h)"), RUN),
    case(
        "check_grads in reverse",
        "",
        SQUARE
        + "from jax.test_util import check_grads\n"
        + run("check_grads(h, (jnp.float32(x),), 1, modes=['rev'], rtol=0.1)"),
        RUN,
    ),
    case(
        "a parameter of the same name",
        "",
        SQUARE + "\ndef tangent(h, x):\n    return jax.jvp(h, (x,), (1.0,))\n" + run("tangent(jnp.sin, x)"),
        RUN,
    ),
    case(
        "jvp that is caught",
        "",
        SQUARE
        + """
def run(x):
    try:
        return jax.jvp(h, (x,), (1.0,))
    except TypeError:
        return x
""",
        RUN,
    ),
    case(
        "jvp that is traced and not run",
        "",
        SQUARE
        + """
def tangent(x):
    return jax.jvp(h, (x,), (1.0,))


def run(x):
    return jax.make_jaxpr(tangent)(x)
""",
        RUN,
    ),
    case(
        "jvp that a test expects to fail",
        "",
        SQUARE
        + """
import contextlib

def raises(error):
    return contextlib.suppress(error)

def forward():
    return jax.jvp(h, (1.0,), (1.0,))

def run(x):
    with raises(TypeError):
        forward()
""",
        RUN,
    ),
    case(
        "jvp through a custom_jvp",
        "",
        "h = jax.custom_jvp(jnp.sin)\nh.defjvp(lambda p, t: (h(*p), t[0]))\n" + run("jax.jvp(h, (x,), (1.0,))"),
        RUN,
    ),
    case("grad of itself", "VJP414", COUNTED + "h.defvjp(h_fwd, lambda x, g: (g * jax.grad(h)(x),))\n", GRAD),
    case(
        "a pullback of itself",
        "VJP414",
        COUNTED
        + """
def h_bwd(x, g):
    _, pullback = jax.vjp(h, x)
    return pullback(g)

h.defvjp(h_fwd, h_bwd)
""",
        GRAD,
    ),
    case(
        "the value and gradient of itself",
        "VJP414",
        COUNTED
        + """
def h_bwd(x, g):
    both = jax.value_and_grad(h)
    y, slope = both(x)
    return (g * slope,)

h.defvjp(h_fwd, h_bwd)
""",
        GRAD,
    ),
    *forward("the pullback of itself", "VJP415", "return jax.vjp(h, x)"),
    *forward("its own pullback by name", "VJP415", "y, pullback = jax.vjp(h, x)\n    return y, pullback"),
    *forward("its own slope as a residual", "VJP415", "return h(x), jax.vjp(h, x)[1]"),
    *forward("the pullback of the implementation", "", "return jax.vjp(square, x)"),
    *forward("the pullback of the wrapped", "", "return jax.vjp(h.fun, x)"),
    *forward("its own pullback for later", "", "later = lambda: jax.vjp(h, x)\n    return jax.vjp(square, x)"),
    *forward("its own pullback at a number", "", "jax.vjp(h, 3)\n    return jax.vjp(square, x)"),
    *forward("its own pullback in a branch", "", "if x is None:\n        jax.vjp(h, x)\n    return jax.vjp(square, x)"),
    case(
        "the forward rule takes its own gradient",
        "VJP415",
        SQUARED + "h.defvjp(lambda x: (h(x), jax.grad(h)(x)), lambda slope, g: (g * slope,))\n",
        GRAD,
    ),
    case(
        "the forward rule takes the implementation's gradient",
        "",
        SQUARED + "h.defvjp(lambda x: (h(x), jax.grad(square)(x)), lambda slope, g: (g * slope,))\n",
        GRAD,
    ),
    case("grad of the implementation", "", COUNTED + "h.defvjp(h_fwd, lambda x, g: (g * jax.grad(impl)(x),))\n", GRAD),
    case("grad of the wrapped", "", COUNTED + "h.defvjp(h_fwd, lambda x, g: (g * jax.grad(h.fun)(x),))\n", GRAD),
    case("calls itself", "", COUNTED + "h.defvjp(h_fwd, lambda x, g: (g * 2.0 * h(x) / x,))\n", GRAD),
    case(
        "grad of itself at the end of a recursion",
        "",
        COUNTED
        + """
depth = []

def h_bwd(x, g):
    if len(depth) > 2:
        return (2.0 * x * g,)
    depth.append(1)
    return (g * jax.grad(h)(x),)

h.defvjp(h_fwd, h_bwd)
""",
        GRAD,
    ),
    case(
        "grad of another that has its name",
        "",
        COUNTED
        + """
def h_bwd(x, g):
    def h(x):
        return x**2

    return (g * jax.grad(h)(x),)

h.defvjp(h_fwd, h_bwd)
""",
        GRAD,
    ),
    case(
        "vjp of itself, not called",
        "",
        COUNTED
        + """
def h_bwd(x, g):
    y, pullback = jax.vjp(h, x)
    return (g * 2.0 * y / x,)

h.defvjp(h_fwd, h_bwd)
""",
        GRAD,
    ),
)
