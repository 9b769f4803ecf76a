"""Processes on this machine: adopt orphans, count the memory of a group, end everything that a file started.

On Linux all of it works; elsewhere the group of the child is ended, and processes that left the group are not found.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make this process the parent of what its children leave behind, so that it can be found and ended."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent() -> None:
    """Have this process killed when its parent ends: user code may kill the server, which was to stop it."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    try:
        entries = os.listdir("/proc")
    except OSError:
        return found
    for entry in entries:
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as stat:
                    found[int(entry)] = int(stat.read().rsplit(b")", 1)[1].split()[1])
            except (OSError, ValueError, IndexError):
                continue
    return found


def descendants(root: int) -> list[int]:
    """All processes below one, the near ones first."""
    parents = _parents()
    found, edge = [], [root]
    while edge:
        edge = [process for process, parent in parents.items() if parent in edge]
        found += edge
    return found


def memory(root: int) -> int:
    """Resident bytes of a process and all below it."""
    total = 0
    page = os.sysconf("SC_PAGE_SIZE")
    for process in [root, *descendants(root)]:
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/statm", "rb") as statm:
            total += int(statm.read().split()[1]) * page
    return total


def processor_seconds(root: int) -> float:
    """Processor time of a process and all below it that still live."""
    total = 0.0
    tick = os.sysconf("SC_CLK_TCK")
    for process in [root, *descendants(root)]:
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/stat", "rb") as stat:
            fields = stat.read().rsplit(b")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / tick
    return total


def end_everything(child: int) -> None:
    """Kill the child's group, then whatever is still below this process; reap all but the child itself."""
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    for _ in range(20):
        left = [process for process in descendants(os.getpid()) if process != child]
        for process in left:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        reaped = False
        for process in left:
            with contextlib.suppress(OSError):
                reaped |= os.waitpid(process, os.WNOHANG)[0] != 0
        if not left and not reaped:
            return
