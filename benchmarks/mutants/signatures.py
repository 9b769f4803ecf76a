"""Parameter lists: what they accept, and the same list with a parameter more or less."""

from __future__ import annotations

import ast
import copy
import io
import tokenize
from typing import TYPE_CHECKING

from benchmarks.mutants.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.mutants.edits import Source

Function = ast.FunctionDef | ast.Lambda


def positional(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args]


def names(arguments: ast.arguments) -> list[str]:
    every = [*positional(arguments), *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    return [each.arg for each in every]


def accepts(arguments: ast.arguments, count: int) -> bool:
    """Whether a call with exactly `count` positional arguments fits."""
    most = len(positional(arguments))
    least = most - len(arguments.defaults)
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    return not needs_keyword and least <= count and (count <= most or arguments.vararg is not None)


def is_exact(arguments: ast.arguments) -> bool:
    """Whether the list takes one number of positional arguments only."""
    return arguments.vararg is None and not arguments.defaults and None not in arguments.kw_defaults


def without(arguments: ast.arguments, index: int) -> ast.arguments:
    """The list without its positional parameter `index` (negative counts from the end), and its default."""
    changed = copy.deepcopy(arguments)
    every = positional(changed)
    gone = every[index]
    from_end = len(every) - every.index(gone)
    if from_end <= len(changed.defaults):
        del changed.defaults[len(changed.defaults) - from_end]
    changed.posonlyargs = [each for each in changed.posonlyargs if each is not gone]
    changed.args = [each for each in changed.args if each is not gone]
    return changed


def with_last(arguments: ast.arguments, name: str, default: ast.expr | None = None) -> ast.arguments:
    """The list with one more positional parameter, after all others that may stand before it."""
    changed = copy.deepcopy(arguments)
    if default is not None:
        changed.args.append(ast.arg(name))
        changed.defaults.append(default)
        return changed
    required = len(positional(changed)) - len(changed.defaults)
    if required < len(changed.posonlyargs):
        changed.posonlyargs.insert(required, ast.arg(name))
    else:
        changed.args.insert(required - len(changed.posonlyargs), ast.arg(name))
    return changed


def with_keyword_only(arguments: ast.arguments, name: str, default: ast.expr | None = None) -> ast.arguments:
    changed = copy.deepcopy(arguments)
    changed.kwonlyargs.append(ast.arg(name))
    changed.kw_defaults.append(default)
    return changed


def edit_of(source: Source, function: Function, changed: ast.arguments) -> Edit | None:
    """The edit that writes `changed` in place of the function's parameter list."""
    begin, end = _span(source, function)
    if begin < 0:
        return None
    written = ast.unparse(changed)
    blank = " " if isinstance(function, ast.Lambda) and written else ""
    return Edit(begin, end, blank + written)


def _span(source: Source, function: Function) -> tuple[int, int]:
    """From after the opening to before the closing of the parameter list."""
    start = source.start(function)
    text = source.between(start, source.end(function))
    if isinstance(function, ast.Lambda):
        body = source.start(function.body)
        opening = start + len("lambda")
        return _scan(source, opening, body, closing=lambda mark, depth: depth == 0 and mark == ":")
    paren = text.find("(")
    if "[" in text[:paren]:  # type parameters: no real rule has them
        return -1, -1
    opening = start + len(text[: paren + 1].encode())
    return _scan(source, opening, source.end(function), closing=lambda mark, depth: depth == 0 and mark == ")")


def _scan(source: Source, opening: int, end: int, closing: Callable[[str, int], bool]) -> tuple[int, int]:
    text = "(" + source.between(opening, end)  # so that the tokenizer does not see indentation
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            place = starts[token.start[0] - 1] + token.start[1]
            if place == 0 or token.type != tokenize.OP:
                continue
            if closing(token.string, depth):
                return opening, opening + len(text[1:place].encode())
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.string, 0)
    except (tokenize.TokenError, SyntaxError):
        pass
    return -1, -1
