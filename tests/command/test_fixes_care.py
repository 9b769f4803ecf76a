"""What `jaxvjp fix` must not do to what stands around a finding."""

from __future__ import annotations

import ast

import pytest

from command.fix_cases import HEADER, ONE, PULLBACK, SWAPPED
from command.samples import RULE
from command.test_fixes import fix
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.findings import Finding, Position
from flake8_jaxvjp.fixes.asking import Asked, Fixed
from flake8_jaxvjp.fixes.edits import Edit, apply
from flake8_jaxvjp.fixes.fixer import _is_made_of, _Planned, _read

NESTED = PULLBACK.format("return_").replace("return return_", "{}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return(pullback(g),)", "return pullback(g)"),
        ("return((2 * x * g,),)", "return(2 * x * g,)"),
        (
            "return 2 * x * g if True else(pullback(g),)",
            "return (2 * x * g if True else(pullback(g),),)",
        ),
    ],
)
def test_words_do_not_grow_together(before: str, after: str) -> None:
    fixed = fix(HEADER + NESTED.format(before), unsafe=True).raw
    ast.parse(fixed)
    assert fixed == HEADER + NESTED.format(after)


def test_a_pullback_behind_the_colon_of_a_lambda_and_a_keyword() -> None:
    text = HEADER + (
        "f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))\n"
        "f.defvjp(lambda x, y: (f(x, y), (x, y)),"
        " lambda r, g:(jax.vjp(lambda x, y: jnp.sum(x * y), *r)[1](g),))\n"
    )
    fixed = fix(text).raw
    assert fixed == text.replace("g:(jax", "g:jax").replace("[1](g),))", "[1](g))")
    ast.parse(fixed)


@pytest.mark.parametrize(
    ("before", "edits", "after", "is_right"),
    [
        ("def f(x):\n    return(x)\n", (Edit(20, 21, ""), Edit(22, 23, "")), "def f(x):\n    returnx\n", False),
        ("def f(x):\n    return(x)\n", (Edit(20, 21, " "), Edit(22, 23, "")), "def f(x):\n    return x\n", True),
        ("def f(x):\n    return(x)\n", (Edit(14, 20, ""),), "def f(x):\n    (x)\n", False),
        ("y = not(x)\n", (Edit(7, 8, ""), Edit(9, 10, "")), "y = notx\n", False),
        ("y = not(x)\n", (Edit(7, 8, " "), Edit(9, 10, "")), "y = not x\n", True),
        ("y = not(x)\n", (Edit(4, 10, "z"),), "y = z\n", True),
        ("y = not(x)\n", (Edit(4, 10, "\ufb01"),), "y = \ufb01\n", True),
    ],
)
def test_what_is_made_is_made_of_words_that_were_there_or_are_written(
    before: str, edits: tuple[Edit, ...], after: str, is_right: bool
) -> None:
    assert apply(before, edits) == after
    old, new = (_read(text, Asked("a.py", lambda _text, _finding: True)) for text in (before, after))
    assert old is not None
    assert new is not None
    assert _is_made_of(old, [_Planned(Finding(Position(1, 0), "VJP104", ""), edits)], new) is is_right


NAMED = (
    "f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))\n"
    "forward = lambda x, y: (f(x, y), (x, y))\n"
    "backward = lambda r, g: {}\n"
    "f.defvjp(forward, backward)\n"
)
STACKED, TUPLE = "jnp.stack([g * r[1], g * r[0]])", "(g * r[1], g * r[0])"


