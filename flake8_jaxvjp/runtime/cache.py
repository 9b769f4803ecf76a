"""Results by content: of the file, of what it imports in its project, of the options and of the versions installed.

One JSON file a result, written beside its place and moved there, so that parallel runs never see half of one. Any
damage in the folder makes a miss, never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flake8_jaxvjp
from flake8_jaxvjp.runtime.codes import PROCESS
from flake8_jaxvjp.runtime.report import FileReport, from_json, to_json

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.command import Settings

ENVIRONMENT = ("JAX_PLATFORMS", "JAX_ENABLE_X64", "JAX_CUSTOM_VJP3", "PYTHONPATH")


def default_folder() -> Path:
    """Where results are kept: JAXVJP_CACHE, or the user's cache folder."""
    chosen = os.environ.get("JAXVJP_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "flake8-jaxvjp"


class NoCache:
    """Keeps nothing."""

    def get(self, path: str, names: tuple[str, ...]) -> FileReport | None:
        return None

    def put(self, report: FileReport, names: tuple[str, ...], depends: Sequence[str]) -> None:
        return None


class Cache(NoCache):
    """Results in a folder."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        chosen = {key: value for key, value in asdict(settings).items() if key not in {"workers", "cache"}}
        versions = [_version(name) for name in ("jax", "jaxlib", "numpyro", "equinox")]
        around = [os.environ.get(name, "") for name in ENVIRONMENT]
        self._settings = json.dumps([chosen, versions, around, sys.version, flake8_jaxvjp.__version__])

    def _place(self, path: str, names: tuple[str, ...]) -> Path:
        key = json.dumps([os.path.realpath(path), names, self._settings])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def get(self, path: str, names: tuple[str, ...]) -> FileReport | None:
        try:
            entry: Any = json.loads(self._place(path, names).read_bytes())
            if any(_digest(file) != digest for file, digest in entry["depends"].items()):
                return None
            return replace(from_json(entry["report"]), path=path, cached=True)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, report: FileReport, names: tuple[str, ...], depends: Sequence[str]) -> None:
        if any(remark.code == PROCESS.code for remark in report.remarks):
            return
        files = {os.path.realpath(report.path), *depends}
        entry = {"report": to_json(report), "depends": {file: _digest(file) for file in sorted(files)}}
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    json.dump(entry, stream)
                os.replace(name, self._place(report.path, names))
            except OSError:
                os.unlink(name)


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
