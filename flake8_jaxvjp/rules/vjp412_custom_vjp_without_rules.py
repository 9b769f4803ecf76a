"""VJP412: a custom_vjp is called that nobody gives its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.values import CustomVjp, Method
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.functions import function_of, name_of
from flake8_jaxvjp.syntax.nodes import walk


def check(facts: ModuleFacts) -> Iterator[Problem]:
    if facts.sets_attributes_by_name or facts.has_unknown_receivers:
        return
    seen: set[cst.CSTNode] = set()
    for use in facts.uses:
        receiver = use.function
        if not isinstance(receiver, CustomVjp) or facts.is_meant_to_raise(use) or receiver.node in seen:
            continue
        seen.add(receiver.node)
        if not _is_given_rules(facts, receiver) and _is_out_of_others_reach(facts, receiver):
            name = name_of(function_of(receiver))
            yield Problem(
                use.node,
                f"'{name}' is a custom_vjp without rules, so that even this plain call raises: "
                f"give them with {name}.defvjp(fwd, bwd)",
            )


def _is_given_rules(facts: ModuleFacts, receiver: CustomVjp) -> bool:
    return any(
        isinstance(use.function, Method)
        and isinstance(use.function.receiver, CustomVjp)
        and use.function.receiver.node == receiver.node
        for use in facts.uses
    )


def _is_out_of_others_reach(facts: ModuleFacts, receiver: CustomVjp) -> bool:
    """Whether the function has one name, by which it is defined once and then only called.

    Passed on, returned or put somewhere, it may get its rules there; and what is public, from a neighbouring module.
    """
    function = function_of(receiver)
    name = name_of(function)
    if function is None or not isinstance(receiver.node, cst.Decorator):
        return False
    names = Counter(_places(facts.module, name))
    is_public = function.node in facts.top_level and facts.has_neighbours and not name.startswith("_")
    return not is_public and names["def"] == 1 and names["other"] == 0


def _places(module: cst.Module, name: str) -> Iterator[str]:
    """Where a name stands: as the name of a function, as what is called, or elsewhere."""
    callees = {node.func for node in walk(module) if isinstance(node, cst.Call)}
    definitions = {node.name for node in walk(module) if isinstance(node, cst.FunctionDef)}
    for node in walk(module):
        if isinstance(node, cst.Name) and node.value == name:
            yield "def" if node in definitions else "call" if node in callees else "other"


RULE = Rule(
    code="VJP412",
    name="custom-vjp-without-rules",
    summary="a custom_vjp is called that nobody gives its rules",
    what=(
        "Checks for calls of a function that is decorated with `jax.custom_vjp` and never given rules by `defvjp`, "
        "where nothing else can do so: the function is only called, and either local, private, or in a file that "
        "stands alone in its folder."
    ),
    why=(
        "Without `defvjp` the function cannot even be called: JAX raises `AttributeError: No VJP defined for "
        "custom_vjp function` before anybody differentiates."
    ),
    bad="""\
import jax


@jax.custom_vjp
def double(x):
    return 2.0 * x


print(double(1.0))
""",
    good="""\
import jax


@jax.custom_vjp
def double(x):
    return 2.0 * x


def double_fwd(x):
    return 2.0 * x, None


def double_bwd(_, g):
    return (2.0 * g,)


double.defvjp(double_fwd, double_bwd)
print(double(1.0))
""",
    references=("`custom_vjp.__call__` in `jax._src.custom_derivatives`",),
    check=check,
)
