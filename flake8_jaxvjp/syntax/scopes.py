"""Which names each scope binds: one libcst visitor over the focused module.

Python decides at compile time whether a name is local, so the interpreter asks these tables and not its own state
(the language reference, "Naming and binding").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import libcst as cst

from flake8_jaxvjp.syntax.nodes import InnerVisitor

ScopeNode: TypeAlias = cst.Module | cst.FunctionDef | cst.Lambda | cst.ClassDef

MUTATORS = frozenset(
    {"append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem"}
)


@dataclass(eq=False)
class Scope:
    """The names of one module, class, function or lambda.

    `bound` are its own names, `rebound` those that an inner function changes by `global` or `nonlocal`, and
    `captured` those that an inner function may change in place (`grads.append(...)`).
    """

    node: ScopeNode
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    captured: set[str] = field(default_factory=set)
    is_generator: bool = False
    mentions_vjp: bool = False

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, cst.ClassDef)

    @property
    def is_module(self) -> bool:
        return isinstance(self.node, cst.Module)

    def binds(self, name: str) -> bool:
        return name in self.bound and name not in self.outer


class ScopeVisitor(InnerVisitor):
    """Builds the scopes of a module; `scopes` maps each scope's node to its table."""

    def __init__(self, vjp_names: frozenset[str]) -> None:
        super().__init__()
        self.scopes: dict[cst.CSTNode, Scope] = {}
        self._vjp_names = vjp_names
        self._stack: list[Scope] = []
        self._uncertain = 0

    def _enter(self, node: ScopeNode) -> None:
        scope = Scope(node, self._stack[-1] if self._stack else None)
        self.scopes[node] = scope
        self._stack.append(scope)

    def _bind(self, name: str) -> None:
        scope = self._stack[-1]
        scope.bound.add(name)
        if name in scope.outer:
            self._mark_rebound(name)

    def _mark_rebound(self, name: str) -> None:
        for scope in self._stack[:-1]:
            scope.rebound.add(name)

    def visit_Module(self, node: cst.Module) -> None:
        self._enter(node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self._bind(node.name.value)
        for outside in (*node.decorators, node.params, node.returns):
            if outside is not None and not isinstance(outside, cst.Parameters):
                self.walk(outside)
        self._visit_defaults(node.params)
        self._enter(node)
        self._bind_parameters(node.params)
        self.walk(node.body)
        self._leave()
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        self._visit_defaults(node.params)
        self._enter(node)
        self._bind_parameters(node.params)
        self.walk(node.body)
        self._leave()
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self._bind(node.name.value)
        for outside in (*node.decorators, *node.bases, *node.keywords):
            self.walk(outside)
        self._enter(node)
        self.walk(node.body)
        self._leave()
        return False

    def _leave(self) -> None:
        scope = self._stack.pop()
        if scope.mentions_vjp and self._stack:
            self._stack[-1].mentions_vjp = True

    def _visit_defaults(self, params: cst.Parameters) -> None:
        for param in all_parameters(params):
            if param.default is not None:
                self.walk(param.default)

    def _bind_parameters(self, params: cst.Parameters) -> None:
        for param in all_parameters(params):
            self._bind(param.name.value)

    def visit_Name(self, node: cst.Name) -> None:
        if "vjp" in node.value or node.value in self._vjp_names:
            self._stack[-1].mentions_vjp = True

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if "vjp" in node.attr.value or node.attr.value in self._vjp_names:
            self._stack[-1].mentions_vjp = True
        if node.attr.value in MUTATORS:
            self._may_change(node.value)
        self.walk(node.value)
        return False

    def _may_change(self, node: cst.BaseExpression) -> None:
        """A name that this scope changes in place, or may: outer scopes must not trust what they saw of it."""
        if isinstance(node, cst.Name):
            for scope in self._stack[:-1]:
                scope.captured.add(node.value)

    def visit_Arg(self, node: cst.Arg) -> bool:
        if node.keyword is not None and node.keyword.value in self._vjp_names:
            self._stack[-1].mentions_vjp = True
        self._may_change(node.value)
        self.walk(node.value)
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._bind_target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._bind_target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._bind_target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._bind_target(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> bool:
        # A comprehension's own names are not the scope's: only what it reads counts.
        self.walk(node.iter)
        for condition in node.ifs:
            self.walk(condition)
        if node.inner_for_in is not None:
            self.walk(node.inner_for_in)
        return False

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._bind_target(node.target)
        if self._uncertain and isinstance(node.target, cst.Name):
            # Bound perhaps, or many times, within one expression: no state says when.
            self._stack[-1].rebound.add(node.target.value)

    def _walk_uncertain(self, *nodes: cst.CSTNode) -> bool:
        """Expressions that are evaluated not at all, or several times."""
        self._uncertain += 1
        for node in nodes:
            self.walk(node)
        self._uncertain -= 1
        return False

    def visit_BooleanOperation(self, node: cst.BooleanOperation) -> bool:
        self.walk(node.left)
        return self._walk_uncertain(node.right)

    def visit_IfExp(self, node: cst.IfExp) -> bool:
        self.walk(node.test)
        return self._walk_uncertain(node.body, node.orelse)

    def visit_Comparison(self, node: cst.Comparison) -> bool:
        self.walk(node.left)
        self.walk(node.comparisons[0].comparator)
        return self._walk_uncertain(*(target.comparator for target in node.comparisons[1:]))

    def visit_While(self, node: cst.While) -> bool:
        self._walk_uncertain(node.test)
        self.walk(node.body)
        if node.orelse is not None:
            self.walk(node.orelse)
        return False

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return self._walk_uncertain(*node.parts)

    def visit_ListComp(self, node: cst.ListComp) -> bool:
        return self._walk_uncertain(node.elt, node.for_in)

    def visit_SetComp(self, node: cst.SetComp) -> bool:
        return self._walk_uncertain(node.elt, node.for_in)

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:
        return self._walk_uncertain(node.elt, node.for_in)

    def visit_DictComp(self, node: cst.DictComp) -> bool:
        return self._walk_uncertain(node.key, node.value, node.for_in)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._bind_target(node.name)

    def visit_Del(self, node: cst.Del) -> None:
        self._bind_target(node.target)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self._bind(node.name.value)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self._bind(node.name.value)

    def visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        if node.rest is not None:
            self._bind(node.rest.value)

    def visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        self._bind(node.name.value)

    def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:
        self._bind(imported_name(node))
        return False

    def visit_Global(self, node: cst.Global) -> None:
        self._declare_outer(node)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self._declare_outer(node)

    def _declare_outer(self, node: cst.Global | cst.Nonlocal) -> None:
        for item in node.names:
            self._stack[-1].outer.add(item.name.value)
            self._mark_rebound(item.name.value)

    def visit_Yield(self, node: cst.Yield) -> None:  # noqa: ARG002 - libcst passes it
        self._stack[-1].is_generator = True

    def _bind_target(self, target: cst.BaseExpression) -> None:
        match target:
            case cst.Name(value=name):
                self._bind(name)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for element in elements:
                    self._bind_target(element.value)
            case cst.StarredElement(value=value):
                self._bind_target(value)
            case cst.Subscript(value=value) | cst.Attribute(value=value):
                self._may_change(value)


def all_parameters(params: cst.Parameters) -> tuple[cst.Param, ...]:
    """Every parameter of a signature, with `*args` and `**kwargs`, in no promised order."""
    stars = [param for param in (params.star_arg, params.star_kwarg) if isinstance(param, cst.Param)]
    return (*params.posonly_params, *params.params, *params.kwonly_params, *stars)


def imported_name(alias: cst.ImportAlias) -> str:
    """The name that `import a.b` (`a`), `import a as b` or `from m import a as b` (`b`) binds."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    node: cst.BaseExpression = alias.name
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def build_scopes(module: cst.Module, vjp_names: frozenset[str]) -> dict[cst.CSTNode, Scope]:
    """The scopes of a module; `vjp_names` are the file's aliases of `jax.vjp` and `jax.custom_vjp`."""
    visitor = ScopeVisitor(vjp_names)
    visitor.walk(module)
    return visitor.scopes
