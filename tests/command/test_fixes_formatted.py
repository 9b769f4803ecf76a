"""Fixes of rules that are written down in every way: the right thing is written, and all around it stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from command.fix_cases import HEADER, ONE, FixCase
from command.fix_cases_later import CASES
from command.samples import RULE
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.fixes.asking import Asked
from flake8_jaxvjp.fixes.fixer import fix_text

FIXED = [case for case in CASES if case.after]
INDENT = re.compile(r"^(?: {4})+", re.MULTILINE)


def indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


LAYOUTS: dict[str, Callable[[str], str]] = {
    "in_a_function": lambda text: "def outer():\n" + indented(text),
    "in_a_branch": lambda text: "if True:\n" + indented(text) + "else:\n    pass\n",
    "tabs": lambda text: INDENT.sub(lambda found: "\t" * (len(found[0]) // 4), text),
    "three_spaces": lambda text: INDENT.sub(lambda found: "   " * (len(found[0]) // 4), text),
    "comments": lambda text: re.sub(r"^([^#\n]+[^#\n\\])$", "\\1  # \u6f22 {[(", text, flags=re.MULTILINE),
    "spaces_at_the_end": lambda text: re.sub(r"$", "   ", text, flags=re.MULTILINE),
    "spaces_after_at": lambda text: re.sub(r"^@", "@  ", text, flags=re.MULTILINE),
    "form_feeds": lambda text: text.replace("\n\n\n", "\n\f\n\n"),
}
LOSES_A_COMMENT = {("comments", "over_lines")}
"""Where a bracket with a comment behind it would go."""
MOVES = {
    "swapped", "swapped_keywords", "output_called_twice", "names_used_otherwise", "nondiff_last", "nondiff_between",
    "nondiff_between_called", "forward_out_of_order", "jit_above",
}  # fmt: skip
"""Cases in which code changes places, which it does not where there are comments."""


def fix(text: str) -> str:
    return fix_text(text, Asked("a.py", lambda _text, _finding: True, unsafe=True)).raw


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_fixed_in_one_layout_is_fixed_in_another(layout: str) -> None:
    laid_out = LAYOUTS[layout]
    tried = 0
    for case in FIXED:
        before, after = HEADER + laid_out(case.before), HEADER + laid_out(case.after)
        if before == HEADER + case.before or not check_source(before):  # some rules judge the top level alone
            continue
        is_refused = (layout, case.name) in LOSES_A_COMMENT or (layout == "comments" and case.name in MOVES)
        expected = before if is_refused else after
        assert fix(before) == expected, case.name
        tried += 1
    assert tried > 30


def two(returned: str) -> str:
    return RULE.format(name="f", returned="@").replace("    return @", returned)


def one(body: str) -> str:
    return ONE.replace("    {body}", body)


def by(definition: str, name: str = "f_bwd") -> str:
    return ONE.replace("def f_bwd(x, g):\n    {body}", definition).replace("f_fwd, f_bwd", f"f_fwd, {name}")


RIGHT = one("    return 2 * x * g,")
ODD = [
    FixCase(str(number), before, after)
    for number, (before, after) in enumerate(
        [
            (two("    return jnp.stack ( ( g*y , g*x ) )"), two("    return g*y , g*x")),
            (two("    return jnp.stack([g*y,g*x,],)"), two("    return g*y,g*x")),
            (two("    return ((jnp.stack([g * y, g * x])))"), two("    return g * y, g * x")),
            (two("    return jnp.stack([g, # a\n      g * x]) # b"), two("    return (g, # a\n      g * x) # b")),
            (two("    return jnp.stack([g * y, \\\n  g * x])"), two("    return (g * y, \\\n  g * x)")),
            (two("    return jnp.stack([g * (y\n    ), g * x\n    ])"), two("    return (g * (y\n    ), g * x\n    )")),
            (two("    return \\\n        jnp.stack([g * y, g * x])"), two("    return \\\n        g * y, g * x")),
            (two("    return jnp.stack([g * y, g * x]); x = 1"), two("    return g * y, g * x; x = 1")),
            (two("    h = 1; return jnp.stack([g, g])  ;  "), two("    h = 1; return g, g  ;  ")),
            (two("    if x is None: return jnp.stack([g, g])\n    else: return jnp.stack((g, x))"),
             two("    if x is None: return g, g\n    else: return g, x")),
            (two("    try:\n        return jnp.stack([g, g])\n    finally:\n        pass"),
             two("    try:\n        return g, g\n    finally:\n        pass")),
            (two("    with open('x') as s: return jnp.stack([g, g])"), two("    with open('x') as s: return g, g")),
            (two("    return jnp.stack([f'{g}' and g, \'\'\'a\nb\'\'\' and g])"),
             two("    return (f'{g}' and g, \'\'\'a\nb\'\'\' and g)")),
            (two("    return jnp.stack([(lambda q: q)(g), (lambda q: q)(g)])"),
             two("    return (lambda q: q)(g), (lambda q: q)(g)")),
            (one("    return(2 * x * g)"), one("    return((2 * x * g),)")),
            (one("    return -x*g if x is None else g*x"), one("    return (-x*g if x is None else g*x,)")),
            (one("    return 2 * x * g ; pass"), one("    return (2 * x * g,) ; pass")),
            (one("    return 2 * x \\\n        * g"), one("    return (2 * x \\\n        * g,)")),
            (one("    return (2 * x * # a\n        g) # b"), one("    return ((2 * x * # a\n        g),) # b")),
            (one("    return (y := 2 * x * g)"), one("    return ((y := 2 * x * g),)")),
            (one("    return jnp.where(x > 0,\n        g,\n        -g)"),
             one("    return (jnp.where(x > 0,\n        g,\n        -g),)")),
            (one("    return jnp.\\\n        exp(x) * g"), one("    return (jnp.\\\n        exp(x) * g,)")),
            (by("def f_bwd(x, g): return 2 * x * g"), by("def f_bwd(x, g): return (2 * x * g,)")),
            (by("f_bwd = lambda x, g: 2 * x * g"), by("f_bwd = lambda x, g: (2 * x * g,)")),
            (by("f_bwd = (lambda x, g: (2 * x * g  # c\n))"), by("f_bwd = (lambda x, g: ((2 * x * g  # c\n),))")),
            (by("@jax.jit  # c\n@jax.named_call\ndef f_bwd(x, g) : return 2 * x * g; "),
             by("@jax.jit  # c\n@jax.named_call\ndef f_bwd(x, g) : return (2 * x * g,); ")),
            (by("class A:\n  @staticmethod\n  def f_bwd(x, g):\n    'doc'; return 2 * x * g", "A.f_bwd"),
             by("class A:\n  @staticmethod\n  def f_bwd(x, g):\n    'doc'; return (2 * x * g,)", "A.f_bwd")),
            (by("def f_bwd(x, /, g): return 2 * x * g"), by("def f_bwd(x, /, g): return (2 * x * g,)")),
            (RIGHT.replace("custom_vjp", "custom_vjp(\n    nondiff_argnums=(),  # c\n)"),
             RIGHT.replace("jax.custom_vjp", "partial(\n    jax.custom_vjp, nondiff_argnums=(),  # c\n)")),
            (RIGHT.replace("@jax.custom_vjp", "@(jax.custom_vjp())"), RIGHT),
            (RIGHT.replace("f.defvjp(", "x = 1; f=f.defvjp("), RIGHT.replace("f.defvjp(", "x = 1; f.defvjp(")),
        ]
    )
]  # fmt: skip


@pytest.mark.parametrize("case", ODD, ids=lambda case: str(case.name))
def test_odd_ways_to_write_a_rule(case: FixCase) -> None:
    fixed = fix(HEADER + case.before)
    assert fixed == HEADER + case.after
    compile(fixed, "a.py", "exec")
    assert fix(fixed) == fixed
    assert check_source(fixed) == ()


REFUSED = [
    two("    return jnp.stack([g * y, g * x]) if x is None else None"),
    two("    return (out := jnp.stack([g * y, g * x]))"),
    two("    return jnp.stack([g * y, g * x], axis=  # which\n        0)"),
    two("    def inner(): return jnp.stack([g * y, g * x])\n    return inner()"),
    two("    return jnp.stack(tuple([g * y, g * x]))"),
    two("    return jnp.concatenate(arrays=(g * y, g * x))"),
    two("    return jnp.array([g * y, g * x], jnp.float32)"),
    one("    return lambda: g"),
    RIGHT.replace("f_fwd, f_bwd)", "\n  f_bwd, # b\n  f_fwd, # f\n)"),
    one("    return (2 * x * g,)").replace("@jax.custom_vjp", "@jax.custom_vjp(  # c\n)"),
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_would_lose_something_stays(text: str) -> None:
    assert check_source(HEADER + text)
    assert fix(HEADER + text) == HEADER + text
