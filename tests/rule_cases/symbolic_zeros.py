"""Rules with and without symbolic zeros."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

ON = ", symbolic_zeros=True"
BACKWARD = """
def bwd(res, g):
    x, y = res
    return g * y, g * x

"""


def rule(name: str, code: str, forward: str, options: str = ON, primal: str = "x * y", before: str = "") -> RuleCase:
    """The product, with this forward rule."""
    text = f"{before}\n@jax.custom_vjp\ndef f(x, y):\n    return {primal}\n\n{BACKWARD}\n"
    written = f"f.defvjp(lambda x, y: ({forward}), bwd{options})\n"
    return case(name, code, text + written, "assert jax.grad(f, (0, 1))(2.0, 5.0) == (5.0, 2.0)")


VALUES = "x.value * y.value, (x.value, y.value)"
CASES = (
    rule("plain product", "VJP306", "x * y, (x.value, y.value)"),
    rule("plain difference", "VJP306", "0.0 - x + x.value * y.value, (x.value, y.value)"),
    rule("plain negation", "VJP306", "-(-x) * y.value, (x.value, y.value)"),
    rule("plain sine", "VJP306", "jnp.sin(x) * y.value, (x.value, y.value)"),
    rule("plain residuals", "VJP306", "x.value * y.value, (x, y)"),
    rule("plain square root", "VJP306", "x**0.5 * y.value, (x.value, y.value)"),
    rule("values", "", VALUES),
    rule("values of a tree", "", "(lambda a, b: (a * b, (a, b)))(*jax.tree_util.tree_map(lambda p: p.value, (x, y)))"),
    rule(
        "jax's own function",
        "",
        "(lambda a, b: (a * b, (a, b)))(*custom_vjp_primal_tree_values((x, y)))",
        before="from jax.custom_derivatives import custom_vjp_primal_tree_values",
    ),
    rule("the switch is off", "VJP307", VALUES, ""),
    rule("the switch is False", "VJP307", VALUES, ", symbolic_zeros=False"),
    rule("perturbed, and the switch is off", "VJP307", "x * y * x.perturbed, (x, y)", ""),
    rule("plain, and the switch is off", "", "x * y, (x, y)", ""),
    rule("plain or not, as it comes", "", "(x * y, (x, y)) if isinstance(x, jax.Array) else (" + VALUES + ")"),
    rule(
        "a value that is asked for",
        "",
        "(lambda a, b: (a * b, (a, b)))(*(getattr(p, 'value', p) for p in (x, y)))",
        "",
    ),
    case(
        "one plain residual that may be None",
        "",
        """
        @jax.custom_vjp
        def f(x, mask):
            return 2.0 * x

        f.defvjp(lambda x, mask: (2.0 * x.value, mask), lambda mask, g: (2.0 * g, None), symbolic_zeros=True)
        """,
        "jax.grad(lambda x: f(x, None))(2.0)",
    ),
    case(
        "a nondiff argument is plain",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, n):
            return x * n

        f.defvjp(lambda x, n: (x.value * n**1, None), lambda n, _, g: (n * g,), symbolic_zeros=True)
        """,
        "jax.grad(lambda x: f(x, 3))(2.0)",
    ),
    case(
        "a parameter that is taken apart under its own name",
        "",
        """
        @jax.custom_vjp
        def f(x):
            return 2.0 * x

        def f_fwd(x):
            x = x.value
            return 2.0 * x - x + x, None

        f.defvjp(f_fwd, lambda _, g: (2.0 * g,), symbolic_zeros=True)
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "an object with a value of its own",
        "",
        """
        @jax.tree_util.register_pytree_node_class
        class Box:
            def __init__(self, value):
                self.value = value

            def __mul__(self, other):
                return self.value * other.value

            def tree_flatten(self):
                return (self.value,), None

            @classmethod
            def tree_unflatten(cls, aux, children):
                return cls(*children)

        @jax.custom_vjp
        def f(x, y):
            return x * y

        def bwd(res, g):
            x, y = res
            return Box(g * y), Box(g * x)

        f.defvjp(lambda x, y: (x.value * y.value, (x.value, y.value)), bwd)
        """,
        "jax.grad(f)(Box(2.0), Box(3.0))",
    ),
    case(
        "an annotated array",
        "VJP307",
        """
        @jax.custom_vjp
        def f(x: jax.Array, scale):
            return jnp.sin(x) * scale

        f.defvjp(lambda x, s: (jnp.sin(x.value) * s, (x.value, s)), lambda res, g: (g * jnp.cos(res[0]), None))
        """,
        "jax.grad(f)(2.0, 1.0)",
    ),
    case(
        "a tuple times a number",
        "",
        """
        @jax.custom_vjp
        def f(xs):
            return xs[0] + xs[0]

        def f_fwd(xs):
            twice = xs * 2
            return twice[0].value + twice[1].value, None

        f.defvjp(f_fwd, lambda _, g: ((2.0 * g,),), symbolic_zeros=True)
        """,
        "jax.grad(f)((2.0,))",
    ),
)
