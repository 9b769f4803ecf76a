"""How much work a question, a call and a file may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

FUEL = 12_000
"""Steps that one question may take; a real rule needs some hundreds."""
CALL_FUEL = 2_500
GLANCE_FUEL = 500
FILE_FUEL = 100_000
SITE_FUEL = 4_000


class OutOfFuel(Exception):  # noqa: N818 - a stop signal, not an error
    """A question took too many steps: whoever asked it knows nothing."""


@dataclass(eq=False)
class Budget:
    """The steps that are left, for the question that is being answered and for the whole file."""

    fuel: int = FUEL
    file_fuel: int = FILE_FUEL

    def spend(self) -> None:
        self.fuel -= 1
        self.file_fuel -= 1
        if self.fuel < 0 or self.file_fuel < 0:
            raise OutOfFuel

    def refuel(self, more: int = 0) -> None:
        """A new question: it has its own budget, so that its answer does not depend on those before it."""
        self.fuel = FUEL + more
        self.file_fuel += more

    def allow_site(self) -> None:
        """A file with many rules may take longer, in proportion."""
        self.file_fuel += SITE_FUEL

    @contextmanager
    def own_fuel(self, fuel: int) -> Iterator[None]:
        """A question aside, with its own budget; the one that it interrupts goes on with what it had."""
        before, self.fuel = self.fuel, fuel
        try:
            yield
        finally:
            self.fuel = before
