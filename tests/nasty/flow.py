"""Control flow: unions that explode, loops, finally, generators, containers that hold themselves."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, WRONG, Nasty, indent, nasty, rule

BODIES = {
    # name: (lines before the return, what is returned)
    "self_holding_list": ("l = [g]\nl.append(l)\nl[0] = l\nl.extend(l)\nl += [l]\n", "l, l, l  # WRONG VJP1"),
    "self_holding_list_returned": ("l = []\nl.append(l)\nl.append(l)\n", "l  # MAYBE"),
    "self_holding_list_in_tuple": ("l = []\nl.append((l,))\nt = tuple(l)\nl.append(t)\n", "tuple(l)  # MAYBE"),
    "self_holding_list_compared": ("l = []\nl.append(l)\nm = []\nm.append(m)\nif g:\n    l = m\n", "l == m, str(l)"),
    "self_holding_dict": ("d = {}\nd['d'] = d\nd.update(d)\nd |= d\nd = {**d, 'd': d}\n", "d['d']['d'], g"),
    "self_holding_dict_returned": ("d = {}\nd['d'] = d\n", "d  # WRONG VJP1"),
    "holding_each_other": ("a, b = [], []\na.append(b)\nb.append(a)\na, b = b, a\n", "a, b, b  # WRONG VJP1"),
    "sorted_self": ("l = [g]\nl.append(l)\n", "sorted(l)  # MAYBE"),
    "list_surgery": (
        (
            "l = [g, g, g]\ndel l[0]\nl[:] = [g]\nl[5:9] = l\nl.pop()\nl.insert(9, g)\nl.remove(g)\nl.reverse()\n"
            "l.sort()\nl.clear()\nl *= 0\ndel l[:], l\nl = [g, g]\n"
        ),
        "l",
    ),
    "list_aliases": ("l = m = [g]\nm.append(g)\nn = l\nn.append(g)\nn = [*n]\nn.append(g)\n", "l, m  # MAYBE"),
    "changed_while_looped": ("l = [g]\nfor e in l:\n    l.append(e)\n    if len(l) > 9: break\n", "l  # MAYBE"),
    "generator": ("if not g:\n    yield g  # MAYBE\n", "g, g  # MAYBE"),
    "unreachable": ("return g * y, g * x\n", "g, g, g  # MAYBE"),
    "while_true": ("while True:\n    if g: return g * y, g * x\n    continue\n", "g, g, g  # MAYBE"),
    "return_in_finally": ("try:\n    return g * y, g * x\nfinally:\n    return g * y, g * x\n", "g, g, g  # MAYBE"),
    "wrong_return_overridden": (
        "try:\n    return g, g, g  # MAYBE\nfinally:\n    return g * y, g * x\n",
        "g, g, g  # MAYBE",
    ),
    "loop_else": ("for e in ():\n    break\nelse:\n    return g * y, g * x\n", "g, g, g  # MAYBE"),
    "breaks": ("t = ()\nwhile g:\n    t = g, g\n    if g: break\n    else: continue\nelse:\n    t = g, g\n", "t"),
    "all_kinds_of_targets": (
        (
            "(a, [b, *c]), d.e, f[0], *h = g\nfor a.b, [c[0]], (*d,) in g: pass\n"
            "with g as (a, b), g as c.d, g as e[0]: pass\n"
        ),
        "g, g",
    ),
    "augmented": ("t = (g,)\nt += (g,)\nt *= 1\nt += ()\n", "t"),
    "unpack_too_many": ("a, b, c = (g, g)\n*d, = ()\n(e, *f, h), i = (g, g), g\n", "a, e"),
    "star_in_the_middle": ("a, *b, c = g, g, g, g, g\n", "(a, *b, c)  # WRONG VJP1"),
    "walrus_everywhere": (
        "if (t := (g, g)) and (u := [v := t for _ in t]):\n    while (t := t): break\n",
        "(w := t)",
    ),
    "deleted_and_back": ("t = g, g, g\ndel t\nt = g, g\n", "t"),
    "nested_functions": (
        "def h(t):\n    def h(t):\n        nonlocal g\n        g = t\n        return g, g\n    return h(t)\n",
        "h(g)",
    ),
    "lambda_soup": ("h = (lambda a, /, b=1, *c, d, e=2, **f: (lambda *a: (*a,))(a, b))\n", "h(g, g, d=g)"),
    "comprehension_soup": (
        "t = [[u for u in (v, v) if u if v] for v in (g, g) if v]\nu = {a: b for a, b in zip(t, t)}\nv = {*t}\n",
        "tuple(h for h in (g, g))",
    ),
    "asserts": (
        "assert isinstance(g, tuple), (yield_ := g)\nassert g, f'{g!r:>{g}}'\nassert False if x else True\n",
        "g, g",
    ),
    "raises": ("if g: raise\nif g: raise g from None\nif g: raise (g, g)\n", "g, g"),
    "type_tests": (
        (
            "if isinstance(g, (list, tuple)) and len(g) == 2: return g\nif type(g) is tuple: return g\n"
            "if not g: return tuple(g)\n"
        ),
        "g, g",
    ),
}


def files() -> Iterator[Nasty]:
    for name, (lines, returns) in BODIES.items():
        text = rule("f", returns, indent(lines))
        if name == "generator":
            text = text.replace("(residuals, g):", "(residuals, g):  # MAYBE")
        yield nasty(f"flow_{name}", HEADER + text + WRONG)
    yield from _flags()
    yield from _unions()
    yield from _not_called_back()


def _flags() -> Iterator[Nasty]:
    """What another module sets may be true or false: both must be thought of."""
    numbers = "if FLAG:\n    numbers = (1,)\nelse:\n    numbers = ()\n"
    static = rule("f", decorator="partial(jax.custom_vjp, nondiff_argnums=numbers)")
    stop = "if FLAG:\n    raise ValueError(jax.custom_vjp)\n"
    early = rule("f", "g, g, g  # WRONG VJP1", "    if FLAG:\n        return g * y, g * x\n")
    late = rule("f", "g * y, g * x", "    if FLAG:\n        return g, g, g  # WRONG VJP1\n")
    for name, imports, flag in (
        ("name", "from settings import FLAG\n", "FLAG"),
        ("attribute", "import settings\n", "settings.FLAG"),
        ("jax_config", "", "jax.config.jax_enable_x64"),
        ("not", "from settings import FLAG\n", "not FLAG"),
        ("relative", "from . import settings\n", "settings.FLAG"),
        ("call", "from settings import flag\n", "flag()"),
    ):
        for what, text in (
            ("numbers", numbers + static + WRONG),
            ("stop", stop + WRONG),
            ("early", early),
            ("late", late),
            ("conditional", rule("f", "(g, g) + ((g,) if FLAG else ())") + WRONG),
            ("while", rule("f", before="    while FLAG:\n        return g, g\n") + WRONG),
        ):
            yield nasty(f"flag_{name}_{what}", HEADER + imports + text.replace("FLAG", flag))


def _unions() -> Iterator[Nasty]:
    grow = "    t = ()\n" + "    if g:\n        t = t + (g,)\n" * 40
    yield nasty("union_of_40_lengths", HEADER + rule("f", "t  # MAYBE", grow) + WRONG)
    same = "    t = ()\n" + "    if g:\n        t = (*t, x)\n    else:\n        t = (*t, None)\n" * 40
    yield nasty("union_of_40_choices", HEADER + rule("f", "t  # MAYBE", same) + WRONG)
    choices = "    a = g\n" + "    if g:\n        a = (a, x)\n    else:\n        a = (y, a)\n" * 40
    yield nasty("union_of_40_shapes", HEADER + rule("f", "a, a, g  # WRONG VJP1", choices) + WRONG)
    many = "".join(f"    a{n} = (g, x) if g else [x, g]\n" for n in range(40))
    entries = ", ".join(f"*a{n}" for n in range(40))
    yield nasty("product_of_40_unions", HEADER + rule("f", f"({entries})  # MAYBE", many) + WRONG)
    returns = "".join(f"    if g > {n}:\n        return ({'g, ' * (n % 3 + 1)})\n" for n in range(300))
    returns = returns.replace("(g, )\n", "(g, )  # WRONG VJP1\n").replace(
        "(g, g, g, )\n", "(g, g, g, )  # WRONG VJP1\n"
    )
    yield nasty("returns_300", HEADER + rule("f", before=returns))
    helpers = "".join(f"def h{n}(g):\n    if g: return h{n + 1}(g)\n    return h{n + 2}(g)\n" for n in range(60))
    helpers += "def h60(g):\n    return g, g\nh61 = h60\n"
    yield nasty("fibonacci_of_helpers", HEADER + helpers + rule("f", "h0(g)") + WRONG)
    callers = "".join(
        f"def h{n}(a, g):\n    return (lambda b: h{n + 1}(b, g))((a, g)) or h{n + 1}(g, a)\n" for n in range(40)
    )
    yield nasty(
        "helpers_with_new_arguments",
        HEADER + callers + "def h40(a, g):\n    return g, g\n" + rule("f", "h0(g, g)") + WRONG,
    )
    mutual = (
        "def a(n, g):\n    return b(n, g) if n else (g, g)\ndef b(n, g):\n    return a(n - 1, (g, g)) or c(n, g)\n"
        "def c(n, *g):\n    return a(n, *g, *g) + b(n, g)\n"
    )
    yield nasty("mutually_recursive_helpers", HEADER + mutual + rule("f", "a(3, g)  # MAYBE") + WRONG)
    rules = rule("p", "q_bwd(residuals, g)  # MAYBE") + rule("q", "p_bwd(residuals, g)  # MAYBE")
    yield nasty("mutually_recursive_rules", HEADER + rules + WRONG)
    pullbacks = "    _, pull = jax.vjp(f, x, y)\n    for _ in range(99):\n        _, pull = jax.vjp(pull, *pull(g))\n"
    yield nasty("pullback_of_itself", HEADER + rule("f", "pull(g)  # MAYBE", pullbacks) + WRONG)


def _not_called_back() -> Iterator[Nasty]:
    """Backward rules that are generators, coroutines, classes: JAX gets an object, and no tuple."""
    generator = rule("f", "g  # MAYBE", "    yield g  # MAYBE\n").replace(
        "(residuals, g):", "(residuals, g):  # MAYBE"
    )
    yield nasty("generator_rule", HEADER + generator + WRONG)
    yield nasty(
        "coroutine_rule",
        HEADER
        + rule("f", "g, g  # MAYBE", "    await g\n").replace(
            "def f_bwd(residuals, g):", "async def f_bwd(residuals, g):  # MAYBE"
        )
        + WRONG,
    )
    yield nasty(
        "async_generator_rule",
        HEADER
        + rule("f", before="    async for x in g: yield x  # MAYBE\n")
        .replace("def f_bwd(residuals, g):", "async def f_bwd(residuals, g):  # MAYBE")
        .replace("    return g * y, g * x\n", "    return  # MAYBE\n")
        + WRONG,
    )
    yield nasty(
        "class_as_rule",
        HEADER
        + rule("f")
        .replace("def f_bwd(residuals, g):", "class f_bwd(residuals, g):")
        .replace("    return g * y, g * x\n", "    pass\n")
        .replace("f_bwd)\n", "f_bwd)  # MAYBE\n")
        + WRONG,
    )
