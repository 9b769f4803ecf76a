"""Unpacking, subscripts, attributes and displays."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "unpacking",
        """
        a, (b, [c, d]) = 1, (2, [3, 4])
        return a, b, c, d
        """,
        "(1, 2, 3, 4)",
    ),
    case(
        "unpacking with a star",
        """
        first, *middle, last = 1, 2, 3, 4
        return first, middle, last
        """,
        "(1, [2, 3], 4)",
    ),
    case(
        "what a star collects is a list of its own",
        """
        first, *rest = (1, 2)
        rest.append(g)
        return rest
        """,
        "[2, array]",
    ),
    case(
        "unpacking an array",
        """
        a, *b = jnp.ones(3)
        return a, b
        """,
        "(array, list[...])",
    ),
    case(
        "unpacking something unknown",
        """
        a, *b = (*items, 1, 2)
        return a, b
        """,
        "(?, list[...])",
    ),
    case(
        "unpacking a dict gives its keys",
        """
        a, b = {"x": 1, "y": 2}
        return a, b
        """,
        "('x', 'y')",
    ),
    case(
        "unpacking a range and a generator",
        """
        a, b = range(2)
        c, d = (v for v in (3, 4))
        return a, b, c, d
        """,
        "(0, 1, 3, 4)",
    ),
    case(
        "several targets",
        """
        a = b, c = 1, 2
        return a, b, c
        """,
        "((1, 2), 1, 2)",
    ),
    case(
        "indices",
        """
        t = (1, 2, 3)
        return t[0], t[-1], t[True], [4, 5][1], range(5)[2]
        """,
        "(1, 3, 2, 5, 2)",
    ),
    case(
        "an unknown index",
        "return (1, 2)[len(items) - 2]",
        "1 | 2",
    ),
    case(
        "slices of tuples",
        """
        t = (1, 2, 3)
        return t[1:], t[:-1], t[::-1], t[::2], t[5:]
        """,
        "((2, 3), (1, 2), (3, 2, 1), (1, 3), ())",
    ),
    case(
        "slices of lists are copies",
        """
        a = [1, 2]
        b = a[:]
        b.append(3)
        return a, b
        """,
        "([1, 2], [1, 2, 3])",
    ),
    case(
        "slices with unknown bounds",
        "return (1, 2)[: len(items)]",
        "tuple[...]",
    ),
    case(
        "a slice of an array",
        """
        x = jnp.ones((3, 3))
        return x[0], x[1:], x[0, 1], x[..., None]
        """,
        "(array, array, array, array)",
    ),
    case(
        "keys of a dict",
        """
        d = {"x": 1, "y": g}
        return d["x"], d["y"]
        """,
        "(1, array)",
    ),
    case(
        "shape and attributes of an array",
        """
        x = jnp.ones((3, 3))
        return x.shape, x.ndim, x.size, x.T, x.real
        """,
        "(tuple[...], number, number, array, array)",
    ),
    case(
        "at updates",
        """
        x = jnp.ones(3)
        return x.at[0].set(1.0), x.at[0].add(g), res.at[0].set(1.0) if False else x
        """,
        "(array, array, array)",
    ),
    case(
        "methods of an array",
        """
        x = jnp.ones(3)
        return x.sum(), x.reshape(3, 1), x.astype("int32"), x.mean(0)
        """,
        "(array, array, array, array)",
    ),
    case(
        "fields of a named tuple",
        """
        p = Pair(1, y=g)
        return p.x, p.y, p[0], p[1:], tuple(p)
        """,
        "(1, array, 1, (array,), (1, array))",
        before="""
        from typing import NamedTuple

        class Pair(NamedTuple):
            x: int
            y: float
        """,
    ),
    case(
        "defaults of a named tuple",
        "return Pair(1)",
        "Pair(x=1, y=?)",
        before="""
        from typing import NamedTuple

        class Pair(NamedTuple):
            x: int
            y: float = 2.0
        """,
    ),
    case(
        "collections.namedtuple",
        "return Pair(1, 2), Names(3, 4), Listed(5, 6)",
        "(Pair(x=1, y=2), Names(x=3, y=4), Listed(x=5, y=6))",
        before="""
        from collections import namedtuple

        Pair = namedtuple("Pair", "x y")
        Names = namedtuple("Names", "x, y")
        Listed = namedtuple("Listed", ["x", "y"])
        """,
    ),
    case(
        "a functional NamedTuple",
        "return Pair(1, 2)",
        "Pair(x=1, y=2)",
        before="""
        from typing import NamedTuple

        Pair = NamedTuple("Pair", [("x", int), ("y", int)])
        """,
    ),
    case(
        "a named tuple changed",
        "return Pair(1, 2)._replace(x=3)",
        "namedtuple[2...]",
        before="""
        from collections import namedtuple

        Pair = namedtuple("Pair", "x y")
        """,
    ),
    case(
        "an attribute set and read",
        """
        box = unseen(Box())
        box.value = (1, 2)
        return box.value
        """,
        "?",
        before="""
        class Box:
            pass
        """,
    ),
    case(
        "an attribute is forgotten with its object",
        """
        box = unseen(Box())
        box.value = (1, 2)
        box = unseen(Box())
        box.value = 3
        other_box = box
        return box.value
        """,
        "?",
        before="""
        class Box:
            pass
        """,
    ),
    case(
        "display with stars",
        "return (*(1, 2), 3), [*[1], *(2,)], {*(1, 1)}",
        "((1, 2, 3), [1, 2], set[...])",
    ),
    case(
        "display with a star of unknown length",
        "return (1, *items, 2), [1, *items]",
        "(tuple[2...], list[...])",
    ),
    case(
        "star of a dict gives its keys",
        'return (*{"a": 1, "b": 2},)',
        "('a', 'b')",
    ),
    case(
        "a list with an unknown star can shrink",
        """
        a = [1, 2, *items]
        a.pop()
        a.clear()
        return a
        """,
        "list[...]",
    ),
    case(
        "equal keys are one",
        """
        d = {"a": 1, "b": 2, "a": 3}
        return tuple(d.values()), {1: "x", True: "y"}
        """,
        "((3, 2), {1: 'y'})",
    ),
    case(
        "a dict with unknown parts",
        'return {**unseen({}), "a": 1}, {unseen(1): 2}',
        "(dict, dict)",
    ),
    case(
        "joined dicts",
        'return {**{"a": 1}, "b": 2}',
        "dict",
    ),
)
