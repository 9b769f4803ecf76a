"""Entries that are containers themselves, or no JAX types at all: what the argument can be, and what it cannot."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

DICT = "({'w': 2.0, 'b': 3.0}, 4.0)"
PAIR = "((2.0, 3.0), 4.0)"
LIST = "([2.0, 3.0], 4.0)"
ARRAYS = "(2.0, 4.0)"


def rule(name: str, codes: str, output: str, entries: str, arguments: str, before: str = "pass") -> RuleCase:
    """A rule of a pytree `p` and an array `x`, whose forward rule says `before` and then `output`."""
    text = f"""
    @jax.custom_vjp
    def h(p, x):
        {before}
        return {output}

    def fwd(p, x):
        {before}
        return {output}, (p, x)

    def bwd(res, g):
        p, x = res
        return {entries}

    h.defvjp(fwd, bwd)
    """
    return case(name, codes, text, f"jax.grad(h)(*{arguments})")


def lone(name: str, codes: str, entry: str, call: str = "jax.grad(h)(2.0)", parameter: str = "x") -> RuleCase:
    text = f"""
    @jax.custom_vjp
    def h({parameter}):
        return 2.0 * x

    def slope(x):
        return 2.0 * x

    h.defvjp(lambda x: (2.0 * x, x), lambda x, g: ({entry},))
    """
    return case(name, codes, text, call)


def open_ended(name: str, codes: str, result: str, parameters: str = "x, *ws", forward: str = "x, *ws") -> RuleCase:
    """A rule of `*ws`, whose residuals are the forward rule's own `*ws`; it is called with three arguments."""
    text = f"""
    @jax.custom_vjp
    def h({parameters}):
        return 2.0 * ws[-1]

    def fwd({forward}):
        return 2.0 * ws[-1], ws

    def bwd(ws, g):
        return {result}

    h.defvjp(fwd, bwd)
    """
    return case(name, codes, text, "jax.grad(h)(2.0, 3.0, 4.0)")


