"""`python -m engine_alone FILE`: the engine without flake8, for files that flake8 itself does not survive.

Prints in the format that the tests ask of flake8, and "E999" when Python's own parser rejects the text.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

from flake8_jaxvjp.checker import check_source


def text_of(path: Path) -> str:
    """The text as flake8 reads it: by its cookie, else as latin-1, with universal newlines and no mark."""
    try:
        with tokenize.open(path) as file:
            return file.read().removeprefix("\ufeff")
    except (SyntaxError, UnicodeError):
        text = io.TextIOWrapper(io.BytesIO(path.read_bytes()), "latin-1").read()
        return text.removeprefix("\xef\xbb\xbf")


def main(path: Path) -> None:
    try:
        text = text_of(path)
    except LookupError as error:
        print(f"{path}|1|1|E902|{error}")
        return
    for finding in check_source(text, str(path)):
        print(f"{path}|{finding.line}|{finding.column + 1}|{finding.code}|{finding.message}")
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        print(f"{path}|1|1|E999|{type(error).__name__}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
