"""One pytest run, or one worker of it: watch the rules, verify them at the end, gather the reports.

A worker cannot know which rules the other workers saw. Each rule has a key that is the same in all of them, also on
another machine: the file of its backward rule, from the root of the project, and the line. Before a worker verifies a
rule it asks the controller for it, over a channel of its own beside that of pytest-xdist; who asks first gets it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flake8_jaxvjp.runtime import codes
from flake8_jaxvjp.runtime.report import (
    BY_DESIGN,
    FAILED,
    PASSED,
    SKIPPED,
    Remark,
    RuleReport,
    counted,
    from_json,
    placed,
)

WORKER_OUTPUT = "jaxvjp_reports"
WORKER_MEANINGS = "jaxvjp_meanings"
WORKER_INPUT = "jaxvjp_claims"
# Findings and stages that `expect_gradient="custom"` leaves out, and findings that `data=` answers.
OF_CUSTOM = {"VJP907", "VJP908", "VJP909", "VJP914", "VJP915", "VJP940"}
STAGES_OF_VALUES = {"gradient", "linearity"}
OF_NONE = {"VJP908", "VJP915"}
SECONDS_FOR_AN_ANSWER = 60.0
# Of a rule that is defined in a function, and so is many objects, and of each object: so many examples in all.
EXAMPLES = 6


class Session:
    """What the hooks of the plugin do."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._reports: dict[str, RuleReport] = {}
        self._files: dict[str, str] = {}
        self._stack = contextlib.ExitStack()
        self._calls: Any = None
        self._claims: dict[str, str] = {}
        self._lost: list[str] = []
        self._said: dict[str, list[tuple[list[str], bool]]] = {}

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

        self._calls = self._stack.enter_context(observing())

    def tell_worker(self, node: Any) -> None:
        """Give a worker a channel on which it can ask for rules."""
        channel = node.gateway.newchannel()
        channel.setcallback(functools.partial(self._answer, channel, node.gateway.id))
        node.workerinput[WORKER_INPUT] = channel

    def _answer(self, channel: Any, worker: str, key: str) -> None:
        """Called in the thread of a worker's connection; `setdefault` decides at once."""
        channel.send(self._claims.setdefault(key, worker) == worker)

    def _claim(self, key: str) -> bool:
        """Whether this process is the one that verifies the rule."""
        if self._worker is None:
            return True
        channel = self._worker[WORKER_INPUT]
        try:
            channel.send(key)
            return bool(channel.receive(SECONDS_FOR_AN_ANSWER))
        except (OSError, EOFError, channel.TimeoutError):
            return True  # without the controller a rule is better verified twice than never

    def verify(self) -> bool:
        """Verify what was seen; whether any rule is wrong, as far as this process knows."""
        if self._calls is not None:
            self._stack.close()
            for key, seen in self._by_place().items():
                if self._claim(key):
                    self._verify(key, seen)
            if self._worker is not None:
                self._config.workeroutput[WORKER_OUTPUT] = [
                    [key, self._files[key], asdict(report)] for key, report in self._reports.items()
                ]
                self._config.workeroutput[WORKER_MEANINGS] = self._meanings()
        self._reports = {key: _as_meant(report, self._said.get(key, [])) for key, report in self._reports.items()}
        return any(report.failed for report in self._reports.values())

    def hear_worker(self, node: Any) -> None:
        """Take what a worker found. One that died took the rules that it had asked for with it."""
        output = getattr(node, "workeroutput", {})
        found = output.get(WORKER_OUTPUT, [])
        for key, data, custom in output.get(WORKER_MEANINGS, []):
            self._said.setdefault(key, []).append((data, custom))
        for key, file, data in found:
            rebuilt = from_json({"path": file, "rules": [data], "remarks": []})
            self._keep(key, file, rebuilt.rules[0])
        told = {key for key, _, _ in found}
        self._lost += [
            key for key, worker in list(self._claims.items()) if worker == node.gateway.id and key not in told
        ]

    def _keep(self, key: str, file: str, report: RuleReport) -> None:
        known = self._reports.get(key)
        if known is None or (report.failed and not known.failed):
            self._reports[key] = report
            self._files[key] = file

    def _by_place(self) -> dict[str, list[Any]]:
        """The rules that were called and are the project's own; those of one place in the source together."""
        from flake8_jaxvjp.runtime.subject import subject_of

        found: dict[str, list[Any]] = {}
        for observed in self._calls.rules.values():
            subject = subject_of(observed.value)
            code = None if subject is None else _code(subject)
            if subject is not None and code is not None and self._ours(code.co_filename):
                found.setdefault(self._key(subject, code), []).append((subject, code, observed))
        return found

    def _meanings(self) -> list[tuple[str, list[str], bool]]:
        """What tests of this worker have said of rules, for the reports of the others."""
        from flake8_jaxvjp.runtime.subject import subject_of

        found = []
        for meant in self._calls.meant.values():
            subject = subject_of(meant.rule)
            code = None if subject is None else _code(subject)
            if subject is not None and code is not None:
                found.append((self._key(subject, code), sorted(meant.data), meant.custom))
        return found

    def _key(self, subject: Any, code: Any) -> str:
        return f"{self._shown(code.co_filename)}:{code.co_firstlineno}:{subject.name}"

    def _shown(self, filename: str) -> str:
        """A file as seen from the root of the project, which may stand elsewhere on another machine."""
        path, root = os.path.realpath(filename), os.path.realpath(self._config.rootpath)
        return Path(os.path.relpath(path, root)).as_posix() if path.startswith(root + os.sep) else filename

    def _verify(self, key: str, seen: list[Any]) -> None:
        from flake8_jaxvjp.runtime.subject import parameter_names
        from flake8_jaxvjp.runtime.verify import Options, verify_rule

        options = Options(edges=False, nuts=bool(self._config.getoption("--jaxvjp-nuts")))
        calls = [(*one, example) for one in seen for example in one[2].examples]
        reports = []
        for subject, code, observed, example in calls[:EXAMPLES]:
            names = parameter_names(subject.primal, len(example))
            wanted = frozenset(names[index] for index in observed.differentiated if index < len(names))
            said = self._calls.meaning(observed.value)
            expected = "custom" if said.custom or _meant(subject, code.co_filename) else "true"
            chosen_options = replace(options, wanted=wanted, expect_gradient=expected, data=tuple(said.data))
            report = verify_rule(subject, example, chosen_options, "observed")
            reports.append(_on_lines(report, code.co_filename, code.co_firstlineno, subject))
        chosen = next((report for report in reports if report.failed), reports[0])
        self._keep(key, self._shown(seen[0][1].co_filename), chosen)

    def _ours(self, filename: str) -> bool:
        """Rules of installed packages are their authors' concern, unless the user says otherwise."""
        if self._config.getini("jaxvjp_all"):
            return True
        path = os.path.realpath(filename)
        paths = sysconfig.get_paths()
        installed = [os.path.realpath(paths[name]) for name in ("purelib", "platlib", "stdlib")]
        return Path(path).is_file() and not any(path.startswith(folder + os.sep) for folder in installed)

    def summarise(self, reporter: Any) -> None:
        """The section at the end of the run."""
        if self._worker is not None:
            return
        reporter.section("derivative rules (jaxvjp)")
        for key in sorted(self._reports):
            report, file = self._reports[key], self._files[key]
            reporter.write_line(
                f"{file}::{report.rule}: {report.verdict} ({report.inputs})",
                red=report.failed,
                green=report.verdict in {PASSED, BY_DESIGN},
            )
            for remark in report.remarks:
                reporter.write_line(f"    {file}:{remark.line}: {remark.code} {remark.message}")
        if any(remark.code in codes.OF_VALUES for report in self._reports.values() for remark in report.remarks):
            reporter.write_line(codes.ON_PURPOSE)
        for key in sorted(set(self._lost) - set(self._reports)):
            reporter.write_line(f"{key}: not verified: the worker that was to verify it ended before", red=True)
        failed = sum(report.failed for report in self._reports.values())
        reporter.write_line(f"{counted(len(self._reports), 'rule')} verified, {failed} wrong")


