"""More cases: rules that forget to return, take other arguments, or are defined by another word; and pullbacks.

`CASES` are all of them.
"""

from __future__ import annotations

from command.fix_cases import RETURNED, RIGHT_NONDIFF, FixCase, returning
from command.samples import RULE

FORGOTTEN = RULE.replace("    return {returned}\n", "    {returned}\n")
STATIC = "jax.grad(f)(jnp.ones(2), 3)"
POWER = """\
@partial(jax.custom_vjp, {options}=(1,))
def f(x, n):
    return jnp.sum(x**n)


def f_fwd({forward}):
    return jnp.sum(x**n), x


def f_bwd({backward}):
    return (g * 3 * jnp.reshape(x, x.shape) ** 2,)


f.defvjp({rules})
"""
RIGHT_POWER = {
    "options": "nondiff_argnums", "forward": "x, n", "backward": "n, x, g", "rules": "f_fwd, f_bwd",
}  # fmt: skip


def forgotten(name: str, before: str, after: str = "", *, is_safe: bool = True) -> FixCase:
    """A case of the two-argument rule, whose backward rule ends with this."""
    texts = [FORGOTTEN.format(name="f", returned=text) if text else "" for text in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe)


def of_power(
    name: str, before: dict[str, str], after: dict[str, str] | None = None, more: str = "", *, is_safe: bool = True
) -> FixCase:
    """A case of the rule with a nondiff argument; what is not given is right, and `after` is right throughout."""
    fixed = "" if after is None else POWER.format(**RIGHT_POWER | after) + more
    return FixCase(name, POWER.format(**RIGHT_POWER | before) + more, fixed, is_safe, STATIC)


def of_call(name: str, before: str, after: str = "", *, is_safe: bool = True) -> FixCase:
    """A case of a function that takes a pullback of its one argument."""
    texts = [f"def slope(f, x):\n    {text}\n".replace("\n\n", "\n") if text else "" for text in (before, after)]
    return FixCase(name, texts[0], texts[1], is_safe, "slope(jnp.sum, jnp.ones(2))")


