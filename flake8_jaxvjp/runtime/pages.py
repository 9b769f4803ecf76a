"""The rule pages of the runtime codes, from the one table: `python -m flake8_jaxvjp.runtime.pages docs/rules`.

A test fails when a page and the table differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flake8_jaxvjp.runtime.codes import CODES, Code


def page(code: Code) -> str:
    """One page in Markdown."""
    return (
        f"# {code.code} {code.name}\n\n"
        f"Found at run time, by `jaxvjp verify`, `verify_vjp`, `pytest --jaxvjp` and `flake8 --jaxvjp-runtime`."
        f" Level: {code.level.value}. Placed on {code.place.value}.\n\n"
        f"## What it means\n\n{code.why}\n\n## What to do\n\n{code.remedy}\n"
    )


def table() -> str:
    """All codes, for the guide."""
    rows = [f"| [{code.code}](rules/{code.code}.md) | {code.name} | {code.level.value} |" for code in CODES]
    return "\n".join(["| code | name | level |", "|---|---|---|", *rows]) + "\n"


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for code in CODES:
        (folder / f"{code.code}.md").write_text(page(code), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
