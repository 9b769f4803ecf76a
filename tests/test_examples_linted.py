"""Linting the examples, as the README tells people to, shows each wrong rule of the article and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent

# File, code, and what stands on the line of each finding, in order.
FOUND: Final = [
    ("concatenated_gradient.py", "VJP401", "vjp_x, = vjp(lambda x: f(x, y), x)(cotangent)"),
    ("concatenated_gradient.py", "VJP401", "vjp_y, = vjp(lambda y: f(x, y), y)(cotangent)"),
    ("concatenated_gradient.py", "VJP102", "return jnp.concatenate([vjp_x, vjp_y])"),
    ("concatenated_gradient.py", "VJP102", "return jnp.concatenate([vjp_x, vjp_y])"),
    ("params_pullback.py", "VJP402", "return vjp_func(cotangent)"),
]


def test_flake8_on_the_examples_shows_the_mistakes_of_the_article() -> None:
    command = [sys.executable, "-m", "flake8", "examples"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.stderr == ""
    assert finished.returncode == 1
    found = []
    for line in finished.stdout.splitlines():
        shown = re.fullmatch(r"examples.(\w+\.py):(\d+):\d+: ([A-Z]+\d+) .+", line)
        assert shown, line
        name, number, code = shown.groups()
        text = (ROOT / "examples" / name).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        found.append((name, code, text.strip()))
    assert found == FOUND
