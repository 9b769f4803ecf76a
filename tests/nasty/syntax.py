"""Syntax: what Python rejects, what only its compiler rejects, and the newest and oddest of what it accepts."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, WRONG, Nasty, indent, nasty, rule

BROKEN = {
    "open_bracket": "f.defvjp(f_fwd, (f_bwd\n",
    "closing_bracket": "f.defvjp(f_fwd, f_bwd))\n",
    "wrong_bracket": "f.defvjp(f_fwd, f_bwd]\n",
    "open_string": 's = "\n',
    "open_long_string": 's = """\nf.defvjp(f_fwd, f_bwd)\n',
    "print_statement": 'print "defvjp"\n',
    "exec_statement": 'exec "defvjp" in globals\n',
    "except_comma": "try:\n    pass\nexcept ValueError, e:\n    pass\n",
    "bad_indentation": "if True:\n    x = 1\n  y = 2\n",
    "missing_block": "def f_bwd(res, g):\n",
    "unexpected_indentation": "  x = 1\n",
    "merge_conflict": "<<<<<<< HEAD\nf = 1\n=======\nf = 2\n>>>>>>> other\n",
    "magic": "%matplotlib inline\n!pip install jax\n",
    "template": "f.defvjp({{ fwd }}, {% bwd %})\n",
    "question_mark": "f.defvjp?\n",
    "assign_to_call": "f() = 1\n",
    "assign_to_none": "None = f.defvjp(a, b)\n",
    "assign_to_literal": "1 = 2\n",
    "delete_call": "del f()\n",
    "keyword_as_name": "def lambda(x): return x\n",
    "positional_after_keyword": "f.defvjp(fwd=a, b)\n",
    "default_before_none": "def f(a=1, b): return a\n",
    "two_stars": "def f(*a, *b): return a\n",
    "bare_star": "def f(*): return 1\n",
    "lone_backslash": "x = \\ 1\n",
    "bad_number": "x = 0777 + 1__0\n",
    "bad_escape": 's = "\\x"\n',
    "bad_unicode_escape": 's = "\\N{no such name}" "\\U99999999"\n',
    "bad_bytes": 'b = b"\u00e9"\n',
    "smart_quotes": "s = \u201cdefvjp\u201d\n",
    "no_break_space": "x\u00a0= 1\n",
    "zero_width_space": "x\u200b = 1\n",
    "emoji": "\U0001f600 = 1\n",
    "mismatched_fstring": "f'{f.defvjp('\n",
    "empty_fstring_field": "f'{}'\n",
    "only_operator": "+\n",
    "arrow": "f -> g\n",
    "walrus_statement": "f := g\n",
    "star_alone": "*f\nprint(*f for f in g) if\n",
}

ACCEPTED_BY_AST = {
    # The parser takes these, the compiler would not: plugins do see them.
    "keyword_twice": "f.defvjp(fwd=a, fwd=b)\npartial(f, nondiff_argnums=(0,), nondiff_argnums=(1,))\n",
    "parameter_twice": "def f(x, x, *x, **x): return x\nlambda y, y: y\n",
    "return_outside": "return f.defvjp(a, b)\n",
    "yield_outside": "yield f.defvjp(a, b)\nyield from f\n",
    "await_outside": "await f.defvjp(a, b)\n",
    "async_for_outside": "async for f in g: pass\nasync with f as g: pass\n[f async for f in g]\n",
    "break_outside": "break\ncontinue\n",
    "break_in_class": "while True:\n    class C:\n        break\n    def f(): continue\n",
    "return_in_class": "class C:\n    return f.defvjp(a, b)\n    yield f\n",
    "nonlocal_at_module_level": "nonlocal f, g\n",
    "nonlocal_without_binding": "def a():\n    nonlocal nothing\n    nothing = 1\n",
    "nonlocal_and_global": "def a(b):\n    global b\n    nonlocal b\n    b: int = 1\n    global b\n",
    "global_after_use": "def a():\n    f = 1\n    global f\n",
    "star_twice": "*a, *b = c\n[*d, *e] = c\n",
    "future_unknown": "from __future__ import nothing\n",
    "future_late": "x = 1\nfrom __future__ import annotations\n",
    "import_star_in_function": "def a():\n    from os import *\n",
    "debug_assigned": "__debug__ = 1\ndef __debug__(): pass\n",
    "return_value_in_async_generator": "async def a():\n    yield 1\n    return 2\n",
    "two_bare_excepts": "try: pass\nexcept: pass\nexcept ValueError: pass\n",
    "walrus_in_class_comprehension": "class C:\n    x = [y := 1 for _ in f]\n    z = [a for a in (a := f)]\n",
    "binds_twice_in_pattern": "match f:\n    case [a, a]: pass\n    case b: pass\n    case c | d: pass\n",
    "unreachable_pattern": "match f:\n    case _: pass\n    case C(a=1, a=2): pass\n    case {1: a, 1: b}: pass\n",
}

