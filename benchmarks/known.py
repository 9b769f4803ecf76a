"""Findings in public packages that somebody has read and proven to be mistakes (`corpus/known.toml`)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KNOWN = Path(__file__).parent / "corpus" / "known.toml"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands, independent of the machine: `file` is the path inside the package's archive."""

    package: str
    version: str
    file: str
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class KnownFinding:
    place: Place
    why: str
    proof: str


def read_known(path: Path = KNOWN) -> dict[Place, KnownFinding]:
    """The entries by place; a missing reason or proof is an error, since then nobody has looked."""
    with path.open("rb") as file:
        entries = tomllib.load(file).get("finding", [])
    known = {}
    for entry in entries:
        place = Place(entry["package"], entry["version"], entry["file"], entry["line"], entry["code"])
        if not entry["why"].strip() or not entry["proof"].strip():
            raise ValueError(f"{path}: {place} lacks its reason or its proof")
        known[place] = KnownFinding(place, entry["why"], entry["proof"])
    return known
