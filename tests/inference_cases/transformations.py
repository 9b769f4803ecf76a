"""Transformations of JAX, and functions over trees."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "vjp",
        """
        out, pullback = jax.vjp(lambda a, b: a * b, 2.0, 3.0)
        return out, pullback(g)
        """,
        "(number, (array, array))",
    ),
    case(
        "vjp of structures",
        """
        out, pullback = jax.vjp(lambda a, b: (a[0], [b]), (2.0, None), 3.0)
        return out, pullback((g, [g]))
        """,
        "((2.0, [3.0]), ((array, None), array))",
    ),
    case(
        "vjp with aux",
        """
        out, pullback, aux = jax.vjp(lambda a: (a, 1), 2.0, has_aux=True)
        return pullback(g)
        """,
        "(array,)",
    ),
    case(
        "vjp with an unknown aux",
        "return len(jax.vjp(lambda a: (a, 1), 2.0, has_aux=bool(flag)))",
        "number",
    ),
    case(
        "vjp with a star",
        "return jax.vjp(lambda *a: a[0], *unseen((1.0, 2.0)))[1](1.0)",
        "tuple[...]",
    ),
    case(
        "vjp of several options",
        """
        out, pullback = jax.vjp(lambda a: a, (2.0,) if flag else 2.0)
        return pullback(out)
        """,
        "((array,) | array,)",
    ),
    case(
        "grad",
        """
        f = lambda a, b: a * b
        return (
            jax.grad(f)(1.0, 2.0),
            jax.grad(f, argnums=(0, 1))(1.0, 2.0),
            jax.grad(f, argnums=[1])(1.0, 2.0),
            jax.grad(f, -1)(1.0, 2.0),
        )
        """,
        "(array, (array, array), (array,), array)",
    ),
    case(
        "grad with a range",
        "return jax.grad(lambda a, b: a * b, argnums=tuple(range(2)))(1.0, 2.0)",
        "(array, array)",
    ),
    case(
        "grad of a structure",
        'return jax.grad(lambda a: a[0] * a[1])((1.0, 2.0)), jax.grad(lambda a: a["x"])({"x": 1.0})',
        "((array, array), {'x': array})",
    ),
    case(
        "grad with aux",
        """
        return (
            jax.grad(lambda a: (a, (1, 2)), has_aux=True)(1.0),
            jax.grad(lambda a: (a, 1), has_aux=True, argnums=(0,))(1.0),
        )
        """,
        "((array, ?), ((array,), ?))",
    ),
    case(
        "value_and_grad",
        """
        f = lambda a, b: a * b
        return jax.value_and_grad(f)(1.0, 2.0), jax.value_and_grad(f, (0, 1))(1.0, 2.0)
        """,
        "((array, array), (array, (array, array)))",
    ),
    case(
        "value_and_grad with aux",
        "return jax.value_and_grad(lambda a: (a, 1), has_aux=True)(1.0)",
        "((array, ?), array)",
    ),
    case(
        "jvp",
        "return jax.jvp(lambda a: a, (1.0,), (1.0,))",
        "(?, ?)",
    ),
    case(
        "jvp with aux",
        "return jax.jvp(lambda a: (a, 1), (1.0,), (1.0,), has_aux=True)",
        "?",
    ),
    case(
        "linear_transpose",
        "return jax.linear_transpose(lambda a, b: a + b, 1.0, 2.0)(1.0)",
        "(?, ?)",
    ),
    case(
        "closure_convert",
        """
        function, constants = jax.closure_convert(lambda a: a * g, 1.0)
        return constants
        """,
        "list[...]",
    ),
    case(
        "cond",
        "return lax.cond(g > 0, lambda a: (a, 1), lambda a: (a, 2), g)",
        "(array, array)",
    ),
    case(
        "cond with unknown branches",
        "return lax.cond(True, unseen(lambda: (1, 2)), lambda: (1, 2))",
        "?",
    ),
    case(
        "switch",
        "return lax.switch(0, [lambda a: (a, 1), lambda a: (a, 2)], g)",
        "(array, array)",
    ),
    case(
        "loops",
        """
        return (
            lax.fori_loop(0, 2, lambda i, c: c, (g, [g])),
            lax.while_loop(lambda c: False, lambda c: c, [g, None]),
            lax.scan(lambda c, v: (c, v), (g, g), jnp.ones(2)),
        )
        """,
        "((array, [array]), [array, None], ((array, array), ?))",
    ),
    case(
        "the structure of what is given",
        """
        return (
            lax.stop_gradient((g, [g])),
            jax.device_put([g]),
            jax.block_until_ready({"a": g}),
        )
        """,
        "((array, [array]), [array], {'a': array})",
    ),
    case(
        "copies of a list",
        """
        a = [g]
        b = jax.device_put(a)
        b.append(g)
        return a
        """,
        "[array]",
    ),
    case(
        "callbacks",
        """
        s = jax.ShapeDtypeStruct((), "float32")
        return (
            jax.pure_callback(lambda: np.float32(1), s),
            jax.pure_callback(lambda: (np.float32(1),) * 2, (s, s)),
            jax.pure_callback(lambda: [np.float32(1)], [s]),
            jax.pure_callback(lambda: {"a": np.float32(1)}, {"a": s}),
        )
        """,
        "(array, (array, array), [array], {'a': array})",
    ),
    case(
        "pallas_call",
        """
        from jax.experimental import pallas as pl
        s = jax.ShapeDtypeStruct((2,), "float32")
        def kernel(*references):
            for reference in references:
                reference[...] = jnp.zeros(2)
        call = lambda shape: pl.pallas_call(kernel, out_shape=shape, interpret=True)()
        return call(s), call((s, s)), call([s, s])
        """,
        "(array, (array, array), (array, array))",
    ),
    case(
        "tree.map",
        """
        double = lambda leaf: leaf * 2
        tree_map = jax.tree.map
        return (
            tree_map(double, (g, [g, None])),
            tree_map(double, {"a": g}),
            tree_map(double, None),
            tree_map(double, g),
        )
        """,
        "((array, [array, None]), {'a': array}, None, array)",
    ),
    case(
        "tree.map to tuples",
        """
        return (
            jax.tree.map(lambda leaf: (leaf, 1), (g, g)),
            jax.tree.map(lambda a, b: a, (g, g), (1, 2)),
        )
        """,
        "(((array, 1), (array, 1)), (array, array))",
    ),
    case(
        "tree.map with is_leaf",
        "return jax.tree.map(lambda leaf: 1, (g, g), is_leaf=lambda node: isinstance(node, tuple))",
        "?",
    ),
    case(
        "leaves and flatten",
        """
        leaves, structure = jax.tree.flatten((g, g))
        return leaves, jax.tree.leaves((g, g)), jax.tree.unflatten(structure, leaves)
        """,
        "(list[...], list[...], ?)",
    ),
    case(
        "old names of tree functions",
        """
        from jax.tree_util import tree_leaves, tree_map
        return tree_map(lambda a: a, (g,)), tree_leaves((g,))
        """,
        "((array,), list[...])",
    ),
)
