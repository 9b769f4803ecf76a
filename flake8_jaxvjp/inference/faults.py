"""The operations of the user's code that surely raise: when one is a fault, and when it may be caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import libcst as cst

from flake8_jaxvjp.inference.building import join, options
from flake8_jaxvjp.inference.operators import Failure, Result
from flake8_jaxvjp.inference.outcomes import Fault
from flake8_jaxvjp.inference.values import Unknown, Value

MAX_COMBINATIONS = 64


@dataclass(eq=False)
class Faults:
    """Collects faults; `suppressed` counts those in guarded code, which are none."""

    faults: list[Fault] = field(default_factory=list)
    suppressed: int = 0
    _guarded: int = 0

    def report(self, node: cst.CSTNode, failure: Failure) -> Value:
        self.suppressed += bool(self._guarded)
        if not self._guarded:
            fault = Fault(node, failure)
            if fault not in self.faults:
                self.faults.append(fault)
        return Unknown("an operation that raises")

    @contextmanager
    def guarded(self, on: bool = True) -> Iterator[None]:
        """Code whose exceptions are caught: what raises in it is no fault."""
        self._guarded += on
        try:
            yield
        finally:
            self._guarded -= on

    @property
    def is_guarded(self) -> bool:
        """Whether what raises here may be caught."""
        return self._guarded > 0

    def over_options(self, node: cst.CSTNode, operation: Callable[..., Result], *values: Value) -> Value:
        """The operation on every combination of what its operands can be; a fault only when all of them fail."""
        combinations = list(product(*map(options, values)))
        if len(combinations) > MAX_COMBINATIONS:
            return Unknown("too many possible values")
        results = [operation(*combination) for combination in combinations]
        values_found = [result for result in results if not isinstance(result, Failure)]
        if values_found:
            return join(*values_found)
        failures = [result for result in results if isinstance(result, Failure)]
        return self.report(node, failures[0])
