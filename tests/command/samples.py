"""Small modules that the tests of the command share."""

from __future__ import annotations

import json
from typing import Any

HEADER = "import jax\nimport jax.numpy as jnp\n\n\n"
RULE = '''\
@jax.custom_vjp
def {name}(x, y):
    return jnp.sum(x * y)


def {name}_fwd(x, y):
    return {name}(x, y), (x, y)


def {name}_bwd(residuals, g):
    x, y = residuals
    return {returned}


{name}.defvjp({name}_fwd, {name}_bwd)
'''
WRONG = "jnp.concatenate((g * y, g * x))"
RIGHT = "g * y, g * x"


def rule(returned: str = WRONG, name: str = "f") -> str:
    """One rule, whose backward rule returns this; the return stands on line 12 of the rule."""
    return RULE.format(name=name, returned=returned)


def module(*returned: str) -> str:
    """A module with one rule for each of these."""
    return HEADER + "\n\n".join(rule(each, f"f{number}") for number, each in enumerate(returned, 1))


BAD = module(WRONG)
GOOD = module(RIGHT)
BAD_LINE = BAD.split("\n").index(f"    return {WRONG}") + 1


def notebook(*cells: str, newline: str = "\n") -> str:
    """A notebook as Jupyter writes it, with a text cell in front."""
    title = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A title\n", "`defvjp`"]}
    written: list[dict[str, Any]] = [title]
    written += [
        {"cell_type": "code", "execution_count": None, "id": f"c{number}", "metadata": {}, "outputs": [],
         "source": cell.splitlines(keepends=True)}
        for number, cell in enumerate(cells)
    ]  # fmt: skip
    metadata = {"language_info": {"name": "python"}}
    value = {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").replace("\n", newline)
