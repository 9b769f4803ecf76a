"""Conditions, exceptions, contexts, patterns and what paths have in common."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "if joins",
        """
        if flag:
            a = 1
        else:
            a = (1,)
        return a
        """,
        "(1,) | 1",
    ),
    case(
        "elif and else",
        """
        if flag:
            a = 1
        elif other:
            a = 2
        else:
            a = None
        return a
        """,
        "1 | 2 | None",
    ),
    case(
        "if without else keeps the old value",
        """
        a = 1
        if flag:
            a = 2
        return a
        """,
        "1 | 2",
    ),
    case(
        "a name bound on one path only",
        """
        if flag:
            a = 1
        if flag:
            return a
        return 2
        """,
        "1 | 2",
    ),
    case(
        "tuples of one length are joined item by item",
        """
        if flag:
            a = (1, None)
        else:
            a = (g, None)
        return a
        """,
        "(1 | array, None)",
    ),
    case(
        "a known condition takes one path",
        """
        if len((1, 2)) == 2:
            return 1
        return 2
        """,
        "1",
    ),
    case(
        "not None",
        """
        a = None if flag else (1,)
        if a is not None:
            return a
        return 2
        """,
        "(1,) | 2",
    ),
    case(
        "is None",
        """
        a = None if flag else (1,)
        if a is None:
            a = (2, 3)
        return a
        """,
        "(1,) | (2, 3)",
    ),
    case(
        "truth of a choice",
        """
        a = () if flag else (1,)
        if not a:
            return 0
        return a
        """,
        "(1,) | 0",
    ),
    case(
        "isinstance of a choice",
        """
        a = (1,) if flag else 2
        if isinstance(a, tuple):
            return a
        return (a,)
        """,
        "(1 | 2,)",
    ),
    case(
        "isinstance of several kinds",
        """
        a = [1] if flag else (1, 2)
        return isinstance(a, list), isinstance(a, (list, tuple)), isinstance(a, dict), isinstance(1.5, tuple)
        """,
        "(number, number, False, False)",
    ),
    case(
        "and narrows both sides",
        """
        a = None if flag else (1,)
        b = None if other else (2,)
        if a is not None and b is not None:
            return a + b
        return ()
        """,
        "() | (1, 2)",
    ),
    case(
        "or narrows where it fails",
        """
        a = None if flag else (1,)
        if a is None or other:
            return ()
        return a
        """,
        "() | (1,)",
    ),
    case(
        "equality narrows",
        """
        a = 0 if flag else 2
        if a == 0:
            return "zero"
        return a
        """,
        "'zero' | 2",
    ),
    case(
        "a condition that excludes everything",
        """
        a = 1 if flag else 2
        if a is None:
            return "never"
        return a
        """,
        "1 | 2",
    ),
    case(
        "assert narrows",
        """
        a = None if flag else (1,)
        assert a is not None
        return a
        """,
        "(1,)",
    ),
    case(
        "assert False ends the path",
        """
        if flag:
            assert False
        return 1
        """,
        "1",
    ),
    case(
        "raise ends the path",
        """
        if flag:
            raise ValueError
        return 1
        """,
        "1",
    ),
    case(
        "an early return",
        """
        if flag:
            return (1,)
        return (1, 2)
        """,
        "(1, 2) | (1,)",
    ),
    case(
        "no return at all",
        "a = 1",
        "None",
    ),
    case(
        "a bare return",
        """
        if flag:
            return
        return 1
        """,
        "1 | None",
    ),
    case(
        "try without an exception",
        """
        try:
            a = 1
        except ValueError:
            a = 2
        return a
        """,
        "1 | 2",
    ),
    case(
        "try, except and else",
        """
        try:
            a = 1
        except (ValueError, TypeError) as error:
            a = str(error)
        else:
            a = (a, 2)
        return a
        """,
        "(1, 2) | object",
    ),
    case(
        "what the body bound may be bound in the handler",
        """
        a = 1
        try:
            a = 2
            items[5]
            a = 3
        except IndexError:
            return a
        return None
        """,
        "1 | 2 | 3 | None",
    ),
    case(
        "finally runs after all",
        """
        try:
            a = 1
        finally:
            b = 2
        return a, b
        """,
        "(1, 2)",
    ),
    case(
        "a return in finally wins",
        """
        try:
            return 1
        finally:
            return (2,)
        """,
        "?",
    ),
    case(
        "finally changes what is returned",
        """
        a = [1]
        try:
            return a
        finally:
            a.append(2)
        """,
        "?",
    ),
    case(
        "an exception of the program is caught",
        """
        try:
            a = (1, 2)[5]
        except IndexError:
            a = None
        return a
        """,
        "?",
    ),
    case(
        "a name bound by an import that fails",
        """
        try:
            import no_such_module
        except ImportError:
            no_such_module = None
        return no_such_module
        """,
        "None | no_such_module",
    ),
    case(
        "with keeps what it does",
        """
        with jax.named_scope("x"):
            a = (1, 2)
        return a
        """,
        "(1, 2)",
    ),
    case(
        "with may swallow an exception",
        """
        a = 1
        with Swallow():
            a = items[5]
        return a
        """,
        "?",
    ),
    case(
        "with may swallow after a return",
        """
        with Swallow():
            items[5]
            return 1
        return (1, 2)
        """,
        "(1, 2) | 1",
    ),
    case(
        "with binds a name",
        """
        with jax.named_scope("x") as name, jax.named_scope("y"):
            a = name
        return a
        """,
        "?",
    ),
    case(
        "del of a name",
        """
        a = 1
        del a
        a = (2,)
        return a
        """,
        "(2,)",
    ),
    case(
        "del of an item",
        """
        a = [1, 2, 3]
        del a[0]
        return a
        """,
        "list[...]",
    ),
    case(
        "annotated assignment",
        """
        a: tuple = (1,)
        b: int
        return a
        """,
        "(1,)",
    ),
    case(
        "pass and global statements do nothing",
        """
        pass
        1
        "text"
        return 2
        """,
        "2",
    ),
    case(
        "match of values",
        """
        match len(items):
            case 0:
                a = (1,)
            case 1 | 2:
                a = (2,)
            case _:
                a = (3,)
        return a
        """,
        "(1 | 2 | 3,)",
    ),
    case(
        "match may match nothing",
        """
        a = 1
        match items:
            case [x, y]:
                a = (x, y)
            case [x, *rest]:
                a = [x, rest]
        return a
        """,
        "(?, ?) | 1 | [?, ?]",
    ),
    case(
        "match with a guard and a name",
        """
        match 5:
            case n if flag:
                return (n,)
            case n:
                return n
        """,
        "?",
    ),
    case(
        "match of classes and mappings",
        """
        match {"a": 1}:
            case {"a": x, **rest}:
                return x
            case int(x) | float(x):
                return (x,)
        return None
        """,
        "?",
    ),
    case(
        "statements on one line",
        "a = 1; b = (a,); return b",
        "(1,)",
    ),
    case(
        "an if on one line",
        """
        if flag: return 1
        return 2
        """,
        "1 | 2",
    ),
    case(
        "a type comment changes nothing",
        """
        a = (1,)  # type: int
        return a
        """,
        "(1,)",
    ),
)
