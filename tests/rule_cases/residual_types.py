"""What can be a residual, and what cannot."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

CALL = "jax.grad(lambda x: jnp.sum(h(x)))(jnp.ones(2))"
JITTED = "jax.jit(jax.grad(lambda x: jnp.sum(h(x))))(jnp.ones(2))"


def residual(name: str, code: str, written: str, before: str = "", call: str = CALL) -> RuleCase:
    """A forward rule with the residuals `written`; its backward rule does not look at them."""
    text = f"{before}\nh = jax.custom_vjp(lambda x: x * 1.0)\nh.defvjp(lambda x: (x * 1.0, {written}), "
    return case(name, code, text + "lambda res, g: (g,))\n", call)


REJECTED = {
    "a string": '"sum"',
    "bytes": 'b"sum"',
    "a string in a tuple": '(x, "sum")',
    "a string in a dict": '{"mode": "sum", "x": x}',
    "a lambda": "lambda g: g",
    "a partial": "partial(jnp.add, 1.0)",
    "a jitted function": "jax.jit(lambda g: g)",
    "a mapped function": "jax.vmap(lambda g: g)",
    "a function of jax.numpy": "jnp.sin",
    "a function of NumPy": "numpy.sin",
    "a gradient that is not called": "jax.grad(jnp.sin)",
    "the rule itself": "h",
    "a dtype": "x.dtype",
    "a dtype beside a shape": "(x.shape, x.dtype)",
    "the dtype of a result": "jnp.sin(x).dtype",
    "a dtype by its name": "jnp.float32",
    "a promoted dtype": "jnp.result_type(x, 1.0)",
    "a range": "range(3)",
    "a set": "{1, 2}",
    "a generator": "(i for i in (1, 2))",
    "a zip": "zip((x,), (x,))",
    "the keys of a dict": '{"a": x}.keys()',
    "a method that is not called": "jnp.sin(x).sum",
    "a builtin": "len",
    "a class": "Mode",
}
ACCEPTED = {
    "nothing": "None",
    "no items": "()",
    "a shape": "x.shape",
    "a shape and a length": "(x.shape, len(x), x.ndim)",
    "numbers": "(1, 2.0, 1j, True)",
    "a dict with string keys": '{"mode": 1, "x": x}',
    "a pullback": "jax.vjp(jnp.sin, x)[1]",
    "a Partial": "jax.tree_util.Partial(jnp.add, 1.0)",
    "an array of a dtype": "jnp.zeros((0,), x.dtype)",
    "NumPy's own": "(numpy.ones(2), numpy.float32(1.0))",
    "a key": "jax.random.PRNGKey(0)",
    "a named tuple": "Pair(x, None)",
    "an ordered dict": 'collections.OrderedDict(b=x, a="x".count("x"))',
    "a constant of jax.numpy": "(jnp.pi, jnp.inf, numpy.nan)",
    "a list by a comprehension": "[x for _ in range(3)]",
    "what a dict holds": 'tuple({"a": x, "b": 1}.values())',
    "a dtype that is asked for its size": "x.dtype.itemsize",
    "a flag": 'x.dtype == jnp.float32',
    "a string that is looked up": '{"sum": 1, "mean": 2}["sum"]',
    "a registered class": "Registered(x)",
    "a linearized function": "jax.linearize(jnp.sin, x)[1]",
    "a transposed function": "jax.linear_transpose(lambda y: 2.0 * y, x)",
}
BEFORE = """
import collections
import numpy
from typing import NamedTuple


class Mode:
    pass


class Pair(NamedTuple):
    a: jax.Array
    b: jax.Array


@jax.tree_util.register_pytree_node_class
class Registered:
    def __init__(self, x):
        self.x = x

    def tree_flatten(self):
        return (self.x,), "a string in the treedef is fine"

    @classmethod
    def tree_unflatten(cls, aux, children):
        return cls(*children)
"""

CASES = (
    *(residual(name, "VJP305", written, BEFORE) for name, written in REJECTED.items()),
    *(residual(f"{name} as a residual", "", written, BEFORE) for name, written in ACCEPTED.items()),
    *(residual(f"{name} as a residual, jitted", "", written, BEFORE, JITTED) for name, written in ACCEPTED.items()),
    case(
        "a string that is a nondiff argument",
        "VJP305",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, mode: str):
            return x * 1.0

        h.defvjp(lambda x, mode: (x * 1.0, (x, mode)), lambda mode, res, g: (g,))
        """,
        "jax.grad(lambda x: h(x, 'sum'))(1.0)",
    ),
    case(
        "a nondiff argument of any type",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1, 2))
        def h(x, n, like):
            return x * 1.0

        h.defvjp(lambda x, n, like: (x * 1.0, (x, n, like.dtype)), lambda n, like, res, g: (g,))
        """,
        "import types; jax.grad(lambda x: h(x, 2, types.SimpleNamespace(dtype=None)))(1.0)",
    ),
    case(
        "a string on one branch, which is wrong there",
        "VJP305",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, named):
            return x * 1.0

        def h_fwd(x, named):
            if named:
                return x * 1.0, "named"
            return x * 1.0, None

        h.defvjp(h_fwd, lambda named, res, g: (g,))
        """,
        "jax.grad(lambda x: h(x, True))(1.0)",
    ),
    case(
        "a string or a number",
        "",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def h(x, named):
            return x * 1.0

        h.defvjp(lambda x, named: (x * 1.0, "named" if named else 1), lambda named, res, g: (g,))
        """,
        "jax.grad(lambda x: h(x, False))(1.0)",
    ),
    case(
        "a function through a helper",
        "VJP305",
        """
        def prepare(x):
            return x, lambda g: g * x

        h = jax.custom_vjp(lambda x: x * 1.0)

        def h_fwd(x):
            saved, scale = prepare(x)
            return saved * 1.0, scale

        h.defvjp(h_fwd, lambda scale, g: (scale(g),))
        """,
        CALL,
    ),
    case(
        "symbolic zeros",
        "",
        """
        h = jax.custom_vjp(lambda x: x * 1.0)
        h.defvjp(lambda x: (x.value * 1.0, (x.perturbed, x.value.shape)), lambda res, g: (g,), symbolic_zeros=True)
        """,
        CALL,
    ),
)
