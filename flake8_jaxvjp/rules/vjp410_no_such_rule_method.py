"""VJP410: defvjp, or its like, is asked of an object that does not have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference.values import CustomJvp, CustomVjp, Function, Method, Value, Wrapped
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.functions import function_of, name_of

if TYPE_CHECKING:
    from flake8_jaxvjp.fixes.repair import Repair

VJP_METHODS = frozenset({"defvjp", "defvjp_with_logs"})
JVP_METHODS = frozenset({"defjvp", "defjvps"})
HIDING = {
    "jax.jit": "jax.jit",
    "jax.vmap": "jax.vmap",
    "jax.checkpoint": "jax.checkpoint",
    "jax.named_call": "jax.named_call",
    "jax.numpy.vectorize": "jnp.vectorize",
    "functools.lru_cache": "functools.lru_cache",
    "functools.cache": "functools.cache",
    "equinox.filter_jit": "eqx.filter_jit",
    "flax.nnx.jit": "nnx.jit",
    "builtins.staticmethod": "staticmethod",
}
"""Wrappers whose result is another object, that passes no attribute on."""


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for use in facts.uses:
        match use.function:
            case Method(receiver=receiver, name=name) if not use.is_guarded and not facts.sets_attributes_by_name:
                message = _message(receiver, name)
                if message is not None and name not in facts.stored_attributes:
                    yield Problem(use.node, message)


def _message(receiver: Value, method: str) -> str | None:
    if method not in VJP_METHODS | JVP_METHODS and method not in ("def_vjp", "def_jvp"):
        return None
    match receiver:
        case Wrapped(function=CustomVjp() | CustomJvp() as inner, by=by) if by in HIDING:
            name, kind = name_of(function_of(inner)), "vjp" if isinstance(inner, CustomVjp) else "jvp"
            return (
                f"'{name}' is wrapped by {HIDING[by]}, which hides the custom_{kind} and has no {method}: "
                f"put {HIDING[by]} below custom_{kind}, or wrap after the rules are given"
            )
        case Wrapped(function=Function(signature_of=None) as inner, by=by) if by in HIDING:
            return _not_custom(inner, method)
        case Function(signature_of=None):
            return _not_custom(receiver, method)
        case CustomVjp(function=inner) if method not in VJP_METHODS and _passes_nothing_on(inner):
            name = name_of(function_of(inner))
            return f"'{name}' is a custom_vjp, which has no {method}: give its rules with defvjp(fwd, bwd)"
        case CustomJvp(function=inner) if method not in JVP_METHODS and _passes_nothing_on(inner):
            name = name_of(function_of(inner))
            return f"'{name}' is a custom_jvp, which has no {method}: decorate it with jax.custom_vjp"
    return None


def _passes_nothing_on(function: Value) -> bool:
    """Whether it is a plain function, perhaps under wrappers, and not an object with rules of its own."""
    while isinstance(function, Wrapped) and function.by in HIDING:
        function = function.function
    return isinstance(function, Function)


def _not_custom(function: Function, method: str) -> str:
    maker = "jax.custom_jvp" if method in JVP_METHODS or method == "def_jvp" else "jax.custom_vjp"
    return (
        f"'{name_of(function)}' is a plain function, which has no {method}: "
        f"ask it of the object that {maker} makes of the function"
    )


def fix(facts: ModuleFacts) -> Iterator[Repair]:
    from flake8_jaxvjp.fixes.repair import Change, Repair

    for use in facts.uses:
        match use.function, use.node:
            case Method(receiver=Wrapped(function=CustomVjp() as inner, by="jax.jit")), _:
                function = function_of(inner)
                above = function.node if function is not None else None
                if isinstance(above, cst.FunctionDef) and len(above.decorators) == 2:
                    first, second = (decorator.decorator for decorator in above.decorators)
                    if isinstance(first, (cst.Name, cst.Attribute)):
                        yield Repair(use.node, (Change(first, second), Change(second, first)), moves=True)
            case Method(receiver=CustomVjp(), name=name), cst.Call(func=cst.Attribute(attr=written), args=args):
                if name == "def_vjp" or len([arg for arg in args if arg.keyword is None and not arg.star]) == 2:
                    yield Repair(use.node, (Change(written, cst.Name("defvjp")),))
            case Method(receiver=CustomJvp(), name="def_jvp"), cst.Call(func=cst.Attribute(attr=written)):
                yield Repair(use.node, (Change(written, cst.Name("defjvp")),))


RULE = Rule(
    code="VJP410",
    name="no-such-rule-method",
    summary="`defvjp` or `defjvp` is asked of an object that does not have it",
    what=(
        "Checks whom `defvjp`, `defjvp` and `defjvps` are asked of: a function that a further decorator has wrapped "
        "**above** `custom_vjp` (`jax.jit`, `jax.vmap`, `jax.checkpoint`, `functools.lru_cache`, `staticmethod` inside "
        "the class body ...), the plain function beside the `custom_vjp` that was made of it, a `custom_jvp` for "
        "`defvjp`, a `custom_vjp` for `defjvp`.\n\n`custom_vmap`, and a second `custom_vjp` or `custom_jvp` above, "
        "pass the method on and are left alone."
    ),
    why="The attribute does not exist: an `AttributeError` is raised when the module is imported.",
    bad="""\
import jax


@jax.jit
@jax.custom_vjp
def double(x):
    return 2.0 * x


def double_fwd(x):
    return 2.0 * x, None


def double_bwd(_, g):
    return (2.0 * g,)


double.defvjp(double_fwd, double_bwd)
""",
    good="""\
import jax


@jax.custom_vjp
@jax.jit
def double(x):
    return 2.0 * x


def double_fwd(x):
    return 2.0 * x, None


def double_bwd(_, g):
    return (2.0 * g,)


double.defvjp(double_fwd, double_bwd)
""",
    references=(
        "`custom_vjp` in `jax._src.custom_derivatives`",
        "`forward_attr` in `jax._src.custom_api_util`",
    ),
    check=check,
    fix=fix,
    fixes=(
        "`@jax.jit` above `@jax.custom_vjp` changes places with it, where there are no other decorators and no "
        "comments at them, and misspelt methods get their names."
    ),
)
