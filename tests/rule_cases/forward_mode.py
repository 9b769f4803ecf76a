"""Forward mode through functions that call a custom_vjp."""

from __future__ import annotations

from rule_cases.base import case
from rule_cases.use import RUN, SQUARE, run

LOSS = SQUARE + "\ndef loss(x):\n    return 2.0 * h(x)\n"
FLOAT0 = "np.zeros((), jax.dtypes.float0)"
CASES = (
    case("jacfwd through a function", "VJP413", LOSS + run("jax.jacfwd(loss)(x)"), RUN),
    case("jvp through a function", "VJP413", LOSS + run("jax.jvp(loss, (x,), (1.0,))"), RUN),
    case("jvp through a lambda", "VJP413", SQUARE + run("jax.jvp(lambda t: h(t) + 1.0, (x,), (1.0,))"), RUN),
    case("linearize through a function", "VJP413", LOSS + run("jax.linearize(loss, x)[1](1.0)"), RUN),
    case(
        "check_grads through a function",
        "VJP413",
        LOSS + "from jax.test_util import check_grads\n" + run("check_grads(loss, (x,), order=1)"),
        RUN,
    ),
    case(
        "jacfwd through two functions",
        "VJP413",
        LOSS
        + "\ndef total(x, y):\n    scaled = jnp.sin(x) * y\n    return loss(scaled)\n"
        + run("jax.jacfwd(total)(x, 3)"),
        RUN,
    ),
    case("jacfwd of a jitted function", "VJP413", LOSS + run("jax.jacfwd(jax.jit(loss))(x)"), RUN),
    case(
        "jacfwd by the second argument",
        "VJP413",
        SQUARE + run("jax.jacfwd(lambda n, t: n * h(t), argnums=1)(3, x)"),
        RUN,
    ),
    case(
        "jvp by two arguments",
        "VJP413",
        SQUARE + run("jax.jvp(lambda s, t: s * h(t), (x, x), (1.0, 1.0))"),
        RUN,
    ),
    case(
        "a partial",
        "VJP413",
        SQUARE + "\ndef scaled(s, x):\n    return s * h(x)\n" + run("jax.jacfwd(partial(scaled, 2.0))(x)"),
        RUN,
    ),
    case(
        "a dict of what is differentiated",
        "VJP413",
        SQUARE.replace("x**2", "x['a'] ** 2").replace("2.0 * x * g", "{'a': 2.0 * x['a'] * g}")
        + run("jax.jacfwd(lambda t: h({'a': t}))(x)"),
        RUN,
    ),
    case("jacfwd by the other argument", "", SQUARE + run("jax.jacfwd(lambda n, t: n * h(t))(x, 3.0)"), RUN),
    case("jacfwd by a number", "", SQUARE + run("jax.jacfwd(lambda n, t: h(n) * t, argnums=(1,))(x, 3.0)"), RUN),
    case(
        "an integer has no tangent",
        "",
        SQUARE + "import numpy as np\n" + run(f"jax.jvp(lambda n, t: h(n) * t, (3, x), ({FLOAT0}, 1.0))"),
        RUN,
    ),
    case("of what is held fast", "", SQUARE + run("jax.jacfwd(lambda t: t * h(jax.lax.stop_gradient(t)))(x)"), RUN),
    case(
        "of a tree that is held fast",
        "",
        SQUARE + run("jax.jacfwd(lambda t: t * h(jax.tree_util.tree_map(jax.lax.stop_gradient, t)))(x)"),
        RUN,
    ),
    case("of a constant", "", SQUARE + run("jax.jacfwd(lambda t: t * h(2.0))(x)"), RUN),
    case("of a shape", "", SQUARE + run("jax.jacfwd(lambda t: t * h(1.0 + t.ndim))(x)"), RUN),
    case(
        "forward over a pullback",
        "",
        SQUARE
        + "\ndef slope(x):\n    _, pullback = jax.vjp(h, x)\n    return pullback(1.0)[0]\n"
        + run("jax.jacfwd(slope)(x)"),
        RUN,
    ),
    case("forward over a gradient", "", SQUARE + run("jax.jacfwd(lambda t: jax.grad(h)(t))(x)"), RUN),
    case("one of two", "", SQUARE + run("jax.jacfwd(lambda t: h(t) if isinstance(t, dict) else t)(x)"), RUN),
    case(
        "a tree of which a part is taken",
        "",
        SQUARE
        + "\ndef loss(p):\n    return p['a'] * h(p['b'])\n"
        + "import numpy as np\n"
        + run(f"jax.jvp(loss, ({{'a': x, 'b': 3}},), ({{'a': 1.0, 'b': {FLOAT0}}},))"),
        RUN,
    ),
    case(
        "a branch for trees",
        "",
        SQUARE
        + """
def loss(p):
    if isinstance(p, jax.Array):
        return p**2
    return h(p)


"""
        + run("jax.jacfwd(loss)(x)"),
        RUN,
    ),
    case(
        "a function that catches",
        "",
        SQUARE
        + """
def loss(x):
    try:
        return h(x)
    except TypeError:
        return x


"""
        + run("jax.jacfwd(loss)(x)"),
        RUN,
    ),
    case(
        "a function that returns before",
        "",
        SQUARE
        + """
def loss(x, fast):
    if fast:
        return x
    return h(x)


"""
        + run("jax.jacfwd(loss)(x, True)"),
        RUN,
    ),
    case("jacfwd with a keyword", "", SQUARE + run("jax.jacfwd(lambda t, n=1.0: t * h(n))(x, n=2.0)"), RUN),
    case("jacrev of a function", "", LOSS + run("jax.jacrev(loss)(x)"), RUN),
    case(
        "a parameter of the function's name",
        "",
        LOSS + "\ndef of(loss, x):\n    return jax.jacfwd(loss)(x)\n" + run("of(jnp.sin, x)"),
        RUN,
    ),
    case(
        "another function under that name",
        "",
        LOSS + "\nloss = jnp.sin\n" + run("jax.jacfwd(loss)(x)"),
        RUN,
    ),
)
