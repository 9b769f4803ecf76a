"""The same code over as many lines as the grammar lets one take, and where its statements then begin."""

from __future__ import annotations

import ast
import io
import tokenize

_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


def explode(text: str) -> str:
    """A line break behind each opening bracket and each comma in brackets: the same program, statement by statement."""
    lines = text.splitlines(keepends=True)
    depth = strings = 0
    breaks: list[tuple[int, int]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        # From Python 3.12 on, the brackets in an f-string are tokens too; older parsers want them on one line.
        strings += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if token.type != tokenize.OP or strings:
            continue
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        if token.string in _OPENING or (token.string == "," and depth):
            breaks.append(token.end)
    for line, column in reversed(breaks):
        lines[line - 1] = lines[line - 1][:column] + "\n" + " " * 12 + lines[line - 1][column:].lstrip(" ")
    return "".join(lines)


def first_line(text: str, line: int) -> int | None:
    """The first line of the `return`, or of the function's head, that a line belongs to; None for other statements."""
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    around = [node for node in statements if node.lineno <= line <= (node.end_lineno or node.lineno)]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    if isinstance(innermost, ast.FunctionDef) and line >= innermost.body[0].lineno:
        return None  # in its body, as the decorators of a nested function are
    return innermost.lineno if isinstance(innermost, (ast.Return, ast.FunctionDef)) else None


def silence(text: str, lines: dict[int, str]) -> str:
    """The text with a comment behind each of the given lines."""
    parts = text.splitlines(keepends=True)
    for line, comment in lines.items():
        parts[line - 1] = parts[line - 1].rstrip("\n") + f"  {comment}\n"
    return "".join(parts)
