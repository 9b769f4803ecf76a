"""Writes docs/images/check.svg: what `jaxvjp check examples/params_pullback.py` shows on a terminal with colours."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
COMMAND = ["check", "examples/params_pullback.py", "--isolated", "--color=always"]


def picture() -> str:
    """The terminal as an SVG image, the same on every machine."""
    done = subprocess.run(
        [sys.executable, "-m", "flake8_jaxvjp", *COMMAND], cwd=ROOT, capture_output=True, text=True, check=False
    )
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(Text("$ jaxvjp check examples/params_pullback.py"))
    console.print(Text.from_ansi(done.stdout))
    return console.export_svg(title="jaxvjp check", unique_id="check")


if __name__ == "__main__":
    target = ROOT / "docs" / "images" / "check.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text(picture(), encoding="utf-8", newline="\n")
