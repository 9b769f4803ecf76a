"""What a verification hands on: plain data, equal in the child process, the cache, the tests and the reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flake8_jaxvjp.runtime.codes import BY_CODE, DELIBERATE, NO_GRADIENT, NOT_VERIFIED, Level

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
DOUBTED, BY_DESIGN, UNVERIFIED = "in doubt", "by design", "not verified"
VERDICTS = (PASSED, FAILED, DOUBTED, BY_DESIGN, UNVERIFIED)
ON_PURPOSE = frozenset({DELIBERATE.code, NO_GRADIENT.code})


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding on one rule. `line` is where the user edits (0 until it is placed), `function` where it was seen."""

    code: str
    message: str
    argument: str = ""
    line: int = 0
    column: int = 0

    @property
    def level(self) -> Level:
        return BY_CODE[self.code].level


@dataclass(frozen=True, slots=True)
class Stage:
    """One check of a rule: `verdict` is passed, failed or skipped; `detail` says what was seen, in a few words."""

    name: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the HTML report draws. All lists are short; nothing here decides a verdict."""

    cotangents: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)
    step_sizes: tuple[float, ...] = ()
    energy_errors: tuple[float, ...] = ()
    trace: dict[str, tuple[float, ...]] = field(default_factory=dict)
    energy: tuple[float, ...] = ()
    leapfrog_steps: tuple[int, ...] = ()
    warmup: int = 0


@dataclass(frozen=True, slots=True)
class RuleReport:
    """Everything that was found out about one rule."""

    rule: str
    kind: str
    line: int = 0
    inputs: str = ""
    inputs_from: str = ""
    stages: tuple[Stage, ...] = ()
    remarks: tuple[Remark, ...] = ()
    supports: tuple[str, ...] = ()
    seconds: float = 0.0
    measured: Measured = Measured()

    @property
    def verdict(self) -> str:
        """`passed`, `failed`, `not verified`, `in doubt` if there are warnings, which do not make a rule fail, or
        `by design` if the gradient is not the derivative on purpose, or there is none.
        """
        levels = {remark.level for remark in self.remarks}
        if Level.ERROR in levels:
            return FAILED
        meant = not ON_PURPOSE.isdisjoint(self.codes)
        if NOT_VERIFIED.code in self.codes or not (meant or any(stage.verdict == PASSED for stage in self.stages)):
            return UNVERIFIED
        return DOUBTED if Level.WARNING in levels else BY_DESIGN if meant else PASSED

    @property
    def failed(self) -> bool:
        return self.verdict == FAILED

    @property
    def label(self) -> str:
        """The name, by which one lambda cannot be told from another: with its line."""
        return f"{self.rule}, line {self.line}" if self.rule == "<lambda>" else self.rule

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(remark.code for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class FileReport:
    """The rules of one file, and what happened to the file as a whole (`remarks`), with what it printed."""

    path: str
    rules: tuple[RuleReport, ...] = ()
    remarks: tuple[Remark, ...] = ()
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    cached: bool = False

    @property
    def failed(self) -> bool:
        return any(rule.failed for rule in self.rules) or any(r.level is Level.ERROR for r in self.remarks)

    @property
    def all_remarks(self) -> tuple[Remark, ...]:
        found = [*self.remarks, *(remark for rule in self.rules for remark in rule.remarks)]
        return tuple(sorted(found, key=lambda remark: (remark.line, remark.column, remark.code, remark.message)))


def to_json(report: FileReport) -> dict[str, Any]:
    return asdict(report)


def for_machines(report: FileReport) -> dict[str, Any]:
    """What `--format json` prints: the report, with the verdict of each rule and the severity of each finding."""
    found = to_json(report)
    for rule, entry in zip(report.rules, found["rules"], strict=True):
        entry["verdict"] = rule.verdict
        _add_severities(rule.remarks, entry["remarks"])
    _add_severities(report.remarks, found["remarks"])
    return {**found, "failed": report.failed}


def _add_severities(remarks: tuple[Remark, ...], entries: tuple[dict[str, Any], ...]) -> None:
    for remark, entry in zip(remarks, entries, strict=True):
        entry["severity"] = remark.level.value


def from_json(data: dict[str, Any]) -> FileReport:
    """The inverse of `to_json`, also after a trip through JSON (which turns tuples into lists)."""
    rules = tuple(_rule_from_json(rule) for rule in data["rules"])
    remarks = tuple(Remark(**remark) for remark in data["remarks"])
    rest = {key: value for key, value in data.items() if key not in {"rules", "remarks"}}
    return FileReport(rules=rules, remarks=remarks, **rest)


def _rule_from_json(data: dict[str, Any]) -> RuleReport:
    measured = dict(data["measured"])
    pairs = {name: (tuple(given), tuple(expected)) for name, (given, expected) in measured["cotangents"].items()}
    trace = {name: tuple(values) for name, values in measured["trace"].items()}
    tuples = {key: tuple(measured[key]) for key in ("step_sizes", "energy_errors", "energy", "leapfrog_steps")}
    rebuilt = {
        "stages": tuple(Stage(**stage) for stage in data["stages"]),
        "remarks": tuple(Remark(**remark) for remark in data["remarks"]),
        "supports": tuple(data["supports"]),
        "measured": Measured(cotangents=pairs, trace=trace, warmup=measured.get("warmup", 0), **tuples),
    }
    return RuleReport(**{**data, **rebuilt})


def placed(remark: Remark, line: int, column: int = 0) -> Remark:
    """The remark at a line, unless it has one."""
    return remark if remark.line else replace(remark, line=line, column=column)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 rule`, `2 rules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
