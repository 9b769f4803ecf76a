"""Layout: tabs, continuations, semicolons, one-line classes, lines of a megabyte, files of 50,000 lines."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, RIGHT, WRONG, Nasty, indent, nasty, rule

BACKSLASHES = """\
@jax \\
  . custom_vjp
def \\
f \\
(x, y): \\
    return \\
x * y
def f_fwd(x, \\
  y): return x * y, \\
(x, y)
def f_bwd(residuals, g):
    x, y = \\
      residuals
    return \\
g * y, g * x, None
f \\
  . \\
  defvjp( \\
f_fwd, \\
f_bwd)
"""


def files() -> Iterator[Nasty]:
    yield from _indentation()
    yield from _one_line()
    yield from _length()


def _indentation() -> Iterator[Nasty]:
    yield nasty("tabs", HEADER + (RIGHT + WRONG).replace("    ", "\t"))
    yield nasty("tabs_here_spaces_there", HEADER + RIGHT.replace("    ", "\t") + WRONG.replace("    ", "  "))
    mixed = "if True:\n" + indent(rule("f", "g, g, g  # WRONG VJP1", "        \t  \n"), "  \t")
    yield nasty("tabs_after_spaces", HEADER + mixed.replace("  \t    ", "  \t  \t "))
    yield nasty("tabs_against_spaces", HEADER + WRONG + "if x:\n        pass\n\tpass\n", rejected=True)
    yield nasty("one_space", HEADER + (RIGHT + WRONG).replace("    ", " "))
    text = HEADER + BACKSLASHES
    line = text[: text.index("    return \\\ng * y")].count("\n") + 1
    yield nasty("backslashes", text, wrong=frozenset({(line, "VJP1")}))
    strange = rule(
        "f", "g * y, g * x, None  # WRONG VJP1", "                    # deep comment\n# shallow comment\n\n"
    )
    yield nasty("comments_at_odd_depths", HEADER + strange + RIGHT)
    brackets = rule("f", "(  # WRONG VJP1\ng * y,\n# comment\n\n      g * x\n, None\n  )")
    yield nasty("brackets_at_odd_depths", HEADER + brackets + RIGHT)
    yield nasty("noqa_for_the_file", "# flake8: noqa\n" + HEADER + WRONG.replace("WRONG", "SILENCED"))


def _one_line() -> Iterator[Nasty]:
    lambdas = "f = jax.custom_vjp(lambda x, y: x * y); "
    wrong = "f.defvjp(lambda x, y: (x * y, (x, y)), lambda r, g: (g * r[1], g * r[0], None))  # WRONG VJP1"
    right = "f.defvjp(lambda x, y: (x * y, (x, y)), lambda r, g: (g * r[1], g * r[0]))"
    yield nasty("semicolons", f"{HEADER}{lambdas}{right}; {lambdas}{wrong}\n")
    yield nasty("semicolons_at_the_end", f"{HEADER}{lambdas}\n{right};\n{lambdas}{wrong}\n")
    yield nasty("class_on_one_line", f"{HEADER}class C: {lambdas}{wrong}\n")
    yield nasty("if_on_one_line", f"{HEADER}if True: {lambdas}{wrong}\nfor _ in (1,): {lambdas}{right}\n")
    body = (
        "def f_bwd(r, g): x, y = r; return g * y, g * x, None  # WRONG VJP1\ndef f_fwd(x, y): return x * y, (x, y)\n"
    )
    yield nasty(
        "functions_on_one_line", f"{HEADER}{body}f = jax.custom_vjp(lambda x, y: x * y);f.defvjp(f_fwd, f_bwd)\n"
    )
    # Two definitions of one name on one line: the live one counts, and a line number does not tell which.
    twice = "b = lambda r, g: (g, g); "
    yield nasty(
        "redefined_on_one_line",
        f"{HEADER}{lambdas}{twice}b = lambda r, g: (g, g, g); {twice}f.defvjp(lambda x, y: (x * y, ()), b)\n",
    )
    yield nasty("soup_without_spaces", HEADER + SOUP + WRONG)
    yield nasty("libcst_rejects_outside", HEADER + OUTSIDE + WRONG)
    yield nasty("libcst_rejects_inside", HEADER + rule("f", "g, g, g  # MAYBE", indent(OUTSIDE)) + WRONG)
    helper = "def helper(g):\n" + indent(OUTSIDE) + "    return g, g, g  # MAYBE\n"
    yield nasty("libcst_rejects_helper", HEADER + helper + rule("f", "helper(g)  # MAYBE") + WRONG)


SOUP = """\
x=1if 2else(3)
y=[*(1,),*[2]];z={**{},'a':1};w=not(x);v=-+~1
print(*x,**z);del(x),y
for(a)in(1,2),:pass
while(0):pass
else:pass
try:pass
except(ValueError,TypeError)as e:pass
finally:pass
lambda*a,**k:(a,k);lambda:0;lambda a=lambda:0:a
from.import q;from...a.b import c as d;import a.b.c as e,f.g
assert(x),"m";"a""b"'''c'''if 0else f'{x!r:>{3}}'
with(open(x))as h,(open(x))as i:pass
x[1:2,::3,...];x[(a:=1)];x[(*a,)]if 0else{1}
@(lambda f:f)
def k(a,/,b,*,c=1,**d)->(yield):return*a,*b
raise(x)from(y)
"""
"""Everything that the grammar lets one write without a space."""

OUTSIDE = """\
pick = () if 0 else(lambda:())
keep = [lambda:0]if 0 else(lambda:())
call = (lambda:0)if 0 else[lambda:()]
pick.a[0]: int
(pick): int = 2
"""
"""Legal Python that libcst refused in some release, as a statement of its own."""


def _length() -> Iterator[Nasty]:
    filler = ("x\n" + "# comment\n\n" * 4 + "x\n") * 5_000
    yield nasty("fifty_thousand_lines", HEADER + RIGHT + filler + WRONG)
    yield nasty("fifty_thousand_blank_lines", HEADER + RIGHT + "\n" * 50_000 + WRONG)
    inside = "    # nothing\n" * 10_000
    yield nasty("ten_thousand_comments_in_a_rule", HEADER + rule("wrong", "g, g, g  # WRONG VJP1", inside))
    megabyte = "x" * 1_000_000
    yield nasty("megabyte_comment", f"# {megabyte} defvjp\n" + HEADER + WRONG)
    yield nasty("megabyte_string", f's = "{megabyte}"\n' + HEADER + WRONG)
    yield nasty("megabyte_string_in_a_rule", HEADER + rule("wrong", f'g, g, "{megabyte}"  # WRONG VJP1'))
    # pycodestyle's patterns are quadratic in spaces: a thousand are enough.
    yield nasty("thousand_spaces", HEADER + rule("wrong", "g, g," + " " * 1_000 + "None  # WRONG VJP1"))
    terms = ", ".join(["g"] * 20_000)
    yield nasty("twenty_thousand_cotangents", HEADER + rule("wrong", f"{terms}  # MAYBE") + RIGHT + WRONG)
    for count, word in ((200, "WRONG VJP1"), (2_000, "MAYBE")):
        parameters = ", ".join(f"p{n}" for n in range(count))
        many = f"@jax.custom_vjp\ndef f({parameters}):\n    return p0\ndef f_fwd({parameters}):\n    return p0, ()\n"
        cotangents = ", ".join(["g"] * count)
        yield nasty(
            f"{count}_parameters",
            HEADER + many + f"def f_bwd(residuals, g):\n    return {cotangents}\nf.defvjp(f_fwd, f_bwd)\n" + WRONG,
        )
        yield nasty(
            f"{count}_parameters_one_missing",
            HEADER + many + "def f_bwd(residuals, g):\n"
            f"    return {cotangents[3:]}  # {word}\nf.defvjp(f_fwd, f_bwd)\n" + WRONG,
        )
    # Most of the cost here is flake8's own; the engine is to be linear in the rules of a file.
    pairs = "".join(rule(f"f{n}", "g, g, g  # WRONG VJP1" if n % 50 == 0 else "g * y, g * x") for n in range(300))
    yield nasty("three_hundred_rules", HEADER + pairs)
