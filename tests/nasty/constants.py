"""Huge constants and values: nothing here may be computed, counted to, or held in memory to be judged."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, WRONG, Nasty, nasty, rule

RETURNS = {
    # What a backward rule returns. No machine ever gets past these lines, so a finding is as good as silence.
    "none_times_huge": "(None,) * 10**12",
    "none_times_tower": "(g,) * 9 ** 9 ** 9 ** 9",
    "tower": "9 ** 9 ** 9 ** 9, g",
    "generator_of_huge_range": "tuple(g for _ in range(10**12))",
    "list_of_huge_range": "[g for _ in range(10**12)]",
    "star_of_huge_range": "(*range(10**12),)",
    "list_times_huge": "[g] * 10**12",
    "shift": "(g,) * (1 << 10**9)",
    "shift_of_shift": "(g,) * (1 << (1 << 40))",
    "string_times_huge": "'x' * 10**12",
    "string_to_tuple": "tuple('x' * 10**12)",
    "bytes_of_huge": "bytes(10**12), bytearray(10**12), b'x' * 10**12",
    "huge_format_width": "f'{g:>{10**12}}', '%1000000000000d' % 1, '{:>1000000000000}'.format(1)",
    "huge_padding": "'x'.zfill(10**12), 'x'.ljust(10**12), 'x'.center(10**12)",
    "loops_over_huge_ranges": "[g for _ in range(10**4) for _ in range(10**4) for _ in range(10**4)]",
    "zip_of_huge_ranges": "tuple(zip(range(10**12), range(10**12)))",
    "map_of_huge_range": "tuple(map(lambda n: g, range(10**12)))",
    "sorted_huge_range": "tuple(sorted(range(10**12)))",
    "reversed_huge_range": "tuple(reversed(range(10**12)))",
    "dict_of_huge_range": "tuple({n: g for n in range(10**12)}.values())",
    "sum_of_tuples": "sum(((g,) for _ in range(10**12)), ())",
    "endless": "tuple(iter(int, 1))",
}

HARMLESS = {
    # Values in a right rule, whose two cotangents do not depend on them.
    "towers": "9 ** 9 ** 9 ** 9, pow(9, 9 ** 9 ** 9), 9 ** 9 ** 9 % 7, -9 ** 9 ** 9, ~9 ** 9 ** 9",
    "shifts": "1 << 10**9, 1 << (1 << 40), -1 << 10**12, 1 << -1, 1 >> -1, 1 >> 10**30",
    "division": "1 // 0, 1 % 0, 1 / 0, divmod(1, 0), 2 ** -1, 0 ** -1, 0.0 ** -1, 1j // 1, 1 @ 1, 'x' % 0, -(2 ** -1)",
    "repeats": "(g,) * -1, (g,) * -10**30, (g,) * 1.5, (g,) * True, () * 10**30, '' * 10**30, (g,) * None",
    "indices": "(g,)[10**30:], (g,)[-10**30], (g,)[::0], (g,)[::10**30], (g,)[1.5:'x'], 'x'[9 ** 9 ** 9:], (g,)[None]",
    "ranges": "len(range(10**30)), range(1.5), range(0, 9, 0), range(-10**30, 10**30), range(), range(1, 2, 3, 4), "
    "range('x'), range(10**30)[10**29], range(9 ** 9 ** 9 ** 9), 10**12 in range(10**30)",
    "sums": "sum(range(10**12)), max(range(10**12)), min([g] * 10**12), any(range(10**12)), all([1] * 10**12)",
    "conversions": "int('9' * 10**7), float('1e400'), int(float('inf')), int(float('nan')), complex('x'), chr(-1), "
    "float(10**400), str(1 << 10**6), round(1e400), bytes(-1), int('x'), bool(()), hash(1 << 10**9)",
    "floats": "1e400, -1e400, 1e400 - 1e400, 1e308 * 10, 1e-400, (g,) * int(1e12), 10.0 ** 1000, 1e400 // 1",
    "texts": "'x' * 10**12 + 'y', ('x' * 10**6).replace('x', 'y' * 10**6), ','.join(['x'] * 10**12), "
    "'x'.encode() * 10**12, f'{1:{10**12}}', '%*d' % (10**12, 1), 'x'.join('y' * 10**12)",
    "products": "10**12 * [g], 'x' * 10**6 * 10**6, ((g,) * 10**6) * 10**6, [[g] * 10**6] * 10**6",
}

NONDIFF = {
    # nondiff_argnums of a primal of two arguments: all out of range, or no sequence of integers.
    "huge_range": "range(10**18)",
    "huge_range_both_ways": "range(-10**18, 10**18)",
    "list_of_huge_range": "list(range(10**18))",
    "tuple_of_huge_generator": "tuple(n for n in range(10**18))",
    "star_of_huge_range": "[*range(10**18)]",
    "huge_tuple": "(0,) * 10**12",
    "tower": "(9 ** 9 ** 9 ** 9,)",
    "shift": "(1 << 10**9,)",
    "minus_huge": "(-10**30, 10**30)",
    "set_of_huge_range": "set(range(10**18))",
    "sum_of_ranges": "tuple(range(10**12)) + tuple(range(10**12))",
}


def files() -> Iterator[Nasty]:
    for name, value in RETURNS.items():
        yield nasty(f"return_{name}", HEADER + rule("f", f"{value}  # MAYBE") + WRONG)
    for name, value in HARMLESS.items():
        yield nasty(f"harmless_{name}", HEADER + rule("f", before=f"    unused = [{value}]\n") + WRONG)
    for name, value in NONDIFF.items():
        decorator = f"partial(jax.custom_vjp, nondiff_argnums={value})  # MAYBE"
        text = rule("f", "g * y, g * x  # MAYBE", decorator=decorator).replace(
            "(residuals, g):", "(residuals, g):  # MAYBE"
        )
        yield nasty(f"nondiff_{name}", HEADER + text + WRONG)
    yield from _unpacking()
    yield from _doubling()
    yield from _numbers_in_messages()


def _unpacking() -> Iterator[Nasty]:
    odd = (
        "    a, *b = range(10**12)\n    *c, d = [g] * 10**12\n    i, j = range(10**12)\n"
        "    k, l = 'x' * 10**12\n    (m, (n, *o)), p = (((g,) * 10**12),) * 10**12\n"
    )
    yield nasty("unpacking_huge", HEADER + rule("f", before=odd) + WRONG)
    loops = (
        "    t = ()\n    for n in range(10**12):\n        t += (n,)\n"
        "    while len(t) < 10**12:\n        t = t + (g,)\n    while True:\n        t = (*t, g)\n"
        "        if len(t) > 10**12:\n            break\n"
    )
    yield nasty("loops_to_huge", HEADER + rule("f", before=loops) + WRONG)
    yield nasty("loops_to_huge_returned", HEADER + rule("f", "t  # MAYBE", loops) + WRONG)
    nested = "".join("    " * (n + 1) + f"for i{n} in (x, y, g, x, y, g, x, y, g, x):\n" for n in range(12))
    nested = "    t = ()\n" + nested + "    " * 13 + "t = (*t, g)\n"
    yield nasty("twelve_loops_over_ten", HEADER + rule("f", "t  # MAYBE", nested) + WRONG)
    growing = "    t = (g,)\n" + "    for u in t:\n        t = t + t\n" * 10
    yield nasty("loops_over_what_grows", HEADER + rule("f", "t  # MAYBE", growing) + WRONG)
    product = " ".join(f"for i{n} in range(10)" for n in range(20))
    yield nasty("comprehension_of_20_loops", HEADER + rule("f", f"tuple(g {product})  # MAYBE") + WRONG)


def _doubling() -> Iterator[Nasty]:
    for name, step in {
        "plus": "t = t + t",
        "plus_assign": "t += t",
        "star": "t = (*t, *t)",
        "times": "t = t * 2",
        "times_assign": "t *= 2",
        "pair": "t = (t, t)",
        "sum": "t = sum((t, t), ())",
        "unpack": "t = [*t, *t]",
        "dict": "t = {0: t, 1: t}",
        "comprehension": "t = tuple(u for _ in range(2) for u in t)",
    }.items():
        lines = "    t = (g,)\n" + f"    {step}\n" * 60
        yield nasty(f"doubled_60_times_by_{name}", HEADER + rule("f", "t  # MAYBE", lines) + WRONG)
    for name, step in {
        "extend": "t.extend(t)",
        "plus_assign": "t += t",
        "append": "t.append(t)",
        "insert": "t.insert(0, t)",
        "slice": "t[:0] = t",
        "append_tuple": "t.append((t, t))",
        "setitem": "t[0] = t, t",
        "times_assign": "t *= 2",
    }.items():
        lists = "    t = [g]\n" + f"    {step}\n" * 60
        yield nasty(f"list_with_itself_60_times_by_{name}", HEADER + rule("f", "t  # MAYBE", lists) + WRONG)
    looped = "    t = u = (g,)\n    for _ in range(60):\n        t = t + t\n        u = (u, u)\n"
    yield nasty("doubled_in_a_loop", HEADER + rule("f", "t, u, g  # MAYBE", looped) + WRONG)
    nested = "    t = g\n    for _ in range(100_000):\n        t = (t,)\n"
    yield nasty("nested_100000_times", HEADER + rule("f", "t, t, t  # MAYBE", nested) + WRONG)
    written = "    t = g\n" + "    t = (t, x)\n" * 500
    yield nasty("nested_500_times", HEADER + rule("f", "t, t, t  # MAYBE", written) + WRONG)
    deep = "    t = (g,)\n" + "    t = (t,)\n" * 300 + "    u = (g,)\n" + "    u = (u,)\n" * 300
    deep += "    if g:\n        t = u\n    v = {t: u, u: t}\n"
    yield nasty("nested_300_times_compared", HEADER + rule("f", "t == u, v, t is u  # MAYBE", deep) + WRONG)
    for name, join in {"sum": "{0} + {0}", "pair": "({0}, {0})", "stars": "(*{0}, *{0})"}.items():
        helpers = "def h0(g):\n    return (g,)\n" + "".join(
            f"def h{n + 1}(g):\n    return {join.format(f'h{n}(g)')}\n" for n in range(60)
        )
        yield nasty(f"helpers_twice_{name}", HEADER + helpers + rule("f", "h60(g)  # MAYBE") + WRONG)
    ignored = "def h0(g):\n    return g, g\n" + "".join(
        f"def h{n + 1}(g):\n    a, b = h{n}(g), h{n}(-g)\n    return a\n" for n in range(60)
    )
    yield nasty("helpers_twice_right", HEADER + ignored + rule("f", "h60(g)") + WRONG)
    twice = "twice = lambda f: lambda t: f(f(t))\n" + "more = twice(twice(twice(twice(twice(lambda t: t + t)))))\n"
    yield nasty("twice_of_twice", HEADER + twice + rule("f", "more((g,))  # MAYBE") + WRONG)
    powers = "t = lambda f: lambda x: f(f(x))\n"
    yield nasty(
        "church_numerals", HEADER + powers + rule("f", "t(t)(t)(t)(t)(lambda a: a + a)((g,))  # MAYBE") + WRONG
    )


def _numbers_in_messages() -> Iterator[Nasty]:
    """Python refuses to print an integer of more than 4,300 digits: a message must not try."""

    def with_nondiff(value: str) -> str:
        text = rule("f", "g, g  # MAYBE", decorator=f"partial(jax.custom_vjp, nondiff_argnums={value})  # MAYBE")
        return HEADER + text.replace("(residuals, g):", "(residuals, g):  # MAYBE") + WRONG

    yield nasty("nondiff_of_10000_digits", with_nondiff(f"(0x{'f' * 10_000},)"))
    yield nasty("nondiff_of_minus_10000_digits", with_nondiff(f"(-0x{'f' * 10_000},)"))
    yield nasty("nondiff_int_of_10000_digits", with_nondiff(f"0x{'f' * 10_000}"))
    yield nasty("nondiff_computed_of_5000_digits", with_nondiff("(10**5000,)"))
    yield nasty("repeat_of_10000_digits", HEADER + rule("f", f"(g,) * 0x{'f' * 10_000}  # MAYBE") + WRONG)
    yield nasty("entry_of_10000_digits", HEADER + rule("f", f"0x{'f' * 10_000}  # WRONG VJP1") + WRONG)
    yield nasty("literal_of_5000_digits", HEADER + WRONG + f"x = {'9' * 5_000}\n", rejected=True)
    underscores = "1" + "_0" * 3_000
    yield nasty("underscores", HEADER + rule("f", f"{underscores}, 0b1, 0o7  # WRONG VJP1") + WRONG)
