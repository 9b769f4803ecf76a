"""`flake8 --jaxvjp-runtime`: the findings of one file, as the static wing gives them.

Notes are left out: that a rule was not verified, or differs on purpose, is said by `jaxvjp verify`.

Each process of flake8 that meets a rule starts one warm server, and keeps it for all files that it is given.
"""

from __future__ import annotations

import atexit
import functools
import os
from collections.abc import Sequence

from flake8_jaxvjp.findings import Finding, Position
from flake8_jaxvjp.runtime.codes import CHECKER_FAILED, Level
from flake8_jaxvjp.runtime.command import Settings, verify
from flake8_jaxvjp.runtime.requirements import missing
from flake8_jaxvjp.runtime.supervise import Pool
from flake8_jaxvjp.runtime.targets import MARKER


def findings_of(filename: str, lines: Sequence[str]) -> tuple[Finding, ...]:
    """Verify one file. Never raises, because a flake8 plugin must not; standard input has no module to import."""
    if not os.path.isfile(filename) or not any(MARKER.search(line.encode("utf-8", "replace")) for line in lines):
        return ()
    if missing():
        return (Finding(Position(1, 0), CHECKER_FAILED.code, missing()),)
    try:
        report = verify({filename: ()}, Settings(), pool=_pool(os.getpid()))[0]
    except Exception as error:
        message = f"the file could not be verified: {type(error).__name__}: {error}".splitlines()[0]
        return (Finding(Position(1, 0), CHECKER_FAILED.code, message),)
    last = max(1, len(lines))
    return tuple(
        Finding(Position(min(max(1, remark.line), last), remark.column), remark.code, " ".join(remark.message.split()))
        for remark in report.all_remarks
        if remark.level is not Level.NOTE
    )


@functools.lru_cache(maxsize=1)
def _pool(_: int) -> Pool:
    """The server of one process: flake8 forks, and two processes cannot share a connection."""
    pool = Pool(1)
    atexit.register(pool.close)
    return pool
