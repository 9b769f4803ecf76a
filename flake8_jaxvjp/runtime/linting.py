"""`flake8 --jaxvjp-runtime`: the findings of one file, as the static wing gives them.

Notes are left out: that a rule was not verified, or differs on purpose, is said by `jaxvjp verify`.
"""

from __future__ import annotations

import os

from flake8_jaxvjp.findings import Finding, Position
from flake8_jaxvjp.runtime.codes import CHECKER_FAILED, Level
from flake8_jaxvjp.runtime.command import Settings, verify


def findings_of(filename: str) -> tuple[Finding, ...]:
    """Verify one file. Never raises, because a flake8 plugin must not; standard input has no module to import."""
    if not os.path.isfile(filename):
        return ()
    try:
        report = verify({filename: ()}, Settings())[0]
    except Exception as error:
        message = f"the file could not be verified: {type(error).__name__}: {error}".splitlines()[0]
        return (Finding(Position(1, 0), CHECKER_FAILED.code, message),)
    with open(filename, "rb") as stream:
        last = max(1, stream.read().count(b"\n"))
    return tuple(
        Finding(Position(min(max(1, remark.line), last), remark.column), remark.code, " ".join(remark.message.split()))
        for remark in report.all_remarks
        if remark.level is not Level.NOTE
    )
