"""Deterministic damage: token by token (most of it no parser takes) and node by node (most of it parses)."""

from __future__ import annotations

import ast
import copy
import io
import itertools
import random
import tokenize
from collections.abc import Sequence

UNICODE = {"g": "\u0261\u0304", "x": "\u0445", "y": "\U0001d4ce", "res": "r\u00e9s\u00efdu", "f": "\ufb01\u00df"}
"""Names of more bytes than characters, and names whose NFKC form is another."""
SCRAPS = (
    "(",
    ")",
    "[",
    "]",
    ",",
    "*",
    "**",
    "=",
    ":=",
    ":",
    ";",
    "\n",
    "\\\n",
    "\f",
    "\t",
    "    ",
    "None",
    "lambda",
    "yield",
    "await",
    "async ",
    "return",
    "def",
    "class",
    "defvjp",
    ".defvjp",
    "custom_vjp",
    "@",
    "f'{",
    "'''",
    "#",
    "10**99",
    "_",
    "if",
    "else",
    "for",
    "in",
    "match",
    "case",
    "del ",
    "global ",
    "import ",
    "from ",
    "not",
    "-",
    "0",
    "...",
    "\u00e9",
)


def damage_tokens(text: str, chance: random.Random) -> str:
    """The text with a few tokens dropped, doubled, swapped, or replaced by others."""
    tokens = _tokens(text)
    for _ in range(chance.randint(1, 2)):
        here, there = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match chance.randrange(5):
            case 0:
                tokens[here] = ""
            case 1:
                tokens[here] += tokens[here]
            case 2:
                tokens[here], tokens[there] = tokens[there], tokens[here]
            case 3:
                tokens[here] = chance.choice(SCRAPS)
            case _:
                tokens[here] = UNICODE.get(tokens[here], tokens[there])
    return "".join(tokens)


def _tokens(text: str) -> list[str]:
    """The tokens with the space before each, so that joined they are the text."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    ends = [token.end for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    cuts = [0, *(min(starts[min(row, len(starts)) - 1] + column, len(text)) for row, column in ends)]
    return [text[start:end] for start, end in itertools.pairwise(cuts) if start < end]


def damage_tree(text: str, chance: random.Random) -> str:
    """The text with a few nodes dropped, doubled, swapped, or wrapped: it parses, whatever it then means."""
    tree = ast.parse(text)
    for _ in range(chance.randint(1, 3)):
        chance.choice((_statements, _expressions, _expressions, _parameters, _names))(tree, chance)
    return ast.unparse(ast.fix_missing_locations(tree))


def _statements(tree: ast.Module, chance: random.Random) -> None:
    bodies = [
        node.body for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.FunctionDef, ast.If, ast.With))
    ]
    body, other = chance.choice(bodies), chance.choice(bodies)
    statement = copy.deepcopy(chance.choice(other))
    test = ast.Name(chance.choice(("x", "g", "jax")), ast.Load())
    wrapped: Sequence[ast.stmt] = (
        statement,
        ast.If(test, [statement], [ast.Pass()]),
        ast.While(test, [statement, ast.Break()], [statement]),
        ast.For(ast.Name("g", ast.Store()), test, [statement], []),
        ast.Try([statement], [], [], [ast.Pass()]),
        ast.With([ast.withitem(test, None)], [statement]),
        _class_of(statement),
        ast.Return(ast.Tuple([test] * chance.randint(0, 3), ast.Load())),
    )
    place = chance.randrange(len(body))
    if chance.random() < 0.4:
        body[place] = chance.choice(wrapped)
    else:
        body.insert(place, chance.choice(wrapped))


def _class_of(statement: ast.stmt) -> ast.stmt:
    wrapped = ast.parse("class C:\n    pass").body[0]
    assert isinstance(wrapped, ast.ClassDef)
    wrapped.body = [statement]
    return wrapped


def _expressions(tree: ast.Module, chance: random.Random) -> None:
    places = [
        (node, name)
        for node in ast.walk(tree)
        for name in ("value", "test", "func", "left", "right", "body", "iter", "returns", "slice")
        if isinstance(getattr(node, name, None), ast.expr) and not isinstance(node, ast.FormattedValue)
    ]
    node, name = chance.choice(places)
    other_node, other_name = chance.choice(places)
    value = copy.deepcopy(getattr(other_node, other_name))
    names = [ast.Name(found.id, ast.Load()) for found in ast.walk(tree) if isinstance(found, ast.Name)]
    plain = chance.choice(names)
    setattr(
        node,
        name,
        chance.choice(
            (
                value,
                ast.Tuple([value] * chance.randint(0, 4), ast.Load()),
                ast.Tuple([ast.Starred(value, ast.Load()), plain], ast.Load()),
                ast.List([value, plain], ast.Load()),
                ast.IfExp(plain, value, plain),
                ast.BoolOp(ast.Or(), [value, plain]),
                ast.BinOp(
                    ast.Tuple([value], ast.Load()),
                    ast.Mult(),
                    ast.Constant(chance.choice((-1, 0, 3, 10**30, 1.5, True))),
                ),
                ast.BinOp(value, ast.Add(), value),
                ast.Call(plain, [value, ast.Starred(value, ast.Load())], [ast.keyword(None, value)]),
                ast.Call(ast.Attribute(plain, "defvjp", ast.Load()), [value, plain], []),
                ast.Lambda(_no_parameters(), value),
                ast.Subscript(value, ast.Constant(chance.choice((-1, 0, 7, None))), ast.Load()),
                ast.Attribute(value, chance.choice(("defvjp", "shape", "custom_vjp", "at", "append")), ast.Load()),
                ast.ListComp(value, [ast.comprehension(ast.Name("g", ast.Store()), plain, [], 0)]),
                ast.NamedExpr(ast.Name(chance.choice(names).id, ast.Store()), value),
                ast.Yield(value),
                ast.Await(value),
                ast.Constant(chance.choice((None, ..., "", b"", 0, 1j, "\udc80", "defvjp"))),
            )
        ),
    )


def _no_parameters() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def _parameters(tree: ast.Module, chance: random.Random) -> None:
    arguments = chance.choice([node for node in ast.walk(tree) if isinstance(node, ast.arguments)])
    match chance.randrange(6):
        case 0 if arguments.args:
            arguments.args.pop(chance.randrange(len(arguments.args)))
            arguments.defaults = arguments.defaults[: len(arguments.args)]
        case 1:
            arguments.args.insert(0, ast.arg(chance.choice(("n", "x", "\u0446"))))
        case 2:
            arguments.vararg = ast.arg("rest")
        case 3:
            arguments.kwonlyargs.append(ast.arg("k"))
            arguments.kw_defaults.append(None)
        case 4:
            arguments.posonlyargs, arguments.args = arguments.posonlyargs + arguments.args, []
        case _:
            arguments.kwarg = ast.arg("others")


def _names(tree: ast.Module, chance: random.Random) -> None:
    names = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.arg, ast.FunctionDef))]
    if chance.random() < 0.5:
        old, new = chance.choice(list(UNICODE.items()))
        for node in names:
            _rename(node, {old: new}.get(_name(node), _name(node)))
    else:
        _rename(chance.choice(names), _name(chance.choice(names)))


def _name(node: ast.Name | ast.arg | ast.FunctionDef) -> str:
    return node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else node.name


def _rename(node: ast.Name | ast.arg | ast.FunctionDef, name: str) -> None:
    setattr(node, {"Name": "id", "arg": "arg"}.get(type(node).__name__, "name"), name)
