"""What the formulas of a rule are made of, read off the syntax: names followed back, and what cannot be zero.

The interpreter knows the structure of a value; these questions are about its formula, which is not evaluated.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

import libcst as cst

from flake8_jaxvjp.inference.block_names import BINDERS, names_in, nodes_of, walk_block
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.syntax.nodes import walk
from flake8_jaxvjp.syntax.scopes import all_parameters
from flake8_jaxvjp.syntax.tree import dotted_name, statements

MAX_STEPS = 30
Kind: TypeAlias = Literal["literal", "generic"]
"""A formula that is never zero, whatever goes in, and one that is not zero for most of what goes in."""
Binding: TypeAlias = "tuple[cst.BaseExpression, tuple[int, ...]]"

ARRAY_MODULES = frozenset({"jnp", "jax.numpy", "np", "numpy", "lax", "jax.lax", "jax.nn", "nn", "jsp", "jax.scipy"})
KEEP_NONZERO = frozenset(
    """
    abs absolute arctan asarray array arcsinh arctanh arcsin broadcast_to cbrt conj cos cosh dot erf exp expand_dims
    expm1 log log10 log1p log2 logistic matmul mean moveaxis mul multiply negative outer prod ravel reciprocal
    relu reshape rsqrt sigmoid sign sin sinh softmax softplus sqrt square squeeze sum swapaxes tan tanh transpose
    """.split()
)
"""Functions of arrays that are not zero for most arguments."""
KEEP_NONZERO_METHODS = frozenset(
    "astype conj copy dot flatten mean prod ravel reshape squeeze sum swapaxes transpose".split()
)
WORDS = re.compile(r"(f)(?:wd|orward)|(b)(?:wd|ackward)")
READ = BINDERS | {cst.Assign}
CACHED_FUNCTIONS = 64
ONES = frozenset({"ones", "ones_like", "eye", "identity"})


@dataclass(frozen=True)
class Formula:
    """An expression, and the function in which its names are looked up."""

    node: cst.BaseExpression
    reader: Reader


@dataclass(frozen=True)
class Names:
    """The names of one function: `once` are bound once, to what is written there."""

    parameters: frozenset[str]
    once: Mapping[str, Binding]
    bound: frozenset[str]


@lru_cache(maxsize=CACHED_FUNCTIONS)
def _names_of(function: cst.FunctionDef | cst.Lambda) -> Names:
    """Read once for all the rules that ask."""
    parameters = frozenset(parameter.name.value for parameter in all_parameters(function.params))
    found: dict[str, Binding] = {}
    times: Counter[str] = Counter()
    for node in nodes_of(READ, function.body) if isinstance(function, cst.FunctionDef) else ():
        times.update(_bound_by(node))
        if isinstance(node, cst.Assign):
            for target in node.targets:
                found.update(_bindings(target.target, node.value, ()))
    once = {name: binding for name, binding in found.items() if times[name] == 1 and name not in parameters}
    return Names(parameters, once, frozenset(times))


@dataclass
class Reader:
    """The names of one function that are bound once, what is given for a parameter (None: nobody knows)."""

    function: cst.FunctionDef | cst.Lambda
    given: dict[str, Formula | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = _names_of(self.function)
        self.parameters, self.once, self.bound = names.parameters, names.once, names.bound

    def follow(self, node: cst.BaseExpression) -> Formula:
        """The expression that a name stands for, or an item of a display, as far back as that is sure."""
        formula = Formula(node, self)
        for _ in range(MAX_STEPS):
            further = formula.reader._step(formula.node)
            if further is None:
                break
            formula = further
        return formula

    def is_parameter(self, node: cst.BaseExpression) -> bool:
        """Whether it is a parameter that still is what it was given."""
        name = node.value if isinstance(node, cst.Name) else ""
        return name in self.parameters and name not in self.bound and name not in self.given

    def _step(self, node: cst.BaseExpression) -> Formula | None:
        match node:
            case cst.Name(value=name) if name in self.given and name not in self.bound:
                return self.given[name]
            case cst.Name(value=name) if name in self.once:
                value, path = self.once[name]
                return self._item(value, path)
            case cst.Subscript(value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer() as at))]):
                return self._item(value, (at.evaluated_value,))
        return None

    def _item(self, node: cst.BaseExpression, path: tuple[int, ...]) -> Formula | None:
        """An item, at any depth, of what is written as a display, or stands for one."""
        formula = self.follow(node)
        for index in path:
            items = plain_items(formula.node)
            if items is None or index >= len(items):
                return None
            formula = formula.reader.follow(items[index])
        return formula


def _bindings(
    target: cst.BaseExpression, value: cst.BaseExpression, path: tuple[int, ...]
) -> Iterator[tuple[str, Binding]]:
    match target:
        case cst.Name(value=name):
            yield name, (value, path)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            if not any(isinstance(element, cst.StarredElement) for element in elements):
                for index, element in enumerate(elements):
                    yield from _bindings(element.value, value, (*path, index))


def _bound_by(node: cst.CSTNode) -> list[str]:
    """Each name as often as the node itself binds it."""
    match node:
        case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.NamedExpr(target=target):
            return names_in(target)
        case cst.For(target=target) | cst.CompFor(target=target) | cst.Del(target=target) | cst.AsName(name=target):
            return names_in(target)
        case cst.AugAssign(target=target):
            return names_in(target) * 2
        case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
            return [name.value]
        case cst.Global(names=names) | cst.Nonlocal(names=names):
            return [item.name.value for item in names] * 2
        case cst.ImportAlias(asname=asname, name=name):
            return [dotted_name(asname.name if asname is not None else name).partition(".")[0]]
        case cst.MatchPattern() | cst.MatchStar():
            return names_in(node) * 2
    return []


def plain_items(node: cst.BaseExpression) -> list[cst.BaseExpression] | None:
    """The items of a tuple or list display without stars."""
    if not isinstance(node, (cst.Tuple, cst.List)):
        return None
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return None
    return [element.value for element in node.elements]


def returned_expressions(function: cst.FunctionDef | cst.Lambda) -> list[cst.BaseExpression]:
    """What each `return` of a function, those of inner functions left out, gives; None where it gives nothing."""
    if isinstance(function, cst.Lambda):
        return [function.body]
    returns = [node for node in walk_block(function.body) if isinstance(node, cst.Return)]
    return [node.value if node.value is not None else cst.Name("None") for node in returns]


def forward_reader(site: SiteFacts) -> tuple[Reader, list[cst.BaseExpression]] | None:
    """A forward rule that is written as one `return` of a pair: its names, and the two expressions."""
    function = site.forward_function
    if function is None or site.is_forward_shared:
        return None
    returned = returned_expressions(function.node)
    if len(returned) != 1:
        return None
    reader = Reader(function.node)
    pair = plain_items(reader.follow(returned[0]).node)
    return (reader, pair) if pair is not None and len(pair) == 2 else None


def backward_reader(site: SiteFacts) -> Reader | None:
    """The backward rule's names, its residuals being what the forward rule writes for them."""
    function, name = site.backward_function, site.backward_parameter(0)
    if function is None or name is None or site.is_backward_shared:
        return None
    forward = forward_reader(site)
    return Reader(function.node, {name: None if forward is None else forward[0].follow(forward[1][1])})


