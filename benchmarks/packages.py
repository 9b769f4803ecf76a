"""Gets the sources of pinned packages: downloads each with pip, unpacks its Python files, runs nothing of them.

A wheel is a zip file and needs no build, so any version can be read on any Python: the one that pip is told to
choose for (`TARGET_PYTHON`) need not be the one that runs. A package without a wheel comes as a source archive;
only then pip asks its build backend for metadata.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET_PYTHON = "3.12"
MOST_FILES = 100_000
MOST_BYTES = 1 << 30
CACHE_VARIABLE = "FLAKE8_JAXVJP_CORPUS"


class PackageError(Exception):
    """A package could not be had, or its archive is not to be trusted."""


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned package; `name` is as the list writes it."""

    name: str
    version: str

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"


def read_pins(path: Path) -> tuple[Package, ...]:
    """The packages of a list with one `name==version` a line and `#` comments."""
    packages = []
    for line in path.read_text(encoding="utf-8").splitlines():
        pin = line.partition("#")[0].strip()
        if pin:
            name, equals, version = pin.partition("==")
            if not equals:
                raise PackageError(f"{path}: {pin!r} is not pinned as name==version")
            packages.append(Package(name.strip(), version.strip()))
    return tuple(packages)


def default_cache() -> Path:
    """The folder of the environment variable, else one below the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "flake8-jaxvjp" / "corpus"


def source_of(package: Package, cache: Path, *, timeout: float = 600.0) -> Path:
    """The folder that holds the package's Python files; downloads and unpacks it the first time."""
    target = cache / "sources" / package.folder
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Unpacked beside its final place and renamed, so that an interrupted run leaves no half a package.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as scratch:
        archive = download(package, Path(scratch), timeout=timeout)
        unpacked = Path(scratch) / "unpacked"
        unpack(archive, unpacked)
        try:
            unpacked.rename(target)
        except OSError:
            if not target.is_dir():  # else another run was faster
                raise
    return target


def download(package: Package, folder: Path, *, timeout: float) -> Path:
    """Fetch the wheel, or the source archive where there is no wheel."""
    pin = f"{package.name}=={package.version}"
    wheel = ["--only-binary=:all:", "--python-version", TARGET_PYTHON]
    source = ["--no-binary", package.name, "--ignore-requires-python"]
    complaints = []
    for choice in (wheel, source):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, *choice, "--dest", str(folder), pin],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        archives = [path for path in folder.iterdir() if path.suffix in {".whl", ".zip", ".gz", ".bz2", ".xz"}]
        if done.returncode == 0 and len(archives) == 1:
            return archives[0]
        complaints.append(done.stderr.strip().splitlines()[-1:] or ["pip said nothing"])
    raise PackageError(f"{pin}: {' / '.join(lines[0] for lines in complaints)}")


def unpack(archive: Path, folder: Path) -> None:
    """Write the archive's regular `.py` files, and nothing else, below `folder`."""
    written = files = 0
    for name, data in _members(archive):
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or "\\" in name or ":" in name or "\0" in name:
            raise PackageError(f"{archive.name}: the member {name!r} points outside its folder")
        files, written = files + 1, written + len(data)
        if files > MOST_FILES or written > MOST_BYTES:
            raise PackageError(f"{archive.name}: more than {MOST_FILES} files or {MOST_BYTES} bytes")
        path = folder.joinpath(*inside.parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.mkdir(parents=True, exist_ok=True)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each regular Python file: links, devices and folders are passed over."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                if member.filename.endswith(".py") and member.file_size <= MOST_BYTES:
                    yield member.filename, opened.read(member)
        return
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isreg() and entry.name.endswith(".py") and entry.size <= MOST_BYTES:
                content = tar.extractfile(entry)
                if content is not None:
                    yield entry.name, content.read()


def remove(package: Package, cache: Path) -> None:
    """Forget a package, so that the next run downloads it anew."""
    shutil.rmtree(cache / "sources" / package.folder, ignore_errors=True)