CALLED = "\n\nif __name__ == 'elsewhere':\n    f_bwd(1, 2)\n    f_fwd(1)\n"
JITTED = RIGHT_NONDIFF.replace("@partial(jax.custom_vjp, nondiff_argnums=(1,))\n", "{}\n{}\n", 1)
OF_NONDIFF = "jax.grad(f, (0, 2))(jnp.ones(2), 3, jnp.ones(2))"
LATER = (
    returning("joined_by_name", "jnp.concatenate((g * y, g * x), 0)", "g * y, g * x"),
    returning("joined_lists", "jnp.array([[g * y], [g * x]])"),
    returning("flattened", "jnp.concatenate((jnp.ravel(g * y), (g * x).ravel()))",
              "jnp.ravel(g * y), (g * x).ravel()", is_safe=False),
    returning("with_a_walrus", "jnp.stack([h := g * y, g * x])", "(h := g * y, g * x)"),
    returning("comments_around", "(\n        # joined\n        jnp.stack([g * y, g * x])  # both\n    )",
              "(\n        # joined\n        g * y, g * x  # both\n    )"),
    returning("comments_inside", "jnp.stack([  # joined\n        g * y,  # of x\n        g * x,\n    ])",
              "(  # joined\n        g * y,  # of x\n        g * x,\n    )"),
    FixCase("without_a_space", RULE.format(name="f", returned="@").replace("return @", "return(jnp.stack((g, g)))"),
            RULE.format(name="f", returned="@").replace("return @", "return(g, g)"), run="jax.grad(f)(1.0, 2.0)"),
    forgotten("joined_and_named", "grads = jnp.stack([g * y, g * x])  # both\n    return grads",
              "grads = g * y, g * x  # both\n    return grads"),
    forgotten("joined_and_used", "grads = jnp.stack([g * y, g * x])\n    print(grads)\n    return grads"),
    forgotten("flattened_by_name", "y = jnp.ravel(y)\n    return jnp.concatenate([y, x])",
              "y = jnp.ravel(y)\n    return y, x", is_safe=False),
    forgotten("last_tuple", "g * y, g * x", "return g * y, g * x"),
    forgotten("last_tuple_named", "grads = (g * y, g * x)  # both", "return (g * y, g * x)  # both"),
    forgotten("last_tuple_over_lines", "(\n        g * y,  # first\n        g * x,\n    )",
              "return (\n        g * y,  # first\n        g * x,\n    )"),
    forgotten("last_tuple_behind_a_semicolon", "h = g; h * y, h * x;", "h = g; return h * y, h * x;"),
    forgotten("last_tuple_of_three", "g * y, g * x, None"),
    forgotten("last_tuple_starred", "*(g * y,), g * x"),
    forgotten("last_tuple_global", "global grads; grads = (g * y, g * x)"),
    forgotten("last_tuple_used_before", "grads = 1; grads = (g * y, grads)"),
    forgotten("nothing_like_it", "pass"),
    forgotten("last_in_a_branch", "if True:\n        g * y, g * x"),
    of_power("nondiff_missing", {"backward": "x, g"}, {}, is_safe=False),
    of_power("nondiff_missing_called", {"backward": "x, g"}, {}, CALLED, is_safe=False),
    of_power("nondiff_missing_named_so", {"backward": "n, g"}),
    of_power("nondiff_missing_annotated", {"backward": "x: jax.Array, g: jax.Array"}),
    of_power("nondiff_last", {"backward": "x, g, n"}, {}),
    of_power("nondiff_between", {"backward": "x, n, g"}, {}),
    of_power("nondiff_between_called", {"backward": "x, n, g"}, {}, CALLED, is_safe=False),
    of_power("nondiff_last_with_default", {"backward": "x, g, n=1"}),
    of_power("forward_out_of_order", {"forward": "n, x"}, {}),
    of_power("forward_lacks_the_last", {"forward": "x"}, {}),
    of_power("forward_lacks_the_first", {"forward": "n"}, {}),
    of_power("forward_lacks_one_called", {"forward": "x"}, {}, CALLED, is_safe=False),
    FixCase(
        "forward_that_reads_another_name",
        POWER.format(**RIGHT_POWER | {"forward": "x"}).replace("sum(x**n), x", "sum(x**power), x"),
    ),
    FixCase(
        "backward_that_reads_another_name",
        POWER.format(**RIGHT_POWER | {"backward": "x, g"}).replace("g * 3", "g * power"),
    ),
    FixCase(
        "a_lambda_that_lacks_the_nondiff",
        "f = jax.custom_vjp(lambda x, n: n * x, nondiff_argnums=(1,))\n"
        "f.defvjp(lambda x, n: (n * x, None), lambda r, g: (g * n,))\n",
        "f = jax.custom_vjp(lambda x, n: n * x, nondiff_argnums=(1,))\n"
        "f.defvjp(lambda x, n: (n * x, None), lambda n, r, g: (g * n,))\n",
        run="jax.grad(f)(1.0, 3)",
    ),
    of_power("forward_of_other_names", {"forward": "a"}),
    of_power("forward_with_default", {"forward": "x=1"}),
    of_power("keyword", {"options": "nondiff_argnum"}, {}),
    of_power("keyword_of_jit", {"options": "static_argnums"}, {}),
    of_power("keyword_of_nobody", {"options": "numbers"}),
    of_power("rules_by_words", {"rules": "forward=f_fwd, backward=f_bwd"}, {"rules": "fwd=f_fwd, bwd=f_bwd"}),
    of_power("a_rule_by_words", {"rules": "f_fwd, backward=f_bwd"}, {"rules": "f_fwd, bwd=f_bwd"}),
    of_power("a_rule_twice", {"rules": "f_fwd, f_bwd, backward=f_bwd"}),
    FixCase(
        "keyword_of_names",
        POWER.format(**RIGHT_POWER | {"options": "nondiff_names"}).replace("=(1,)", "=('n',)"),
        POWER.format(**RIGHT_POWER | {"options": "nondiff_argnames"}).replace("=(1,)", "=('n',)"),
        run=STATIC,
    ),
    FixCase(
        "result_kept",
        RIGHT_NONDIFF.replace("f.defvjp(", "f = f.defvjp("),
        RIGHT_NONDIFF,
        run=OF_NONDIFF,
    ),
    FixCase(
        "result_kept_with_an_annotation",
        RIGHT_NONDIFF.replace("f.defvjp(", "f: object = f.defvjp("),
        RIGHT_NONDIFF,
        run=OF_NONDIFF,
    ),
    FixCase(
        "result_kept_over_lines",
        RIGHT_NONDIFF.replace("f.defvjp(f_fwd, f_bwd)", "f = f.defvjp(\n    f_fwd,  # there\n    f_bwd,\n)  # back"),
        RIGHT_NONDIFF.replace("f.defvjp(f_fwd, f_bwd)", "f.defvjp(\n    f_fwd,  # there\n    f_bwd,\n)  # back"),
        run=OF_NONDIFF,
    ),
    FixCase(
        "another_method",
        RIGHT_NONDIFF.replace("f.defvjp(", "f.defjvp("),
        RIGHT_NONDIFF,
        run=OF_NONDIFF,
    ),
    FixCase(
        "misspelt_method",
        RIGHT_NONDIFF.replace("f.defvjp(", "f.def_vjp("),
        RIGHT_NONDIFF,
        run=OF_NONDIFF,
    ),
    FixCase(
        "jit_above",
        JITTED.format("@jax.jit", "@partial(jax.custom_vjp, nondiff_argnums=())").replace("(n, res", "(res")
        .replace("n * g * y, n * g * x", "g * y, g, g * x"),
        JITTED.format("@partial(jax.custom_vjp, nondiff_argnums=())", "@jax.jit").replace("(n, res", "(res")
        .replace("n * g * y, n * g * x", "g * y, g, g * x"),
        run="jax.grad(f, (0, 2))(jnp.ones(2), 3.0, jnp.ones(2))",
    ),
    of_call("one_name", "(pullback,) = jax.vjp(f, x)\n    return pullback(1.0)",
            "(_, pullback) = jax.vjp(f, x)\n    return pullback(1.0)"),
    of_call("one_name_bare", "pullback, = jax.vjp(f, x)\n    return pullback(1.0)",
            "_, pullback = jax.vjp(f, x)\n    return pullback(1.0)"),
    of_call("one_name_in_a_list", "[pullback] = jax.vjp(f, x)\n    return pullback(1.0)",
            "[_, pullback] = jax.vjp(f, x)\n    return pullback(1.0)"),
    of_call("one_name_that_is_an_output", "(y,) = jax.vjp(f, x)\n    return y + 1"),
    of_call("one_name_beside_an_underscore", "_ = 2\n    (p,) = jax.vjp(f, x)\n    return p(1.0), _"),
    of_call("three_names", "y, pullback, more = jax.vjp(f, x)\n    return pullback(1.0)"),
    FixCase(
        "no_name_for_aux",
        "def slope(f, x):\n    y, pullback = jax.vjp(f, x, has_aux=True)\n    return y, pullback(1.0)\n",
        "def slope(f, x):\n    y, pullback, _ = jax.vjp(f, x, has_aux=True)\n    return y, pullback(1.0)\n",
        run="slope(lambda x: (jnp.sum(x), x), jnp.ones(2))",
    ),
    of_call("pulled_times", "_, pullback = jax.vjp(f, x)\n    return x - 0.1 * pullback(1.0)",
            "_, pullback = jax.vjp(f, x)\n    return x - 0.1 * pullback(1.0)[0]"),
    of_call("pulled_negative", "_, pullback = jax.vjp(f, x)\n    return -(pullback(1.0))",
            "_, pullback = jax.vjp(f, x)\n    return -(pullback(1.0))[0]"),
    of_call("pulled_by_name", "x_bar = jax.vjp(f, x)[1](1.0)\n    return 2.0 * x_bar",
            "x_bar = jax.vjp(f, x)[1](1.0)\n    return 2.0 * x_bar[0]"),
    of_call("pulled_attribute", "_, pullback = jax.vjp(f, x)\n    return pullback(1.0).sum()",
            "_, pullback = jax.vjp(f, x)\n    return pullback(1.0)[0].sum()"),
    of_call("pulled_in_a_call", "_, pullback = jax.vjp(f, x)\n    return jnp.sum(pullback(1.0), axis=0)",
            "_, pullback = jax.vjp(f, x)\n    return jnp.sum(pullback(1.0)[0], axis=0)"),
    of_call("pulled_of_two", "_, pullback = jax.vjp(lambda a, b: a * b, x, x)\n    return 2.0 * pullback(x)"),
    of_call("pulled_twice_assigned", "x_bar = 1\n    x_bar = jax.vjp(f, x)[1](1.0)\n    return 2.0 * x_bar"),
)  # fmt: skip
CASES = (*RETURNED, *LATER)
