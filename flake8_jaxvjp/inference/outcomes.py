"""What comes of running a function: its returns, its faults, and the run itself while it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from flake8_jaxvjp.inference.building import join
from flake8_jaxvjp.inference.loops import Loop
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.state import Frame, State
from flake8_jaxvjp.inference.values import NEVER, NONE, Value


@dataclass(frozen=True)
class Fault:
    """An operation of the user's code that surely raises, wherever it is reached."""

    node: cst.CSTNode
    failure: Failure


@dataclass(eq=False)
class Activation:
    """One run of a function's body: what it returned, and the paths on which it did."""

    frame: Frame
    is_open: bool = False
    is_call: bool = False
    returns: list[tuple[cst.CSTNode, Value]] = field(default_factory=list)
    exits: list[State] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a function gives back: each return's node with its value, and whether the end can be reached."""

    returns: tuple[tuple[cst.CSTNode, Value], ...]
    falls_through: bool

    @property
    def values(self) -> list[Value]:
        values = [value for _, value in self.returns]
        return values + [NONE] * self.falls_through or [NEVER]

    @property
    def value(self) -> Value:
        return join(*self.values)


@dataclass(frozen=True)
class Remembered:
    """The result of a call, the faults in it, and the steps that it took."""

    value: Value
    faults: tuple[Fault, ...]
    spent: int
