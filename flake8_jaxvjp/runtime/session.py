"""One pytest run, or one worker of it: watch the rules, verify them at the end, gather the reports.

A worker cannot know which rules the other workers saw. Each rule has a key (the file and line of its backward rule)
that is the same in all of them; before the verification a worker asks for the key, by creating a file in a shared
folder, which only one process can do. A worker on another machine does not see that folder; it verifies what it saw,
and the controller keeps one report a key.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sysconfig
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flake8_jaxvjp.runtime.report import Remark, RuleReport, from_json, placed

WORKER_OUTPUT = "jaxvjp_reports"
WORKER_INPUT = "jaxvjp_claims"


class Session:
    """What the hooks of the plugin do."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._reports: dict[str, RuleReport] = {}
        self._files: dict[str, str] = {}
        self._stack = contextlib.ExitStack()
        self._calls: Any = None
        self._claims = ""

    @property
    def _worker(self) -> Any:
        return getattr(self._config, "workerinput", None)

    @property
    def _distributes(self) -> bool:
        """Whether this is the controller of pytest-xdist, which runs no test itself."""
        return self._worker is None and bool(
            getattr(self._config.option, "dist", "no") != "no" and getattr(self._config.option, "tx", None)
        )

    def watch(self) -> None:
        """Begin to note the calls of rules."""
        if self._distributes:
            return
        from flake8_jaxvjp.runtime.observe import observing

        self._claims = (self._worker or {}).get(WORKER_INPUT, "")
        self._calls = self._stack.enter_context(observing())

    def tell_worker(self, node: Any) -> None:
        if not self._claims:
            self._claims = tempfile.mkdtemp(prefix="jaxvjp-")
        node.workerinput[WORKER_INPUT] = self._claims

    def verify(self) -> bool:
        """Verify what was seen; whether any rule is wrong, as far as this process knows."""
        if self._calls is not None:
            self._stack.close()
            for observed in self._calls.rules.values():
                self._verify(observed)
            if self._worker is not None:
                self._config.workeroutput[WORKER_OUTPUT] = [
                    [key, self._files[key], asdict(report)] for key, report in self._reports.items()
                ]
        elif self._claims:
            shutil.rmtree(self._claims, ignore_errors=True)
        return any(report.failed for report in self._reports.values())

    def hear_worker(self, node: Any) -> None:
        for key, file, data in getattr(node, "workeroutput", {}).get(WORKER_OUTPUT, []):
            rebuilt = from_json({"path": file, "rules": [data], "remarks": []})
            self._keep(key, file, rebuilt.rules[0])

    def _keep(self, key: str, file: str, report: RuleReport) -> None:
        known = self._reports.get(key)
        if known is None or (report.failed and not known.failed):
            self._reports[key] = report
            self._files[key] = file

    def _verify(self, observed: Any) -> None:
        from flake8_jaxvjp.runtime.places import code_of
        from flake8_jaxvjp.runtime.subject import subject_of
        from flake8_jaxvjp.runtime.verify import Options, verify_rule

        subject = subject_of(observed.value)
        if subject is None:
            return
        code = code_of(subject.backward) or code_of(subject.forward) or code_of(subject.primal)
        if subject.kind == "custom_gradient" or code is None:
            code = code_of(subject.primal) or code
        if code is None or not self._ours(code.co_filename):
            return
        key = f"{code.co_filename}:{code.co_firstlineno}:{subject.name}"
        if key in self._reports or not self._claim(key):
            return
        options = Options(edges=False, nuts=bool(self._config.getoption("--jaxvjp-nuts")))
        reports = [verify_rule(subject, arguments, options, "observed") for arguments in observed.examples]
        chosen = next((report for report in reports if report.failed), reports[0])
        self._keep(key, code.co_filename, _on_lines(chosen, code.co_filename, code.co_firstlineno, subject))

    def _ours(self, filename: str) -> bool:
        """Rules of installed packages are their authors' concern, unless the user says otherwise."""
        if self._config.getini("jaxvjp_all"):
            return True
        path = os.path.realpath(filename)
        paths = sysconfig.get_paths()
        installed = [os.path.realpath(paths[name]) for name in ("purelib", "platlib", "stdlib")]
        return Path(path).is_file() and not any(path.startswith(folder + os.sep) for folder in installed)

    def _claim(self, key: str) -> bool:
        """Whether this process is the one that verifies the rule."""
        folder = Path(self._claims) if self._claims else None
        if folder is None or not folder.is_dir():
            return True
        import hashlib

        try:
            (folder / hashlib.sha256(key.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def summarise(self, reporter: Any) -> None:
        """The section at the end of the run."""
        if self._worker is not None:
            return
        reporter.section("derivative rules (jaxvjp)")
        for key in sorted(self._reports):
            report, file = self._reports[key], self._files[key]
            shown = os.path.relpath(file)
            reporter.write_line(
                f"{shown}::{report.rule}: {report.verdict} ({report.inputs})",
                red=report.failed,
                green=report.verdict == "passed",
            )
            for remark in report.remarks:
                reporter.write_line(f"    {shown}:{remark.line}: {remark.code} {remark.message}")
        failed = sum(report.failed for report in self._reports.values())
        reporter.write_line(f"{len(self._reports)} rules verified, {failed} wrong")


def _on_lines(report: RuleReport, filename: str, line: int, subject: Any) -> RuleReport:
    """The report with its findings on the lines of the file, where the file can be read."""
    from dataclasses import replace

    from flake8_jaxvjp.runtime.filecheck import put_on_line
    from flake8_jaxvjp.runtime.places import find_places

    try:
        places = find_places(Path(filename).read_bytes().decode("utf-8", "replace"))
    except (OSError, SyntaxError, ValueError):
        remarks: tuple[Remark, ...] = tuple(placed(remark, line) for remark in report.remarks)
    else:
        remarks = tuple(put_on_line(remark, subject, line, places, filename) for remark in report.remarks)
    return replace(report, line=line, remarks=remarks)
