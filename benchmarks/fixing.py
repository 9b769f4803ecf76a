"""What `jaxvjp fix` makes of the mutants of the mutation benchmark: right rules of packages, broken at one place.

Whatever is fixed must compile and have no finding left that was mended; how often the text is then just what it was
before the mutation is counted too. The exit code is 1 when a fix went wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:  # run as a script: the checkout has to be importable, installed or not
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.linting import Found, findings_of, lint_text, read_source
from benchmarks.mutants.catalogue import BREAKING
from benchmarks.mutants.edits import Source
from benchmarks.mutants.registry import built
from benchmarks.mutants.targets import targets
from benchmarks.mutants.trial import new_findings
from benchmarks.mutation import files_with_rules
from benchmarks.packages import CACHE_VARIABLE, default_cache, read_pins, source_of
from flake8_jaxvjp.fixes.asking import Asked
from flake8_jaxvjp.fixes.fixer import fix_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_jaxvjp.findings import Finding

PINS = Path(__file__).parent / "corpus.txt"
FIXED, RESTORED, UNTOUCHED, WRONG = "fixed", "restored", "left", "WRONG"


def verdicts(path: Path, one_in: int, *, unsafe: bool) -> Iterator[tuple[str, str]]:
    """The kind of each mutant that is found, and what its fix came to."""
    text = read_source(path)
    before, sites = lint_text(text, str(path))  # no sites, where the syntax is too new for this Python
    lines = {site.line for site in sites if site.proven and not site.unresolved}
    counted = 0
    for target in targets(Source(text)) if lines else ():
        spanned = range(target.call.lineno, (target.call.end_lineno or target.call.lineno) + 1)
        if lines.isdisjoint(spanned) or target.forward is None or not target.is_consistent:
            continue
        for mutation in BREAKING:
            for changes in mutation.make(target):
                counted += 1
                mutant = built(target.source, changes) if counted % one_in == 0 else None
                new = new_findings(before, findings_of(mutant.text, str(path))) if mutant is not None else []
                if mutant is not None and new:
                    yield mutation.name, verdict(text, mutant.text, path, new, unsafe=unsafe)


def verdict(original: str, mutant: str, path: Path, new: Sequence[Found], *, unsafe: bool) -> str:
    """Only what the mutation brought in is fixed."""
    texts = {(each.code, each.message) for each in new}

    def wants(_: str, finding: Finding) -> bool:
        return (finding.code, finding.message) in texts

    fixed = fix_text(mutant, Asked(str(path), wants, unsafe))
    if not fixed.mended:
        return UNTOUCHED
    left = {(each.code, each.message) for each in findings_of(fixed.raw, str(path))}
    try:
        compile(fixed.raw, str(path), "exec", dont_inherit=True)
    except SyntaxError:
        return WRONG
    if any((finding.code, finding.message) in left for finding in fixed.mended):
        return WRONG
    return RESTORED if fixed.raw == original else FIXED


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fixing.py", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help=f"folder of the sources ({CACHE_VARIABLE})")
    parser.add_argument("--package", action="append", default=[], metavar="NAME", help="only this package (repeatable)")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try one mutant out of N, spread evenly")
    parser.add_argument("--unsafe", action="store_true", help="also fixes that have to be looked at")
    options = parser.parse_args(arguments)
    pins = [package for package in read_pins(PINS) if not options.package or package.name in options.package]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for path in files_with_rules(source_of(package, options.cache) for package in pins):
        for kind, came in verdicts(path, options.one_in, unsafe=options.unsafe):
            counts[kind][came] += 1
    every: Counter[str] = Counter()
    for each in counts.values():
        every.update(each)
    print(f"{'':42} {'found':>7} {FIXED:>7} {RESTORED:>9} {WRONG:>6}")
    for kind, tally in [*sorted(counts.items()), ("all", every)]:
        if tally.total() > tally[UNTOUCHED]:
            mended = tally[FIXED] + tally[RESTORED]
            print(f"{kind:42} {tally.total():7} {mended:7} {tally[RESTORED]:9} {tally[WRONG]:6}")
    return int(every[WRONG] > 0)


if __name__ == "__main__":
    sys.exit(main())