@pytest.mark.parametrize(
    ("name", "more", "is_safe"),
    [
        ("backward", "", True),
        ("backward: object", "", True),
        ("backward", "q = backward((1.0, 2.0), 3.0).sum()\n", False),
        ("backward", "\n\ndef elsewhere():\n    return backward\n", False),
        ("backward = other", "", False),
    ],
)
def test_a_lambda_with_a_name_may_be_called_elsewhere(name: str, more: str, is_safe: bool) -> None:
    before, after = (
        HEADER + NAMED.format(text).replace("backward =", f"{name} =") + more for text in (STACKED, TUPLE)
    )
    assert check_source(before)
    assert fix(before) == (Fixed(after, fix(before).mended) if is_safe else Fixed(before))
    assert fix(before, unsafe=True).raw == after
    waiting = dict(fix(before).refused)
    assert list(waiting.values()) == ([] if is_safe else ["--unsafe fixes it"])


@pytest.mark.parametrize(
    "text",
    [
        ONE.format(body="return 2 * x * g") + "q = f_bwd(jnp.ones(2), 3.0).sum()\n",
        RULE.format(name="f", returned="jnp.stack((g * y, g * x))") + "q = f_bwd((1.0, 2.0), 3.0).sum()\n",
        PULLBACK.format("(pullback(g),)") + "q = f_bwd(print, 3.0)[0][0]\n",
        PULLBACK.format("((2 * x * g,),)") + "q = f_bwd(print, 3.0)[0][0]\n",
    ],
)
def test_a_rule_that_is_called_elsewhere_returns_what_it_did(text: str) -> None:
    assert fix(HEADER + text) == Fixed(HEADER + text)
    alone = HEADER + text[: text.index("q = ")]
    assert fix(HEADER + text, unsafe=True).raw.startswith(fix(alone).raw)
    assert fix(alone).mended


FORGETFUL = """\
@jax.custom_vjp
def f(x, y):
    return jnp.sum(x * y)


def f_fwd({parameters}):
    return {returned}


def f_bwd(residuals, g):
    return g, g


f.defvjp(f_fwd, f_bwd)
"""
STATIC = """\
@partial(jax.custom_vjp, nondiff_argnums=(1,))
def f(x, n):
    return jnp.sum(x) * n


def f_fwd(x, n):
    return f(x, n), x


def f_bwd({parameters}):
    return ({returned},)


f.defvjp(f_fwd, f_bwd)
"""


@pytest.mark.parametrize(
    ("rule", "few", "all_", "ignoring", "reading"),
    [
        (FORGETFUL, "x", "x, y", "jnp.sum(x) * 2.0, x", "jnp.sum(x * y), x"),
        (STATIC, "x, g", "n, x, g", "g * x", "g * x * n"),
    ],
)
def test_a_parameter_that_the_rule_would_ignore_is_added_by_the_daring_only(
    rule: str, few: str, all_: str, ignoring: str, reading: str
) -> None:
    before, after = (HEADER + rule.format(parameters=text, returned=ignoring) for text in (few, all_))
    assert fix(before) == Fixed(before)
    assert fix(before, unsafe=True).raw == after
    before, after = (HEADER + rule.format(parameters=text, returned=reading) for text in (few, all_))
    assert fix(before).raw == after
    name = "y" if rule is FORGETFUL else "n"
    taken = before.replace(HEADER, f"{HEADER}{name} = 3.0\n\n\n")
    assert check_source(taken)
    assert fix(taken, unsafe=True) == Fixed(taken)


SWAPPED_NAMES = "def slope(x, y):\n    {names} = jax.vjp(jnp.multiply, x, y)\n    return {called}(1.0)\n"
DECORATED = RULE.format(name="f", returned="g * y, g * x").replace("@jax.custom_vjp\n", "{}\n{}\n", 1)
OVER_LINES = SWAPPED.format(rules="\n    f_bwd,{}\n    f_fwd,{}\n")
MOVED = {
    "parameters": (STATIC.format(parameters="\n    x,{}\n    g,{}\n    n,\n", returned="n * g * x"), "VJP203"),
    "names": (SWAPPED_NAMES.format(names="(\n        back,{}\n        out,{}\n    )", called="back"), "VJP402"),
    "arguments": (OVER_LINES, "VJP406"),
    "decorators": (DECORATED.format("@jax.jit{}", "@jax.custom_vjp{}"), "VJP410"),
}
COMMENTS = [("  # the first", ""), ("", "  # the second"), ("  # noqa: E501", ""), ("\n    # alone", "")]


