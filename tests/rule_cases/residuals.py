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
    case(
        "the second key is not there",
        "VJP302",
        """
        {f}
        def fwd(x, y):
            return x * y, {"x": x, "y": y}

        def bwd(res, g):
            x = res["x"]
            z = res["z"]
            return g * z, g * x

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "the second key of a return is not there",
        "VJP302",
        """
        {f}
        def fwd(x, y):
            return x * y, {"x": x, "y": y}

        f.defvjp(fwd, lambda res, g: (g * res["x"], g * res["z"]))
        """,
    ),
    case(
        "the second key of an unpacking is not there",
        "VJP302",
        """
        {f}
        def fwd(x, y):
            return x * y, {"x": x, "y": y}

        def bwd(res, g):
            x, z = res["x"], res["z"]
            return g * z, g * x

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "the second key is made by the backward rule",
        "",
        """
        {f}
        def fwd(x, y):
            return x * y, {"x": x, "y": y}

        def bwd(res, g):
            x = res["x"]
            res["z"] = res["y"]
            return g * res["z"], g * x

        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a field that is not there",
        "VJP302",
        """
        {f}
        from typing import NamedTuple

        class R(NamedTuple):
            x: jax.Array
            y: jax.Array

        def fwd(x, y):
            return x * y, R(x, y)

        f.defvjp(fwd, lambda res, g: (g * res.y, g * res.z))
        """,
    ),
    case(
        "a field of a namedtuple that is not there",
        "VJP302",
        """
        {f}
        import collections

        R = collections.namedtuple("R", "x y")
        f.defvjp(lambda x, y: (x * y, R(x, y)), lambda res, g: (g * res.y, g * res.z))
        """,
    ),
    case(
        "methods of a named tuple",
        "",
        """
        {f}
        from typing import NamedTuple

        class R(NamedTuple):
            x: jax.Array
            y: jax.Array

        def fwd(x, y):
            return x * y, R(x, y)

        f.defvjp(fwd, lambda res, g: (g * res._asdict()["y"], g * res._replace(x=res.x).x))
        """,
    ),
    case(
        "a named tuple with a property",
        "",
        """
        {f}
        from typing import NamedTuple

        class R(NamedTuple):
            x: jax.Array
            y: jax.Array

            @property
            def z(self):
                return self.x

        def fwd(x, y):
            return x * y, R(x, y)

        f.defvjp(fwd, lambda res, g: (g * res.y, g * res.z))
        """,
    ),
    case(
        "a named tuple that gets a property",
        "",
        """
        {f}
        from typing import NamedTuple

        class R(NamedTuple):
            x: jax.Array
            y: jax.Array

        def fwd(x, y):
            return x * y, R(x, y)

        R.z = property(lambda self: self.x)
        f.defvjp(fwd, lambda res, g: (g * res.y, g * res.z))
        """,
    ),
    case(
        "the values of a dict in the order of their keys",
        "VJP103",
        """
        {f}
        def bwd(res, g):
            nothing, pair = res.values()
            return nothing

        f.defvjp(lambda x, y: (x * y, {"pair": (x, y), "aux": None}), bwd)
        """,
    ),
)
