"""Everything that rules may ask of one module."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from pathlib import Path

import libcst as cst

from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.modules import place_of
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.outcomes import Fault
from flake8_jaxvjp.inference.state import ModuleSource
from flake8_jaxvjp.inference.structures import is_no_tuple
from flake8_jaxvjp.inference.values import CustomVjp, Function, Sequence, Unknown, Value
from flake8_jaxvjp.sites.custom_gradient import GradientFacts, custom_gradients
from flake8_jaxvjp.sites.custom_jvp import JvpFacts, jvp_sites
from flake8_jaxvjp.sites.custom_vjp import BACKWARD, FORWARD, Collected, Collector, MethodCall, RuleSite, Use
from flake8_jaxvjp.sites.custom_vmap import VmapFacts, vmap_sites
from flake8_jaxvjp.sites.facts import SiteFacts, are_swapped
from flake8_jaxvjp.sites.formulas import are_named_swapped
from flake8_jaxvjp.sites.models import differentiated_in, reached_from
from flake8_jaxvjp.sites.wrappers import WrappedRule, wrapped_rules
from flake8_jaxvjp.source import Focus
from flake8_jaxvjp.syntax.nodes import walk
from flake8_jaxvjp.syntax.scopes import Scope


class ModuleFacts:
    """The rule sites of a module, and the operations in it that surely raise."""

    def __init__(self, module: cst.Module, scopes: dict[cst.CSTNode, Scope], focused: Focus, filename: str) -> None:
        self.module = module
        self._focus = focused
        self._filename = filename
        self._interpreter = Interpreter(scopes=scopes, stored_attributes=focused.stored_attributes)
        source = ModuleSource(focused, None if focused.changes_path else place_of(filename))
        self._collected: Collected = Collector(self._interpreter, module, source).run()
        proven = [
            SiteFacts(site, site.receiver, self._interpreter)
            for site in self._collected.sites
            if site.receiver is not None
        ]
        self.swapped = tuple(site for site in proven if are_swapped(site) or are_named_swapped(site))
        # Two rules in each other's place are one mistake: nothing else is said of them.
        self.sites = tuple(site for site in proven if site not in self.swapped)
        _mark_shared(self.sites)

    @property
    def all_sites(self) -> tuple[RuleSite, ...]:
        return tuple(self._collected.sites)

    @property
    def method_calls(self) -> tuple[MethodCall, ...]:
        return tuple(self._collected.method_calls)

    @property
    def uses(self) -> tuple[Use, ...]:
        return tuple(self._collected.uses)

    def is_meant_to_raise(self, use: Use) -> bool:
        """Whether the exceptions of a call may be caught: around it, or by a test of this file that calls it."""
        return use.is_guarded or self._focus.expects_errors

    @cached_property
    def jvp_sites(self) -> tuple[JvpFacts, ...]:
        """The rules of custom_jvp functions that get them once."""
        return jvp_sites(self.uses, self._interpreter)

    @cached_property
    def custom_gradients(self) -> tuple[GradientFacts, ...]:
        """The functions under `jax.custom_gradient`."""
        return custom_gradients(self.uses, self._interpreter)

    @cached_property
    def vmap_sites(self) -> tuple[VmapFacts, ...]:
        """The rules of custom_vmap functions that get them once."""
        return vmap_sites(self.uses, self._interpreter)

    @cached_property
    def wrapped_rules(self) -> tuple[WrappedRule, ...]:
        """The rules that Equinox and Flax attach to functions that get one of a kind."""
        return wrapped_rules(self.uses, self._interpreter)

    def differentiated_in(self, model: Function) -> CustomVjp | None:
        """The custom_vjp that a model of NumPyro surely calls with something that a sampler differentiates by."""
        return None if self._focus.handles_samples else differentiated_in(self._interpreter, model)

    def reached_from(self, called: Value, perturbed: tuple[bool, ...]) -> CustomVjp | None:
        """The custom_vjp that a function surely calls with an argument that has a tangent, or is computed from one."""
        return reached_from(self._interpreter, called, perturbed)

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern occurs in the part of the file that matters."""
        return pattern.search(self._focus.text) is not None

    @cached_property
    def has_unknown_receivers(self) -> bool:
        """Whether somebody gets rules by a `defvjp` whose receiver is not known."""
        return any(site.receiver is None for site in self.all_sites)

    @cached_property
    def top_level(self) -> frozenset[cst.CSTNode]:
        """The functions that stand in no other function, class or block."""
        return frozenset(node for node in self.module.body if isinstance(node, cst.FunctionDef))

    @cached_property
    def has_neighbours(self) -> bool:
        """Whether other modules stand beside the file, which may import it."""
        path = Path(self._filename)
        try:
            return path.is_file() and any(other.name != path.name for other in path.parent.glob("*.py"))
        except OSError:
            return True

    @property
    def sets_attributes_by_name(self) -> bool:
        """Whether an object may have attributes that nothing in the file writes out."""
        return self._focus.is_dynamic

    @property
    def stored_attributes(self) -> frozenset[str]:
        """The attributes that the file sets of some object."""
        return self._focus.stored_attributes

    @property
    def module_names(self) -> frozenset[str] | None:
        """The names that the whole file binds outside of functions; None where a star import may bind any other."""
        return None if self._focus.has_star_import else self._focus.module_names

    @property
    def names_in_rest(self) -> frozenset[str]:
        """The words in the lines of the file that are not looked at."""
        return self._focus.names_in_rest

    @property
    def returns_receiver(self) -> bool:
        """Whether `defvjp` may return the function: JAX's experimental flag `jax_custom_vjp3` makes it do so."""
        return self._focus.has_vjp3

    def stand_in(self, node: cst.CSTNode) -> tuple[cst.CSTNode, cst.Module, Path] | None:
        """For a node of another file: the argument of this file's `defvjp` that led there, and its module."""
        for site in self.sites:
            for function, index, keyword in (
                (site.forward_function, FORWARD, "fwd"),
                (site.backward_function, BACKWARD, "bwd"),
            ):
                if function is not None and any(inner is node for inner in walk(function.node)):
                    for module, path in self._interpreter.other_modules.items():
                        if any(inner is function.node for inner in walk(module)):
                            return argument_node(site.site.node, index, keyword), module, path
        return None

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Every operation that surely raises, one a node and kind."""
        found: dict[tuple[cst.CSTNode, str], Fault] = {}
        for fault in [*self._collected.faults, *(fault for site in self.sites for fault in faults_of(site))]:
            found.setdefault((fault.node, fault.failure.kind), fault)
        return tuple(found.values())

    def failures(self, source: str, *kinds: str) -> tuple[tuple[cst.CSTNode, Failure], ...]:
        """The faults of these kinds in which the whole value of an origin takes part."""
        return tuple(
            (fault.node, fault.failure)
            for fault in self.faults
            if fault.failure.kind in kinds and _origin(fault.failure) == source
        )


def _mark_shared(sites: tuple[SiteFacts, ...]) -> None:
    """Note which rules serve more than one primal."""
    forward = Counter(site.forward_function.node for site in sites if site.forward_function is not None)
    backward = Counter(site.backward_function.node for site in sites if site.backward_function is not None)
    for site in sites:
        if site.forward_function is not None:
            site.is_forward_shared = forward[site.forward_function.node] > 1
        if site.backward_function is not None:
            site.is_backward_shared = backward[site.backward_function.node] > 1


def argument_node(call: cst.Call, index: int, keyword: str) -> cst.CSTNode:
    """The argument at a position or with a keyword; the whole call when it is not written out."""
    for position, arg in enumerate(call.args):
        if (arg.keyword is None and position == index) or (arg.keyword is not None and arg.keyword.value == keyword):
            return arg
    return call


def faults_of(site: SiteFacts) -> list[Fault]:
    """The faults of a site's backward rule, given its residuals and cotangent; of one that is shared, none."""
    _ = site.backward
    return [] if site.is_backward_shared else site.backward_faults


def _origin(failure: Failure) -> str:
    origin = getattr(failure.subject, "origin", None)
    return origin.source if origin is not None and not origin.path else ""


def why_primal_unknown(site: SiteFacts) -> str:
    """Why it is not known how many cotangents are due; "" when it is."""
    if site.due is not None:
        return ""
    return "its signature" if site.signature is None else "its nondiff arguments"


def why_unresolved(site: SiteFacts) -> str:
    """Why a site's backward arity is not known; "" when it is."""
    if site.backward_function is None:
        value = site.site.backward
        return f"backward rule: {value.reason if isinstance(value, Unknown) else type(value).__name__}"
    if site.is_backward_stub:
        return ""
    for _, value in site.backward.returns:
        for option in options(value):
            if isinstance(option, Unknown):
                return f"return: {option.reason}"
            is_open = isinstance(option, Sequence) and option.items is None and not option.has_rest
            if is_open and not is_no_tuple(option):
                return "return: a sequence of unknown length"
    return ""
