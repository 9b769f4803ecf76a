"""The rule page of a runtime code, from its entry in the one table; `flake8_jaxvjp.docs` writes and checks it."""

from __future__ import annotations

from flake8_jaxvjp.runtime.codes import Code

WAYS = "`jaxvjp verify`, `verify_vjp`, `pytest --jaxvjp` and `flake8 --jaxvjp-runtime`"


def runtime_page(code: Code) -> str:
    """One page in Markdown."""
    return f"""\
# {code.code}: {code.name}

*Found at run time, by {WAYS}. Level: {code.level.value}.*

## What it means

{code.why}

## What to do

{code.remedy}

## Where it stands

On {code.place.value}.
"""