FLAGGED = (
    open_ended("one more beside the rest", "VJP101", "(g, None, *ws)"),
    open_ended("one less beside the rest", "VJP101", "(g, *ws)", "x, y, *ws", "x, y, *ws"),
    open_ended("the rest holds what has a name", "VJP101", "(g, *ws)", "x, *ws", "*ws"),
    open_ended("a sum of one more", "VJP101", "(g, None) + tuple(jax.tree_util.tree_map(jnp.sin, ws))"),
    rule("a tuple for a dict", "VJP106", "p['w'] * x + p['b']", "(g * x, g), g * p['w']", DICT),
    rule("a list for a dict", "VJP106", "p['w'] * x + p['b']", "[g * x, g], g * p['w']", DICT),
    rule("a dict without a key", "VJP106", "p['w'] * x + p['b']", "{'w': g * x}, g * p['w']", DICT),
    rule("a dict of other keys", "VJP106", "p['w'] * x + p['b']", "dict(W=g * x, B=g), g * p['w']", DICT),
    rule("a tuple of one for an array", "VJP106", "jnp.sin(p) * x", "(g * jnp.cos(p) * x,), g * jnp.sin(p)", ARRAYS),
    rule("a list of one for an array", "VJP106", "p**2 * x", "[2.0 * g * p * x], g * p**2", ARRAYS),
    rule("a dict for an array", "VJP106", "jnp.exp(p) * x", "{'p': g * jnp.exp(p) * x}, g * jnp.exp(p)", ARRAYS),
    rule("an empty tuple for an array", "VJP106", "p / 2.0 * x", "(), g * p / 2.0", ARRAYS),
    rule("a triple for a pair", "VJP106", "w * x + b", "(g * x, g, None), g * p[0]", PAIR, "w, b = p"),
    rule("a pair for a triple", "VJP106", "p[0] * p[2] * x", "(g * x, g), None", "((2.0, 3.0, 5.0), 4.0)"),
    rule("a single one for a pair", "VJP106", "a * b * x", "(g * x,), None", PAIR, "a, b = p"),
    rule(
        "a tuple too deep",
        "VJP106",
        "jnp.sin(a) * b * x",
        "((g * x,), g), None",
        PAIR,
        "a, b = p",
    ),
    rule(
        "a tuple too flat",
        "VJP106",
        "a * b * c * x",
        "(g * x, g, g), None",
        "(((2.0, 3.0), 5.0), 4.0)",
        "(a, b), c = p",
    ),
    rule(
        "the keys on another level",
        "VJP106",
        "p['layer']['w'] * x",
        "{'w': g * x}, None",
        "({'layer': {'w': 2.0}}, 4.0)",
    ),
    rule(
        "another key below",
        "VJP106",
        "p['layer']['w'] * x",
        "{'layer': {'weight': g * x}}, None",
        "({'layer': {'w': 2.0}}, 4.0)",
    ),
    rule("an array that has a shape", "VJP106", "p.reshape(1)[0] * x", "(g, g), None", "(jnp.ones(1), 4.0)"),
    rule("a dict whose values are two", "VJP106", "a * b * x", "{'a': g}, None", DICT, "a, b = p.values()"),
    rule("a list that is a tuple elsewhere", "VJP106", "sum(q) * x", "(g, g), None", LIST, "q = p + [x]"),
    case(
        "the backward rule says what the argument is",
        "VJP106",
        """
        @jax.custom_vjp
        def h(p, x):
            return jax.tree_util.tree_reduce(jnp.add, p) * x

        def fwd(p, x):
            return h(p, x), (p, x)

        def bwd(res, g):
            p, x = res
            total = p["w"] + p["b"]
            return (g * x, g * x), g * total

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{DICT})",
    ),
    case(
        "a helper says what the argument is",
        "VJP106",
        """
        def affine(params, x):
            weights = params["w"]
            return weights * x + params["b"]

        h = jax.custom_vjp(affine)

        def fwd(p, x):
            return affine(p, x), (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, g), g * p["w"]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{DICT})",
    ),
    case(
        "the primal says what the argument is",
        "VJP106",
        """
        @jax.custom_vjp
        def h(p, x):
            return p["w"] * x + p["b"]

        def fwd(p, x):
            return h(p, x), x

        def bwd(x, g):
            return (g * x, g), None

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{DICT})",
    ),
    case(
        "what a pullback goes through",
        "VJP106",
        """
        def affine(p, x):
            return p["w"] * x + p["b"]

        h = jax.custom_vjp(affine)

        def fwd(p, x):
            return jax.vjp(affine, p, x)

        def bwd(pullback, g):
            d, dx = pullback(g)
            return (d["w"], d["b"]), dx

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{DICT})",
    ),
    case(
        "a nondiff argument before it",
        "VJP106",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(0,))
        def h(n, p):
            return n * p["w"]

        h.defvjp(lambda n, p: (n * p["w"], None), lambda n, _, g: ((g * n,),))
        """,
        "jax.grad(lambda p: h(2.0, p))({'w': 2.0})",
    ),
    case(
        "an early return in the backward rule",
        "VJP106",
        """
        @jax.custom_vjp
        def h(p, x):
            return p["w"] * x

        def bwd(res, g):
            p, x = res
            if x.ndim == 0:
                return (g * x,), g * p["w"]
            return {"w": g * x}, g * p["w"]

        h.defvjp(lambda p, x: (p["w"] * x, (p, x)), bwd)
        """,
        "jax.grad(h)({'w': 2.0}, jnp.array(3.0))",
    ),
    lone("a string", "VJP107", "'2.0'"),
    lone("a function", "VJP107", "slope"),
    lone("a function of a library", "VJP107", "jnp.cos"),
    lone("a lambda", "VJP107", "lambda t: g * t"),
    lone("a set", "VJP107", "{2.0}"),
    lone("a generator", "VJP107", "(g * k for k in (2.0,))"),
    lone("a map", "VJP107", "map(slope, [g])"),
    lone("a dtype", "VJP107", "jnp.float32"),
    lone("a partial", "VJP107", "partial(slope, g)"),
    rule("strings for both", "VJP107", "p * x", "'p', 'x'", ARRAYS),
    case(
        "a string for a float",
        "VJP107",
        """
        @jax.custom_vjp
        def h(x: float, n: int):
            return x * n

        h.defvjp(lambda x, n: (x * n, n), lambda n, g: ("x", None))
        """,
        "jax.grad(h)(2.0, 3)",
    ),
)
RIGHT = (
    open_ended("the rest as it is", "", "(g, *ws)"),
    open_ended("the rest mapped", "", "(g, *jax.tree_util.tree_map(jnp.zeros_like, ws))"),
    open_ended("the rest added", "", "(g,) + jax.tree_util.tree_map(lambda w: g * w, ws, is_leaf=lambda w: w is None)"),
    open_ended("the whole of what came", "", "ws", "*ws", "*ws"),
    open_ended("a name and the rest in one", "", "ws", "x, *ws", "*ws"),
    open_ended("fewer names in the forward rule", "", "(None, *ws)", "x, y, *ws", "x, *ws"),
    open_ended("a default and the rest", "", "(g, None, *ws)", "x, y=1.0, *ws", "x, y, *ws"),
    rule("a dict for a dict", "", "p['w'] * x + p['b']", "{'w': g * x, 'b': g}, g * p['w']", DICT),
    rule("keys in another order", "", "p['w'] * x + p['b']", "{'b': g, 'w': g * x}, g * p['w']", DICT),
    rule("None for a whole dict", "", "p['w'] * x + p['b']", "None, g * p['w']", DICT),
    rule("None in a dict", "", "p['w'] * x + p['b']", "{'w': g * x, 'b': None}, g * p['w']", DICT),
    rule("one array for a whole dict", "", "p['w'] * x + p['b']", "g, g * p['w']", DICT),
    rule("one array for a whole tuple", "", "a * b * x", "g, None", PAIR, "a, b = p"),
    rule("a pair for a pair", "", "a * b * x", "(g * p[1] * x, g * p[0] * x), None", PAIR, "a, b = p"),
    rule("a list for a list", "", "a * b * x", "[g * p[1] * x, g * p[0] * x], None", LIST, "a, b = p"),
    rule("a dict that is unpacked by its keys", "", "x * 2.0", "{'w': g, 'b': g}, None", DICT, "w, b = p"),
    rule("more keys than are used", "", "p['w'] * x", "{'w': g * x, 'b': None}, g * p['w']", DICT),
    rule(
        "a dict with what get finds",
        "",
        "p['w'] * x + p.get('c', 0.0)",
        "{'w': g * x, 'b': None}, g * p['w']",
        DICT,
    ),
    rule("a list that is made a tuple", "", "q[0] * q[1] * x", "[g, g], None", LIST, "q = tuple(p)"),
    rule("a list that is made an array", "", "jnp.sum(q) * x", "[g, g], None", LIST, "q = jnp.asarray(p)"),
    rule("a tuple that is stacked", "", "jnp.sum(jnp.stack(p)) * x", "(g * x, g * x), g * (p[0] + p[1])", PAIR),
    rule("a tuple that is summed", "", "sum(p) * x", "(g * x, g * x), None", PAIR),
    rule("a tuple that is repeated", "", "sum(p * 2) * x", "(g * x, g * x), None", PAIR),
    rule("a nested one", "", "p['l'][0] * x", "{'l': (g * x, None)}, None", "({'l': (2.0, 3.0)}, 4.0)"),
    rule("a map over the tree", "", "sum(jax.tree_util.tree_leaves(p)) * x", "{'w': g, 'b': g}, None", DICT),
    rule("a star takes the rest", "", "a * x", "(g * x, None, None), None", "((2.0, 3.0, 5.0), 4.0)", "a, *rest = p"),
    case(
        "either a dict or a pair",
        "",
        """
        @jax.custom_vjp
        def h(p, x):
            if isinstance(p, dict):
                return p["w"] * x
            return p[0] * x

        def fwd(p, x):
            if isinstance(p, dict):
                return p["w"] * x, (p, x)
            return p[0] * x, (p, x)

        def bwd(res, g):
            p, x = res
            if isinstance(p, dict):
                return {"w": g * x}, g * p["w"]
            return (g * x, None), g * p[0]

        h.defvjp(fwd, bwd)
        """,
        "jax.grad(h)({'w': 2.0}, 3.0); jax.grad(h)((2.0, 1.0), 3.0)",
    ),
    case(
        "a pair under a condition",
        "",
        """
        @jax.custom_vjp
        def h(p, x):
            w = p["w"] if hasattr(p, "keys") else p[0]
            return w * x

        def fwd(p, x):
            return h(p, x), (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, None), g * p[0]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{PAIR})",
    ),
    case(
        "tried as a dict first",
        "",
        """
        @jax.custom_vjp
        def h(p, x):
            try:
                w = p["w"]
            except TypeError:
                w = p[0]
            return w * x

        def fwd(p, x):
            return h(p, x), (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, None), g * p[0]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{PAIR})",
    ),
    case(
        "returned before it is asked for a key",
        "",
        """
        def weight(p):
            if isinstance(p, tuple):
                return p[0]
            return p["w"]

        @jax.custom_vjp
        def h(p, x):
            return weight(p) * x

        def fwd(p, x):
            return weight(p) * x, (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, None), g * p[0]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{PAIR})",
    ),
    case(
        "the other helper's argument",
        "",
        """
        def double(a):
            return a["v"] * 2.0

        @jax.custom_vjp
        def h(p, x):
            return p[0] * double({"v": x})

        def fwd(p, x):
            return p[0] * double({"v": x}), (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, None), g * p[0]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{PAIR})",
    ),
    case(
        "put into another form first",
        "",
        """
        @jax.custom_vjp
        def h(p, x):
            p = dict(zip(("w", "b"), p))
            return p["w"] * x + p["b"]

        def fwd(p, x):
            named = dict(zip(("w", "b"), p))
            p = {**named}
            return p["w"] * x + p["b"], (p, x)

        def bwd(res, g):
            p, x = res
            return (g * x, g), g * p["w"]

        h.defvjp(fwd, bwd)
        """,
        f"jax.grad(h)(*{PAIR})",
    ),
    case(
        "a class of one's own with keys",
        "",
        """
        class Params(dict):
            pass

        jax.tree_util.register_pytree_node(
            Params, lambda p: (tuple(p[k] for k in sorted(p)), sorted(p)), lambda ks, vs: Params(zip(ks, vs))
        )

        @jax.custom_vjp
        def h(p, x):
            return p["w"] * x

        h.defvjp(lambda p, x: (p["w"] * x, (p, x)), lambda res, g: (Params(w=g * res[1]), g * res[0]["w"]))
        """,
        "jax.grad(h)(Params(w=2.0), 3.0)",
    ),
    case(
        "NumPy takes a tuple for an array",
        "",
        """
        import numpy as np

        WEIGHTS = np.array([2.0, 3.0])

        @jax.custom_vjp
        def h(p, x):
            return (np.asarray(p) - WEIGHTS).sum() * x

        h.defvjp(lambda p, x: ((np.asarray(p) - WEIGHTS).sum() * x, p), lambda p, g: ((g, g), g * sum(p)))
        """,
        "jax.grad(h, 1)((2.0, 3.0), 4.0)",
    ),
    case(
        "a pair minus an array of NumPy",
        "",
        """
        import numpy as np

        @jax.custom_vjp
        def h(p, q, x):
            return jnp.sum(p - q) * x

        h.defvjp(lambda p, q, x: (jnp.sum(p - q) * x, None), lambda _, g: ((g, g), None, g))
        """,
        "import numpy as np; jax.grad(h, 2)((2.0, 3.0), np.array([1.0, 2.0]), 4.0)",
    ),
    case(
        "a pair times an array of NumPy",
        "",
        """
        import numpy as np

        @jax.custom_vjp
        def h(p, q, x):
            return jnp.sum(p * q) * x

        h.defvjp(lambda p, q, x: (jnp.sum(p * q) * x, None), lambda _, g: ((g, g), None, g))
        """,
        "import numpy as np; jax.grad(h, 2)((2.0, 3.0), np.array([1.0, 2.0]), 4.0)",
    ),
    case(
        "a string for an integer",
        "",
        """
        @jax.custom_vjp
        def h(x, n: int):
            return x * n

        h.defvjp(lambda x, n: (x * n, n), lambda n, g: (g * n, "n"))
        """,
        "jax.grad(h)(2.0, 3)",
    ),
    case(
        "a set for an integer",
        "",
        """
        @jax.custom_vjp
        def h(x, n: int):
            return x * n

        h.defvjp(lambda x, n: (x * n, n), lambda n, g: (g * n, {1, 2}))
        """,
        "jax.grad(h)(2.0, 3)",
    ),
    lone("what a function gives", "", "g * slope(1.0)"),
    lone("a function that is a pytree", "", "jax.tree_util.Partial(slope, g)", "0"),
)
CASES = FLAGGED + RIGHT
