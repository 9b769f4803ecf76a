"""Corners that few programs come to."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "indices that nobody knows, of several kinds",
        'return (1, 2)[len(items) - 2], {"a": 1}[unseen("a")], jnp.ones(3)[unseen(0)]',
        "(1 | 2, ?, array)",
    ),
    case(
        "an item of something that is iterated",
        """
        for a in jnp.ones(2):
            return a
        """,
        "None | array",
    ),
    case(
        "unpacking a choice of an array and a tuple",
        """
        a, b = jnp.ones(2) if flag else (1, 2)
        return a, b
        """,
        "(1 | array, 2 | array)",
    ),
    case(
        "slices of a string and of something unknown",
        'return "abc"[1:], unseen((1, 2))[:1], {"a": 1}',
        "(?, ?, {'a': 1})",
    ),
    case(
        "the type of an array",
        """
        x = jnp.ones(2)
        return x.dtype, x.nbytes, x.at, x.no_such_name if False else 1
        """,
        "(object, number, array.at, 1)",
    ),
    case(
        "attributes that a subclass may replace",
        """
        class Base:
            size = 2
            def both(self):
                return self.size
        return Base().both()
        """,
        "?",
    ),
    case(
        "two bases",
        "return Both().one()",
        "?",
        before="""
        class One:
            def one(self):
                return (1,)

        class Two:
            def one(self):
                return 2

        class Both(Two, One):
            pass
        """,
    ),
    case(
        "a base of another library",
        'return Own().get("x"), Own.missing if False else 1',
        "(?, 1)",
        before="""
        import collections

        class Own(collections.OrderedDict):
            pass
        """,
    ),
    case(
        "annotated parameters",
        """
        return read(unseen(1.0), unseen(2), unseen("s"), unseen(np.ones(2)), unseen(None), unseen(1), unseen(2))
        """,
        "(number, number, str, ndarray, ?, ?, ?)",
        before="""
        def read(a: float, b: int, c: str, d: np.ndarray, e: "float", f: list[int], g: 5):
            return a, b, c, d, e, f, g
        """,
    ),
    case(
        "del of several",
        """
        a, b, c = 1, 2, [1, 2]
        box = unseen(Box())
        box.x = 1
        del a, b
        del box.x
        del c[0], c[:1]
        return c
        """,
        "list[...]",
        before="""
        class Box:
            pass
        """,
    ),
    case(
        "stars in targets of loops",
        """
        for a, *b in ((1, 2, 3), (4,)):
            pass
        return a, b
        """,
        "(4, [])",
    ),
    case(
        "a list as target",
        """
        [a, b] = 1, 2
        [c, *d], e = (3, 4), 5
        return a, b, c, d, e
        """,
        "(1, 2, 3, [4], 5)",
    ),
    case(
        "attributes and subscripts as targets",
        """
        box = unseen(Box())
        box.x, box.y = 1, 2
        a = [0, 0]
        a[0], a[1] = 1, 2
        d = {}
        d["x"], box.z = 3, 4
        return a, d, box.x
        """,
        "([1, 2], {'x': 3}, ?)",
        before="""
        class Box:
            pass
        """,
    ),
    case(
        "a signature put on a function",
        """
        def wrapper(a):
            return a, a
        functools.update_wrapper(wrapper, len)
        return wrapper(1)
        """,
        "?",
    ),
    case(
        "a signature put on by an attribute",
        """
        def wrapper(a):
            return a, a
        wrapper.__wrapped__ = len
        return wrapper(1)
        """,
        "?",
    ),
    case(
        "items out of range are not assigned",
        """
        a = [1]
        try:
            a[5] = 2
        except IndexError:
            pass
        a[unseen(0)] = 3
        return a
        """,
        "list[...]",
    ),
    case(
        "what a loop binds, of every kind",
        """
        for item in items:
            a, (b, *c) = 1, (2, 3)
            d: int = 4
            e = 5
            e += 1
            import math
            from os import path as other_path
            def run():
                pass
            class Box:
                pass
            with jax.named_scope("x") as scope:
                pass
            try:
                pass
            except TypeError as error:
                pass
            if (n := 3):
                pass
            match item:
                case [x, *y]:
                    pass
                case {"a": z, **w} | dict(z=z, w=w):
                    pass
                case float() as v:
                    pass
            for i, j in ():
                pass
            del e
        return 1
        """,
        "1",
    ),
    case(
        "lengths of a choice",
        'return len((1, 2) if flag else (1,)), len(unseen([])), len("ab")',
        "(1 | 2, number, number)",
    ),
    case(
        "isinstance of every kind",
        """
        return (
            isinstance(1, tuple),
            isinstance(unseen(1), tuple),
            isinstance(len(items), list),
            isinstance({}, dict),
            isinstance([], (tuple, dict)),
            isinstance({1}, set),
            isinstance((), jax.Array),
            isinstance(np.ones(1), jax.Array),
            isinstance(res, unseen(tuple)),
        )
        """,
        "(False, number, False, True, False, True, False, number, number)",
    ),
    case(
        "methods of containers",
        """
        t, d = (1, 2), {"a": 1}
        return t.index(1), t.count(1), [1].index(1), [1].count(1), {**unseen(d)}.items(), d.pop("a", 2)
        """,
        "(number, number, number, number, iterator[...], ?)",
    ),
    case(
        "methods of strings",
        'return "a b".split(), "a".upper(), "a".join([])',
        "(list[...], object, object)",
    ),
    case(
        "get with an unknown key",
        """
        d = {"a": 1, "b": (2,)}
        return d.get(unseen("a")), d.get(unseen("a"), 5), d.get("a", 3)
        """,
        "((2,) | 1 | None, (2,) | 1 | 5, 1)",
    ),
    case(
        "targets of comprehensions",
        """
        return [a for [a, (b, c)] in ((1, (2, 3)),)], [v for v in range(300)][:0], [box for box.x in ()]
        """,
        "([1], list[...], [])",
        before="""
        class box:
            x = 1
        """,
    ),
    case(
        "literals that are odd",
        'return 1_0.0_1, 0b11, 0o17, "\\d", rb"a" b"c", "a" f"{1}", 1e999',
        "(10.01, 3, 15, '\\\\d', b'ac', object, inf)",
    ),
    case(
        "subscripts with several parts",
        """
        x = jnp.ones((2, 2))
        return x[0, :], x[..., 0], x[:, None], unseen(x)[0, 1], x[(*(0, 1),)]
        """,
        "(array, array, array, ?, array)",
    ),
    case(
        "a module's attribute that is set here",
        """
        math.size = (1, 2)
        return math.size
        """,
        "?",
        before="import math",
    ),
    case(
        "methods called at",
        """
        f = unseen(jnp.ones(2))
        return f.at[0].set(1), f.at[0].apply(jnp.sin)
        """,
        "(array, array)",
    ),
    case(
        "double stars that nobody knows",
        'return collect(**unseen({"a": 1})), collect(a=1, **{"b": 2})',
        "((?, ?), (1, 2))",
        before="""
        def collect(a=5, b=6):
            return a, b
        """,
    ),
    case(
        "a function of all kinds of parameters",
        "return everything(1, 2, 3, d=4, e=5)",
        "(1, 2, (3,), 4, ?)",
        before="""
        def everything(a, /, b, *c, d, **e):
            return a, b, c, d, e
        """,
    ),
    case(
        "names that are changed by name",
        "return N",
        "?",
        before="""
        N = (1, 2)
        globals().update(N=3)
        """,
    ),
    case(
        "fields that are not known",
        "return Pair(*range(1)) if flag else Pair(1)",
        "?",
        before="""
        from collections import namedtuple

        Pair = namedtuple("Pair", [unseen("x")] if "unseen" in globals() else ["x"])
        """,
    ),
    case(
        "partial of nothing known",
        "return partial(*unseen([len]))((1, 2)), partial(unseen(len), (1,))()",
        "(?, ?)",
    ),
    case(
        "calls with stars of library functions",
        """
        pair = unseen((2.0, 3.0))
        f = lambda a, b: a * b
        return (
            jax.vjp(f, *pair)[1](1.0),
            jax.grad(f)(*pair),
            jax.grad(*unseen((f,)))(*pair),
            jax.grad(f, argnums=unseen((0, 1)))(*pair),
            jax.grad(f, argnums=(0, unseen(1)))(*pair),
            jax.grad(f, argnums=tuple(unseen([0])))(*pair),
            jax.grad(f, has_aux=unseen(False))(*pair),
            jax.linear_transpose(lambda a, b: a + b, *pair)(1.0),
            lax.cond(*unseen((True, lambda: 1, lambda: 1))),
            lax.switch(*unseen((0, [lambda: 1]))),
        )
        """,
        "(tuple[...], ?, ?, ?, (?, ?), tuple[...], ?, ?, ?, ?)",
    ),
    case(
        "functions of JAX by keyword",
        """
        return (
            lax.fori_loop(lower=0, upper=1, body_fun=lambda i, c: c, init_val=(g, g)),
            lax.scan(f=lambda c, v: (c, v), init=(g,), xs=jnp.ones(1)),
            jax.tree.map(f=lambda a: a, tree=(g, g)),
            lax.stop_gradient(x=(g, g)),
            lax.cond(pred=True, true_fun=lambda: 1, false_fun=lambda: 1),
        )
        """,
        "((array, array), ((array,), ?), (array, array), (array, array), ?)",
    ),
    case(
        "callbacks of every structure",
        """
        s = jax.ShapeDtypeStruct((), "float32")
        return (
            jax.pure_callback(lambda: (np.float32(1), None), (s, None)),
            jax.pure_callback(lambda: [np.float32(1)], [s] if flag else [s]),
            jax.pure_callback(lambda: tuple(np.float32(1) for _ in items), tuple(s for _ in items)),
            jax.pure_callback(callback=lambda: np.float32(1), result_shape_dtypes=unseen(s)),
        )
        """,
        "((array, None), [array], tuple[...], ?)",
    ),
    case(
        "residuals of several structures",
        "return jax.vjp(lambda a: a, tuple(1.0 for _ in items))[1](tuple(1.0 for _ in items))",
        "(tuple[...],)",
    ),
    case(
        "maps over trees that nobody knows",
        """
        return (
            jax.tree.map(lambda a: a, tuple(1.0 for _ in items)),
            jax.tree.map(lambda a: a, {**unseen({"a": 1.0})}),
            jax.tree.map(lambda a: a, ((((((((g,),),),),),),),)),
            jax.tree.map(lambda a: a, (g,) if flag else [g]),
            jax.tree.map(lambda a: a, unseen((g,))),
        )
        """,
        "(tuple[...], dict, (((((?,),),),),), (array,) | [array], ?)",
    ),
    case(
        "values that are nested very deep",
        """
        a = [1]
        for i in range(12):
            a = [a]
        return a
        """,
        "[[[[[[?]]]]]]",
    ),
    case(
        "more values than are kept apart",
        """
        a = 0
        if unseen(flag):
            a = 1
        elif unseen(other):
            a = 2
        elif len(items) == 1:
            a = 3.0
        elif len(items) == 7:
            a = "4"
        elif len(items) == 8:
            a = (5,)
        elif len(items) == 9:
            a = [6]
        elif len(items) == 10:
            a = None
        elif len(items) == 11:
            a = (7, 8)
        elif len(items) == 12:
            a = b"9"
        return a
        """,
        "?",
    ),
    case(
        "more combinations than are tried",
        """
        a = [1, 2.0, None, "s", (1,), (1, 2), b"x"][unseen(0)]
        return a == a, (a, a)[0]
        """,
        "(object, ?)",
    ),
    case(
        "numpy and lists operate",
        "return np.ones(2) + [1.0, 2.0], [1.0, 2.0] - np.ones(2), np.ones(2) @ (1.0, 2.0)",
        "(?, object, object)",
    ),
    case(
        "operators on sequences and unknown things",
        """
        t = (1, 2)
        return t + unseen((3,)), unseen((3,)) + t, unseen(2) * t, t * unseen(2), 2 * [1] if flag else [1, 1], t * True
        """,
        "(tuple[2...], ?, ?, ?, [1, 1], (1, 2))",
    ),
    case(
        "strings times numbers",
        'return 2 * "ab", "a%s" % 1, b"a" + b"b"',
        "(object, object, object)",
    ),
    case(
        "functions of JAX that depend on the arguments",
        """
        x = jnp.ones((2, 2))
        return lax.map(lambda v: (v, v), x), jnp.diagonal(x), jax.nn.logsumexp(x), jnp.cumsum(x)
        """,
        "(?, array, array, array)",
    ),
    case(
        "unary operators on lists of options",
        """
        a = 1 if flag else 2.0
        return -a, not a, +a, not len
        """,
        "(-1 | number, False, number, number)",
    ),
    case(
        "rules of several kinds in one",
        "return inner(2.0), jax.jit(inner)(2.0)",
        "((2.0, 2.0), (array, array))",
        before="""
        @jax.custom_batching.custom_vmap
        @jax.custom_vjp
        def inner(a):
            return a, a

        inner.def_vmap(lambda size, batched, a: (inner.fun(a), (True, True)))
        inner.defvjp(lambda a: (inner(a), None), lambda residuals, g: (g[0],))
        """,
    ),
    case(
        "dicts joined on two paths",
        """
        d = {"a": 1}
        if flag:
            d["b"] = 2
        e = {"a": 1} if flag else {"b": 1}
        return d, e, tuple(e)
        """,
        "(dict, {'a': 1} | {'b': 1}, ('a' | 'b',))",
    ),
    case(
        "names that hold another alphabet",
        """
        ª = (1,)
        return a
        """,
        "(1,)",
    ),
)
