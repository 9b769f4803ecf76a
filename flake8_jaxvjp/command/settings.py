"""What a call asks: the flags, over `[tool.flake8-jaxvjp]` of the nearest pyproject.toml, over the defaults."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flake8_jaxvjp.command.files import UsageError

TABLE = "flake8-jaxvjp"
FORMATS = ("human", "concise", "json", "sarif", "github", "gitlab", "junit")
HEADING = re.compile(rb"tool\s*\.\s*[\"']?flake8-jaxvjp")
CODE = re.compile(r"VJP[0-9]{0,3}")


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that `check` and `fix` share. A default of None stands for "as configured"."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders, - for standard input (default: .)")
    parser.add_argument("--stdin-filename", metavar="NAME", help="what standard input is called, and where it stands")
    parser.add_argument("--select", metavar="CODES", help="report these codes, or what begins so (default: VJP)")
    parser.add_argument("--ignore", metavar="CODES", help="leave these out; of two that fit, the longer decides")
    parser.add_argument("--preview", action="store_const", const=True, help="also what is likely, but not certain")
    parser.add_argument("--docs", action="store_const", const=True, help="also code in Markdown, rst and doctests")
    add_finding(parser)


def add_finding(parser: argparse.ArgumentParser) -> None:
    """The options of which files are found, which `verify` has too."""
    parser.add_argument("--exclude", metavar="PATTERNS", help="leave out files and folders of these names")
    parser.add_argument(
        "--no-gitignore",
        dest="respect_gitignore",
        action="store_const",
        const=False,
        help="also files that a .gitignore names",
    )
    parser.add_argument("--config", metavar="FILE", help="read this pyproject.toml, and no other")
    parser.add_argument("--isolated", action="store_true", help="read no pyproject.toml")


def codes(value: Any) -> tuple[str, ...]:
    """Codes or what they begin with, from a comma-separated text or a list."""
    given = _strings(value)
    for code in given:
        if not CODE.fullmatch(code):
            raise UsageError(f"{code!r} is no code of this linter: they are VJP and three digits")
    return given


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[,\s]+", value) if part)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise TypeError("a list of strings")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _jobs(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError("a number of processes, 0 for one a core")
    return value


def _format(value: Any) -> str:
    if value not in FORMATS:
        raise TypeError(f"one of {', '.join(FORMATS)}")
    return str(value)


KEYS: Mapping[str, Callable[[Any], Any]] = {
    "select": codes,
    "ignore": codes,
    "exclude": _strings,
    "preview": _boolean,
    "docs": _boolean,
    "respect-gitignore": _boolean,
    "unused-noqa": _boolean,
    "exit-zero": _boolean,
    "statistics": _boolean,
    "jobs": _jobs,
    "format": _format,
}
DEFAULTS: Mapping[str, Any] = {
    "select": ("VJP",),
    "ignore": (),
    "exclude": (),
    "preview": False,
    "docs": False,
    "respect-gitignore": True,
    "unused-noqa": False,
    "exit-zero": False,
    "statistics": False,
    "jobs": 0,
    "format": "human",
}


def settled(options: argparse.Namespace, keys: Iterable[str] = KEYS) -> dict[str, Any]:
    """Every setting of a call; `keys` are those for which it has flags. Raises UsageError with one line that says what
    is wrong.
    """
    configured = {} if options.isolated else _configured(options.config)
    flags = {key: _flag(key, getattr(options, key.replace("-", "_"), None)) for key in keys}
    return {**DEFAULTS, **configured, **{key: value for key, value in flags.items() if value is not None}}


def _flag(key: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        return KEYS[key](value)
    except TypeError as error:
        raise UsageError(f"--{key} takes {error}") from None


def _configured(config: str | None) -> dict[str, Any]:
    path = Path(config) if config is not None else nearest(Path.cwd())
    if path is None:
        return {}
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if TABLE.encode() not in data:
        return {}
    tool = _parsed(path, data).get("tool", {})
    table = tool.get(TABLE, {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{_shown(path)}: [tool.{TABLE}] is no table")
    return {key: _setting(path, key, value) for key, value in table.items()}


def _setting(path: Path, key: str, value: Any) -> Any:
    where = f"{_shown(path)}: [tool.{TABLE}]"
    if key not in KEYS:
        raise UsageError(f"{where}: unknown key {key!r}: it may be {', '.join(KEYS)}")
    try:
        return KEYS[key](value)
    except TypeError as error:
        raise UsageError(f"{where}: {key} takes {error}, and not {value!r}") from None
    except UsageError as error:
        raise UsageError(f"{where}: {key}: {error}") from None


def _parsed(path: Path, data: bytes) -> dict[str, Any]:
    try:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
    except ImportError:
        if not HEADING.search(data):  # the name stands there for another reason, such as a requirement
            return {}
        raise UsageError(f"{_shown(path)} cannot be read on this Python without tomli: install it") from None
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{_shown(path)}: {error}") from None


def _shown(path: Path) -> str:
    """The path, or as it is seen from here, whichever is shorter."""
    try:
        return min(os.path.relpath(path), str(path), key=len)
    except ValueError:  # on another drive
        return str(path)


def nearest(folder: Path) -> Path | None:
    """The pyproject.toml of a folder, or of the nearest above it that has one."""
    candidates = (place / "pyproject.toml" for place in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)
