"""Loops."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "an unrolled for",
        """
        t = ()
        for i in range(3):
            t += (i,)
        return t
        """,
        "(0, 1, 2)",
    ),
    case(
        "for over pairs",
        """
        t = ()
        for i, (a, b) in enumerate(((1, 2), (3, 4))):
            t += (i + a * b,)
        return t
        """,
        "(2, 13)",
    ),
    case(
        "for with continue and break",
        """
        t = ()
        for i in range(5):
            if i == 1:
                continue
            if i == 3:
                break
            t += (i,)
        return t
        """,
        "(0, 2)",
    ),
    case(
        "for with an unknown break",
        """
        a = 0
        for i in range(3):
            if flag:
                break
            a = (i,)
        return a
        """,
        "(0 | 1 | 2,) | 0",
    ),
    case(
        "for else",
        """
        for i in (1, 2):
            if i == 3:
                break
        else:
            return "not found"
        return i
        """,
        "'not found'",
    ),
    case(
        "for over nothing",
        """
        a = 1
        for a in ():
            pass
        else:
            b = 2
        return a, b
        """,
        "(1, 2)",
    ),
    case(
        "for over something unknown",
        """
        a = 1
        for item in items:
            a = (a, item)
        return a
        """,
        "(?, ?) | 1",
    ),
    case(
        "for over something unknown that appends",
        """
        a = []
        for item in items:
            a.append(item)
        return a
        """,
        "list[...]",
    ),
    case(
        "for over something unknown, with else",
        """
        a = 1
        for item in items:
            if flag:
                break
        else:
            a = 2
        return a
        """,
        "1 | 2",
    ),
    case(
        "for over a long range",
        """
        a = 0
        for i in range(1000):
            a = a + 1
        return a
        """,
        "0 | object",
    ),
    case(
        "a loop variable after the loop",
        """
        for i in range(3):
            pass
        return i
        """,
        "2",
    ),
    case(
        "while",
        """
        n = 0
        while n < len(items):
            n += 1
        return n
        """,
        "0 | object",
    ),
    case(
        "while True",
        """
        n = 0
        while True:
            n = n + 1
            if n > 2:
                break
        return n
        """,
        "object",
    ),
    case(
        "while True that returns",
        """
        n = 0
        while True:
            n = n + 1
            if n > 2:
                return (n,)
        """,
        "(object,)",
    ),
    case(
        "while else",
        """
        n = 0
        while n < 2:
            n += 1
            if flag:
                break
        else:
            return "done"
        return None
        """,
        "'done' | None",
    ),
    case(
        "nested loops with break",
        """
        t = ()
        for i in range(2):
            for j in range(3):
                if j == 1:
                    break
                t += ((i, j),)
        return t
        """,
        "((0, 0), (1, 0))",
    ),
    case(
        "a loop that raises at its end",
        """
        for i in range(2):
            if flag:
                return i
        raise ValueError
        """,
        "0 | 1",
    ),
    case(
        "a return in a loop",
        """
        for i in range(2):
            return (i,)
        """,
        "(0,)",
    ),
)
