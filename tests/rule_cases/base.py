"""The form of a case: a module, the codes that the linter must find, and a call by which JAX judges it.

`{f}` stands for the primal of two arguments that most cases share, `{good}` for a right backward rule. A case without
codes is one that JAX accepts.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

HEADER = """\
import functools
from functools import partial

import jax
import jax.numpy as jnp

"""
PRIMAL = """
@jax.custom_vjp
def f(x, y):
    return x * y


def fwd(x, y):
    return x * y, (x, y)

"""
GOOD = """
def bwd(res, g):
    return g * res[1], g * res[0]

"""
CALL = "jax.grad(f)(2.0, 3.0)"


@dataclass(frozen=True)
class RuleCase:
    """A module with the codes of its findings.

    `call` makes JAX judge it, "" where JAX is not asked; with `preview`, all rules are asked. It `needs` a package that
    nobody has to have (extra `relatives`).
    """

    name: str
    codes: tuple[str, ...]
    text: str
    call: str = CALL
    preview: bool = False
    needs: str = ""


def case(
    name: str, codes: str, text: str, call: str = CALL, preview: bool = False, needs: str = ""
) -> RuleCase:
    shown = textwrap.dedent(text).replace("{f}", PRIMAL).replace("{good}", GOOD)
    return RuleCase(name, tuple(codes.split()), HEADER + shown, call, preview, needs)
