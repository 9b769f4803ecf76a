"""Everything that rules may ask of one module."""

from __future__ import annotations

from functools import cached_property

import libcst as cst

from flake8_jaxvjp.inference.interpreter import Fault, Interpreter
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.values import Sequence, Unknown, options
from flake8_jaxvjp.rules.base import is_no_tuple
from flake8_jaxvjp.sites.custom_vjp import Collected, Collector, MethodCall, RuleSite
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.source import Focus
from flake8_jaxvjp.syntax.scopes import build_scopes


class ModuleFacts:
    """The rule sites of a module, and the operations in it that surely raise."""

    def __init__(self, module: cst.Module, focused: Focus) -> None:
        self.module = module
        self._interpreter = Interpreter(focused, build_scopes(module, focused.vjp_names))
        self._collected: Collected = Collector(self._interpreter, module).run()
        self.sites = tuple(
            SiteFacts(site, site.receiver, self._interpreter)
            for site in self._collected.sites
            if site.receiver is not None
        )

    @property
    def all_sites(self) -> tuple[RuleSite, ...]:
        return tuple(self._collected.sites)

    @property
    def method_calls(self) -> tuple[MethodCall, ...]:
        return tuple(self._collected.method_calls)

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


def faults_of(site: SiteFacts) -> list[Fault]:
    """The faults of a site's backward rule, given its residuals and cotangent."""
    _ = site.backward
    return site.backward_faults


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
            if isinstance(option, Sequence) and option.items is None and not is_no_tuple(option):
                return "return: a sequence of unknown length"
    return ""
