"""Depth: brackets, sums, chains, branches, functions in functions.

Each shape stands outside the rules and inside a backward rule; most come a second time past what pyflakes or Python's
parser survive: there flake8 dies by itself, and only the engine is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nasty.base import HEADER, RIGHT, WRONG, Nasty, indent, nasty, rule

PYFLAKES = "pyflakes walks the tree by recursion"
PARSER = "Python's own parser gives up: SyntaxError or MemoryError, by version"


def _brackets(depth: int) -> str:
    return "(" * depth + "g" + ")" * depth


def _ternary(depth: int) -> str:
    return "g if g else " * depth + "g"


def _lambdas(depth: int) -> str:
    return "lambda: " * depth + "g"


EXPRESSIONS: dict[str, tuple[Callable[[int], str], int, int]] = {
    # name: (an expression of a depth, a depth that flake8 survives, one that it need not survive or 0)
    "parentheses": (_brackets, 60, 1_000),
    "lists": (lambda depth: "[" * depth + "g" + "]" * depth, 60, 1_000),
    "tuples": (lambda depth: "(" * depth + "g" + ",)" * depth, 60, 150),
    "dicts": (lambda depth: "{0: " * depth + "g" + "}" * depth, 60, 0),
    "calls_in_calls": (lambda depth: "g(" * depth + "0" + ")" * depth, 60, 150),
    "sum": (lambda depth: " + ".join(["g"] * depth), 250, 1_000),
    "powers": (lambda depth: " ** ".join(["g"] * depth), 60, 1_000),
    "comparisons": (lambda depth: " < ".join(["g"] * depth), 1_000, 0),
    "alternatives": (lambda depth: " or ".join(["g"] * depth), 1_000, 0),
    "signs": (lambda depth: "- " * depth + "g", 60, 1_000),
    "attributes": (lambda depth: "g" + ".a" * depth, 250, 1_000),
    "method_calls": (lambda depth: "g" + ".a()" * depth, 120, 1_000),
    "subscripts": (lambda depth: "g" + "[0]" * depth, 250, 1_000),
    "ternary": (_ternary, 60, 1_000),
    "lambdas": (_lambdas, 40, 150),
    "strings": (lambda depth: '"a" ' * depth, 1_000, 0),
    "comprehensions": (lambda depth: "[" * depth + "g" + " for g in g]" * depth, 15, 60),
    "comprehension_loops": (lambda depth: "[g" + " for g in g" * depth + "]", 100, 1_000),
}


def files() -> Iterator[Nasty]:
    for name, (build, depth, too_deep) in EXPRESSIONS.items():
        deep, shallow = f"deep = {build(depth)}\n", f"deep = {build(min(depth, 15))}\n"
        around = "g = 0\n" + deep + rule("f", before="    deep\n")
        inside = rule("f", "g, deep, g  # WRONG VJP1", indent(shallow)) + rule(
            "f", "g, deep, g  # MAYBE", indent(deep)
        )
        yield nasty(f"deep_{name}", HEADER + around + inside + WRONG)
        if too_deep:
            yield nasty(
                f"too_deep_{name}",
                HEADER
                + "g = 0\ndeep = "
                + build(too_deep)
                + "\n"
                + RIGHT
                + rule("f", f"{build(too_deep)}, g")
                + WRONG,
                fragile=PARSER,
            )
    yield from _statements()
    yield from _functions()


def _statements() -> Iterator[Nasty]:
    elifs = "if g: pass\n" + "elif g: pass\n"
    for count, fragile in ((120, ""), (1_000, PYFLAKES)):
        many = elifs + "elif g: pass\n" * count
        yield nasty(f"elif_{count}_around", HEADER + "g = 0\n" + many + WRONG, fragile=fragile)
        returns = "".join(f"    elif g < {n}: return g * y, g * x\n" for n in range(count))
        branches = "    if not g: return g * x, g * y, None  # MAYBE\n" + returns
        yield nasty(f"elif_{count}_inside", HEADER + rule("f", before=branches) + WRONG, fragile=fragile)
    nested = "".join(indent("if x:\n", " " * depth) for depth in range(90)) + " " * 90 + "pass\n"
    yield nasty("blocks_90_deep", HEADER + "x = 1\n" + nested + WRONG)
    yield nasty("blocks_110_deep", HEADER + WRONG + "".join(" " * n + "if x:\n" for n in range(110)), rejected=True)
    for depth, word in ((5, "WRONG VJP1"), (15, "MAYBE")):
        loops = "".join(" " * (n + 4) + "for x in (x, y):\n" for n in range(depth)) + " " * (depth + 4) + "x = y\n"
        yield nasty(f"loops_{depth}_deep", HEADER + rule("f", f"g * y, g * x, None  # {word}", loops) + WRONG)
    tries = "".join(" " * n + "try:\n" for n in range(4, 14)) + " " * 14 + "return g * y, g * x\n"
    tries += "".join(" " * n + "finally:\n" + " " * (n + 1) + "x = y\n" for n in reversed(range(4, 14)))
    yield nasty("tries_10_deep", HEADER + rule("f", before=tries) + WRONG)
    yield nasty("decorators_200", HEADER + "@(lambda f: f)\n" * 200 + RIGHT + WRONG)
    yield nasty("with_items_300", HEADER + "with " + ", ".join(["x"] * 300) + ":\n" + indent(WRONG))
    targets = " = ".join(f"a{n}" for n in range(1_000))
    yield nasty("targets_1000", HEADER + rule("f", "a0, a999, None  # WRONG VJP1", f"    {targets} = g\n") + RIGHT)
    sequence = "".join(f"    x{n + 1} = x{n}\n" for n in range(1_000))
    yield nasty("assignments_1000", HEADER + rule("f", "x1000, x1000", "    x0 = g\n" + sequence) + WRONG)
    tuples = "".join(f"    x{n + 1} = (x{n}[0], x{n}[1])\n" for n in range(200))
    yield nasty("tuples_of_tuples_200", HEADER + rule("f", "x200", "    x0 = (g, g)\n" + tuples) + WRONG)


def _functions() -> Iterator[Nasty]:
    for depth, wrong in ((20, WRONG), (80, WRONG.replace("WRONG VJP1", "MAYBE"))):
        nested = "".join(" " * n + f"def f{n}(x, y):\n" for n in range(depth))
        yield nasty(f"functions_{depth}_deep", HEADER + nested + indent(wrong, " " * depth) + RIGHT + WRONG)
        classes = "".join(" " * n + f"class C{n}:\n" for n in range(depth))
        yield nasty(f"classes_{depth}_deep", HEADER + classes + indent(wrong, " " * depth) + RIGHT + WRONG)
    closures = "".join(
        f"def make{n}(k):\n    def inner(g):\n        return g * k, make{max(n - 1, 0)}\n    return inner\n"
        for n in range(1_000)
    )
    yield nasty("closures_1000", HEADER + closures + rule("f", "make999(y)(g)[0], g * x") + WRONG)
    chain = "def h0(g):\n    return g, g\n" + "".join(f"def h{n + 1}(g):\n    return h{n}(g)\n" for n in range(300))
    yield nasty("helpers_300_deep", HEADER + chain + rule("f", "h300(g)") + WRONG)
    wrong = chain.replace("return g, g\n", "return g, g, g  # MAYBE\n")
    yield nasty("wrong_helpers_300_deep", HEADER + wrong + rule("f", "h300(g)  # MAYBE") + WRONG)
    aliases = "a0 = f_bwd\n" + "".join(f"a{n + 1} = a{n}\n" for n in range(1_000))
    late = rule("f", "g, g, g  # MAYBE").replace("f.defvjp(f_fwd, f_bwd)\n", aliases + "f.defvjp(f_fwd, a1000)\n")
    yield nasty("aliases_1000_deep", HEADER + late + WRONG)
    wrapped = "f_bwd = jax.jit(f_bwd)\n" * 300
    late = rule("f", "g, g, g  # MAYBE").replace("f.defvjp", wrapped + "f.defvjp")
    yield nasty("jit_300_times", HEADER + late + WRONG)
    wrapped = "f_bwd = partial(f_bwd)\n" * 300
    late = rule("f", "g, g").replace("f.defvjp", wrapped + "f.defvjp")
    yield nasty("partial_300_times", HEADER + late + WRONG)
    inline = "jax.jit(" * 60 + "f_bwd" + ")" * 60
    late = rule("f", "g, g, g  # MAYBE").replace("f_fwd, f_bwd)\n", f"f_fwd, {inline})\n")
    yield nasty("jit_in_jit_60", HEADER + late + WRONG)
    inherits = "class C0:\n    def b(self, r, g):\n        return g, g\n" + "".join(
        f"class C{n + 1}(C{n}):\n    pass\n" for n in range(1_000)
    )
    yield nasty("inheritance_1000_deep", HEADER + inherits + rule("f", "C1000().b(0, g)") + WRONG)
