"""Decorators, wrappers and names."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "a decorator",
        "return twice(1)",
        "(1, 1)",
        before="""
        def doubled(function):
            def inner(*arguments):
                return function(*arguments), function(*arguments)
            return inner

        @doubled
        def twice(a):
            return a
        """,
    ),
    case(
        "a decorator with wraps",
        "return twice(1), twice.__name__",
        "((1, 1), inner.__name__)",
        before="""
        def doubled(function):
            @functools.wraps(function)
            def inner(*arguments):
                return function(*arguments), function(*arguments)
            return inner

        @doubled
        def twice(a):
            return a
        """,
    ),
    case(
        "a decorator with arguments",
        "return many(1)",
        "(1, 1, 1)",
        before="""
        def repeated(n):
            def decorator(function):
                def inner(a):
                    return (function(a),) * n
                return inner
            return decorator

        @repeated(3)
        def many(a):
            return a
        """,
    ),
    case(
        "cached functions",
        "return one(1), two(2)",
        "((1, 1), (2, 2))",
        before="""
        @functools.lru_cache
        def one(a):
            return a, a

        @functools.lru_cache(maxsize=None)
        def two(a):
            return (a,) * 2
        """,
    ),
    case(
        "a jitted function makes arrays",
        "return jitted(1), jax.jit(lambda a: (a, [1.0]))(g), vmapped(jnp.ones(2))",
        "((array, array, None), (array, [array]), (array, array))",
        before="""
        @jax.jit
        def jitted(a):
            return a, 2, None

        vmapped = jax.vmap(lambda a: (a, 1))
        """,
    ),
    case(
        "jit with arguments",
        "return jitted(1, 2)",
        "(array, array)",
        before="""
        @partial(jax.jit, static_argnums=1)
        def jitted(a, n):
            return (a,) * n
        """,
    ),
    case(
        "checkpoint and named_call keep results",
        'return jax.checkpoint(lambda a: (a, 1))(g), jax.named_call(lambda a: (a, 1), name="x")(g)',
        "((array, 1), (array, 1))",
    ),
    case(
        "a redefined function",
        "return value()",
        "(2,) | 1",
        before="""
        def value():
            return 1

        def value():
            return (2,)
        """,
    ),
    case(
        "a function defined in branches",
        "return value()",
        "(2,) | 1",
        before="""
        if len("ab") > 3:
            def value():
                return 1
        else:
            def value():
                return (2,)
        """,
    ),
    case(
        "a function defined in try",
        "return value()",
        "?",
        before="""
        try:
            from no_such_module import value
        except ImportError:
            def value():
                return (2,)
        """,
    ),
    case(
        "shadowed builtins",
        "return map(1), zip(2)",
        "((1, 1), [2])",
        before="""
        def map(a):
            return a, a

        def shadow():
            return 1

        zip = lambda a: [a]
        """,
    ),
    case(
        "a parameter shadows a builtin",
        "return call(lambda a: (a, a))",
        "(1, 1)",
        before="""
        def call(tuple):
            return tuple(1)
        """,
    ),
    case(
        "a name that shadows the module's",
        """
        value = (1, 2)
        return value
        """,
        "(1, 2)",
        before="value = 1",
    ),
    case(
        "a call of something unknown",
        "return unseen(1), unseen",
        "(?, ?)",
    ),
    case(
        "an assignment later in the function makes the name local",
        """
        def later():
            return value
        value = 1
        return later()
        """,
        "1",
        before="value = (1, 2)",
    ),
    case(
        "a default is evaluated at the definition",
        """
        value = 1
        def read(a=value):
            return a
        value = 2
        return read()
        """,
        "1 | 2",
    ),
    case(
        "functions as values",
        """
        table = {"one": lambda: 1, "two": lambda: (2, 2)}
        return table["one"](), (len, max)[0]((1, 2))
        """,
        "(1, 2)",
    ),
    case(
        "one of two functions",
        """
        run = (lambda: 1) if flag else (lambda: (1,))
        return run()
        """,
        "(1,) | 1",
    ),
    case(
        "a function or None",
        """
        run = (lambda: (1,)) if flag else None
        if run is None:
            return ()
        return run()
        """,
        "() | (1,)",
    ),
    case(
        "many calls, one result",
        "return tuple(one(i) for i in range(20))",
        "(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)",
        before="""
        def one(a):
            return a
        """,
    ),
)
