"""Operators, literals and conditions."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "whole numbers are computed",
        "return 2 + 3, 7 - 2, 2 * 3, 7 // 2, 7 % 2",
        "(5, 5, 6, 3, 1)",
    ),
    case(
        "a division or power is a number",
        "return 7 / 2, 2**3, 1 << 2",
        "(number, number, number)",
    ),
    case(
        "a division by zero is not computed",
        "return 5 // (len(items) + 1), 1 % (len(items) + 1)",
        "(number, number)",
    ),
    case(
        "huge whole numbers are not kept",
        "return 2**70 * 2**70, 4611686018427387904 * 4",
        "(number, number)",
    ),
    case(
        "arrays and numbers make arrays",
        "return g * 2, 2.0 / g, g @ jnp.ones(()) if flag else g, -g",
        "(array, array, array, array)",
    ),
    case(
        "tuples are joined and repeated",
        "return (1,) + (2, 3), (None,) * 3, 2 * (g,), (1,) * 0, (1,) * -1",
        "((1, 2, 3), (None, None, None), (array, array), (), ())",
    ),
    case(
        "lists are joined and repeated",
        "return [1] + [2], [None] * 2",
        "([1, 2], [None, None])",
    ),
    case(
        "a tuple of unknown length joined",
        "return (1,) + tuple(items), tuple(items) * 2",
        "(tuple[1...], tuple[...])",
    ),
    case(
        "repeating an unknown number of times",
        "return (g,) * len(items), (None,) * len(items)",
        "(?, tuple[...])",
    ),
    case(
        "repeated too often",
        "return [0] * 1000",
        "list[...]",
    ),
    case(
        "numpy arrays take tuples",
        "return np.ones(2) + (1.0, 2.0), (1.0, 2.0) * np.ones(2)",
        "(?, ?)",
    ),
    case(
        "numpy scalars may repeat, or multiply",
        "return (g,) * np.int64(2)",
        "?",
    ),
    case(
        "a sum with something unknown",
        "return res + 1, res * 2, res - 1, items + [1], items * 2",
        "(object, ?, object, ?, ?)",
    ),
    case(
        "strings",
        'return "a" + "b", "a" * 3, "%s" % "a", b"x" + b"y"',
        "(object, object, object, object)",
    ),
    case(
        "a formatted string",
        'return f"{flag} and {other}"',
        "object",
    ),
    case(
        "sets and dicts",
        'return {1} | {2}, {1} - {2}, {"a": 1} | {"b": 2}',
        "(object, object, object)",
    ),
    case(
        "unary operators",
        "return -1, +1.5, not flag, not None, -np.ones(2), ~1",
        "(-1, number, number, True, ndarray, number)",
    ),
    case(
        "comparisons of known values",
        'return 1 < 2, 1 == 2, 1 != 2, 2 >= 2, 2 <= 1, 3 > 4, "a" == "b", "a" != "b"',
        "(True, False, True, True, False, False, False, True)",
    ),
    case(
        "chained comparisons",
        "return 1 < len(items) + 2 < 9",
        "object",
    ),
    case(
        "identity",
        "return None is None, 1 is None, None is not None, g is None, True is True, True is False",
        "(True, False, False, False, True, False)",
    ),
    case(
        "membership",
        "return 1 in (1, 2), 3 not in [1, 2], g in (), items in (1,)",
        "(True, True, object, object)",
    ),
    case(
        "and, or with known values",
        "return None or 1, 0 and g, 1 and 2, (1,) or 2",
        "(1, 0, 2, (1,))",
    ),
    case(
        "and, or with unknown values",
        "return (flag and 1) is None, (flag or None) is None",
        "(object, object)",
    ),
    case(
        "or of a list makes no copy",
        """
        a = None or [g]
        a.append(1)
        return a
        """,
        "[array, 1]",
    ),
    case(
        "augmented assignment of numbers and tuples",
        """
        n = 1
        n += 2
        t = (1,)
        t += (2,)
        t *= 2
        return n, t
        """,
        "(3, (1, 2, 1, 2))",
    ),
    case(
        "augmented assignment of a list",
        """
        a = [1]
        b = a
        b += (2,)
        a *= 2
        return a, b
        """,
        "(?, list[...])",
    ),
    case(
        "augmented assignment with every operator",
        """
        n = 7
        n -= 1
        n //= 2
        n %= 2
        x = g
        x /= 2
        x **= 2
        y = jnp.ones(2)
        y @= jnp.ones(2)
        return n, x, y
        """,
        "(1, array, array)",
    ),
    case(
        "augmented assignment with bits",
        """
        n = 6
        n &= 3
        n |= 8
        n ^= 1
        n <<= 1
        n >>= 1
        return n
        """,
        "number",
    ),
    case(
        "a float literal and others",
        'return 1.5, 1e3, 2j, 0x10, 1_000, ..., "a" "b", b"c"',
        "(1.5, 1000.0, number, 16, 1000, object, 'ab', b'c')",
    ),
    case(
        "a huge literal is just a number",
        "return 123456789012345678901234567890",
        "number",
    ),
    case(
        "conditional expression",
        "return 1 if flag else 2, 1 if True else 2, 1 if None else 2",
        "(1 | 2, 1, 2)",
    ),
    case(
        "assignment expression",
        "return (n := 2) + n, n",
        "(4, 2)",
    ),
    case(
        "truth of containers",
        'return 1 if () else 2, 1 if [0] else 2, 1 if {"a": 1} else 2, 1 if "" else 2',
        "(2, 1, 1, 2)",
    ),
    case(
        "truth of a function",
        "return 1 if run else 2, 1 if (lambda: 0) else 2",
        "(1, 1)",
        before="""
        def run():
            return 0
        """,
    ),
    case(
        "an object with its own operators",
        "return Odd() + 1, -Odd(), Odd() == 1",
        "(?, ?, ?)",
        before="""
        class Odd:
            def __add__(self, other):
                return (1, 2)

            def __neg__(self):
                return [3]

            def __eq__(self, other):
                return (4,)

            __hash__ = None
        """,
    ),
)
