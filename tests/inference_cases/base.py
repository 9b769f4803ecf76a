"""The form of a case."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from programs import Program


@dataclass(frozen=True)
class Case:
    """A program with what the interpreter must say of it; `wrong` says what it says wrongly until it is put right."""

    name: str
    program: Program
    said: str
    wrong: str = ""


def case(name: str, body: str, said: str, before: str = "", wrong: str = "", **rest: str) -> Case:
    """A case; `before` is what the module holds before the rules, `rest` the other fields of `Program`."""
    shown = "\n\n" + textwrap.dedent(before).strip("\n") + "\n" if before else ""
    return Case(name, Program(body, shown, **rest), said, wrong)
