"""Code in documents: fenced and indented blocks, and doctests.

Each block is a module of its own, below the imports of the blocks before it, which people do not repeat. A block that
cannot be parsed, as a draft or an excerpt, is passed over.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flake8_jaxvjp.command.documents import Origin, Source
from flake8_jaxvjp.command.reading import has_marker

FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
PYTHON = r"(?:python3?|py|ipython3?|pycon)"
LANGUAGE = re.compile(rf"^(?:\{{(?:code-block|code-cell|code|jupyter-execute)\}})?\s*\.?{PYTHON}\b", re.IGNORECASE)
DIRECTIVE = re.compile(
    rf"^(?P<indent>\s*)\.\.\s+(?:(?:code-block|code|sourcecode)::\s*{PYTHON}\b|testcode::|jupyter-execute::)",
    re.IGNORECASE,
)
PROMPT = re.compile(r"^(?P<indent>\s*)(?P<prompt>>>>|\.\.\.)(?: (?P<code>.*)|)$")
QUOTES = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code in a document: its number there, what stands before it, and the code."""

    number: int
    column: int
    code: str


def snippets_of(text: str, path: str) -> Iterator[Source]:
    """The blocks of Markdown or reStructuredText."""
    lines = text.split("\n")
    fenced = list(_fenced(lines) if not path.lower().endswith(".rst") else _directives(lines))
    taken = {line.number for block in fenced for line in block}
    blocks = [_doctest(block) if _has_prompt(block) else block for block in fenced]
    # Doctests outside of blocks share one namespace, as the doctest module runs them.
    rest = _doctest([Line(number, 0, line) for number, line in enumerate(lines, 1) if number not in taken])
    yield from _sources([*blocks, rest])


def doctests_of(text: str) -> Iterator[Source]:
    """The doctests of a module, one source a docstring."""
    block: list[Line] = []
    for number, line in enumerate(text.split("\n"), 1):
        block.append(Line(number, 0, line))
        if any(quotes in line for quotes in QUOTES) and not PROMPT.match(line):
            yield from _sources([_doctest(block)])
            block = []
    yield from _sources([_doctest(block)])


def _sources(blocks: Iterable[Sequence[Line]]) -> Iterator[Source]:
    imports: list[Line] = []
    for block in blocks:
        code = "\n".join(line.code for line in block)
        tree = _parsed(code)
        if tree is None or not block:
            continue
        if has_marker(code.encode()):
            lines = [*imports, *block]
            origins = tuple(Origin(0, line.number, line.column) for line in lines)
            yield Source("\n".join([*(line.code for line in lines), ""]), (*origins, origins[-1]), is_example=True)
        imports += [line for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
                    for line in block[node.lineno - 1 : node.end_lineno]]  # fmt: skip


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fenced(lines: Sequence[str]) -> Iterator[list[Line]]:
    """The Python blocks between fences; options of a MyST directive at their head are blanked out."""
    opened: re.Match[str] | None = None
    block: list[Line] = []
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if opened is None:
            opened, block = fence, []
        elif fence is not None and not fence["info"] and fence["fence"].startswith(opened["fence"]):
            if LANGUAGE.match(opened["info"]):
                yield list(_without_options(block))
            opened = None
        else:
            column = min(len(opened["indent"]), len(line) - len(line.lstrip()))
            block.append(Line(number, column, line[column:]))


def _without_options(block: Sequence[Line]) -> Iterator[Line]:
    in_head = True
    for line in block:
        in_head = in_head and line.code.startswith(":")
        yield Line(line.number, line.column, "") if in_head else line


def _directives(lines: Sequence[str]) -> Iterator[list[Line]]:
    """The indented blocks below directives of reStructuredText."""
    index = 0
    while index < len(lines):
        directive = DIRECTIVE.match(lines[index])
        index += 1
        if directive is None:
            continue
        begin = index
        outer = len(directive["indent"])
        while index < len(lines) and (not lines[index].strip() or _indent(lines[index]) > outer):
            index += 1
        body = [(number + 1, lines[number]) for number in range(begin, index)]
        inner = min((_indent(line) for _, line in body if line.strip()), default=0)
        yield list(_without_options([Line(number, min(inner, _indent(line)), line[inner:]) for number, line in body]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _has_prompt(block: Sequence[Line]) -> bool:
    return any(line.code.lstrip().startswith(">>>") for line in block)


def _doctest(block: Sequence[Line]) -> list[Line]:
    """What stands behind the prompts; whatever is printed between them is left out."""
    found: list[Line] = []
    in_example = False
    for line in block:
        match = PROMPT.match(line.code)
        in_example = match is not None and (match["prompt"] == ">>>" or in_example)
        if match is not None and in_example:
            before = len(match["indent"]) + len(match["prompt"]) + 1
            found.append(Line(line.number, line.column + before, match["code"] or ""))
    return found
