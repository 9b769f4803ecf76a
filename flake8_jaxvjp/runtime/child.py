"""What runs in the forked process of one file: limits, redirected output, the check, and its messages."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass
from typing import Any

from flake8_jaxvjp.runtime.channel import send
from flake8_jaxvjp.runtime.processes import end_with_parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may use. Seconds of wall time, seconds of processor time, bytes of memory; and the seconds that
    one rule may take whose arguments were guessed, with which a loop may never end.
    """

    wall: float = 120.0
    processor: float = 120.0
    memory: int = 4 << 30
    guess: float = 30.0


def run_child(job: dict[str, Any], limits: Limits, descriptor: int, secret: str, stdout: int, stderr: int) -> None:
    """Check one file and end the process. Never returns."""
    status = 1
    try:
        _settle(limits, stdout, stderr)
        from flake8_jaxvjp.runtime.filecheck import Job, check_file, flush

        process = os.getpid()

        def announce(kind: str, value: Any) -> None:
            if os.getpid() != process:
                os._exit(0)  # user code has forked while it was imported: one of the two goes on
            send(descriptor, secret, {"kind": kind, "value": value if isinstance(value, str) else asdict(value)})

        sys.argv = [str(job["path"])]
        arguments = {**job, "names": tuple(job.get("names", ())), "skip": tuple(job.get("skip", ()))}
        check_file(Job(**arguments), announce)
        flush()
        send(descriptor, secret, {"kind": "done", "value": ""})
        status = 0
    except BaseException as error:
        send(descriptor, secret, {"kind": "error", "value": f"{type(error).__name__}: {str(error)[:300]}"})
    finally:
        # No exit handlers: threads of JAX and of user code must not keep a finished check alive.
        os._exit(status)


def _settle(limits: Limits, stdout: int, stderr: int) -> None:
    os.setsid()
    end_with_parent()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        import resource

        seconds = max(1, int(limits.processor))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # What is printed goes into a file: not more of it than of memory.
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.memory, limits.memory))
        # Private memory; XLA reserves address space that it never touches, so that RLIMIT_AS would be too strict.
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory + (1 << 30), resource.RLIM_INFINITY))
    except (ImportError, ValueError, OSError):
        return
