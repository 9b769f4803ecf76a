"""A small client of the language server protocol, as an editor speaks it over pipes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

SECONDS = 90
"""A guard against hanging, many times what an answer takes."""


class Server:
    """python-lsp-server with flake8 switched on and every other linter off."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pylsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self._number = 0
        self._messages: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._request("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.notify("initialized", {})
        off = {name: {"enabled": False} for name in ("pycodestyle", "pyflakes", "mccabe", "pylint")}
        # No executable of that name: the server then runs the flake8 of its own interpreter.
        flake8 = {"enabled": True, "executable": "no-such-flake8", "select": ["VJP"]}
        self.notify("workspace/didChangeConfiguration", {"settings": {"pylsp": {"plugins": {**off, "flake8": flake8}}}})

    def open(self, path: Path, text: str) -> list[dict[str, Any]]:
        document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self._diagnostics(path)

    def change(self, path: Path, text: str, version: int) -> list[dict[str, Any]]:
        """The whole new text of an unsaved buffer."""
        document = {"uri": path.as_uri(), "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self._diagnostics(path)

    def notify(self, method: str, parameters: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": parameters})

    def close(self) -> None:
        self._request("shutdown", None)
        self.notify("exit", None)
        self._process.wait(SECONDS)

    def _request(self, method: str, parameters: Any) -> Any:
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        while True:
            message = self._messages.get(timeout=SECONDS)
            if message.get("id") == self._number and "method" not in message:
                return message.get("result")

    def _diagnostics(self, path: Path) -> list[dict[str, Any]]:
        while True:
            message = self._messages.get(timeout=SECONDS)
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == path.as_uri():
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                return found

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                line = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
