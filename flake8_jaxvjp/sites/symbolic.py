"""What a forward rule does with its parameters, where `symbolic_zeros` makes them `CustomVJPPrimal` objects or not."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.library_names import TAKES_ONE_ARRAY
from flake8_jaxvjp.inference.values import Constant, Function, Library
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import Formula, Reader, plain_items, returned_expressions
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff
from flake8_jaxvjp.syntax.nodes import walk

CAREFUL = frozenset({"isinstance", "hasattr", "getattr", "type"})
"""Functions by which a rule finds out what its parameters are."""
NO_SEQUENCE_HAS = (cst.Subtract, cst.Divide, cst.MatrixMultiply, cst.Power, cst.FloorDivide)
"""Operators that no tuple or list has."""


def is_symbolic(site: SiteFacts) -> bool | None:
    """Whether `symbolic_zeros` is on; None where that is not known."""
    match site.site.symbolic_zeros:
        case None | Constant(value=False):
            return False
        case Constant(value=True):
            return True
    return None


def plain_forward(site: SiteFacts) -> tuple[Function, Reader] | None:
    """A forward rule of this site alone that does not ask what its parameters are."""
    function = site.forward_function
    if function is None or site.is_forward_shared or site.is_forward_stub or not has_plain_nondiff(site):
        return None
    nodes = list(walk(function.node))
    asks = any(isinstance(node, cst.Name) and node.value in CAREFUL for node in nodes)
    tries = any(isinstance(node, (cst.Try, cst.TryStar)) for node in nodes)
    return None if asks or tries else (function, Reader(function.node))


def differentiable_names(site: SiteFacts) -> frozenset[str]:
    """The forward rule's names for the arguments that are differentiable."""
    signature = site.forward_signature
    if signature is None or site.signature is None or len(signature.names) != len(site.signature.names):
        return frozenset()
    return frozenset(name for index, name in enumerate(signature.names) if index not in site.nondiff.positions)


def expressions(function: Function) -> Iterator[cst.CSTNode]:
    """The nodes of a function's body, those of inner functions left out."""
    yield from walk_block(function.node.body)


def used_as_arrays(site: SiteFacts, function: Function, reader: Reader) -> Iterator[tuple[cst.CSTNode, str]]:
    """The places where a differentiable parameter itself is an operand, or the argument of a function of arrays."""
    names = differentiable_names(site)

    def name_of(node: cst.BaseExpression) -> str:
        plain = isinstance(node, cst.Name) and node.value in names and reader.is_parameter(node)
        return node.value if plain and isinstance(node, cst.Name) else ""

    for node in expressions(function):
        match node:
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                found = [name_of(left), name_of(right)]
                is_product_of_two = isinstance(operator, cst.Multiply) and all(found)
                if any(found) and (isinstance(operator, NO_SEQUENCE_HAS) or is_product_of_two):
                    yield node, found[0] or found[1]
            case cst.UnaryOperation(operator=cst.Minus(), expression=inner) if name_of(inner):
                yield node, name_of(inner)
            case cst.Call(func=cst.Attribute() as called, args=[cst.Arg(value=first, star="", keyword=None), *_]):
                if name_of(first) and _is_elementwise(site, function, called):
                    yield node, name_of(first)


def _is_elementwise(site: SiteFacts, function: Function, called: cst.Attribute) -> bool:
    value = site.value_of(called, function)
    known = TAKES_ONE_ARRAY - {"zeros_like", "ones_like"}
    return isinstance(value, Library) and value.name in {f"jax.numpy.{name}" for name in known}


def returned_as_they_are(site: SiteFacts, function: Function, reader: Reader) -> bool:
    """Whether every differentiable parameter is returned, as output or residual, as it came in."""
    names = differentiable_names(site)
    returned = returned_expressions(function.node)
    if len(returned) != 1 or not names:
        return False
    return names <= set(_returned_parameters(reader.follow(returned[0])))


def _returned_parameters(formula: Formula) -> Iterator[str]:
    items = plain_items(formula.node)
    for item in items or ():
        yield from _returned_parameters(formula.reader.follow(item))
    if items is None and isinstance(formula.node, cst.Name) and formula.reader.is_parameter(formula.node):
        yield formula.node.value


def attributes_of_parameters(site: SiteFacts, function: Function, reader: Reader) -> list[cst.Attribute]:
    """Where `.value` or `.perturbed` is taken of a differentiable parameter."""
    names = differentiable_names(site)
    return [
        node
        for node in expressions(function)
        if isinstance(node, cst.Attribute)
        and node.attr.value in ("value", "perturbed")
        and isinstance(node.value, cst.Name)
        and node.value.value in names
        and reader.is_parameter(node.value)
    ]
