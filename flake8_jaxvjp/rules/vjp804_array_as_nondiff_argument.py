"""VJP804: a nondiff parameter is annotated or used as an array."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_jaxvjp.inference.block_names import walk_block
from flake8_jaxvjp.inference.values import Leaf, Library
from flake8_jaxvjp.rules.base import Problem, Rule
from flake8_jaxvjp.sites.analysis import ModuleFacts
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.functions import inspected_function
from flake8_jaxvjp.sites.verdicts import has_plain_nondiff

OF_ARRAYS = ("jax.numpy.", "jax.lax.", "jax.nn.")
METHODS = frozenset({"sum", "mean", "reshape", "astype", "at", "T", "dtype", "ravel", "transpose"})

def check(facts: ModuleFacts) -> Iterator[Problem]:
    for site in facts.sites:
        function = inspected_function(site.receiver.function)
        if function is None or site.signature is None or not has_plain_nondiff(site):
            continue
        for index in sorted(site.nondiff.positions):
            if index >= len(site.signature.positional):
                continue
            parameter = site.signature.positional[index]
            declared = None if parameter.annotation is None else site.annotation(parameter.annotation, function)
            is_array = isinstance(declared, Leaf) and declared.kind in ("jax", "array")
            if is_array or (declared is None and _is_used_as_array(site, parameter.name)):
                yield Problem(
                    function.node,
                    f"nondiff argument '{parameter.name}' of '{site.primal_name}' is "
                    f"{'annotated' if is_array else 'used'} as an array, which fails as soon as it is traced: make it "
                    "differentiable, and return None for it",
                )


def _is_used_as_array(site: SiteFacts, name: str) -> bool:
    """Whether the primal passes the parameter to a function of arrays as its first argument, or asks array methods."""
    function = inspected_function(site.receiver.function)
    if function is None:
        return False
    for node in walk_block(function.node.body):
        match node:
            case cst.Call(func=cst.Attribute() as called, args=[cst.Arg(value=cst.Name(value=used)), *_]):
                if used != name:
                    continue
                value = site.value_of(called, function)
                if isinstance(value, Library) and value.name.startswith(OF_ARRAYS) and _takes_an_array(value.name):
                    return True
            case cst.Attribute(value=cst.Name(value=used), attr=cst.Name(value=attribute)) if used == name:
                if attribute in METHODS:
                    return True
    return False


def _takes_an_array(name: str) -> bool:
    """Most functions do; those that make arrays take shapes and numbers."""
    makes = "zeros ones full arange eye identity linspace empty float32 int32 asarray array axis_index axis_size dtype"
    return name.rpartition(".")[2] not in makes.split()


RULE = Rule(
    code="VJP804",
    name="array-as-nondiff-argument",
    summary="a nondiff parameter is annotated or used as an array",
    what=(
        "Checks for parameters in `nondiff_argnums` that the primal's annotation calls an array, or that the "
        "primal uses as one."
    ),
    why=(
        "A nondiff argument must never be traced: under `jax.jit`, `jax.vmap`, `jax.lax.scan`, or when somebody "
        "differentiates by it, the call raises `UnexpectedTracerError`. It is the failure that people report "
        "most. An argument that has no gradient, but is an array, stays differentiable, and gets `None` as its "
        "cotangent."
    ),
    bad="""\
from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def masked(x, mask: jax.Array):
    return x * mask


def masked_fwd(x, mask):
    return masked(x, mask), None


def masked_bwd(mask, _, g):
    return (g * mask,)


masked.defvjp(masked_fwd, masked_bwd)
""",
    good="""\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def masked(x, mask: jax.Array):
    return x * mask


def masked_fwd(x, mask):
    return masked(x, mask), mask


def masked_bwd(mask, g):
    return g * mask, jnp.zeros_like(mask)


masked.defvjp(masked_fwd, masked_bwd)
""",
    references=(
        "`custom_vjp.__call__` in `jax._src.custom_derivatives`",
    ),
    check=check,
    is_preview=True,
)
