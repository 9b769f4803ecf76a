"""What forward rules pack and backward rules unpack."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case(
        "unpacked into too many",
        "VJP302",
        """
        {f}
        def bwd(res, g):
            x, y, z = res
            return g * y, g * x

        f.defvjp(fwd, bwd)
        """,
    ),
    case("an index out of range", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (g * res[2], g))"),
    case("a tuple used as an array", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (res - 1.0, g))"),
    case("a tuple given to a function", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (jnp.sin(res), g))"),
    case("a tuple asked for its shape", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (jnp.ones(res.shape), g))"),
    case("a tuple given second", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (jnp.dot(g, res), g))"),
    case("a tuple asked for a field", "VJP302", "{f}f.defvjp(fwd, lambda res, g: (g * res.y, g))"),
    case(
        "a dict asked for a field",
        "VJP302",
        """
        {f}
        f.defvjp(lambda x, y: (x * y, {"x": x, "y": y}), lambda res, g: (g * res.y, g))
        """,
    ),
    case(
        "a dict asked for a method",
        "",
        """
        {f}
        f.defvjp(lambda x, y: (x * y, {"x": x, "y": y}), lambda res, g: (g * res.get("y"), g * res.pop("x")))
        """,
    ),
    case("a tuple that is called", "VJP302", "{f}f.defvjp(fwd, lambda res, g: res(g))"),
    case(
        "None used as an array",
        "VJP302",
        """
        {f}
        f.defvjp(lambda x, y: (x * y, None), lambda res, g: (res * 2.0, g))
        """,
    ),
    case(
        "None in an operator of its own",
        "VJP302",
        """
        {f}
        f.defvjp(lambda x, y: (x * y, (None, y)), lambda res, g: (-res[0], g))
        """,
    ),
    case(
        "a key that is not there",
        "VJP302",
        """
        {f}
        f.defvjp(lambda x, y: (x * y, {"x": x, "y": y}), lambda res, g: (res["z"], g))
        """,
    ),
    case(
        "a dict unpacked gives its keys",
        "",
        """
        {f}
        def bwd(res, g):
            x, y = res
            return g * res[x], g * res[y]

        f.defvjp(lambda x, y: (x * y, {"x": y, "y": x}), bwd)
        """,
    ),
    case(
        "two ways to pack",
        "",
        """
        {f}
        def forward(x, y):
            if x is None:
                return y, None
            return x * y, (x, y)

        def bwd(res, g):
            if res is None:
                return None, g
            x, y = res
            return g * y, g * x

        f.defvjp(forward, bwd)
        """,
    ),
    case(
        "guarded by try",
        "",
        """
        {f}
        def bwd(res, g):
            try:
                x, y, z = res
            except ValueError:
                x, y = res
            return g * y, g * x

        f.defvjp(fwd, bwd)
        """,
    ),
)
