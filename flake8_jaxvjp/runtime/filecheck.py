"""Verify one file inside a process of its own: import it, find its rules and their inputs, check, place findings."""

from __future__ import annotations

import inspect
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from flake8_jaxvjp.runtime.codes import BY_CODE, CALL_FAILED, IMPORT_FAILED, NOT_VERIFIED, Place
from flake8_jaxvjp.runtime.discover import Found, Watch, import_file, rules_of, watching
from flake8_jaxvjp.runtime.inputs.choose import choose, hint_of
from flake8_jaxvjp.runtime.inputs.hints import registered
from flake8_jaxvjp.runtime.inputs.weigh import weighed
from flake8_jaxvjp.runtime.observe import Calls, observing
from flake8_jaxvjp.runtime.places import Places, Spot, find_places
from flake8_jaxvjp.runtime.problem import described
from flake8_jaxvjp.runtime.report import Remark, RuleReport, placed
from flake8_jaxvjp.runtime.structure import first_line
from flake8_jaxvjp.runtime.subject import Subject, parameter_names, subject_of
from flake8_jaxvjp.runtime.verify import Options, verify_rule


@dataclass(frozen=True)
class Job:
    """What is asked of one file. `names` limits the rules, `skip` leaves some out; `call` names a function to watch,
    `model` one to sample.
    """

    path: str
    names: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    call: str = ""
    model: str = ""
    nuts: bool = False
    expect_gradient: str = "true"
    second_order: bool = False


Announce = Callable[[str, Any], None]


def check_file(job: Job, announce: Announce) -> None:
    """Verify the file. `announce` gets ("started", name), ("rule", RuleReport) and ("remark", Remark) as they come."""
    path = Path(os.path.realpath(job.path))
    text = path.read_bytes().decode("utf-8", "replace")
    try:
        places = find_places(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        announce("remark", Remark(IMPORT_FAILED.code, f"the file cannot be parsed: {error}", line=line))
        return
    announce("started", "the import")
    with watching(str(path)) as watch:
        module = _imported(path, announce)
        if module is None or _unknown(job, module, announce):
            return
        calls = _called(job, module, path, announce)
        made = set(watch.seen)
        pairs = _registry(module, announce)
        # What the registry made on its way to the rules that it yields is not the user's.
        yielded = {id(rule) for rule, _ in pairs}
        watch.keep(made | yielded)
    found = [*rules_of(module, watch), *_yielded(pairs, watch)]
    found = [one for one in found if not job.names or one.subject.name in job.names]
    found = [one for one in found if one.subject.name not in job.skip]
    options = Options(
        nuts=job.nuts,
        expect_gradient=job.expect_gradient,
        second_order=job.second_order,
        model=getattr(module, job.model) if job.model else None,
    )
    source_file = Source(str(path), text, places, module, pairs, calls)
    for one in found:
        site = places.site_at(one.line)
        announce("line", str(site.line if site is not None else one.line or 1))
        announce("kind", one.subject.kind)
        announce("started", one.subject.name)
        for report in _rule(one, source_file, options, announce):
            announce("rule", report)
    _missing(source_file, watch, job, announce)
    announce("depends", "\n".join(_depends(path)))


def _depends(path: Path) -> list[str]:
    """The files of the same project that were imported: what stands below the folder that the import began in."""
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    files = {
        os.path.realpath(file)
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and file.endswith(".py")
    }
    return sorted(file for file in files if file.startswith(f"{root}{os.sep}"))


def _imported(path: Path, announce: Announce) -> ModuleType | None:
    try:
        return import_file(path)
    except SystemExit as error:
        announce(
            "remark",
            Remark(
                IMPORT_FAILED.code,
                f"the file calls sys.exit({error.code!r}) while it is imported",
                line=_line_in(error, path),
            ),
        )
    except BaseException as error:
        announce(
            "remark",
            Remark(IMPORT_FAILED.code, f"the file cannot be imported: {first_line(error)}", line=_line_in(error, path)),
        )
    return None


def _line_in(error: BaseException, path: Path) -> int:
    """The innermost line of the file in a traceback."""
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.realpath(frame.filename) == str(path)
    ]
    return lines[-1] if lines else 1


def _unknown(job: Job, module: ModuleType, announce: Announce) -> bool:
    """Whether the function to call or the model to sample is not in the module, which is then said."""
    for what, name in (("model", job.model), ("function", job.call)):
        if name and not callable(getattr(module, name, None)):
            there = [
                one for one, value in vars(module).items() if inspect.isfunction(value) and _is_own(value, module)
            ]
            known = f"; its functions are {', '.join(sorted(there))}" if there else ""
            announce("remark", Remark(CALL_FAILED.code, f"there is no {what} '{name}' in the file{known}", line=1))
            return True
    return False


def _is_own(function: Any, module: ModuleType) -> bool:
    return getattr(function, "__module__", "") == module.__name__


def _called(job: Job, module: ModuleType, path: Path, announce: Announce) -> Calls:
    """Run the function that is to be watched, if there is one."""
    if not job.call:
        return Calls()
    announce("started", "the call")
    with observing() as calls:
        try:
            getattr(module, job.call)()
        except BaseException as error:
            announce(
                "remark",
                Remark(CALL_FAILED.code, f"{job.call}() raises {first_line(error)}", line=_line_in(error, path)),
            )
    return calls


