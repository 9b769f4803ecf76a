"""The conformance cases: 146 complete modules, each with what JAX does with it and what the linter owes it.

`conformance/cases.json` says of each case whether JAX rejects it (and with which exception), and whether the linter
must have a finding (`flag`), none (`silent`), or one of a code that is off by default (`flag-opt-in`). Two tests run
the cases: `test_conformance.py` through the linter, `test_conformance_jax.py` through the installed JAX.

`FAMILIES` is the one table to extend when a rule family enters: the `flag` cases of the families that it names must
have a finding of the named group, and no `silent` case may ever have one, whatever its family.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATH: Final = Path(__file__).parent / "conformance" / "cases.json"

# Family of mistakes -> the code group whose rules must find it.
FAMILIES: Final = {
    "R1": "VJP1",  # the backward rule returns no tuple
    "R2": "VJP1",  # wrong number of cotangents
    "R2b": "VJP1",  # an entry is nested where the argument is an array
    "R3": "VJP2",  # signature of the backward rule
    "R4": "VJP2",  # signature of the forward rule
    "R5": "VJP3",  # the forward rule returns no pair
    "R6": "VJP3",  # residuals packed and unpacked differently
    "R7": "VJP2",  # nondiff_argnums
    "R8": "VJP4",  # misuse of the APIs
    "R9": "VJP3",  # a residual that is no JAX type
    "R10": "VJP4",  # no rules at all
    "R11": "VJP4",  # forward mode
    "R12": "VJP4",  # misuse of what jax.vjp returns
    "R13": "VJP4",  # misuse of a pullback's result
    "R14": "VJP2",  # keyword-only parameters
    "R15": "VJP1",  # the cotangent is never used
    "R16": "VJP2",  # how a custom_vjp is called
    "R17": "VJP5",  # custom_jvp
    "R18": "VJP3",  # the cotangent of several outputs
    "R19": "VJP3",  # the forward rule's output against the primal's
    "R20": "VJP5",  # custom_gradient and other relatives
    "R21": "VJP3",  # symbolic_zeros
}


@dataclass(frozen=True)
class Case:
    """`rejected_with` is the name of the exception that JAX raises, None where it accepts the module."""

    name: str
    family: str | None
    linter: str
    code: str
    rejected_with: str | None


def load() -> tuple[Case, ...]:
    return tuple(
        Case(
            name=case["id"],
            family=case["family"],
            linter=case["linter"],
            code=case["code"],
            rejected_with=case["exception"] if case["jax"] == "rejects" else None,
        )
        for case in json.loads(PATH.read_text(encoding="utf-8"))["cases"]
    )


CASES: Final = load()
