"""What `jaxvjp fix` must not do to what stands around a finding."""

from __future__ import annotations

import ast

import pytest

from command.fix_cases import HEADER, ONE, PULLBACK
from command.samples import RULE
from command.test_fixes import fix
from flake8_jaxvjp.checker import check_source
from flake8_jaxvjp.fixes.fixer import Fixed

NESTED = PULLBACK.format("return_").replace("return return_", "{}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return(pullback(g),)", "return pullback(g)"),
        ("return((2 * x * g,),)", "return((2 * x * g),)"),
        ("return 2 * x * g if True else(pullback(g),)", ""),
    ],
)
def test_words_do_not_grow_together(before: str, after: str) -> None:
    text = HEADER + NESTED.format(before)
    fixed = fix(text, unsafe=True).raw
    ast.parse(fixed)
    assert "returnp" not in fixed
    if before.startswith("return(p"):
        assert fixed == HEADER + NESTED.format(after)


def test_a_pullback_behind_the_colon_of_a_lambda_and_a_keyword() -> None:
    text = HEADER + (
        "f = jax.custom_vjp(lambda x, y: jnp.sum(x * y))\n"
        "f.defvjp(lambda x, y: (f(x, y), (x, y)),"
        " lambda r, g:(jax.vjp(lambda x, y: jnp.sum(x * y), *r)[1](g),))\n"
    )
    fixed = fix(text).raw
    assert fixed in {text, text.replace("g:(jax", "g:jax").replace("(g),))", "(g)))").replace(")))\n", "))\n")}
    ast.parse(fixed)


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