MODERN: dict[str, tuple[tuple[int, int], str]] = {
    "type_parameters": (
        (3, 12),
        (
            "type A[T: int, *Ts, **P] = tuple[T, *Ts]\nclass B[T](C[T]):\n    type D = T\n"
            "def k[T: (int, str)](a: T, *b: *Ts) -> T: return a\n"
        ),
    ),
    "type_defaults": ((3, 13), "type A[T = int, *Ts = *tuple[int], **P = [int]] = T\ndef k[T = 1]() -> T: pass\n"),
    "except_star": (
        (3, 11),
        "try:\n    pass\nexcept* (ValueError, TypeError) as e:\n    del e\nexcept* OSError:\n    raise\n",
    ),
    "star_subscript": ((3, 11), "a[*b]\na[*b, 1:2, *c] = d\ndef k(*a: *b) -> c[*d]: pass\n"),
    "nested_fstrings": ((3, 12), "f'{f'{f'{x}'}'}'\nf'{x!r:{'>' + f'{y}'}}{'\\n'}{\n  x  # comment\n}'\n"),
    "template_strings": ((3, 14), "t'{f.defvjp(x, y)!r:>{z}}' t'x'\nt'''{\nx}'''\n"),
    "except_without_brackets": ((3, 14), "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n"),
    "brackets_in_with": (
        (3, 10),
        "with (open(x) as a, open(y) as (b, c),): pass\nwith (open(x)): pass\nwith (a, b): pass\n",
    ),
}

PATTERNS = """\
match x, *y:
    case []: t = g, g
    case [a]: t = g, g
    case [a, *_, b] | (a, b): t = g, g
    case {'k': 1, **rest}: t = g, g
    case {}: t = g, g
    case C(): t = g, g
    case C(a, b=[c, D.E]): t = g, g
    case -1 | 1 - 2j | 'a' 'b' | b'c' | None | True: t = g, g
    case D.E.F as z if z: t = g, g
    case (a): t = g, g
"""


def files() -> Iterator[Nasty]:
    for name, lines in BROKEN.items():
        yield nasty(f"broken_{name}", HEADER + WRONG + lines, rejected=True)
    for name, lines in ACCEPTED_BY_AST.items():
        # What follows a `return` is never reached, whatever the compiler says of it.
        after = WRONG.replace("WRONG", "MAYBE ") if name == "return_outside" else WRONG
        yield nasty(f"uncompilable_{name}", HEADER + lines + "import jax\n" + after)
    for name, (since, lines) in MODERN.items():
        inside = rule("f", "g * y, g * x, None  # WRONG VJP1", indent(lines))
        yield nasty(f"modern_{name}", HEADER + lines + inside + WRONG, since=since)
    generic = rule("f", "g, g, g  # WRONG VJP1").replace("_bwd(r", "_bwd[R, G](r").replace("def f(", "def f[T](")
    yield nasty("modern_generic_rules", HEADER + generic + WRONG, since=(3, 12))
    yield nasty("patterns", HEADER + rule("f", "t", indent(PATTERNS)) + WRONG)
    yield nasty(
        "patterns_wrong",
        HEADER
        + rule("f", "t", indent(PATTERNS.replace("g, g", "g, g, g"))).replace("return t", "return t  # WRONG VJP1")
        + WRONG,
    )
    yield from _old_and_odd()


