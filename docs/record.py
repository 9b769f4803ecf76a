"""Writes the pictures of the documentation, each made from the real thing.

`docs/images/check.svg` is what `jaxvjp check` shows on a terminal with colours. `neovim.svg` and `neovim-fixed.svg` are
the screen of Neovim with the recipe of docs/editors.md: a finding in an unsaved buffer, and the buffer after
`:%!jaxvjp fix --quiet -`. For those two, Neovim 0.11 or newer, python-lsp-server and pyte have to be there; they are
left as they are where one is missing.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
COMMAND = ["check", "examples/params_pullback.py", "--isolated", "--color=always"]
COLUMNS, LINES = 100, 28
PATIENCE = 60.0
LOOK = "vim.o.number = true\nvim.o.ruler = false\nvim.o.swapfile = false\nvim.diagnostic.config({ signs = true })\n"
RULE = """\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def product(x, y):
    return jnp.sum(x * y)


def product_forward(x, y):
    return product(x, y), (x, y)


def product_backward(residuals, cotangent):
    x, y = residuals
    return jnp.concatenate((cotangent * y, cotangent * x))


product.defvjp(product_forward, product_backward)
"""


def picture() -> str:
    """The terminal as an SVG image, the same on every machine."""
    done = subprocess.run(
        [sys.executable, "-m", "flake8_jaxvjp", *COMMAND], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = Text("$ jaxvjp check examples/params_pullback.py\n") + Text.from_ansi(done.stdout)
    return drawn(lines, "jaxvjp check", "check")


def drawn(text: Text, title: str, name: str) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(text)
    return console.export_svg(title=title, unique_id=name)


def recipe(needle: str) -> str:
    """The block of Lua in docs/editors.md that holds these words."""
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (found,) = [text for text in re.findall(r"^```lua\n(.*?)^```$", page, re.MULTILINE | re.DOTALL) if needle in text]
    return str(found)


class Terminal:
    """A program on a terminal of its own, whose screen is kept by pyte."""

    def __init__(self, command: list[str], folder: Path) -> None:
        import pty

        import pyte

        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        process, self._descriptor = pty.fork()
        if process == 0:
            os.chdir(folder)
            size = {"COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execvpe(command[0], command, os.environ | size)  # noqa: S606 -- a terminal has no other way
        self._set_size()

    def _set_size(self) -> None:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def wait_for(self, words: str, *, gone: bool = False) -> None:
        """Read on until the words stand on the screen, or no longer do, and nothing more comes."""
        import select

        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ready, _, _ = select.select([self._descriptor], [], [], 1.0)
            if ready:
                self._stream.feed(os.read(self._descriptor, 65536))
            elif (words in "\n".join(self.screen.display)) != gone:
                return
        raise TimeoutError(f"{words!r} on:\n" + "\n".join(self.screen.display))

    def text(self) -> Text:
        """The screen with its colours."""
        text = Text()
        for row in range(LINES):
            cells = [self.screen.buffer[row][column] for column in range(COLUMNS)]
            for style, run in groupby(cells, key=_style):  # one piece for all that look alike keeps the file small
                text.append("".join(cell.data for cell in run), style)
            text.append("\n")
        return text


def _style(cell: Any) -> str:
    fore, back = (_color(color) for color in ((cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)))
    words = [fore or "default", "on", back or "default"]
    return " ".join([*words, *(["bold"] if cell.bold else []), *(["underline"] if cell.underscore else [])])


def _color(name: str) -> str:
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return "" if name == "default" else name.replace("brown", "yellow")


@contextmanager
def neovim() -> Iterator[Terminal]:
    """Neovim with the recipe for python-lsp-server, in a folder with the rule in an empty file's unsaved buffer."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "init.lua").write_text(LOOK + recipe("vim.lsp.enable"), encoding="utf-8")
        (folder / "rules.py").write_text("", encoding="utf-8")
        (folder / "buffer").write_text(RULE, encoding="utf-8")
        terminal = Terminal(["nvim", "--clean", "-u", "init.lua", "rules.py"], folder)
        terminal.wait_for("rules.py")
        terminal.type(":0read buffer\r:$delete\r:16\r")
        yield terminal
        terminal.type("\x1b:qall!\r")


def editor_pictures() -> Iterator[tuple[str, str]]:
    """The two screens, by the names of their files."""
    with neovim() as terminal:
        terminal.wait_for("W ")  # the sign beside the line
        terminal.type(":lua vim.diagnostic.open_float()\r")
        terminal.wait_for("VJP102")
        yield "neovim", drawn(terminal.text(), "rules.py - Neovim", "neovim")
        terminal.type(":%!jaxvjp fix --quiet -\r")
        terminal.wait_for("W ", gone=True)
        yield "neovim-fixed", drawn(terminal.text(), "rules.py - Neovim", "neovim-fixed")


def has_editor() -> bool:
    """Whether there is a Neovim that is new enough, with what it needs."""
    if not shutil.which("nvim") or not shutil.which("pylsp"):
        return False
    shown = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    version = re.match(r"NVIM v(\d+)\.(\d+)", shown)
    return version is not None and (int(version[1]), int(version[2])) >= (0, 11)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    made = [("check", picture()), *(editor_pictures() if has_editor() else ())]
    for name, drawing in made:
        (IMAGES / f"{name}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        print(f"written: docs/images/{name}.svg")  # noqa: T201
