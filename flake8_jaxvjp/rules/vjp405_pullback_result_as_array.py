"""VJP405: the tuple that a pullback returns is used as an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.values import Sequence
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.syntax.nodes import walk

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for node, failure in _failures(facts):
        detail = failure.detail[0] if failure.detail else ""
        use = {"operator": f"with '{detail}'", "attribute": f"for .{detail}"}.get(failure.kind, f"in {detail}")
        yield Problem(
            _place(facts, node),
            f"a pullback returns a tuple, one cotangent for each primal, but it is used as an array {use}: "
            "unpack it first, as in '(x_bar,) = pullback(cotangent)'",
        )


def _failures(facts: ModuleFacts) -> tuple[tuple[cst.CSTNode, Failure], ...]:
    return facts.failures("pullback result", "operator", "attribute", "argument")


def _place(facts: ModuleFacts, node: cst.CSTNode) -> cst.CSTNode:
    """Where it is said: at the right operand where the left one, at which both begin, has a finding of its own."""
    if isinstance(node, cst.BinaryOperation) and any(node.left is other for other, _ in _failures(facts)):
        return node.right
    return node


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair
    from flake8_jaxvjp.fixes.surroundings import innermost_function

    for node, failure in _failures(facts):
        is_lone = isinstance(failure.subject, Sequence) and failure.subject.length == 1
        holder = innermost_function(facts.module, node) if is_lone else facts.module
        found = [operand for operand in _operands(node) if _may_be_pulled(operand, holder)] if is_lone else []
        if len(found) == 1:
            yield Repair(_place(facts, node), (Change(found[0], after="[0]"),))


def _operands(node: cst.CSTNode) -> list[cst.BaseExpression]:
    match node:
        case cst.BinaryOperation(left=left, right=right):
            return [left, right]
        case cst.UnaryOperation(expression=operand) | cst.Attribute(value=operand) | cst.AugAssign(value=operand):
            return [operand]
        case cst.Call(args=args):
            return [arg.value for arg in args if not arg.star]
    return []


def _may_be_pulled(operand: cst.BaseExpression, holder: cst.CSTNode) -> bool:
    """Whether an operand is a call as a pullback is called, or a name that was assigned one, once."""
    match operand:
        case cst.Call(func=cst.Name() | cst.Subscript(), args=[cst.Arg(keyword=None)]):
            return True
        case cst.Name(value=name):
            values = [value for bound, value in _assignments(holder) if bound == name]
            return len(values) == 1 and isinstance(values[0], cst.Call) and _may_be_pulled(values[0], holder)
    return False


def _assignments(holder: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    for node in walk(holder):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                yield name, value


RULE = Rule(
    code="VJP405",
    name="pullback-result-as-array",
    summary="the tuple that a pullback returns is used as an array",
    what=("Checks for arithmetic, array attributes and `jax.numpy` calls on the result of a pullback."),
    why=(
        "A pullback returns a tuple with one cotangent for each primal, also when there is only one. Using it "
        "as an array raises a `TypeError` or `AttributeError`. Unpack it: `(x_bar,) = pullback(cotangent)`."
    ),
    bad="""\
import jax
import jax.numpy as jnp


def step(x):
    _, pullback = jax.vjp(jnp.sum, x)
    return x - 0.1 * pullback(1.0)
""",
    good="""\
import jax
import jax.numpy as jnp


def step(x):
    _, pullback = jax.vjp(jnp.sum, x)
    (x_bar,) = pullback(1.0)
    return x - 0.1 * x_bar
""",
    references=("[`jax.vjp`](https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html)",),
    check=check,
    fix=fix,
    fixes="The only entry of the tuple is taken, `pullback(cotangent)[0]`, where it is clear which operand it is.",
)
