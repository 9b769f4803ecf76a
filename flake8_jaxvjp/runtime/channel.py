"""Messages between processes: one JSON object a line, each behind a secret that only the two ends know.

What user code prints goes elsewhere (its stdout and stderr are files); what it could write into a descriptor that it
guesses does not carry the secret, and is dropped.
"""

from __future__ import annotations

import json
import os
from typing import Any


def send(descriptor: int, secret: str, message: dict[str, Any]) -> None:
    """Write one message, whole."""
    data = f"{secret} {json.dumps(message)}\n".encode()
    while data:
        data = data[os.write(descriptor, data) :]


class Reader:
    """Collects bytes and gives the messages that carry the secret."""

    def __init__(self, secret: str) -> None:
        self._head = f"{secret} ".encode()
        self._pending = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        *lines, self._pending = (self._pending + data).split(b"\n")
        found = []
        for line in lines:
            if not line.startswith(self._head):
                continue
            try:
                message = json.loads(line[len(self._head) :])
            except ValueError:
                continue
            if isinstance(message, dict):
                found.append(message)
        return found
