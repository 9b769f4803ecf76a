"""A bar on a terminal for what takes longer than a second; nothing elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import IO

PATIENCE = 1.0
WIDTH = 30


class Progress:
    """Drawn on the terminal at each step, once the patience is over."""

    def __init__(self, total: int, stream: IO[str], patience: float = PATIENCE) -> None:
        self._total, self._stream, self._done = total, stream, 0
        self._from = time.monotonic() + patience
        self._is_terminal = stream.isatty()
        self._is_drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_drawn:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def advance(self) -> None:
        self._done += 1
        if self._is_terminal and time.monotonic() >= self._from:
            filled = WIDTH * self._done // max(1, self._total)
            self._stream.write(f"\r\033[K[{'#' * filled}{'.' * (WIDTH - filled)}] {self._done}/{self._total} files")
            self._stream.flush()
            self._is_drawn = True