def _yielded(pairs: Sequence[tuple[Any, tuple[Any, ...]]], watch: Watch) -> list[Found]:
    """Rules that the registry yields and that no `defvjp` of this file has made, each once."""
    found: dict[int, Found] = {}
    for rule, _ in pairs:
        subject = subject_of(rule)
        if subject is not None and id(rule) not in watch.seen:
            found[id(rule)] = Found(rule, subject, 0)
    return list(found.values())


def _registry(module: ModuleType, announce: Announce) -> list[tuple[Any, tuple[Any, ...]]]:
    try:
        found = registered(module)
        strange = next((rule for rule, _ in found if subject_of(rule) is None), None)
        if strange is not None:
            words = f"jaxvjp_examples() yields {strange!r:.60}, which is no derivative rule"
            announce("remark", Remark(CALL_FAILED.code, words, line=1))
        return found
    except Exception as error:
        announce("remark", Remark(CALL_FAILED.code, f"jaxvjp_examples() raises {first_line(error)}", line=1))
        return []


@dataclass(frozen=True)
class Source:
    """One imported file: its text, its places, its module, and the examples that it gives."""

    path: str
    text: str
    places: Places
    module: ModuleType
    pairs: Sequence[tuple[Any, tuple[Any, ...]]]
    calls: Calls


def _rule(one: Found, source_file: Source, options: Options, announce: Announce) -> list[RuleReport]:
    began = time.perf_counter()
    path, text, places = source_file.path, source_file.text, source_file.places
    module, pairs, calls = source_file.module, source_file.pairs, source_file.calls
    site = places.site_at(one.line)
    seen = calls.rules.get(id(one.value))
    mine = [arguments for rule, arguments in pairs if rule is one.value]
    choice = choose(one.subject, site, text, module, mine, seen.examples if seen is not None else ())
    line = site.line if site is not None else one.line or _definition(one.subject, places, path)
    if not choice.examples and one.subject.has_rule:
        remark = Remark(NOT_VERIFIED.code, f"'{one.subject.name}' is not verified: {choice.why}", line=line)
        return [
            RuleReport(one.subject.name, one.subject.kind, line, remarks=(remark,), seconds=time.perf_counter() - began)
        ]
    if choice.fit is not None:
        count = len(choice.fit.arguments)
        announce("guess", described(choice.fit.arguments, parameter_names(one.subject.primal, count)))
    reports = []
    for source, arguments in choice.examples or (("", ()),):
        custom = hint_of(site, text)[1]
        chosen = replace(
            options,
            edges=options.edges and source != "observed",
            positive=choice.positive,
            expect_gradient="custom" if custom else options.expect_gradient,
        )
        report = verify_rule(one.subject, arguments, chosen, source)
        if choice.fit is not None:
            report = weighed(one.subject, report, choice.fit, chosen)
        remarks = tuple(put_on_line(remark, one.subject, line, places, path) for remark in report.remarks)
        reports.append(replace(report, line=line, remarks=remarks, seconds=time.perf_counter() - began))
    failed = [report for report in reports if report.failed]
    return (failed or reports)[:1]


def _definition(subject: Subject, places: Places, path: str) -> int:
    spot = places.definition(subject.primal, path)
    return spot.line if spot is not None else 1


def put_on_line(remark: Remark, subject: Subject, line: int, places: Places, path: str) -> Remark:
    """The remark on the line that its code asks for, as far as that line is in this file."""
    place = BY_CODE[remark.code].place
    spot: Spot | None = None
    # Of a custom_gradient both rules are JAX's; the user wrote one function that returns value and backward rule.
    written = subject.primal if subject.kind == "custom_gradient" else None
    if place is Place.RETURN:
        spot = places.returned(written or subject.backward or subject.forward, path)
    elif place is Place.BACKWARD:
        spot = places.definition(written or subject.backward or subject.forward, path)
    elif place is Place.FORWARD:
        spot = places.returned(written or subject.forward, path)
    return placed(remark, spot.line, spot.column) if spot is not None else placed(remark, line)


def _missing(source_file: Source, watch: Watch, job: Job, announce: Announce) -> None:
    """Rules that the source defines and that nothing made while the file was imported."""
    places = source_file.places
    made = {places.site_at(line) for _, line in watch.seen.values()}
    left = [site for site in places.sites if site.inside and site not in made]
    known = _seen_by_the_static_wing(source_file) if left else {}
    for site in left:
        proven, primal = known.get(site.line, (True, ""))
        name = primal or site.receiver
        if not proven or (job.names and name not in job.names):
            continue
        message = (
            f"'{name}' is not verified: its rule is defined when '{site.inside}' is called; yield it"
            " from a function jaxvjp_examples(), give --call, or run its tests with pytest --jaxvjp"
        )
        kind = "custom_vjp" if site.line in known else "custom rule"
        remark = Remark(NOT_VERIFIED.code, message, line=site.line, column=site.column)
        announce("rule", RuleReport(name, kind, site.line, remarks=(remark,)))


def _seen_by_the_static_wing(source_file: Source) -> dict[int, tuple[bool, str]]:
    """By line: whether a `defvjp` surely belongs to a `jax.custom_vjp`, and of which function.

    Wrappers of other libraries have methods of that name, and so do their own classes.
    """
    from flake8_jaxvjp.checker import analyse_source

    sites = analyse_source(source_file.text, source_file.path).sites
    return {site.line: (site.proven, site.primal) for site in sites}


def flush() -> None:
    """User code may have printed; its text must be in the files before the process ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