def _words(name: str) -> set[str]:
    """Whether a name says that it is a forward ("f") or backward ("b") rule."""
    return {forward or backward for forward, backward in WORDS.findall(name)}


def are_named_swapped(site: SiteFacts) -> bool:
    """Whether the two rules are called by each other's names, and the one given as backward returns the output.

    That is, it calls the primal with all its own parameters, and returns it as the first of a pair.
    """
    function, signature = site.backward_function, site.backward_signature
    if (_words(site.forward_name), _words(site.backward_name)) != ({"b"}, {"f"}):
        return False
    if function is None or signature is None:
        return False
    returned = returned_expressions(function.node)
    reader = Reader(function.node)
    pair = plain_items(reader.follow(returned[0]).node) if len(returned) == 1 else None
    if pair is None or len(pair) != 2 or any(name in reader.bound for name in signature.names):
        return False
    return code(reader.follow(pair[0]).node) == f"{site.primal_name}({', '.join(signature.names)})"


def nonzero(formula: Formula, depth: int = MAX_STEPS) -> Kind | None:
    """Whether an expression cannot be zero ("literal"), or is not for most arguments ("generic"); None if unknown."""
    formula = formula.reader.follow(formula.node)
    node, reader = formula.node, formula.reader
    if depth == 0:
        return None

    def inner(part: cst.BaseExpression) -> Kind | None:
        return nonzero(Formula(part, reader), depth - 1)

    match node:
        case cst.Name():
            return "generic" if reader.is_parameter(node) else None
        case cst.Integer() | cst.Float():
            return "literal" if node.evaluated_value else None
        case cst.UnaryOperation(operator=cst.Minus() | cst.Plus(), expression=part):
            return inner(part)
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            return _of_operands(operator, inner(left), inner(right))
        case cst.Attribute(value=value, attr=cst.Name(value="T" | "mT" | "real")):
            return inner(value)
        case cst.Call(func=cst.Attribute() as function, args=args):
            return _of_call(function, [inner(arg.value) for arg in args], inner(function.value))
    return None


def _of_operands(operator: cst.BaseBinaryOp, left: Kind | None, right: Kind | None) -> Kind | None:
    if left is None or right is None:
        return None
    match operator:
        case cst.Multiply() | cst.Divide() | cst.MatrixMultiply():
            return "generic" if "generic" in (left, right) else "literal"
        case cst.Power():
            return left
        case cst.Add() | cst.Subtract() if left != right:
            return "generic"  # a literal does not cancel what varies
    return None


def _of_call(function: cst.Attribute, arguments: list[Kind | None], receiver: Kind | None) -> Kind | None:
    name = function.attr.value
    if dotted_name(function.value) in ARRAY_MODULES:
        if name in ONES:
            return "literal"
        is_product = name in {"multiply", "mul", "dot", "matmul", "outer"}
        needed = arguments[:2] if is_product else arguments[:1]
        return "generic" if name in KEEP_NONZERO and needed and "generic" in needed and None not in needed else None
    return "generic" if name in KEEP_NONZERO_METHODS and receiver == "generic" and name != "dot" else None


def reads(function: cst.FunctionDef | cst.Lambda, name: str) -> bool:
    """Whether a function mentions a name at all, or may without writing it."""
    body = [function.body] if isinstance(function, cst.Lambda) else list(statements(function.body))
    return any(_mentions(part, {name, "locals", "vars", "eval", "exec"}) for part in body)


def _mentions(node: cst.CSTNode, names: set[str]) -> bool:
    return any(isinstance(inner, cst.Name) and inner.value in names for inner in walk(node))


def code(node: cst.CSTNode) -> str:
    """The text of an expression, laid out as Python's own unparser does: however it was written, the same is equal."""
    written = cst.Module([]).code_for_node(node)
    try:
        return ast.unparse(ast.parse(f"({written})", mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return written
