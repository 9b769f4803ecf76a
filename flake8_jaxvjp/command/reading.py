"""From bytes to text as Python and flake8 read it, and back to the same bytes."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass

from flake8_jaxvjp.markers import MARKERS
from flake8_jaxvjp.selection import RULE_NAMES, USE_NAMES

WORDS = re.compile(rb"\b(?:%s)\b" % "|".join(sorted(RULE_NAMES | USE_NAMES)).encode())
"""The names that every alias for a derivative rule begins with; without one of them, nothing is selected."""
CODING = re.compile(rb"coding[:=]")
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?\r?$")
BYTES = tuple(marker.encode() for marker in MARKERS)
PLAIN = ("utf-8", "iso-8859", "ascii", "latin", "cp", "koi8")


@dataclass(frozen=True, slots=True)
class Text:
    """A file's characters with its own newlines, without the byte order mark.

    `is_exact` says that Python reads the file the same way, and that `encode` gives the same bytes back; `refusal` is
    why Python does not read it at all: it names an encoding that is none, or that its bytes are not in.
    """

    raw: str
    encoding: str = "utf-8"
    has_mark: bool = False
    is_exact: bool = True
    refusal: str = ""

    @property
    def universal(self) -> str:
        """The same with the newlines that Python sees."""
        return universal(self.raw)

    def encode(self, raw: str) -> bytes:
        """Other characters as the bytes that this file would hold. Raises UnicodeEncodeError."""
        return (codecs.BOM_UTF8 if self.has_mark else b"") + raw.encode(self.encoding)


def has_marker(data: bytes) -> bool:
    """Whether bytes hold anything with which the name of a derivative rule is written."""
    return any(marker in data for marker in BYTES)


def is_marked(data: bytes) -> bool:
    """Whether Python source can hold anything of interest; most files are turned away here, undecoded.

    Names may be written in letters outside ASCII that Python takes for others, and a rare encoding may write letters
    in other bytes: such files are looked at in any case.
    """
    if has_marker(data):
        return WORDS.search(data) is not None or not data.isascii()
    return CODING.search(data[:400]) is not None and _hides_the_marker(data)


def _hides_the_marker(data: bytes) -> bool:
    """Whether an encoding that has other bytes for ASCII, such as utf-7, hides a marker."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return not encoding.startswith(PLAIN) and has_marker(data.decode(encoding).encode())
    except (SyntaxError, UnicodeError, LookupError):
        return False


def decode(data: bytes) -> Text:
    """The text as flake8 reads it: what cannot be decoded as it says is taken for latin-1."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        has_mark = data.startswith(codecs.BOM_UTF8)
        name = "utf-8" if encoding == "utf-8-sig" else encoding
        text = Text(data[3:].decode(name) if has_mark else data.decode(name), name, has_mark)
        return text if text.encode(text.raw) == data else Text(text.raw, name, has_mark, is_exact=False)
    except (SyntaxError, UnicodeError, LookupError):
        raw = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
        return Text(raw, "latin-1", is_exact=False, refusal=_refusal(data))


def _refusal(data: bytes) -> str:
    """Why Python does not read bytes that say what they are in. What says nothing may have a comment in latin-1."""
    named = _named_encoding(data)
    if not named:
        return ""
    try:
        b" ".decode(named)
        is_utf_8 = codecs.lookup(named).name == "utf-8"
    except UnicodeError:
        is_utf_8 = False
    except LookupError:
        return f"there is no encoding {named!r} of text, which it says it is in"
    if data.startswith(codecs.BOM_UTF8) and not is_utf_8:
        return f"it says that it is in {named}, and has the mark of utf-8"
    return f"it is not in {named}, which it says it is in"


def _named_encoding(data: bytes) -> str:
    """What the first two lines, or a byte order mark, say that a file is in (PEP 263)."""
    for line in data.removeprefix(codecs.BOM_UTF8).split(b"\n", 2)[:2]:
        match = COOKIE.match(line)
        if match is not None:
            return match[1].decode("ascii")
        if not BLANK.match(line):
            break
    return "utf-8" if data.startswith(codecs.BOM_UTF8) else ""


def universal(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
