"""VJP208: a keyword that custom_vjp or defvjp does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.rules.base import Problem, Rule, listed
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.nondiff import nondiff_node
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

DEFVJP_KEYWORDS = ("fwd", "bwd", "symbolic_zeros", "optimize_remat")
NONDIFF = re.compile(r"non_?diff|static_arg")
"""What people write for nondiff arguments; the second is the word of `jax.jit`."""
CUSTOM_VJP_KEYWORDS = ("fun", "nondiff_argnums", "nondiff_argnames")


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        for name in site.receiver.keywords:
            if name not in CUSTOM_VJP_KEYWORDS:
                node = nondiff_node(site.receiver, name)
                yield Problem(node, f"jax.custom_vjp has no keyword '{name}': use one of {listed(CUSTOM_VJP_KEYWORDS)}")
        for arg in site.site.node.args:
            if arg.keyword is not None and arg.keyword.value not in DEFVJP_KEYWORDS:
                name = arg.keyword.value
                yield Problem(arg, f"defvjp has no keyword '{name}': use one of {listed(DEFVJP_KEYWORDS)}")


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for site in facts.sites:
        for name in site.receiver.keywords:
            node = nondiff_node(site.receiver, name)
            meant = _nondiff_keyword(node)
            is_free = meant and meant not in site.receiver.keywords and name not in CUSTOM_VJP_KEYWORDS
            if is_free and isinstance(node, cst.Arg) and node.keyword is not None:
                yield Repair(node, (Change(node.keyword, cst.Name(meant)),))
        for arg in site.site.node.args:
            word = _defvjp_keyword(site, arg)
            if arg.keyword is not None and word:
                yield Repair(arg, (Change(arg.keyword, cst.Name(word)),))


def _nondiff_keyword(arg: cst.CSTNode) -> str:
    """What a misspelt keyword stands for: positions are numbers, names are strings."""
    if not isinstance(arg, cst.Arg) or arg.keyword is None or not NONDIFF.search(arg.keyword.value):
        return ""
    kinds = {type(node) for node in walk(arg.value) if isinstance(node, (cst.Integer, cst.SimpleString, cst.Name))}
    if kinds == {cst.Integer}:
        return "nondiff_argnums"
    return "nondiff_argnames" if kinds == {cst.SimpleString} else ""


def _defvjp_keyword(site: SiteFacts, arg: cst.Arg) -> str:
    """What another word for a rule stands for, where neither rule is given otherwise."""
    given = site.site.node.args
    known = {other.keyword.value for other in given if other.keyword is not None and other is not arg}
    word = arg.keyword.value if arg.keyword is not None else ""
    meant = {"forward": "fwd", "backward": "bwd", "symbolic_zero": "symbolic_zeros"}.get(word, "")
    place = {"fwd": 0, "bwd": 1}.get(meant, 2)
    taken = sum(other.keyword is None for other in given) > place or meant in known
    return "" if taken else meant


RULE = Rule(
    code="VJP208",
    name="unknown-custom-vjp-keyword",
    summary="a keyword that custom_vjp or defvjp does not have",
    what=(
        "Checks the keywords of `jax.custom_vjp` (`fun`, `nondiff_argnums`, `nondiff_argnames`) and of "
        "`defvjp` (`fwd`, `bwd`, `symbolic_zeros`, `optimize_remat`)."
    ),
    why=("A misspelt keyword raises a `TypeError` when the module is imported."),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnum=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    good="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return jnp.sum(x**n)


def power_fwd(x, n):
    return power(x, n), x


def power_bwd(n, x, g):
    return (g * n * x ** (n - 1),)


power.defvjp(power_fwd, power_bwd)
""",
    references=("[`jax.custom_vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.custom_vjp.html)",),
    check=check,
    fix=fix,
    fixes=(
        "A misspelt `nondiff_argnums` or `nondiff_argnames`, told from the numbers or strings that it gets, and "
        "`forward`, `backward` and `symbolic_zero` of `defvjp` get their names."
    ),
)
