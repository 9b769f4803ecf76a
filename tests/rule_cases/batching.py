"""The rules of custom_vmap: which arguments, and which pair."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

CALL = "jax.vmap(f, (0, None))(jnp.arange(3.0), 2.0)"


def rule(name: str, code: str, written: str, primal: str = "x * y") -> RuleCase:
    text = "from jax.custom_batching import custom_vmap\n\n"
    return case(name, code, text + f"f = custom_vmap(lambda x, y: {primal})\nf.def_vmap({written})\n", CALL)


CASES = (
    rule("no axis size", "VJP521", "lambda batched, x, y: (x * y, True)"),
    rule("arguments in a tuple", "VJP521", "lambda size, batched, args: (args[0] * args[1], True)"),
    rule("the output alone", "VJP521", "lambda size, batched, x, y: jnp.sin(x * y)"),
    rule("nothing at all", "VJP521", "lambda size, batched, x, y: None"),
    rule("three things", "VJP521", "lambda size, batched, x, y: (x * y, True, None)"),
    rule("one bool for two outputs", "VJP521", "lambda size, batched, x, y: ((x, y), True)", "(x, y)"),
    rule("a list of bools for a tuple", "VJP521", "lambda size, batched, x, y: ((x, y), [True, False])", "(x, y)"),
    rule("a tuple of one bool for an array", "VJP521", "lambda size, batched, x, y: (jnp.sin(x * y), (True,))"),
    rule("None for an array", "VJP521", "lambda size, batched, x, y: (jnp.sin(x * y), None)"),
    case(
        "a decorated rule",
        "VJP521",
        """
        from jax.custom_batching import custom_vmap

        @custom_vmap
        def f(x, y):
            return x * y

        @f.def_vmap
        def f_vmap(axis_size, in_batched, x, y):
            return jnp.sin(x) * y
        """,
        CALL,
    ),
    rule("a pair", "", "lambda size, batched, x, y: (x * y, True)"),
    rule("a list of two", "", "lambda size, batched, x, y: [x * y, True]"),
    rule("a generator of a pair", "", "lambda size, batched, x, y: (part for part in (x * y, True))"),
    rule("a bool for each of two outputs", "", "lambda size, batched, x, y: ((x, y), (True, False))", "(x, y)"),
    rule("as the arguments are", "", "lambda size, batched, x, y: ((x, y), tuple(batched))", "(x, y)"),
    rule("just as the arguments are", "", "lambda size, batched, x, y: ([x, y], batched)", "[x, y]"),
    rule("whatever comes", "", "lambda size, batched, *args: (args[0] * args[1], any(batched))"),
    rule("not batched, but broadcast", "", "lambda size, batched, x, y: (y * 2.0, False)", "y * 2.0"),
    rule("jax.vmap of another", "", "lambda size, batched, x, y: (jax.vmap(lambda x: x * y)(x), True)"),
    case(
        "a stub of a batching rule",
        "",
        """
        from jax.custom_batching import custom_vmap

        @custom_vmap
        def f(x, y):
            return x * y

        @f.def_vmap
        def f_vmap(axis_size, in_batched, x, y):
            raise NotImplementedError
        """,
        "",
    ),
    case(
        "a second rule replaces the first",
        "",
        """
        from jax.custom_batching import custom_vmap

        f = custom_vmap(lambda x, y: x * y)
        f.def_vmap(lambda size, batched, x, y: None)
        f.def_vmap(lambda size, batched, x, y: (x * y, True))
        """,
        CALL,
    ),
    case(
        "batched one by one",
        "",
        """
        from jax.custom_batching import sequential_vmap

        f = sequential_vmap(lambda x, y: x * y)
        """,
        CALL,
    ),
)
