"""Right programs that look wrong, each with a check that JAX gives the right gradient.

Each was once a false alarm, or was written to become one. `natural.txt` holds what people write, `contrived.txt` what
nobody should, `joints.txt` what tries the interpreter at its joints. A program stands between a line `=== name` and a
line `---`, its check behind that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEADER = """\
import functools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

"""


@dataclass(frozen=True)
class LookAlike:
    """`check` is run in the program's namespace and calls `agree(got, wanted)`."""

    name: str
    text: str
    check: str


def _read(path: Path) -> list[LookAlike]:
    found = []
    for block in ("\n" + path.read_text(encoding="utf-8")).split("\n=== ")[1:]:
        name, _, body = block.partition("\n")
        code, _, check = body.partition("\n---\n")
        found.append(LookAlike(f"{path.stem}: {name}", f"{HEADER}{code}\n", check))
    return found


LOOK_ALIKES = [case for path in sorted(Path(__file__).parent.glob("*.txt")) for case in _read(path)]
