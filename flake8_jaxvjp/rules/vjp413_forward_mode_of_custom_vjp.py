"""VJP413: a custom_vjp is differentiated in forward mode, which it does not have."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.values import (
    NONE,
    Constant,
    CustomVjp,
    Function,
    Leaf,
    Library,
    Operation,
    Sequence,
    Value,
    Wrapped,
)
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.custom_vjp import Use
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.formulas import code, forward_reader
from flake8_jaxvjp.sites.functions import function_of, name_of

SEEN_THROUGH = ("jax.jit", "jax.vmap", "jax.checkpoint")
GRADIENTS = ("jax.grad", "jax.value_and_grad")
SAMPLERS = ("numpyro.infer.NUTS", "numpyro.infer.HMC")
REMEDY = "use reverse mode (jax.vjp, jax.jacrev, modes=['rev'])"
SAMPLER_REMEDY = "leave the option out"


def check(facts: ModuleFacts) -> Iterator[Problem]:
    for use in facts.uses:
        if facts.is_meant_to_raise(use) or not use.arguments.exact:
            continue
        sampled = _sampled_in_forward_mode(facts, use)
        if sampled is not None:
            yield Problem(use.node, sampled)
        through, name = _forward_mode(use)
        while isinstance(through, Wrapped) and through.by in SEEN_THROUGH:
            through = through.function
        if isinstance(through, CustomVjp) and not _has_nondiff(through):
            yield Problem(use.node, _message(through, name))
        elif isinstance(through, Operation) and through.name in GRADIENTS:
            differentiated = through.arguments[0]
            if isinstance(differentiated, CustomVjp) and _forward_rule_calls_it(facts, differentiated):
                yield Problem(use.node, _second_message(differentiated, name))
        elif through is not None and isinstance(function_of(through), Function):
            called = facts.reached_from(through, _perturbed(use))
            if called is not None:
                between = name_of(function_of(through))
                yield Problem(use.node, _message(called, f"{name} of '{between}', which calls it,"))


def _forward_mode(use: Use) -> tuple[Value | None, str]:
    """What a call differentiates in forward mode, and by which function; for a Hessian, the gradient."""
    first = use.arguments.get(0, "fun") or use.arguments.get(0, "f")
    match use.function:
        case Library(name="jax.jvp"):
            return first, "jax.jvp"
        case Library(name="jax.test_util.check_grads") if first is not None and _checks_forward(use):
            return first, "check_grads without modes=['rev']"
        case Operation(name="jax.jacfwd" | "jax.linearize" as name, arguments=(function, *_)):
            return function, name if name == "jax.jacfwd" else "the function that jax.linearize returns"
        case Operation(name="jax.hessian", arguments=(function, *_)):
            return Operation("jax.grad", (function,)), "jax.hessian"
    return None, ""


def _perturbed(use: Use) -> tuple[bool, ...]:
    """Of each argument of what is differentiated in forward mode, whether it surely has a tangent.

    Integers have none: where several arguments are differentiated, each tangent has to be seen to be of floats.
    """
    given = use.arguments
    match use.function:
        case Library(name="jax.jvp"):
            return _with_tangents(items_of(given.get(1, "primals") or NONE), items_of(given.get(2, "tangents") or NONE))
        case Library(name="jax.test_util.check_grads"):
            return _with_tangents(items_of(given.get(1, "args") or NONE), None)
        case Operation(name="jax.linearize", arguments=(_, *primals)):
            return _with_tangents(tuple(primals), given.positional)
        case Operation(name="jax.jacfwd", arguments=(_, *more), keywords=keywords) if not given.keywords:
            argnums = dict(keywords).get("argnums", more[0] if more else Constant("int", 0))
            numbers = [item.value for item in items_of(argnums) or (argnums,) if isinstance(item, Constant)]
            return tuple(index in numbers for index in range(len(given.positional)))
    return ()


def _with_tangents(primals: tuple[Value, ...] | None, tangents: tuple[Value, ...] | None) -> tuple[bool, ...]:
    if primals is None or len(primals) == 1:
        return (True,) * len(primals or ())
    if tangents is None or len(tangents) != len(primals):
        return (False,) * len(primals)
    return tuple(map(_is_of_floats, tangents))


def _is_of_floats(value: Value) -> bool:
    return isinstance(value, (Constant, Leaf)) and value.kind in ("float", "jax")


def _sampled_in_forward_mode(facts: ModuleFacts, use: Use) -> str | None:
    """What to say of a sampler of NumPyro in forward mode, whose model or potential function stands in the file."""
    flag = use.arguments.keywords.get("forward_mode_differentiation")
    if not isinstance(use.function, Library) or use.function.name not in SAMPLERS or flag != Constant("bool", True):
        return None
    sampler = use.function.name.rpartition(".")[2]
    by = f"{sampler}(..., forward_mode_differentiation=True)"
    potential = use.arguments.keywords.get("potential_fn")
    if isinstance(potential, CustomVjp) and not _has_nondiff(potential):
        return _message(potential, by, SAMPLER_REMEDY)
    model = use.arguments.get(0, "model")
    called = facts.differentiated_in(model) if isinstance(model, Function) else None
    if called is None or not isinstance(model, Function):
        return None
    return _message(called, f"{by}, whose model '{name_of(model)}' calls it,", SAMPLER_REMEDY)


def _checks_forward(use: Use) -> bool:
    """Whether check_grads is left to its default modes, forward and reverse, or asked for forward."""
    modes = use.arguments.get(3, "modes")
    match modes:
        case None:
            return True
        case Constant(kind="str", value="fwd"):
            return True
        case Sequence(items=items) if items is not None:
            return any(isinstance(item, Constant) and item.value == "fwd" for item in items)
    return False


def _has_nondiff(receiver: CustomVjp) -> bool:
    """Whether there may be no differentiable argument at all, and so nothing to differentiate."""
    return receiver.nondiff_argnums is not None or receiver.nondiff_argnames is not None


def _forward_rule_calls_it(facts: ModuleFacts, receiver: CustomVjp) -> bool:
    sites = [site for site in facts.sites if site.receiver.node == receiver.node]
    return bool(sites) and all(map(_calls_the_primal, sites))


def _calls_the_primal(site: SiteFacts) -> bool:
    """Whether the forward rule gives what the decorated function itself returns for the rule's own arguments."""
    forward = forward_reader(site)
    if forward is None or site.forward_signature is None:
        return False
    reader, (first, _) = forward
    names = site.forward_signature.names
    plain = not any(name in reader.bound for name in names)
    return plain and code(reader.follow(first).node) == f"{site.primal_name}({', '.join(names)})"


