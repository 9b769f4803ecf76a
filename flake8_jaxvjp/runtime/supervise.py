"""The parent's side: one warm server for each processor, files handed to whichever is free, one report a file.

Imports no JAX.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from flake8_jaxvjp.runtime.channel import Reader, send
from flake8_jaxvjp.runtime.child import Limits
from flake8_jaxvjp.runtime.codes import NOT_VERIFIED, PROCESS
from flake8_jaxvjp.runtime.report import FAILED, FileReport, Remark, RuleReport, Stage, from_json

JobDict = dict[str, Any]
# A file is begun again without a rule that ended its process, so many times.
FATAL_RULES = 3
NO_RULES = ("the import", "the call")
Report = Callable[[FileReport, Sequence[str]], None]


@dataclass
class Server:
    """One running server, and the job that it is at."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    reader: Reader = field(default_factory=lambda: Reader("answer"))
    job: JobDict | None = None

    def give(self, job: JobDict, limits: Limits) -> None:
        self.job = job
        known = {key: value for key, value in job.items() if key not in {"before", "tries"}}
        send(self.connection.fileno(), "job", {**known, "limits": asdict(limits)})

    def stop(self) -> None:
        self.connection.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def environment() -> dict[str, str]:
    """The environment of the servers: the CPU platform unless another is asked for, no thread before the fork.

    Arguments that do not fit are told by exceptions: JAX's filtering of their tracebacks costs more than all else.
    """
    asked = {"JAX_PLATFORMS": "cpu", "JAX_TRACEBACK_FILTERING": "off", **os.environ}
    found = {**asked, "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    root = str(Path(__file__).resolve().parent.parent.parent)
    found["PYTHONPATH"] = os.pathsep.join(part for part in (found.get("PYTHONPATH", ""), root) if part)
    return found


# `-c` puts the current folder first, where a file of the user may be called as a module of the standard library, also
# as one that is not there on this platform (nt.py). It comes back, and last, once everything has been imported.
START = (
    "import sys; here = sys.path.pop(0); from flake8_jaxvjp.runtime.server import run, warm_up; warm_up();"
    " sys.path.append(here); run({})"
)


def start_server() -> Server:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", START.format(theirs.fileno())]
        process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
    return Server(process, ours)


class Pool:
    """Warm servers: started when there is work for them, kept until the pool is closed."""

    def __init__(self, workers: int) -> None:
        self._workers = max(1, workers)
        self._servers: list[Server] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        while self._servers:
            self._servers.pop().stop()

    def run(self, jobs: Sequence[JobDict], limits: Limits, report: Report) -> None:
        """Verify all files; `report` gets each as it is finished, with the project's files that it imports."""
        pending = list(jobs)
        wanted = min(self._workers, len(pending))
        self._servers += [start_server() for _ in range(wanted - len(self._servers))]
        with selectors.DefaultSelector() as selector:
            for server in self._servers[:wanted]:
                selector.register(server.connection, selectors.EVENT_READ, server)
                server.give(pending.pop(0), limits)
            try:
                self._gather(selector, pending, limits, report)
            except BaseException:
                self.close()  # an answer to a job of this run must not be taken for one of the next
                raise

    def _gather(
        self, selector: selectors.BaseSelector, pending: list[JobDict], limits: Limits, report: Report
    ) -> None:
        while any(server.job is not None for server in self._servers):
            for key, _ in selector.select():
                server = key.data
                answer = _receive(server)
                if answer is None:
                    continue
                job, server.job = server.job, None
                if "lost" in answer:
                    selector.unregister(server.connection)
                    server.stop()
                    self._servers.remove(server)
                    if pending:
                        server = start_server()
                        self._servers.append(server)
                        selector.register(server.connection, selectors.EVENT_READ, server)
                again = _without_fatal_rule(job or {}, answer)
                if again is not None:
                    pending.insert(0, again)
                if pending:
                    server.give(pending.pop(0), limits)
                if again is None:
                    report(_file_report(str((job or {})["path"]), answer), _depends(answer))


def _without_fatal_rule(job: JobDict, answer: dict[str, Any]) -> JobDict | None:
    """The job once more, without the rule that ended its process, so that the file's other rules are verified too.

    What was announced so far goes with it. None if it was no rule that did it, or the third of the file.
    """
    messages = answer["messages"] = [*job.get("before", ()), *answer["messages"]]
    started = [message["value"] for message in messages if message["kind"] == "started"]
    tries = job.get("tries", 0) + 1
    if answer["ended"] == "done" or "lost" in answer or tries > FATAL_RULES:
        return None
    if not started or started[-1] in NO_RULES:
        return None
    kept = [message for message in messages if message["kind"] in {"rule", "remark"}]
    done = [message["value"]["rule"] for message in kept if message["kind"] == "rule"]
    before = [*kept, {"kind": "rule", "value": asdict(_ended_rule(messages, answer["ended"], answer["seconds"]))}]
    return {**job, "skip": [*job.get("skip", ()), *done, started[-1]], "before": before, "tries": tries}


def _depends(answer: dict[str, Any]) -> list[str]:
    """The files of the project that the child says it imported."""
    messages = [message["value"] for message in answer["messages"] if message["kind"] == "depends"]
    return [file for text in messages for file in text.splitlines()]


def verify_files(
    jobs: Sequence[JobDict], limits: Limits, workers: int, report: Report, pool: Pool | None = None
) -> None:
    """Verify all files with the servers of `pool`, or with some of their own that end with the last file."""
    if not jobs:
        return
    if pool is not None:
        pool.run(jobs, limits, report)
        return
    with Pool(workers) as own:
        own.run(jobs, limits, report)


def _receive(server: Server) -> dict[str, Any] | None:
    """The answer, if it is complete; an answer that says so if the server itself has died."""
    try:
        data = server.connection.recv(1 << 20)
    except OSError:
        data = b""
    if data:
        answers = server.reader.feed(data)
        return answers[0] if answers else None
    return {
        "messages": [],
        "ended": f"the end of its server (status {server.process.poll()})",
        "stdout": "",
        "stderr": "",
        "seconds": 0.0,
        "lost": True,
    }


def _file_report(path: str, answer: dict[str, Any]) -> FileReport:
    """Messages and end of a child, as a report. What was announced before a crash is kept."""
    messages = answer["messages"]
    rules = [message["value"] for message in messages if message["kind"] == "rule"]
    remarks = [message["value"] for message in messages if message["kind"] == "remark"]
    report = from_json(
        {
            "path": path,
            "rules": rules,
            "remarks": remarks,
            "stdout": answer["stdout"],
            "stderr": answer["stderr"],
            "seconds": answer["seconds"],
            "cached": False,
        }
    )
    ended = answer["ended"]
    if ended == "done":
        return report
    if _last(messages, "started", NO_RULES[0]) not in NO_RULES and not answer.get("lost"):
        return replace(report, rules=(*report.rules, _ended_rule(messages, ended, answer["seconds"])))
    return replace(report, remarks=(*report.remarks, _ended(messages, ended)))


def _last(messages: Sequence[dict[str, Any]], kind: str, other: str) -> str:
    """The value of the last message of a kind, or `other` if there is none."""
    return next((str(message["value"]) for message in reversed(messages) if message["kind"] == kind), other)


def _ended(messages: Sequence[dict[str, Any]], ended: str) -> Remark:
    """What ended the process, on the line of the rule that it was at, or on the first."""
    at, error = _last(messages, "started", NO_RULES[0]), _last(messages, "error", "")
    words = f"raised {error}" if error else f"ended at {ended}"
    line = int(_last(messages, "line", "1")) if at not in NO_RULES else 1
    return Remark(PROCESS.code, f"the process that verifies the file {words}, during {at}", line=line)


def _ended_rule(messages: Sequence[dict[str, Any]], ended: str, seconds: float) -> RuleReport:
    """The report of a rule that ended its process. A limit that guessed arguments reach says nothing of the rule."""
    remark, name = _ended(messages, ended), _last(messages, "started", "")
    kinds = [message["kind"] for message in messages]
    began = len(kinds) - 1 - kinds[::-1].index("started")
    guess = _last(messages[began:], "guess", "")
    kind = _last(messages, "kind", "custom rule")
    if guess and ended.startswith("the limit of") and "error" not in kinds[began:]:
        words = (
            f"'{name}' is not verified: with arguments that were guessed ({guess}) its process was ended at {ended};"
            f" give an example with which it ends, as `# jaxvjp: {guess.replace('=_total', '=...')}`"
        )
        remark = Remark(NOT_VERIFIED.code, words, line=remark.line)
    stages = (Stage("the process", FAILED, f"ended at {ended}"),)
    return RuleReport(name, kind, remark.line, guess, "search" if guess else "", stages, (remark,), seconds=seconds)


def processors() -> int:
    """How many files are worth verifying at once here."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
