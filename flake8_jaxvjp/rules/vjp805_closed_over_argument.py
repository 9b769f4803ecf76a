"""VJP805: a rule closes over a parameter of the function that it is built in."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.functions import function_of
from flake8_jaxvjp.syntax.scopes import all_parameters

PLAIN = frozenset({"int", "float", "bool", "str", "Callable"})


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = function_of(site.receiver)
        around = function.frame.scope.node if function is not None else None
        if function is None or not isinstance(around, cst.FunctionDef):
            continue
        own = {parameter.name.value for parameter in all_parameters(function.node.params)}
        outer = {parameter.name.value for parameter in all_parameters(around.params)} - own - {"self", "cls"}
        for node, name in _operands(function.node):
            if name in outer and not _is_number(around, name):
                yield Problem(node, _message(site, name, around.name.value))
                break


def _message(site: SiteFacts, name: str, around: str) -> str:
    return (
        f"'{site.primal_name}' computes with '{name}', a parameter of '{around}' around it: a custom_vjp cannot be "
        "differentiated by what it closes over: make it an argument of the function"
    )


def _operands(function: cst.FunctionDef | cst.Lambda) -> Iterator[tuple[cst.CSTNode, str]]:
    for node in walk_block(function.body):
        if isinstance(node, cst.BinaryOperation):
            for part in (node.left, node.right):
                if isinstance(part, cst.Name):
                    yield node, part.value


def _is_number(function: cst.FunctionDef, name: str) -> bool:
    """Whether the parameter is annotated, or has a default, that is no array: such a thing is seldom differentiated."""
    for parameter in all_parameters(function.params):
        if parameter.name.value == name:
            annotation = parameter.annotation.annotation if parameter.annotation is not None else None
            is_plain = isinstance(annotation, cst.Name) and annotation.value in PLAIN
            return is_plain or parameter.default is not None
    return False


RULE = Rule(
    code="VJP805",
    name="closed-over-argument",
    summary="a rule uses a parameter of the function around it, instead of taking it as an argument",
    what=(
        "Checks for a `custom_vjp` that is defined inside another function, and whose primal computes with a "
        "parameter of that function."
    ),
    why=(
        "What a `custom_vjp` closes over has no cotangent: differentiating by it raises `UnexpectedTracerError` "
        "or `CustomVJPException`, and inside `jax.lax.scan` even a traced value that nobody differentiates by "
        "does. Pass it as an argument."
    ),
    bad="""\
import jax
import jax.numpy as jnp


def scaled(x, scale):
    @jax.custom_vjp
    def times(x):
        return x * scale

    times.defvjp(lambda x: (x * scale, None), lambda _, g: (g * scale,))
    return times(x)
""",
    good="""\
import jax
import jax.numpy as jnp


def scaled(x, scale):
    @jax.custom_vjp
    def times(x, scale):
        return x * scale

    times.defvjp(lambda x, scale: (x * scale, (x, scale)), lambda res, g: (g * res[1], g * res[0]))
    return times(x, scale)
""",
    references=(
        "[Custom derivative rules](https://docs.jax.dev/en/latest/notebooks/Custom_derivative_rules_for_Python_code.html)",
    ),
    check=check,
    is_preview=True,
)
