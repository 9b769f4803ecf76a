"""Small programs, by subject, with what the interpreter must say of each."""

from __future__ import annotations

from inference_cases import (
    access,
    calls,
    classes,
    comprehensions,
    corners,
    decorators,
    dicts,
    library,
    lists,
    lists_later,
    loops,
    operators,
    rules,
    statements,
    transformations,
)
from inference_cases.base import Case as Case

CASES: tuple[Case, ...] = (
    *operators.CASES,
    *access.CASES,
    *statements.CASES,
    *loops.CASES,
    *lists.CASES,
    *lists_later.CASES,
    *dicts.CASES,
    *comprehensions.CASES,
    *calls.CASES,
    *decorators.CASES,
    *classes.CASES,
    *library.CASES,
    *transformations.CASES,
    *corners.CASES,
    *rules.CASES,
)