def _as_meant(report: RuleReport, said: Sequence[tuple[Sequence[str], bool]]) -> RuleReport:
    """The report without what tests that ran elsewhere have said to be on purpose."""
    if not said:
        return report
    data = {name for names, _ in said for name in names}
    custom = any(one for _, one in said)
    kept = tuple(
        remark
        for remark in report.remarks
        if not (custom and remark.code in OF_CUSTOM)
        and not (remark.code in OF_NONE and re.split(r"[.\[]", remark.argument)[0] in data)
    )
    stages = tuple(
        replace(one, verdict=SKIPPED) if custom and one.verdict == FAILED and one.name in STAGES_OF_VALUES else one
        for one in report.stages
    )
    return replace(report, remarks=kept, stages=stages)


def _code(subject: Any) -> Any:
    """The code that says which rule it is: that of the backward rule, or of what the user wrote in place of it."""
    from flake8_jaxvjp.runtime.places import code_of

    if subject.kind == "custom_gradient":
        return code_of(subject.primal)
    return code_of(subject.backward) or code_of(subject.forward) or code_of(subject.primal)


def _meant(subject: Any, filename: str) -> bool:
    """Whether a comment at the `defvjp` of the rule says that its gradient differs from the derivative on purpose."""
    from flake8_jaxvjp.runtime.inputs.choose import hint_of
    from flake8_jaxvjp.runtime.places import find_places

    try:
        text = Path(filename).read_bytes().decode("utf-8", "replace")
        sites = find_places(text).sites
    except (OSError, SyntaxError, ValueError):
        return False
    return any(hint_of(site, text)[1] for site in sites if site.receiver.rpartition(".")[2] == subject.name)


def _on_lines(report: RuleReport, filename: str, line: int, subject: Any) -> RuleReport:
    """The report with its findings on the lines of the file, where the file can be read."""
    from flake8_jaxvjp.runtime.filecheck import put_on_line
    from flake8_jaxvjp.runtime.places import find_places

    try:
        places = find_places(Path(filename).read_bytes().decode("utf-8", "replace"))
    except (OSError, SyntaxError, ValueError):
        remarks: tuple[Remark, ...] = tuple(placed(remark, line) for remark in report.remarks)
    else:
        remarks = tuple(put_on_line(remark, subject, line, places, filename) for remark in report.remarks)
    return replace(report, line=line, remarks=remarks)
