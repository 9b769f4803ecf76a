"""Lints the sources of public packages and prints what was found, resolved and left open.

Run `python benchmarks/corpus.py --help`; `benchmarks/README.md` says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:  # run as a script: the checkout has to be importable, installed or not
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from typing import TYPE_CHECKING

from benchmarks.known import KNOWN, KnownFinding, Place, read_known
from benchmarks.linting import FileResult, Found, Site, lint_files, python_files
from benchmarks.packages import CACHE_VARIABLE, Package, PackageError, default_cache, read_pins, source_of
from benchmarks.unresolved import PAGE, kind_of, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PINS = Path(__file__).parent / "corpus.txt"


@dataclass(slots=True)
class PackageResult:
    """The results of one package; paths in `findings` and `sites` are relative to its archive."""

    package: Package
    files: int = 0
    seconds: float = 0.0
    unread: list[tuple[str, str]] = field(default_factory=list)
    crashes: list[tuple[str, str]] = field(default_factory=list)
    sites: list[tuple[str, Site]] = field(default_factory=list)
    findings: list[tuple[str, Found]] = field(default_factory=list)

    def add(self, folder: Path, result: FileResult) -> None:
        file = result.path.relative_to(folder).as_posix()
        self.files += 1
        self.seconds += result.seconds
        if result.unread:
            self.unread.append((file, result.unread))
        if result.crash:
            self.crashes.append((file, result.crash))
        self.sites.extend((file, site) for site in result.sites)
        self.findings.extend((file, found) for found in result.findings)

    @property
    def proven(self) -> list[tuple[str, Site]]:
        return [(file, site) for file, site in self.sites if site.proven]

    @property
    def unresolved(self) -> list[tuple[str, Site]]:
        return [(file, site) for file, site in self.proven if site.unresolved]

    def places(self) -> Iterator[tuple[Place, Found]]:
        for file, found in self.findings:
            yield Place(self.package.name, self.package.version, file, found.line, found.code), found


def add_common_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cache", type=Path, default=default_cache(), help=f"folder of the sources ({CACHE_VARIABLE})")
    parser.add_argument("--pins", type=Path, default=PINS, help="list of name==version lines")
    parser.add_argument("--package", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="corpus.py", description=__doc__)
    add_common_options(parser)
    parser.add_argument("--known", type=Path, default=KNOWN, help="the findings that are proven to be right")
    parser.add_argument("--unresolved", action="store_true", help="list each unresolved proven site with its reason")
    parser.add_argument("--write", action="store_true", help=f"write that list to {PAGE.name}, with the figures")
    parser.add_argument("--unread", action="store_true", help="list each file that this Python cannot parse")
    parser.add_argument("--findings", action="store_true", help="print each finding")
    parser.add_argument("--json", type=Path, help="write everything to this file as well")
    return parser.parse_args(arguments)


def chosen_packages(options: argparse.Namespace) -> tuple[Package, ...]:
    packages = read_pins(options.pins)
    unknown = set(options.package) - {package.name for package in packages}
    if unknown:
        raise PackageError(f"not in {options.pins.name}: {', '.join(sorted(unknown))}")
    return tuple(package for package in packages if not options.package or package.name in options.package)


def fetch(packages: Sequence[Package], cache: Path) -> dict[Package, Path]:
    """The folder of each package, with a line of progress for those that must be downloaded."""
    folders = {}
    for package in packages:
        if not (cache / "sources" / package.folder).is_dir():
            print(f"downloading {package.folder} ...", file=sys.stderr, flush=True)
        folders[package] = source_of(package, cache)
    return folders


def lint_packages(folders: dict[Package, Path], jobs: int) -> list[PackageResult]:
    owners = [(package, path) for package, folder in folders.items() for path in python_files(folder)]
    results = {package: PackageResult(package) for package in folders}
    show = sys.stderr.isatty()
    for count, ((package, _), result) in enumerate(
        zip(owners, lint_files([path for _, path in owners], jobs), strict=True), start=1
    ):
        results[package].add(folders[package], result)
        if show and count % 50 == 0:
            print(f"\r{count}/{len(owners)} files", end="", file=sys.stderr, flush=True)
    if show:
        print("\r", end="", file=sys.stderr)
    return list(results.values())


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def print_table(results: Sequence[PackageResult], wall: float, *, unread: bool) -> None:
    heading = ("package", "files", "sites", "proven", "resolved", "share", "findings", "seconds")
    print("{:34}{:>7}{:>7}{:>8}{:>10}{:>8}{:>10}{:>9}".format(*heading))
    rows = [(result.package.folder, [result]) for result in results if result.sites or result.findings]
    for name, group in [*rows, (f"{len(results)} packages", list(results))]:
        proven = sum(len(result.proven) for result in group)
        resolved = proven - sum(len(result.unresolved) for result in group)
        print(
            f"{name:34}{sum(result.files for result in group):7}{sum(len(result.sites) for result in group):7}"
            f"{proven:8}{resolved:10}{share(resolved, proven):>8}"
            f"{sum(len(result.findings) for result in group):10}{sum(result.seconds for result in group):9.2f}"
        )
    print(f"\nCPU seconds of the engine above; the whole run took {wall:.1f} s of the clock")
    failures = [(result.package.folder, *each) for result in results for each in result.unread]
    version = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    print(f"{len(failures)} files that mention rules were not judged, since {version} cannot read them")
    for package, file, reason in failures if unread else ():
        print(f"  {package}/{file}: {reason}")
    for package, file, reason in [(result.package.folder, *each) for result in results for each in result.crashes]:
        print(f"  the linter FAILED on {package}/{file}: {reason}")


def print_unresolved(results: Sequence[PackageResult]) -> None:
    listed = [(result.package.folder, file, site) for result in results for file, site in result.unresolved]
    print(f"\n{len(listed)} proven sites are unresolved:")
    for package, file, site in listed:
        print(f"  {package}/{file}:{site.line} {site.primal}: {site.unresolved}")
    print("by reason:")
    for reason, count in Counter(kind_of(site.unresolved) for _, _, site in listed).most_common():
        print(f"  {count:5}  {reason}")


def judge(results: Sequence[PackageResult], known: dict[Place, KnownFinding], *, every: bool) -> bool:
    """Print the findings that nobody has proven, and the proven ones that are gone; whether all is well."""
    found = {place: each for result in results for place, each in result.places()}
    packages = {(result.package.name, result.package.version) for result in results}
    new = [place for place in found if place not in known]
    gone = [place for place in known if (place.package, place.version) in packages and place not in found]
    print(f"\n{len(found)} places with findings: {len(found) - len(new)} known and proven, {len(new)} unknown")
    for place, each in found.items():
        if every or place in new:
            label = "unknown" if place in new else "known  "
            print(f"  {label} {place.package}-{place.version}/{place.file}:{place.line}:{each.column + 1}: ", end="")
            print(f"{each.code} {each.message}")
            if place in known:
                print(f"          {known[place].why}")
    for place in gone:
        print(f"  gone    {place.package}-{place.version}/{place.file}:{place.line}: {place.code} is in the list only")
    return not new and not gone and not any(result.crashes for result in results)


def write_json(path: Path, results: Sequence[PackageResult]) -> None:
    data = [
        {
            "package": result.package.folder,
            "files": result.files,
            "unread": result.unread,
            "sites": [[file, site.line, site.primal, site.proven, site.unresolved] for file, site in result.sites],
            "findings": [[file, each.line, each.column, each.code, each.message] for file, each in result.findings],
        }
        for result in results
    ]
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    begin = time.perf_counter()
    try:
        folders = fetch(chosen_packages(options), options.cache)
    except PackageError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    results = lint_packages(folders, options.jobs)
    print_table(results, time.perf_counter() - begin, unread=options.unread)
    if options.unresolved:
        print_unresolved(results)
    if options.write and not options.package:
        rows = [
            (f"{result.package.folder}/{file}", site.line, site.primal, site.unresolved)
            for result in results
            for file, site in result.unresolved
        ]
        names = [f"{result.package.name} {result.package.version}" for result in results]
        PAGE.write_text(page(rows, sum(len(result.proven) for result in results), names), encoding="utf-8")
    if options.json:
        write_json(options.json, results)
    return 0 if judge(results, read_known(options.known), every=options.findings) else 1


if __name__ == "__main__":
    sys.exit(main())
