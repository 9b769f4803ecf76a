"""The rules of Equinox and Flax, each by its own contract: what is right for one is wrong for the other."""

from __future__ import annotations

import textwrap

from rule_cases.base import RuleCase, case

ARRAYS = "jnp.array(2.0), jnp.array(3.0)"
FORWARD = "lambda perturbed, x, y: (jnp.sin(x) * y, (x, y))"
BACKWARD = "lambda res, g, perturbed, x, y: g * jnp.cos(x) * y"
MODULE = """
import flax.linen as nn


class Layer(nn.Module):
    @nn.compact
    def __call__(self, x):
        def f(module, x):
            return module(x)

        def forward(module, x):
            return nn.vjp(f, module, x)

        def backward(pullback, g):
            params, inputs = pullback(g)
            return {result}

        return nn.custom_vjp(f, forward_fn={forward}, backward_fn={backward})(nn.Dense(1), x)


def run():
    layer, x = Layer(), jnp.ones((3, 2))
    variables = layer.init(jax.random.PRNGKey(0), x)
    return jax.grad(lambda v: layer.apply(v, x).sum())(variables)
"""


def equinox(name: str, code: str, forward: str = FORWARD, backward: str = BACKWARD, output: str = "") -> RuleCase:
    """A filter_custom_vjp of an array and something else."""
    text = f"""
    import equinox as eqx

    h = eqx.filter_custom_vjp(lambda x, y: {output or "jnp.sin(x) * y"})
    h.def_fwd({forward})
    h.def_bwd({backward})
    """
    return case(f"equinox: {name}", code, text, f"jax.grad(h)({ARRAYS})", needs="equinox")


def pushed(name: str, code: str, rule: str) -> RuleCase:
    """A filter_custom_jvp of two arrays."""
    text = f"import equinox as eqx\n\nh = eqx.filter_custom_jvp(lambda x, y: x * y)\nh.def_jvp({rule})\n"
    call = "jax.jvp(lambda x: h(x, jnp.array(3.0)), (jnp.array(2.0),), (jnp.array(1.0),))"
    return case(f"equinox jvp: {name}", code, text, call, needs="equinox")


def nnx(
    name: str,
    code: str,
    backward: str,
    forward: str = "lambda x, y: (x * y, (x, y))",
    how: str = "",
    primal: str = "x * y",
) -> RuleCase:
    """A function under nnx.custom_vjp, whose cotangent is a pair unless it is made otherwise."""
    maker = f"partial(nnx.custom_vjp, {how})" if how else "nnx.custom_vjp"
    text = f"from flax import nnx\n\nh = {maker}(lambda x, y: {primal})\nh.defvjp({forward}, {backward})\n"
    return case(f"nnx: {name}", code, text, "jax.grad(lambda x: h(x, 3.0))(2.0)", needs="flax")


def linen(
    name: str, code: str, result: str = "params, inputs", forward: str = "forward", backward: str = "backward"
) -> RuleCase:
    text = textwrap.dedent(MODULE)
    for key, value in {"{result}": result, "{forward}": forward, "{backward}": backward}.items():
        text = text.replace(key, value)
    return case(f"linen: {name}", code, text, "run()", needs="flax")


PAIR_OF_ROWS = """
import equinox as eqx


@eqx.filter_custom_vjp
def h(pair, scale):
    first, second = pair
    return first * second * scale


@h.def_fwd
def h_fwd(perturbed, pair, scale):
    first, second = pair
    return first * second * scale, None


@h.def_bwd
def h_bwd(residuals, g, perturbed, pair, scale):
    first, second = pair
    return {result}
"""


def rows(name: str, code: str, result: str) -> RuleCase:
    """A filter_custom_vjp of a pair, which is what its gradient is then."""
    call = f"jax.grad(h)(({ARRAYS}), 4.0)"
    return case(f"equinox: {name}", code, PAIR_OF_ROWS.replace("{result}", result), call, needs="equinox")


