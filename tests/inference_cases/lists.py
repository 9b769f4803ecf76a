"""Lists that change in place."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "append, extend, insert",
        """
        a = [1]
        a.append(2)
        a.extend((3, 4))
        a.insert(0, None)
        return a
        """,
        "[None, 1, 2, 3, 4]",
    ),
    case(
        "pop, reverse, copy",
        """
        a = [1, 2, 3]
        last = a.pop()
        first = a.pop(0)
        b = a.copy()
        b.append(4)
        a.reverse()
        return a, b, first, last
        """,
        "([2], [2, 4], 1, 3)",
    ),
    case(
        "sort, remove, clear",
        """
        a, b, c = [2, 1], [1, 2], [1]
        a.sort()
        b.remove(1)
        c.clear()
        return a, b, c
        """,
        "(list[...], list[...], list[...])",
    ),
    case(
        "append through an alias",
        """
        a = [g]
        b = a
        b.append(1)
        return a
        """,
        "[array, 1]",
    ),
    case(
        "append in a branch",
        """
        a = [g]
        if flag:
            a.append(1)
        return a
        """,
        "list[...]",
    ),
    case(
        "append in both branches",
        """
        a = [g]
        if flag:
            a.append(1)
        else:
            a.append(2)
        return a
        """,
        "[array, 1 | 2]",
    ),
    case(
        "append in a loop",
        """
        a = []
        for i in range(3):
            a.append(i)
        return tuple(a)
        """,
        "(0, 1, 2)",
    ),
    case(
        "append in a call",
        """
        def add(values, value):
            values.append(value)
        a = []
        add(a, 1)
        add(values=a, value=2)
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append in a closure",
        """
        a = []
        def add(value):
            a.append(value)
        add(1)
        add(2)
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a closure through an alias",
        """
        a = [1]
        b = a
        def add():
            b.append(2)
        add()
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a lambda",
        """
        a = []
        add = lambda value: a.append(value)
        add(1)
        return a
        """,
        "list[...]",
    ),
    case(
        "append through a bound method",
        """
        a = [1]
        add = a.append
        add(2)
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append in a list that is in a tuple",
        """
        a = [1]
        t = (a, 2)
        t[0].append(3)
        return a, t
        """,
        "([1, 3], ([1, 3], 2))",
    ),
    case(
        "append in a list that is in a list",
        """
        a = [1]
        b = [a]
        b[0].append(2)
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append in a list that is in a dict",
        """
        a = [1]
        d = {"a": a}
        d["a"].append(2)
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append in a loop over lists",
        """
        a, b = [1], [2]
        for values in (a, b):
            values.append(3)
        return a, b
        """,
        "([1, 3], [2, 3])",
    ),
    case(
        "append to one of two lists",
        """
        a, b = [1], [2]
        c = a if flag else b
        c.append(3)
        return a, b
        """,
        "(list[...], list[...])",
    ),
    case(
        "append to an item of unknown place",
        """
        a, b = [1], [2]
        (a, b)[len(items) - 2].append(3)
        return a, b
        """,
        "(list[...], list[...])",
    ),
    case(
        "append to what a call gives back",
        """
        def same(values):
            return values
        a = [1]
        same(a).append(2)
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append by unknown code",
        """
        a = [1]
        unseen(a).append(2)
        return a
        """,
        "list[...]",
    ),
    case(
        "append by unknown code that gets a tuple with the list",
        """
        a = [1]
        unseen((a, 1))[0].append(2)
        return a
        """,
        "list[...]",
    ),
)