@pytest.mark.parametrize("comments", COMMENTS)
@pytest.mark.parametrize("name", MOVED)
def test_code_does_not_move_away_from_its_comments(name: str, comments: tuple[str, str]) -> None:
    text, code = MOVED[name]
    if name == "decorators":
        comments = comments[0].replace("    #", "#"), comments[1]
    before = HEADER + text.format(*comments)
    assert [finding.code for finding in check_source(before)] == [code]
    assert fix(before, unsafe=True) == Fixed(before)
    (reason,) = fix(before, unsafe=True).refused.values()
    assert reason == "not fixed: a comment stands where code would change places"
    assert fix(HEADER + text.format("", "")).mended


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("f_bwd, f_fwd", "f_fwd, f_bwd"),
        ("\n    # backward, forward\n    f_bwd, f_fwd\n", ""),
        ("f_bwd, f_fwd  # backward, forward\n", ""),
        ("f_bwd, f_fwd  # noqa: E501\n", "f_fwd, f_bwd  # noqa: E501\n"),
        ("f_bwd, f_fwd  # type: ignore[arg-type]\n", "f_fwd, f_bwd  # type: ignore[arg-type]\n"),
    ],
)
def test_a_comment_for_tools_is_about_its_line(rules: str, expected: str) -> None:
    """Any other at the line may say in which order the things on it stand."""
    before = HEADER + SWAPPED.format(rules=rules)
    assert fix(before).raw == (HEADER + SWAPPED.format(rules=expected) if expected else before)


def test_a_comment_elsewhere_is_in_nobodys_way() -> None:
    before = HEADER + "# The rules.\n" + SWAPPED.format(rules="\n    f_bwd, f_fwd\n") + "# The end.\n"
    assert fix(before).raw == before.replace("f_bwd, f_fwd", "f_fwd, f_bwd")


PARTIAL = RULE.format(name="f", returned="g * y, g * x").replace("custom_vjp", "custom_vjp(nondiff_argnums=())", 1)


@pytest.mark.parametrize(
    ("imports", "written"),
    [
        ("from functools import partial as p\n", "p"),
        ("from functools import lru_cache, partial as bind, partial\n", "bind"),
        ("from functools import partial as p\nfrom functools import partial as p\n", "p"),
        ("import functools\n", "functools.partial"),
        ("import os, functools as ft\n", "ft.partial"),
        ("import functools\nfrom functools import partial\n", "partial"),
        ("import functools\nfrom os import path as functools\n", ""),
        ("from functools import partial as p\np = print\n", ""),
        ("from functools import partial as p\ntry:\n    pass\nexcept OSError as p:\n    pass\n", ""),
    ],
)
def test_an_import_that_is_there_is_used_by_its_name(imports: str, written: str) -> None:
    head = f"{imports}import jax\nimport jax.numpy as jnp\n\n\n"
    fixed = fix(head + PARTIAL).raw
    wanted = f"@{written or 'partial'}(jax.custom_vjp, nondiff_argnums=())"
    expected = (head + PARTIAL).replace("@jax.custom_vjp(nondiff_argnums=())", wanted)
    assert fixed == (expected if written else "from functools import partial\n" + expected)


def test_why_no_import_is_added_is_said() -> None:
    for head, reason in (
        (
            "def partial(): pass\nimport jax\n",
            "the file has another 'partial' than that of functools, or has it too late",
        ),
        ("x = 1; import jax\n", "there is no place for 'from functools import partial'"),
    ):
        text = head + "jnp = jax.numpy\n" + PARTIAL
        assert list(fix(text).refused.values()) == [f"not fixed: {reason}"]