def _old_and_odd() -> Iterator[Nasty]:
    asynchronous = (
        "async def a(x):\n    async with x as y, x: pass\n    async for z in x: await z\n    else: pass\n"
        "    return [await z async for z in x if await z], (w async for w in x), await (await x)\n"
        "async def b(): return await a((yield))\nlambda: (yield)\n"
    )
    inside = rule("f", "g, g, g  # WRONG VJP1", indent(asynchronous))
    yield nasty("asynchronous", HEADER + asynchronous + inside + "async def c():\n" + indent(WRONG))
    odd = (
        "@(yield_ := lambda f: f)\n@[lambda f: f][0]\n@(lambda f: f) if x else (lambda f: f)\n"
        "def k(a, /, b, *, c): pass\nlambda *, a: a\nx = *y, *z\nfor x in *y, *z: pass\nx: (yield_) = 1\nx.y: int\n"
        "x @= y\nx if y else z if w else (v := 1)\nprint(*x, y, *z, **w, a=1, **b)\nnot x in y is not z\n"
    )
    yield nasty("odd_expressions", HEADER + odd + rule("f", "g, g, g  # WRONG VJP1", indent(odd)) + WRONG)
    literals = (
        "1_000, 0xFF_FF, 0b1, 0O7, 1e400, 1E-400, .5j, 00, 1., 1_0.0_1e+1_0\n"
        "r'\\', ' ; rb'\\x', Rb'', bR''; u'x', F'', fr'{x}\\d', rF'{{}}', '\\N{BULLET}\\u1234\\101'\n"
        "'''a\n''' \"\"\"b\n\"\"\" 'c' f'{x}' 'd'\n"
        "f'{x=}{x = !r}{x:%Y-%m-%d}{x!s:>{y}.{z}}{ {1: 2}[1] }{(lambda: 1)()}'\n"
    )
    yield nasty(
        "literals",
        HEADER + "x = y = z = 1\n" + literals + rule("f", "g, g, g  # WRONG VJP1", "    '''a'''\n") + WRONG,
    )
    yield nasty(
        "invalid_escapes",
        HEADER + "'\\d \\w'; b'\\d'; 1is 1; 'x' is 1\n" + rule("f", "g, '\\d', g  # WRONG VJP1") + WRONG,
    )
    yield nasty(
        "barry",
        "from __future__ import barry_as_FLUFL\n" + HEADER + rule("f", before="    x <> y\n") + WRONG,
        rejected=True,
    )
    yield nasty("future_annotations", '"""doc"""\nfrom __future__ import annotations, division\n' + HEADER + WRONG)
    annotated = rule("f", "g, g, g  # WRONG VJP1").replace(
        "(residuals, g):", "(residuals: 'no: (valid', g: 1 / 0) -> '(((':"
    )
    yield nasty(
        "broken_annotations",
        HEADER
        + annotated
        + rule("h").replace("(residuals, g):", "(residuals: (yield_ := 1), g: [*x]) -> (lambda: 1)():")
        + WRONG,
    )
    comments = "x = 1  # type: int\ndef k(a):\n    # type: (...) -> (((\n    pass\nfor i in x:  # type: ?\n    pass\n"
    yield nasty("type_comments", HEADER + comments + WRONG)
    yield nasty(
        "stub_body",
        HEADER + rule("f", "g, g, g  # MAYBE").replace("    x, y = residuals\n", "    ...; pass; 1\n") + WRONG,
    )