def _message(receiver: CustomVjp, by: str, remedy: str = REMEDY) -> str:
    name = name_of(function_of(receiver))
    return f"'{name}' is a custom_vjp, which has no forward mode, but {by} needs it: {remedy}"


def _second_message(receiver: CustomVjp, by: str) -> str:
    name = name_of(function_of(receiver))
    return (
        f"{by} goes through the forward rule of '{name}' in forward mode, and that rule calls the custom_vjp '{name}' "
        "itself, which has none: compute the output in the forward rule without it, or use jax.jacrev twice"
    )


RULE = Rule(
    code="VJP413",
    name="forward-mode-of-custom-vjp",
    summary="a custom_vjp is differentiated in forward mode, which it does not have",
    what=(
        "Checks for `jax.jvp(f, ...)`, `jax.jacfwd(f)(...)`, calls of what `jax.linearize(f, ...)` returns and "
        "`check_grads(f, ...)` without `modes`, where f is a `custom_vjp` of the same file, or a function or lambda "
        "that surely calls one with what is differentiated, or with something that is computed from it by arithmetic; "
        "and for `jax.hessian(f)(...)` and forward mode over `jax.grad(f)`, where the forward rule calls f itself.\n\n"
        "Of NumPyro's `NUTS(model, forward_mode_differentiation=True)`, and `HMC`, it is sure where every run of the "
        "model calls f, itself or in a function of the file, with a sample of a continuous distribution, or with "
        "something that is computed from one by arithmetic, and the file has neither handlers nor Gibbs samplers, for "
        "which a sample may be something else.\n\n"
        "Files whose tests expect exceptions (`pytest.raises`, `assertRaises`) are left alone."
    ),
    why=(
        "A `custom_vjp` has a rule for reverse mode only: `TypeError: can't apply forward-mode autodiff (jvp) to a "
        "custom_vjp function`. A Hessian is forward mode over reverse mode: it differentiates the forward and the "
        "backward rule in forward mode, which works as long as neither calls the decorated function."
    ),
    bad="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def square(x):
    return x**2


def square_fwd(x):
    return square(x), x


def square_bwd(x, g):
    return (2.0 * x * g,)


square.defvjp(square_fwd, square_bwd)
curvature = jax.hessian(square)(3.0)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def square(x):
    return x**2


def square_fwd(x):
    return x**2, x


def square_bwd(x, g):
    return (2.0 * x * g,)


square.defvjp(square_fwd, square_bwd)
curvature = jax.hessian(square)(3.0)
""",
    references=(
        "`custom_vjp_call_p` in `jax._src.custom_derivatives`",
        "[`jax.hessian`](https://docs.jax.dev/en/latest/_autosummary/jax.hessian.html)",
    ),
    check=check,
)
