"""What a nasty file is, and the plain rules that stand around the nastiness.

A builder writes Python text; a comment on a line says what the linter owes there:

* `# WRONG VJP1`: JAX surely rejects what stands on this line, so a finding of the group VJP1 must stand on it.
* `# MAYBE`: the nastiness itself. A finding is as good as silence, as long as nothing breaks.

On every other line any finding is a false alarm.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

HEADER = "import jax\nimport jax.numpy as jnp\nfrom functools import partial\n"
_WRONG = re.compile(r"# WRONG (VJP\d)")
_MAYBE = re.compile(r"# MAYBE")


@dataclass(frozen=True)
class Nasty:
    """One nasty file: its bytes, and what is expected of the linter.

    `fragile` says why flake8 itself may die on the file, without the plugin: then only the engine is asked.
    `since` is the first Python that accepts the file; an older one gives flake8's own E999 and nothing else.
    """

    name: str
    data: bytes
    wrong: frozenset[tuple[int, str]] = frozenset()
    maybe: frozenset[int] = frozenset()
    rejected: bool = False
    fragile: str = ""
    since: tuple[int, int] = (3, 10)

    @property
    def filename(self) -> str:
        return f"{self.name}.py"

    @property
    def is_long(self) -> bool:
        """Whether flake8 itself takes seconds for it."""
        return self.data.count(b"\n") + self.data.count(b"\r") > 5_000

    @property
    def accepted(self) -> bool:
        """Whether this Python's own parser takes the file, so that plugins see it at all."""
        return not self.rejected and sys.version_info >= self.since

    @property
    def expected(self) -> frozenset[tuple[int, str]]:
        """The (line, code group) pairs that must be found under this Python."""
        return self.wrong if self.accepted else frozenset()

    @property
    def allowed(self) -> frozenset[int]:
        """The lines on which a finding may stand under this Python."""
        return frozenset(line for line, _ in self.wrong) | self.maybe if self.accepted else frozenset()


def nasty(
    name: str,
    text: str,
    *,
    data: bytes | None = None,
    encoding: str = "utf-8",
    rejected: bool = False,
    fragile: str = "",
    since: tuple[int, int] = (3, 10),
    wrong: frozenset[tuple[int, str]] = frozenset(),
) -> Nasty:
    """A nasty file from its text, with the expectations that the comments in it state.

    `data` replaces the encoded text where the bytes are the point (newlines, cookies, null bytes); it must keep
    the lines where they are. `wrong` adds what no comment can say, on a line that ends in a backslash.
    """
    lines = text.split("\n")
    wrong |= frozenset(
        (number, match.group(1)) for number, line in enumerate(lines, 1) for match in _WRONG.finditer(line)
    )
    maybe = frozenset(number for number, line in enumerate(lines, 1) if _MAYBE.search(line))
    return Nasty(name, text.encode(encoding) if data is None else data, wrong, maybe, rejected, fragile, since)


def rule(name: str, returns: str = "g * y, g * x", before: str = "", decorator: str = "jax.custom_vjp") -> str:
    """A primal of two arguments with its rules; right unless `returns` or `before` (indented lines) break it."""
    return (
        f"@{decorator}\n"
        f"def {name}(x, y):\n"
        f"    return x * y\n"
        f"def {name}_fwd(x, y):\n"
        f"    return x * y, (x, y)\n"
        f"def {name}_bwd(residuals, g):\n"
        f"    x, y = residuals\n"
        f"{before}"
        f"    return {returns}\n"
        f"{name}.defvjp({name}_fwd, {name}_bwd)\n"
    )


def indent(text: str, by: str = "    ") -> str:
    """The text one level deeper."""
    return "".join(by + line for line in text.splitlines(keepends=True))


RIGHT = rule("right")
WRONG = rule("wrong", "g * y, g * x, None  # WRONG VJP1")
"""Three cotangents for two arguments: whatever the nastiness before it, this must be found."""
