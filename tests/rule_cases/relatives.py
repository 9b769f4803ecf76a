"""The relatives of custom_vjp, each by its own contract."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

FORWARD = "assert jax.jvp(h, (2.0, 3.0), (1.0, 0.0)) == (6.0, 3.0)"
BOTH = "assert jax.grad(h, (0, 1))(2.0, 3.0) == (3.0, 2.0)"
ONE = "assert jax.grad(h)(2.0) == 2.0"
STATIC = "assert jax.jvp(lambda x: h(x, 3.0), (2.0,), (1.0,)) == (6.0, 3.0)"


def jvp(name: str, code: str, rule: str, call: str = FORWARD, options: str = "", primal: str = "x * y") -> RuleCase:
    """A custom_jvp of two arguments with this rule."""
    maker = f"partial(jax.custom_jvp, {options})" if options else "jax.custom_jvp"
    return case(name, code, f"h = {maker}(lambda x, y: {primal})\nh.defjvp({rule})\n", call)


def gradient(name: str, code: str, rule: str, call: str = BOTH) -> RuleCase:
    return case(name, code, f"h = jax.custom_gradient(lambda x, y: {rule})\n", call)


CASES = (
    jvp("the tangent alone", "VJP501", "lambda p, t: t[0] * p[1] + p[0] * t[1]"),
    jvp("three things", "VJP501", "lambda p, t: (p[0] * p[1], t[0] * p[1], t[1] * p[0])"),
    jvp("nothing at all", "VJP501", "lambda p, t: None"),
    jvp("a dict of two", "VJP501", "lambda p, t: {'out': p[0] * p[1], 'tangent': t[0] * p[1]}"),
    jvp("a generator of two", "VJP501", "lambda p, t: (a * p[1] for a in (p[0], t[0]))"),
    jvp("no tangent", "VJP501", "lambda p, t: (p[0] * p[1], None)"),
    jvp("two tangents for one output", "VJP501", "lambda p, t: (p[0] * p[1], (t[0] * p[1], t[1] * p[0]))"),
    case(
        "unpacked, and the tangent alone",
        "VJP501",
        """
        h = jax.custom_jvp(lambda x, y: x * y)

        @h.defjvp
        def h_jvp(primals, tangents):
            x, y = primals
            dx, dy = tangents
            return jnp.sum(dx * y + x * dy)
        """,
        FORWARD,
    ),
    jvp("a pair", "", "lambda p, t: (p[0] * p[1], t[0] * p[1] + p[0] * t[1])"),
    jvp("a list", "", "lambda p, t: [p[0] * p[1], t[0] * p[1] + p[0] * t[1]]"),
    jvp("jax.jvp of the implementation", "", "lambda p, t: jax.jvp(lambda x, y: x * y, p, t)"),
    jvp("a zero tangent", "", "lambda p, t: (p[0] * p[1], 3.0)"),
    jvp(
        "a tuple output",
        "",
        "lambda p, t: ((p[0], p[1]), t)",
        "jax.jvp(h, (2.0, 3.0), (1.0, 0.0))",
        primal="(x, y)",
    ),
    jvp(
        "an argument that is a pair",
        "",
        "lambda p, t: (p[0], (t[0][0], t[0][1]))",
        "jax.jvp(h, ((2.0, 3.0), 1.0), ((1.0, 0.0), 0.0))",
        primal="x",
    ),
    jvp(
        "an output that is None",
        "",
        "lambda p, t: ((p[0] * p[1], p[1].real if False else None), (t[0] * p[1], None))",
        "jax.jvp(h, (2.0, 3.0), (1.0, 0.0))",
        primal="(x * y, None)",
    ),
    case(
        "a stub of a rule",
        "",
        """
        h = jax.custom_jvp(lambda x, y: x * y)

        @h.defjvp
        def h_jvp(primals, tangents):
            raise NotImplementedError
        """,
        "h(2.0, 3.0)",
    ),
    jvp("primals and tangents spread out", "VJP502", "lambda x, y, dx, dy: (x * y, dx * y + x * dy)"),
    jvp("primals alone", "VJP502", "lambda p: (p[0] * p[1], p[0])"),
    jvp("a nondiff argument left out", "VJP502", "lambda p, t: (p[0], t[0])", STATIC, "nondiff_argnums=(1,)"),
    jvp("a nondiff argument", "", "lambda y, p, t: (p[0] * y, t[0] * y)", STATIC, "nondiff_argnums=(1,)"),
    jvp("more with defaults", "", "lambda p, t, k=1.0: (p[0] * p[1] * k, t[0] * p[1] + p[0] * t[1])"),
    jvp("whatever comes", "", "lambda *a: (a[0][0] * a[0][1], a[1][0] * a[0][1])"),
    case(
        "too few rules",
        "VJP503",
        "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(lambda t, out, x, y: t * y)\n",
        FORWARD,
    ),
    case(
        "too many rules",
        "VJP503",
        "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(lambda t, out, x, y: t * y, None, None)\n",
        FORWARD,
    ),
    case("only None", "VJP503", "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(None, None)\n", FORWARD),
    case(
        "a rule without the output",
        "VJP503",
        "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(lambda t, x, y: t * y, None)\n",
        FORWARD,
    ),
    case(
        "defjvps beside nondiff_argnums",
        "VJP503",
        "h = jax.custom_jvp(lambda x, y: x * y, nondiff_argnums=(1,))\nh.defjvps(lambda t, out, x: t)\n",
        STATIC,
    ),
    case(
        "a rule for each",
        "",
        "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(lambda t, out, x, y: t * y, lambda t, _, x, y: t * x)\n",
        FORWARD,
    ),
    case(
        "None for one",
        "",
        "h = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(lambda t, *rest: t * rest[-1], None)\n",
        FORWARD,
    ),
    case(
        "rules in a list",
        "",
        "rules = [lambda t, out, x, y: t * y, None]\nh = jax.custom_jvp(lambda x, y: x * y)\nh.defjvps(*rules)\n",
        FORWARD,
    ),
    case(
        "a second defjvp replaces the first",
        "",
        """
        h = jax.custom_jvp(lambda x, y: x * y)
        h.defjvp(lambda p, t: None)
        h.defjvp(lambda p, t: (p[0] * p[1], t[0] * p[1]))
        """,
        FORWARD,
    ),
    gradient("one array for two", "VJP511", "(x * y, lambda g: g * y)"),
    gradient("a tuple of one for two", "VJP511", "(x * y, lambda g: (g * y,))"),
    gradient("a tuple of three for two", "VJP511", "(x * y, lambda g: (g * y, g * x, None))"),
    gradient("nothing for two", "VJP511", "(x * y, lambda g: None)"),
    gradient("a dict for two", "VJP511", "(x * y, lambda g: {'x': g * y, 'y': g * x})"),
    gradient("a rule of two parameters", "VJP511", "(x * y, lambda residuals, g: (g * y, g * x))"),
    gradient("no rule", "VJP511", "x * y"),
    gradient("residuals beside the rule", "VJP511", "(x * y, (x, y), lambda g: (g * y, g * x))"),
    case(
        "a local rule that returns one array",
        "VJP511",
        """
        @jax.custom_gradient
        def h(x, y):
            def h_bwd(g):
                return jnp.stack([g * y, g * x])

            return x * y, h_bwd
        """,
        BOTH,
    ),
    gradient("a tuple of two", "", "(x * y, lambda g: (g * y, g * x))"),
    gradient("a list of two", "", "(x * y, lambda g: [g * y, g * x])"),
    gradient("a pullback as it is", "", "jax.vjp(lambda x, y: x * y, x, y)"),
    gradient("None for each", "", "(x * y, lambda g: (None, None))", "jax.grad(h)(2.0, 3.0)"),
    gradient(
        "a pair of outputs has a pair of cotangents",
        "",
        "((x, y), lambda g: g)",
        "jax.grad(lambda x, y: h(x, y)[0])(2.0, 3.0)",
    ),
    gradient(
        "an argument that is a pair has a pair of cotangents",
        "",
        "(x, lambda g: g)",
        "jax.grad(lambda x: h((x, x), 1.0)[0])(2.0)",
    ),
    case("bare for one", "", "h = jax.custom_gradient(lambda x: (x**2, lambda g: g * x))\n", ONE),
    case("bare with a default", "", "h = jax.custom_gradient(lambda x, k=1.0: (x * k, lambda g: g * 2.0))\n", ONE),
    case("bare with a star", "", "h = jax.custom_gradient(lambda *xs: (xs[0] * 1.0, lambda g: g * 2.0))\n", ONE),
)