CASES = (
    equinox("a tuple of one", "VJP531", backward="lambda r, g, p, x, y: (g * jnp.cos(x) * y,)"),
    equinox("a tuple of all", "VJP531", backward="lambda r, g, p, x, y: (g * jnp.cos(x) * y, g * jnp.sin(x))"),
    equinox("a list", "VJP531", backward="lambda r, g, p, x, y: [g * jnp.cos(x) * y]"),
    equinox("a dict", "VJP531", backward="lambda r, g, p, x, y: {'x': g * jnp.cos(x) * y}"),
    equinox("a tuple, by the residuals", "VJP531", backward="lambda r, g, p, x, y: (g * jnp.cos(r[0]) * y,)"),
    equinox("the backward rule of JAX", "VJP531", backward="lambda res, g: g * jnp.cos(res[0]) * res[1]"),
    equinox("without perturbed", "VJP531", backward="lambda res, g, x, y: g * jnp.cos(x) * y"),
    equinox("the forward rule of JAX", "VJP531", forward="lambda x, y: (jnp.sin(x) * y, (x, y))"),
    equinox("three results", "VJP531", forward="lambda perturbed, x, y: (jnp.sin(x) * y, x, y)"),
    equinox("no results", "VJP531", forward="lambda perturbed, x, y: None"),
    rows("a flat triple for a pair", "VJP531", "g * second, g * first, None"),
    rows("one in a tuple for a pair", "VJP531", "(g * second,)"),
    equinox("the gradient alone", ""),
    equinox("None for an array", "", backward="lambda r, g, p, x, y: None"),
    equinox("whatever comes", "", "lambda *a: (jnp.sin(a[1]) * a[2], None)", "lambda *a: a[1] * jnp.cos(a[3]) * a[4]"),
    equinox("a string among the residuals", "", "lambda p, x, y: (jnp.sin(x) * y, 'sine')"),
    equinox("a list of two", "", "lambda p, x, y: [jnp.sin(x) * y, None]"),
    equinox("what is perturbed is asked", "", backward="lambda r, g, p, x, y: g * jnp.cos(x) * y if p else None"),
    rows("a pair for a pair", "", "g * second * scale, g * first * scale"),
    case(
        "equinox: keywords go to both rules",
        "",
        """
        import equinox as eqx

        h = eqx.filter_custom_vjp(lambda x, *, y: x * y)
        h.def_fwd(lambda perturbed, x, *, y: (x * y, None))
        h.def_bwd(lambda res, g, perturbed, x, *, y: g * y)
        """,
        "jax.grad(lambda x: h(x, y=jnp.array(3.0)))(jnp.array(2.0))",
        needs="equinox",
    ),
    case(
        "equinox: a default that is not passed",
        "",
        """
        import equinox as eqx

        h = eqx.filter_custom_vjp(lambda x, y=3.0: x * y)
        h.def_fwd(lambda perturbed, x: (x * 3.0, None))
        h.def_bwd(lambda res, g, perturbed, x: g * 3.0)
        """,
        "jax.grad(h)(jnp.array(2.0))",
        needs="equinox",
    ),
    case(
        "equinox: the second rule counts",
        "",
        f"""
        import equinox as eqx

        h = eqx.filter_custom_vjp(lambda x, y: jnp.sin(x) * y)
        h.def_fwd({FORWARD})
        h.def_bwd(lambda res, g: None)
        h.def_bwd({BACKWARD})
        """,
        f"jax.grad(h)({ARRAYS})",
        needs="equinox",
    ),
    pushed("three results", "VJP531", "lambda p, t: (p[0] * p[1], t[0], t[1])"),
    pushed("nothing", "VJP531", "lambda p, t: None"),
    pushed("primals and tangents spread out", "VJP531", "lambda x, y, dx, dy: (x * y, dx * y)"),
    pushed("a pair", "", "lambda p, t: (p[0] * p[1], t[0] * p[1])"),
    pushed("a list", "", "lambda p, t: [p[0] * p[1], t[0] * p[1]]"),
    pushed("None for a tangent", "", "lambda p, t: (p[0] * p[1], None)"),
    nnx("one cotangent for two", "VJP541", "lambda res, g: (g[1] * res[1],)"),
    nnx("three for two", "VJP541", "lambda res, g: (g[1] * res[1], None, None)"),
    nnx("an array", "VJP541", "lambda res, g: jnp.stack([g[1], g[1]])"),
    nnx("nothing at all", "VJP541", "lambda res, g: None"),
    nnx("a dict", "VJP541", "lambda res, g: {'x': g[1] * res[1], 'y': None}"),
    nnx("one parameter", "VJP541", "lambda g: (None, None)"),
    nnx("a forward rule of three results", "VJP541", "lambda r, g: (None, None)", "lambda x, y: (x * y, x, y)"),
    nnx("a forward rule of one argument", "VJP541", "lambda r, g: (None, None)", "lambda x: (x, x)"),
    nnx("one too few without updates", "VJP541", "lambda r, g: (g * r[1],)", how="graph_updates=False"),
    nnx("an entry for what is nondiff", "VJP541", "lambda y, r, g: (g[1] * y, None)", how="nondiff_argnums=(1,)"),
    nnx("a bare value", "VJP541", "lambda res, g: 2 * res[1] * g[1]", primal="jnp.multiply(x, y)"),
    nnx(
        "a bare value without updates",
        "VJP541",
        "lambda r, g: 2 * r[1] * g",
        how="graph_updates=False",
        primal="jnp.multiply(x, y)",
    ),
    nnx("a product of a tuple", "", "lambda r, g: 2 * (g[1],)", primal="jnp.multiply(x, y)"),
    nnx("both as a pair of its own", "", "lambda r, g: (lambda u, og: (og * r[1], og * r[0]))(*g)"),
    nnx("the cotangent is a pair", "", "lambda res, g: (g[1] * res[1], g[1] * res[0])"),
    nnx("None for each", "", "lambda res, g: (None, None)"),
    nnx("a list without updates", "", "lambda r, g: [g * r[1], g * r[0]]", how="graph_updates=False"),
    nnx("nondiff", "", "lambda y, r, g: (g[1] * y,)", how="nondiff_argnums=(1,)"),
    case(
        "nnx: made by a call with options",
        "",
        """
        from flax import nnx

        @nnx.custom_vjp(nondiff_argnums=(1,))
        def h(x, n):
            return x * n

        def fwd(x, n):
            return x * n, None

        def bwd(n, res, g):
            updates, out_g = g
            return (out_g * n,)

        h.defvjp(fwd, bwd)
        """,
        "jax.grad(lambda x: h(x, 3.0))(2.0)",
        needs="flax",
    ),
    linen("one cotangent for two", "VJP541", "(params,)"),
    linen("three for two", "VJP541", "params, inputs, None"),
    linen("nothing at all", "VJP541", "None"),
    linen("the backward rule gets the module too", "VJP541", backward="lambda module, pullback, g: pullback(g)"),
    linen("the forward rule gives three", "VJP541", forward="lambda module, x: (f(module, x), module, x)"),
    linen("a tuple", ""),
    linen("a list", "", "[params, inputs]"),
    linen("a generator", "", "(part for part in (params, inputs))"),
    linen("None for the inputs", "", "params, None"),
)
