"""Calls and closures."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "a function of the module",
        "return pair(1, 2)",
        "(1, 2)",
        before="""
        def pair(a, b):
            return a, b
        """,
    ),
    case(
        "keywords and defaults",
        'return pair(1), pair(b=1, a=2), pair(*(1, 2)), pair(**{"a": 1, "b": 2})',
        "((1, (3,)), (2, 1), (1, 2), (1, 2))",
        before="""
        def pair(a, b=(3,)):
            return a, b
        """,
    ),
    case(
        "star arguments",
        "return collect(1, 2, 3), collect(1), keywords(x=1)",
        "((1, (2, 3)), (1, ()), ?)",
        before="""
        def collect(first, *rest):
            return first, rest

        def keywords(**rest):
            return rest
        """,
    ),
    case(
        "keyword-only and positional-only",
        "return pair(1, b=2), only(1, 2)",
        "((1, 2), (2, 1))",
        before="""
        def pair(a, *, b=3):
            return a, b

        def only(a, b, /):
            return b, a
        """,
    ),
    case(
        "a call with an unknown star",
        "return pair(*items, 1) if False else pair(*unseen((1, 2)))",
        "?",
        before="""
        def pair(*values):
            return values
        """,
    ),
    case(
        "a call that does not fit",
        """
        try:
            return pair(1)
        except TypeError:
            return None
        """,
        "?",
        before="""
        def pair(a, b):
            return a, b
        """,
    ),
    case(
        "a lambda",
        """
        swap = lambda a, b=2: (b, a)
        return swap(1), (lambda: None)(), (lambda *a: a)(1, 2)
        """,
        "((2, 1), None, (1, 2))",
    ),
    case(
        "a nested function",
        """
        def pair(a):
            return a, g
        return pair(1)
        """,
        "(1, array)",
    ),
    case(
        "a closure over a changed variable",
        """
        n = 1
        def read():
            return n
        n = (2,)
        return read()
        """,
        "(2,) | 1",
    ),
    case(
        "a closure over a loop variable",
        """
        readers = []
        for i in range(2):
            readers.append(lambda: i)
        return readers[0]()
        """,
        "0 | 1",
    ),
    case(
        "nonlocal",
        """
        n = 1
        def change():
            nonlocal n
            n = (2,)
        change()
        return n
        """,
        "?",
    ),
    case(
        "nonlocal on one path",
        """
        n = 1
        def change():
            nonlocal n
            if flag:
                n = (2,)
            return n
        return change()
        """,
        "?",
    ),
    case(
        "global",
        "return change(), STATE",
        "(?, ?)",
        before="""
        STATE = 1

        def change():
            global STATE
            STATE = (2,)
            return STATE
        """,
    ),
    case(
        "recursion",
        "return count(2)",
        "tuple[2...]",
        before="""
        def count(n):
            return () if n == 0 else (n, *count(n - 1))
        """,
    ),
    case(
        "recursion without an end",
        "return unseen(count(items, 50))",
        "?",
        before="""
        def count(values, n):
            if n == 0:
                return (1, 2)
            return count(values, n - 1)
        """,
    ),
    case(
        "mutual recursion",
        "return even(2)",
        "True",
        before="""
        def even(n):
            return True if n == 0 else odd(n - 1)

        def odd(n):
            return False if n == 0 else even(n - 1)
        """,
    ),
    case(
        "several returns",
        "return choose(flag), choose(None)",
        "(() | (1 | 3, 2 | 4), ())",
        before="""
        def choose(a):
            if a is None:
                return ()
            elif a:
                return 1, 2
            return 3, 4
        """,
    ),
    case(
        "a function without a return",
        "return nothing()",
        "None",
        before="""
        def nothing():
            pass
        """,
    ),
    case(
        "a function that may end without a return",
        "return nothing(flag)",
        "1 | None",
        before="""
        def nothing(a):
            if a:
                return 1
        """,
    ),
    case(
        "a generator function",
        "return numbers(), tuple(numbers())",
        "(iterator[...], tuple[...])",
        before="""
        def numbers():
            yield 1
            yield 2
        """,
    ),
    case(
        "yield from",
        "return list(numbers())",
        "list[...]",
        before="""
        def numbers():
            yield from (1, 2)
        """,
    ),
    case(
        "partial",
        "return partial(triple, 1)(2, 3), partial(triple, c=1)(2, 3), partial(partial(triple, 1), 2)(3)",
        "((3, 2, 1), (1, 3, 2), (3, 2, 1))",
        before="""
        def triple(a, b, c):
            return c, b, a
        """,
    ),
)
