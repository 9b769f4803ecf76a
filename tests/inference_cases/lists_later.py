"""Lists that change where it is hard to see."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "append where it may be swallowed",
        """
        a = [1]
        try:
            a.append(2)
            items[5]
            a.append(3)
        except IndexError:
            pass
        return a
        """,
        "list[...]",
    ),
    case(
        "append in an and",
        """
        a = [1]
        flag and a.append(2)
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a conditional expression",
        """
        a = [1]
        a.append(2) if flag else None
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a formatted string",
        """
        a = [1]
        f"{a.append(2)}"
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a default",
        """
        a = [1]
        def unused(value=a.append(2)):
            return value
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a comprehension",
        """
        a = []
        [a.append(v) for v in (1, 2)]
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a dict comprehension",
        """
        a = []
        {v: a.append(v) for v in (1, 2)}
        return a
        """,
        "list[...]",
    ),
    case(
        "append in a generator that runs later",
        """
        a = []
        later = (a.append(v) for v in (1, 2))
        before = list(a)
        list(later)
        return a
        """,
        "list[...]",
    ),
    case(
        "append through map",
        """
        a = []
        list(map(a.append, (1, 2)))
        return a
        """,
        "[1, 2]",
    ),
    case(
        "append through partial",
        """
        a = []
        partial(list.append, a)(1)
        return a
        """,
        "list[...]",
    ),
    case(
        "append through tree.map",
        """
        a = []
        jax.tree.map(a.append, (g, g))
        return a
        """,
        "list[...]",
    ),
    case(
        "append through a default of a parameter",
        """
        def add(value, values=[]):
            values.append(value)
            return values
        add(1)
        return add(2)
        """,
        "list[...]",
    ),
    case(
        "append to a list of the module",
        """
        STORE.clear()
        STORE.append(1)
        return STORE
        """,
        "list[...]",
        before="STORE = []",
    ),
    case(
        "assigned items",
        """
        a = [None, None]
        a[0] = g
        a[1] = (1,)
        return a[0], a
        """,
        "(array, [array, (1,)])",
    ),
    case(
        "assigned items in a loop",
        """
        a = [None] * 2
        for i in range(2):
            a[i] = (i,)
        return a
        """,
        "[(0,), (1,)]",
    ),
    case(
        "an assigned slice",
        """
        a = [1]
        a[:] = [1, 2]
        return a
        """,
        "list[...]",
    ),
    case(
        "a list in itself",
        """
        a = [1]
        a.append(a)
        return a[0]
        """,
        "1",
    ),
    case(
        "a list of lists from one list",
        """
        a = [[]] * 2
        a[0].append(1)
        return a
        """,
        "[[1], [1]]",
    ),
    case(
        "residuals change in place",
        """
        res.append(3)
        a, b, c = res
        return a, b, c
        """,
        "(?, ?, 3)",
        residuals="[x, x]",
    ),
    case(
        "residuals of lists",
        """
        first, second = res
        first.append(1)
        return len(first), second
        """,
        "(2, ?)",
        residuals="([x], x)",
    ),
)
