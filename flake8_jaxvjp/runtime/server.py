"""The warm server: imports JAX once, and forks a fresh process for each file before any backend has been started.

A fork after JAX has started a backend (and with it threads) can deadlock; the server therefore never runs a JAX
operation itself, and checks before each fork that it still has one thread. It reads jobs from a socket and answers
each with what its child announced and how the child ended. It ends when the socket closes.

Run as `python -m flake8_jaxvjp.runtime.server DESCRIPTOR`.
"""

from __future__ import annotations

import gc
import os
import secrets
import select
import signal
import socket
import sys
import tempfile
import time
import warnings
from typing import Any

from flake8_jaxvjp.runtime.channel import Reader, send
from flake8_jaxvjp.runtime.child import Limits, run_child
from flake8_jaxvjp.runtime.processes import adopt_orphans, end_everything, memory, processor_seconds

POLL = 0.1
KEPT_OUTPUT = 64 << 10


def main(descriptor: int) -> None:
    """Serve jobs until the socket closes."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    adopt_orphans()
    reader = Reader("job")
    while True:
        data = connection.recv(1 << 16)
        if not data:
            return
        for job in reader.feed(data):
            if job.get("nuts"):
                import numpyro.infer  # noqa: F401  # so that the next child has it
            answer = _serve(job, connection)
            if answer is None:
                return
            send(connection.fileno(), "answer", answer)


def run(descriptor: int) -> None:
    """Serve, and end at once: nothing here needs the interpreter to take JAX down module by module."""
    main(descriptor)
    os._exit(0)


def warm_up() -> None:
    """Import what every child needs, before the first fork."""
    warnings.filterwarnings("ignore", message=r".*os\.fork\(\).*")
    import jax  # noqa: F401

    import flake8_jaxvjp.runtime.filecheck  # noqa: F401

    # What is imported here never dies; without this each collection in each child would walk all of JAX again.
    gc.collect()
    gc.freeze()


def threads() -> int:
    """How many threads this process has; 1 where that cannot be seen."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def backend_started() -> bool:
    """Whether a JAX backend lives in this process."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bool(getattr(bridge, "_backends", None))


def _serve(job: dict[str, Any], connection: socket.socket) -> dict[str, Any] | None:
    """Fork, listen, and enforce the limits. None if the other end has gone."""
    limits = Limits(**job.pop("limits", {}))
    secret = secrets.token_hex(16)
    read, write = os.pipe()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        state = {"threads": threads(), "backend": backend_started()}
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(read)
            # With the server's own connection user code could answer for the server, and hide that it has killed it.
            connection.close()
            run_child(job, limits, write, secret, out.fileno(), err.fileno())
        os.close(write)
        messages, ended = _listen(child, read, secret, limits, began, connection)
        os.close(read)
        if ended == "abandoned":
            return None
        return {
            "messages": messages,
            "ended": ended,
            "stdout": _tail(out),
            "stderr": _tail(err),
            "server": state,
            "seconds": time.monotonic() - began,
        }


def _listen(
    child: int, read: int, secret: str, limits: Limits, began: float, connection: socket.socket
) -> tuple[list[dict[str, Any]], str]:
    """Collect messages until the child is done, has ended, or is ended for a limit; then end all that it left."""
    reader = Reader(secret)
    messages: list[dict[str, Any]] = []
    ended, seen = "", 0
    guessing: float | None = None
    while not ended:
        sources: list[Any] = [read, connection]
        ready = select.select(sources, [], [], POLL)[0]
        if connection in ready and not connection.recv(1, socket.MSG_PEEK):
            ended = "abandoned"
        if read in ready:
            data = os.read(read, 1 << 16)
            messages += reader.feed(data)
            if any(message["kind"] == "done" for message in messages):
                ended = "done"
            elif not data:
                ended = "closed" if _ends_soon(child) else "the closing of its connection"
        elif _has_ended(child):
            ended = "closed"
        guessing = _guessing_since(guessing, messages[seen:])
        seen = len(messages)
        if not ended and time.monotonic() - began > limits.wall:
            ended = f"the limit of {limits.wall:g} s"
        if not ended and guessing is not None and time.monotonic() - guessing > limits.guess:
            ended = f"the limit of {limits.guess:g} s for arguments that were guessed"
        if not ended and not ready and memory(child) > limits.memory:
            ended = f"the limit of {limits.memory / (1 << 30):.3g} GiB of memory"
        if not ended and not ready and processor_seconds(child) > limits.processor:
            ended = f"the limit of {limits.processor:g} s of processor time"
    end_everything_of(child)
    status = _reap(child)
    return messages, ended if ended != "closed" else _describe(status)


def _guessing_since(before: float | None, messages: list[dict[str, Any]]) -> float | None:
    """When the rule that is verified was begun with arguments that were guessed; None for any other."""
    for message in messages:
        if message["kind"] in {"guess", "rule", "started"}:
            before = time.monotonic() if message["kind"] == "guess" else None
    return before


def _has_ended(child: int) -> bool:
    # WNOWAIT leaves the child to be reaped later, so that its process id is not given to another one meanwhile.
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _ends_soon(child: int) -> bool:
    """A process closes its descriptors a moment before it has ended; user code may close them and go on."""
    for _ in range(20):
        if _has_ended(child):
            return True
        time.sleep(POLL)
    return False


def end_everything_of(child: int) -> None:
    try:
        end_everything(child)
    except OSError:
        return


def _reap(child: int) -> int:
    try:
        return os.waitpid(child, 0)[1]
    except OSError:
        return 0


def _describe(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name if number in signal.Signals._value2member_map_ else str(number)
        return "the limit of processor time" if name == "SIGXCPU" else f"signal {name}"
    return f"an exit with status {os.WEXITSTATUS(status)}"


def _tail(stream: Any) -> str:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - KEPT_OUTPUT))
    return str(stream.read().decode("utf-8", "replace"))


if __name__ == "__main__":
    warm_up()
    run(int(sys.argv[1]))
