"""For how many rules of installed packages `jaxvjp verify` finds inputs without a hint, and why not for the others.

Every file of the packages that mentions a rule is verified as a user would do it. A rule counts as importable if it is
there once its file has been imported; rules that are made inside functions, and files that cannot be imported here, are
listed apart. `python benchmarks/inputs.py` prints the list; with `--write` it goes into benchmarks/inputs.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

if not __package__:  # run as a script: the checkout has to be importable, installed or not
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flake8_jaxvjp.runtime.child import Limits
from flake8_jaxvjp.runtime.command import Settings, verify
from flake8_jaxvjp.runtime.report import FileReport, RuleReport
from flake8_jaxvjp.runtime.targets import expand

LIST = Path(__file__).resolve().parent / "inputs.md"
INSIDE = "its rule is defined when"
ASKED = "it is right with"
# The packages of benchmarks/corpus.txt that one environment can hold: distribution, then the module to import.
PACKAGES = {
    "jax": "jax",
    "numpyro": "numpyro",
    "optax": "optax",
    "equinox": "equinox",
    "lineax": "lineax",
    "diffrax": "diffrax",
    "optimistix": "optimistix",
    "jaxopt": "jaxopt",
    "ott-jax": "ott",
    "s2fft": "s2fft",
    "jax-md": "jax_md",
    "flax": "flax",
    "dm-haiku": "haiku",
    "distrax": "distrax",
    "e3nn-jax": "e3nn_jax",
    "tinygp": "tinygp",
    "blackjax": "blackjax",
    "kfac-jax": "kfac_jax",
}


@dataclass(frozen=True)
class Row:
    """One rule: where it is, and what became of it."""

    package: str
    path: str
    rule: str
    found: str
    why: str


def installed(names: Sequence[str]) -> Iterator[tuple[str, str, Path]]:
    """Name, version and folder of the packages that are installed here."""
    for name in names:
        spec = importlib.util.find_spec(PACKAGES[name])
        if spec is not None and spec.submodule_search_locations:
            yield name, metadata.version(name), Path(next(iter(spec.submodule_search_locations)))


def rows(package: str, root: Path, reports: Sequence[FileReport]) -> tuple[list[Row], list[Row], list[Row]]:
    """Importable rules, rules made inside functions, and files of which nothing is known."""
    live: list[Row] = []
    inside: list[Row] = []
    silent: list[Row] = []
    for report in reports:
        path = str(Path(report.path).relative_to(root.parent))
        for rule in report.rules:
            # A rule that is right with one kind of arguments and wrong with another has inputs, and a question.
            missing = rule.verdict == "not verified" and ASKED not in _why(rule)
            source = "" if missing else rule.inputs_from.removesuffix(", unsure")
            row = Row(package, path, rule.rule, source, _why(rule))
            (inside if INSIDE in row.why else live).append(row)
        silent += [Row(package, path, "", "", remark.message) for remark in report.remarks]
    return live, inside, silent


def _why(rule: RuleReport) -> str:
    """Why a rule was not verified, without the advice that follows."""
    words = next((remark.message for remark in rule.remarks if remark.code == "VJP930"), "")
    short = words.partition("is not verified: ")[2].partition("; ")[0]
    return short or "; ".join(remark.message for remark in rule.remarks)


def markdown(live: Sequence[Row], inside: Sequence[Row], silent: Sequence[Row], versions: Sequence[str]) -> str:
    """The whole list, as it is committed."""
    found = [row for row in live if row.found]
    asked = sum(ASKED in row.why for row in found)
    share = 100 * len(found) / max(1, len(live))
    sources = ", ".join(f"{count} by {name}" for name, count in Counter(row.found for row in found).most_common())
    lines = [
        "# Inputs found without a hint",
        "",
        "Made by `python benchmarks/inputs.py --write`. Do not edit.",
        "",
        f"Importable rules: {len(live)}. Inputs found: {len(found)} = {share:.0f} % ({sources}).",
        f"Right with one kind of arguments and wrong with another, so that the user is asked: {asked} of these.",
        f"Rules made inside functions: {len(inside)}. Files that cannot be imported here: {len(silent)}.",
        "",
        f"Packages: {', '.join(versions)}.",
        "",
        "## Importable rules without inputs",
        "",
        *_table([row for row in live if not row.found]),
        "",
        "## Rules made inside functions",
        "",
        "They are there only once the function runs: `jaxvjp_examples()`, `--call` and `pytest --jaxvjp` reach them.",
        "",
        *_table(inside),
        "",
        "## Files that cannot be imported here",
        "",
        *_table(silent),
    ]
    return "\n".join(lines) + "\n"


def _table(found: Sequence[Row]) -> list[str]:
    head = ["| rule | reason |", "| --- | --- |"]
    return head + [f"| `{row.path}{'::' * bool(row.rule)}{row.rule}` | {_cell(row.why)} |" for row in found]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", nargs="+", choices=sorted(PACKAGES), default=list(PACKAGES))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"write {LIST.name}")
    options = parser.parse_args()
    live: list[Row] = []
    inside: list[Row] = []
    silent: list[Row] = []
    versions = []
    settings = Settings(Limits(), options.jobs, cache=False)
    for name, version, folder in installed(options.packages):
        reports = verify(expand([str(folder)]), settings)
        parts = rows(name, folder, reports)
        live += parts[0]
        inside += parts[1]
        silent += parts[2]
        versions.append(f"{name} {version}")
        count = sum(bool(row.found) for row in parts[0])
        print(f"{name} {version}: inputs for {count} of {len(parts[0])} importable rules", file=sys.stderr, flush=True)
    text = markdown(live, inside, silent, versions)
    if options.write:
        LIST.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
