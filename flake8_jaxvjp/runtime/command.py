"""`jaxvjp verify PATH[::name]...`: import files in processes of their own, and check the rules in them."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flake8_jaxvjp.command.files import UsageError, Wanted
from flake8_jaxvjp.command.settings import add_finding, settled
from flake8_jaxvjp.runtime.cache import Cache, NoCache, default_folder
from flake8_jaxvjp.runtime.child import Limits
from flake8_jaxvjp.runtime.report import UNVERIFIED, FileReport, for_machines
from flake8_jaxvjp.runtime.requirements import missing
from flake8_jaxvjp.runtime.supervise import Pool, processors, verify_files
from flake8_jaxvjp.runtime.targets import expand, having


@dataclass(frozen=True)
class Settings:
    """What the command and the flake8 plugin ask of a run."""

    limits: Limits = Limits()
    workers: int = 1
    cache: bool = True
    nuts: bool = False
    call: str = ""
    model: str = ""
    expect_gradient: str = "true"
    second_order: bool = False


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "verify",
        help="run the rules of files, and check their gradients",
        description=(
            "Imports each file in a process of its own, finds the live derivative rules in it, and checks that JAX"
            " accepts them and that their gradients are right."
        ),
    )
    parser.add_argument("paths", nargs="+", metavar="PATH[::NAME]", help="a file, a folder, or a rule in a file")
    parser.add_argument("--nuts", action="store_true", help="also let NumPyro's NUTS sample through each rule")
    parser.add_argument("--model", default="", metavar="NAME", help="sample this model of the file instead of our own")
    parser.add_argument(
        "--call",
        default="",
        metavar="NAME",
        help="call this function of the file, and check rules on the inputs that they get from it",
    )
    parser.add_argument(
        "--expect-gradient",
        choices=("true", "custom"),
        default="true",
        help="custom: gradients that differ from the derivative on purpose are not compared",
    )
    parser.add_argument("--second-order", action="store_true", help="also find out what the rules support beyond grad")
    parser.add_argument("--format", choices=("human", "json", "junit"), default="human", help="(default: human)")
    parser.add_argument("--report", metavar="DIR", help="write an HTML report into this folder")
    parser.add_argument("--timeout", type=_positive, default=120.0, metavar="S", help="seconds for a file (120)")
    parser.add_argument("--memory", type=_positive, default=4.0, metavar="GIB", help="memory for a file, in GiB (4)")
    parser.add_argument("--jobs", type=int, metavar="N", help="files at once (default: one a processor)")
    parser.add_argument("--no-cache", action="store_true", help="neither read nor keep results")
    parser.add_argument("--strict", action="store_true", help="rules that could not be verified make the exit code 1")
    add_finding(parser)
    parser.set_defaults(run=run)


def _positive(text: str) -> float:
    """A limit. Raises argparse's error for what is no number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above zero is wanted, not {text!r}")
    return value


def run(options: argparse.Namespace) -> int:
    """The subcommand. Findings go to standard output, progress to standard error."""
    if missing():
        print(f"jaxvjp verify: {missing()}", file=sys.stderr)
        return 2
    try:
        found = settled(options, ("jobs", "exclude", "respect-gitignore"))
        targets = expand(options.paths, Wanted(exclude=found["exclude"], respect_gitignore=found["respect-gitignore"]))
        if options.report:
            Path(options.report).mkdir(parents=True, exist_ok=True)
    except UsageError as error:
        print(f"jaxvjp verify: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"jaxvjp verify: --report {options.report}: {error.strerror}", file=sys.stderr)
        return 2
    settings = Settings(
        _limits(options),
        found["jobs"] or processors(),
        not options.no_cache,
        options.nuts or bool(options.model),
        options.call,
        options.model,
        options.expect_gradient,
        options.second_order,
    )
    from flake8_jaxvjp.runtime.terminal import Progress

    began = time.monotonic()
    with Progress(len(targets), sys.stderr) as progress:
        reports = verify(targets, settings, progress.advance)
    print(_formatted(reports, options.format, time.monotonic() - began))
    if options.report:
        from flake8_jaxvjp.runtime.html import write_report

        print(f"report: {write_report(reports, Path(options.report))}", file=sys.stderr)
    unknown = unknown_names(targets, reports)
    for path, name in unknown:
        print(f"jaxvjp verify: there is no rule '{name}' in {path}", file=sys.stderr)
    unverified = options.strict and any(rule.verdict == UNVERIFIED for report in reports for rule in report.rules)
    failed = unverified or any(report.failed for report in reports)
    return (2 if unknown else 0) + (1 if failed else 0)


def _limits(options: argparse.Namespace) -> Limits:
    """What the options say. A chain takes its time, also with arguments that were guessed."""
    sampling = options.nuts or options.model
    guess = options.timeout if sampling else min(Limits().guess, options.timeout)
    return Limits(options.timeout, options.timeout, int(options.memory * (1 << 30)), guess)


def unknown_names(targets: dict[str, tuple[str, ...]], reports: Iterable[FileReport]) -> list[tuple[str, str]]:
    """The rules asked for by name that their file does not have; of a file that could not be imported, none."""
    return [
        (report.path, name)
        for report in reports
        if not report.remarks
        for name in targets.get(report.path, ())
        if name not in {rule.rule for rule in report.rules}
    ]


def _formatted(reports: Sequence[FileReport], form: str, seconds: float) -> str:
    if form == "json":
        return json.dumps([for_machines(report) for report in reports], indent=1)
    if form == "junit":
        from flake8_jaxvjp.runtime.junit import to_junit

        return to_junit(reports)
    from flake8_jaxvjp.runtime.terminal import table

    return table(reports, seconds)


def verify(
    targets: dict[str, tuple[str, ...]], settings: Settings, finished: Any = None, pool: Pool | None = None
) -> list[FileReport]:
    """Verify files, from the cache where it knows them. The reports are in the order of the targets."""
    cache = Cache(default_folder(), settings) if settings.cache else NoCache()
    found: dict[str, FileReport] = {}
    jobs = []
    calling, sampling = having(settings.call, targets), having(settings.model, targets)
    for path, names in targets.items():
        known = cache.get(path, names)
        if known is not None:
            found[path] = known
            if finished is not None:
                finished(known)
        else:
            jobs.append(
                {
                    "path": path,
                    "names": list(names),
                    "call": settings.call if path in calling else "",
                    "model": settings.model if path in sampling else "",
                    "nuts": settings.nuts,
                    "expect_gradient": settings.expect_gradient,
                    "second_order": settings.second_order,
                }
            )

    def keep(report: FileReport, depends: Sequence[str]) -> None:
        found[report.path] = report
        cache.put(report, targets[report.path], depends)
        if finished is not None:
            finished(report)

    verify_files(jobs, settings.limits, max(1, settings.workers), keep, pool)
    return [found[path] for path in targets]
