"""Comprehensions, iterators and builtin functions."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "a list comprehension",
        "return [v * 2 for v in (1, 2)]",
        "[2, 4]",
    ),
    case(
        "a comprehension with a condition that is known",
        "return [v for v in (1, None, 2) if v is not None]",
        "[1, 2]",
    ),
    case(
        "a comprehension with a condition that is unknown",
        "return [v for v in (1, 2) if flag]",
        "list[...]",
    ),
    case(
        "a comprehension with two loops",
        "return [(a, b) for a in (1, 2) for b in (3, 4)]",
        "[(1, 3), (1, 4), (2, 3), (2, 4)]",
    ),
    case(
        "a comprehension over something unknown",
        "return [1 for v in items], tuple(1 for v in items)",
        "(list[...], tuple[...])",
    ),
    case(
        "a comprehension over pairs",
        "return [a + b for a, b in ((1, 2), (3, 4))], [a for a, *b in ((1, 2), (3, 4))]",
        "([3, 7], [?, ?])",
    ),
    case(
        "names in a comprehension are its own",
        """
        v = 1
        a = [v for v in (2, 3)]
        return v, a
        """,
        "(1, [2, 3])",
    ),
    case(
        "a generator",
        "return (v for v in (1, 2)), tuple(v for v in (1, 2))",
        "(iter<1, 2>, (1, 2))",
    ),
    case(
        "comprehensions of sets and dicts",
        "return {v for v in (1, 1)}, {v: 1 for v in (1, 2)}",
        "(set[...], dict)",
    ),
    case(
        "a comprehension of lists makes new lists",
        """
        a = [[] for v in range(2)]
        a[0].append(1)
        return a
        """,
        "[[1], []]",
    ),
    case(
        "a lambda in a comprehension",
        "return tuple(run() for run in [lambda: v for v in (1, 2)])",
        "(?, ?)",
    ),
    case(
        "an assignment expression in a comprehension",
        """
        a = [last := v for v in (1, 2)]
        return a, last
        """,
        "([1, 2], ?)",
    ),
    case(
        "a nested comprehension",
        "return [[a * b for b in (1, 2)] for a in (3, 4)]",
        "[[3, 6], [4, 8]]",
    ),
    case(
        "zip, enumerate, reversed, sorted",
        """
        t = (1, 2)
        return list(zip(t, "ab" and (3, 4))), tuple(enumerate(t)), tuple(reversed(t)), sorted(t)
        """,
        "([(1, 3), (2, 4)], ((0, 1), (1, 2)), (2, 1), [1 | 2, 1 | 2])",
    ),
    case(
        "zip of different lengths",
        "return tuple(zip((1, 2, 3), (4, 5)))",
        "((1, 4), (2, 5))",
    ),
    case(
        "zip with something unknown",
        "return list(zip(items, (1, 2)))",
        "list[...]",
    ),
    case(
        "enumerate from one",
        "return tuple(enumerate((5, 6), 1))",
        "tuple[...]",
    ),
    case(
        "map and filter",
        """
        return (
            tuple(map(lambda v: (v,), (1, 2))),
            tuple(map(lambda v: 1, items)),
            tuple(filter(None, (1, 0))),
        )
        """,
        "(((1,), (2,)), tuple[...], tuple[...])",
    ),
    case(
        "map over two",
        "return tuple(map(lambda a, b: a + b, (1, 2), (3, 4)))",
        "(4, 6)",
    ),
    case(
        "an iterator is used up",
        """
        it = iter((1, 2, 3))
        first = next(it)
        return first, tuple(it)
        """,
        "(?, tuple[...])",
    ),
    case(
        "a zip is used up",
        """
        it = zip((1, 2), (3, 4))
        a = tuple(it)
        return a, tuple(it)
        """,
        "(tuple[...], tuple[...])",
    ),
    case(
        "tuple, list, set of known things",
        """
        return (
            tuple([1, 2]),
            list((1, 2)),
            set((1, 1)),
            frozenset([1]),
            tuple(),
            list(),
            tuple("ab"),
            tuple({"a": 1}),
        )
        """,
        "((1, 2), [1, 2], set[...], {1}, (), [], tuple[...], ('a',))",
    ),
    case(
        "list of something unknown",
        "return list(items), tuple(items), tuple(jnp.ones(2))",
        "(list[...], tuple[...], tuple[...])",
    ),
    case(
        "len",
        'return len((1, 2)), len({"a": 1}), len(items), len("abc"), len(()) if flag else len((1,))',
        "(2, 1, number, number, 0 | 1)",
    ),
    case(
        "ranges",
        "return tuple(range(2)), range(1, 3), range(3, 0, -1), range(len(items)), tuple(range(0))",
        "((0, 1), range<1, 2>, range<3, 2, 1>, range[...], ())",
    ),
    case(
        "a range that is too long",
        "return range(10**15), range(300)",
        "(range[...], range[256...])",
    ),
    case(
        "sum, min, max",
        "return sum((1, 2)), sum([g, g]), sum(((1,), (2,)), ()), max(1, 2), min((1, 2)), max(g, g)",
        "(object, array, ?, 1 | 2, 1 | 2, array)",
    ),
    case(
        "numbers and strings",
        """
        return (
            abs(-1),
            abs(g),
            float("1"),
            int(1.5),
            bool(flag),
            str(1),
            repr(g),
            pow(2, 3),
            round(1.5),
            divmod(7, 2),
            hash(1),
            id(g),
        )
        """,
        ("(object, array, number, number, number, object, object, object, object, (?, ?), number, number)"),
    ),
    case(
        "type and getattr",
        """
        return (
            type(1),
            getattr(g, "shape"),
            callable(run),
            isinstance(g, jax.Array),
            isinstance((1,), jax.Array),
        )
        """,
        "(?, ?, number, number, False)",
        before="""
        def run():
            return 1
        """,
    ),
    case(
        "print gives None",
        'return print(end=""), setattr(Box, "x", 1)',
        "(None, None)",
        before="""
        class Box:
            pass
        """,
    ),
    case(
        "itertools and functools are unknown",
        "return functools.reduce(lambda a, b: a + (b,), (1, 2), ()), operator.add((1,), (2,))",
        "(?, ?)",
    ),
)
