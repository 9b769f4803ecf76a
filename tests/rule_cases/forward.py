"""What forward rules return."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case("one array", "VJP301", "{f}{good}f.defvjp(lambda x, y: jnp.multiply(x, y), bwd)"),
    case("three", "VJP301", "{f}{good}f.defvjp(lambda x, y: (x * y, x, y), bwd)"),
    case("None", "VJP301", "{f}{good}f.defvjp(lambda x, y: None, bwd)"),
    case(
        "nothing",
        "VJP301",
        """
        {f}{good}
        def forward(x, y):
            out = x * y, (x, y)

        f.defvjp(forward, bwd)
        """,
    ),
    case("a dict", "VJP301", "{f}{good}f.defvjp(lambda x, y: {'out': x * y, 'res': (x, y)}, bwd)"),
    case(
        "a list or named tuple of two",
        "",
        """
        {f}{good}
        from collections import namedtuple
        Pair = namedtuple("Pair", "out res")
        f.defvjp(lambda x, y: [x * y, (x, y)], bwd)
        h = jax.custom_vjp(lambda x, y: x)
        h.defvjp(lambda x, y: Pair(x * y, (x, y)), bwd)
        """,
    ),
    case(
        "what another function gives",
        "",
        """
        {f}{good}
        f.defvjp(lambda x, y: jax.vjp(lambda x, y: x * y, x, y), lambda pullback, g: pullback(g))
        """,
    ),
)
