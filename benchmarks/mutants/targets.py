"""Finds a rule's parts in a source: the primal, the forward and the backward rule that one `defvjp` call joins.

It is written apart from the linter on purpose, and is careful rather than clever: a part that is not plainly known
is None, and then the mutations that need it do not apply.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from benchmarks.mutants import signatures
from benchmarks.mutants.nodes import is_transparent, keyword_value, last_name, literal_indices, named_indices, own_nodes
from benchmarks.mutants.scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.edits import Source
    from benchmarks.mutants.signatures import Function


@dataclass(frozen=True)
class Exit:
    """One place where a rule gives its result: a `return` with a value, or the body of a lambda."""

    function: Function
    value: ast.expr
    statement: ast.Return | None

    @property
    def entries(self) -> list[ast.expr] | None:
        """The entries of a tuple or list display, stars included."""
        return list(self.value.elts) if isinstance(self.value, ast.Tuple | ast.List) else None

    @property
    def fixed_entries(self) -> list[ast.expr] | None:
        """The entries of a display without stars."""
        entries = self.entries
        return None if entries is None or any(isinstance(each, ast.Starred) for each in entries) else entries


@dataclass(frozen=True)
class Wrapping:
    """How the primal becomes a custom_vjp: as a decorator, or by a call in an assignment."""

    node: ast.expr
    decorates: bool
    call: ast.Call | None  # the call that carries the options, `partial(custom_vjp, ...)` or `custom_vjp(f, ...)`
    plain: ast.expr  # `jax.custom_vjp` itself

    @property
    def nondiff_node(self) -> ast.expr | None:
        return None if self.call is None else keyword_value(self.call, "nondiff_argnums")

    @property
    def has_options(self) -> bool:
        return self.call is not None and bool(self.call.keywords or len(self.call.args) > 1)


@dataclass(frozen=True)
class Target:
    """One `defvjp` call whose rules stand in the same file."""

    source: Source
    scopes: Scopes
    call: ast.Call
    statement: ast.Expr | None  # the call as a statement of its own
    wrapping: Wrapping | None
    primal: Function | None
    primal_opaque: bool
    forward: Function | None
    backward: Function | None

    @property
    def name(self) -> str:
        return ast.unparse(self.call.func).rpartition(".")[0]

    def rule_argument(self, index: int) -> ast.expr:
        if index < len(self.call.args):
            return self.call.args[index]
        return next(each.value for each in self.call.keywords if each.arg == ("fwd", "bwd")[index])

    @cached_property
    def nondiff(self) -> tuple[int, ...] | None:
        """The nondiff indices, or None when they are not written out."""
        if self.wrapping is None or self.primal is None:
            return None
        call = self.wrapping.call
        if call is None:
            return ()
        if len(call.args) > 1:
            return None
        named = keyword_value(call, "nondiff_argnames")
        by_name = () if named is None else named_indices(named, self.primal.args)
        node = self.wrapping.nondiff_node
        by_index = () if node is None else literal_indices(node)
        if by_name is None or by_index is None or any(each < 0 for each in by_index):
            return None
        return tuple(sorted({*by_name, *by_index}))

    @cached_property
    def parameters(self) -> list[ast.arg] | None:
        """The primal's positional parameters, when a call always fills exactly these."""
        if self.primal is None or self.primal_opaque or self.primal.args.vararg is not None:
            return None
        return signatures.positional(self.primal.args)

    @cached_property
    def differentiable(self) -> list[ast.arg] | None:
        """The parameters that get a cotangent each."""
        if self.parameters is None or self.nondiff is None:
            return None
        return [each for index, each in enumerate(self.parameters) if index not in self.nondiff]

    @cached_property
    def backward_due(self) -> int | None:
        """How many arguments JAX hands to the backward rule: the nondiff ones, the residuals, the cotangent."""
        if self.nondiff is not None:
            return len(self.nondiff) + 2
        if self.backward is not None and signatures.is_exact(self.backward.args):
            return len(signatures.positional(self.backward.args))  # the rule is right, so this is the number
        return None

    @cached_property
    def forward_due(self) -> int | None:
        if self.parameters is not None:
            return len(self.parameters)
        if self.forward is not None and signatures.is_exact(self.forward.args):
            return len(signatures.positional(self.forward.args))
        return None

    @cached_property
    def is_consistent(self) -> bool:
        """Whether the rule is right as far as this module sees; else it is no ground for a mutation."""
        if self.backward and self.backward_due and not signatures.accepts(self.backward.args, self.backward_due):
            return False
        if self.forward and self.forward_due and not signatures.accepts(self.forward.args, self.forward_due):
            return False
        if self.differentiable is not None:
            fixed = (each.fixed_entries for each in self.backward_exits)
            return all(entries is None or len(entries) == len(self.differentiable) for entries in fixed)
        return True

    @cached_property
    def backward_exits(self) -> tuple[Exit, ...]:
        return tuple(exits(self.backward)) if self.backward is not None else ()

    @cached_property
    def forward_exits(self) -> tuple[Exit, ...]:
        return tuple(exits(self.forward)) if self.forward is not None else ()

    def is_named_once(self, rule: Function) -> bool:
        """Whether nothing but this `defvjp` call uses the rule, as far as its name shows."""
        if isinstance(rule, ast.Lambda):
            return True
        named = [
            node
            for node in ast.walk(self.source.tree)
            if (isinstance(node, ast.Name) and node.id == rule.name)
            or (isinstance(node, ast.Attribute) and node.attr == rule.name)
            or (isinstance(node, ast.FunctionDef) and node.name == rule.name)
        ]
        return len(named) == 2

    @property
    def parts(self) -> list[ast.stmt | ast.expr]:
        """Every node where a finding about this rule may stand."""
        found: list[ast.stmt | ast.expr] = [self.call]
        found += [each for each in (self.primal, self.forward, self.backward) if each is not None]
        if self.wrapping is not None:
            found.append(self.wrapping.node)
        return found


def targets(source: Source) -> Iterator[Target]:
    """Each `defvjp` call that sets rules on a name; a later call on the same name replaces an earlier one."""
    scopes = Scopes(source.tree)
    calls = [node for node in ast.walk(source.tree) if _is_defvjp(node)]
    receivers = [ast.dump(call.func) + repr(id(scopes.scope_of(call))) for call in calls if isinstance(call, ast.Call)]
    for call, receiver in zip(calls, receivers, strict=True):
        if isinstance(call, ast.Call) and receivers.count(receiver) == 1:
            target = _target(source, scopes, call)
            if target is not None:
                yield target


def exits(function: Function) -> Iterator[Exit]:
    if isinstance(function, ast.Lambda):
        yield Exit(function, function.body, None)
        return
    for node in own_nodes(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield Exit(function, node.value, node)


def _is_defvjp(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "defvjp"


def _target(source: Source, scopes: Scopes, call: ast.Call) -> Target | None:
    assert isinstance(call.func, ast.Attribute)
    rules = [*call.args[:2], *(each.value for name in ("fwd", "bwd") for each in call.keywords if each.arg == name)]
    if len(rules) != 2 or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    receiver = scopes.definition(call.func.value) if isinstance(call.func.value, ast.Name) else None
    wrapping, primal, opaque = _primal(scopes, receiver)
    forward, backward = (_rule(scopes, each) for each in rules)
    statement = scopes.statement_of(call)
    own = statement if isinstance(statement, ast.Expr) and statement.value is call else None
    return Target(source, scopes, call, own, wrapping, primal, opaque, forward, backward)


def _rule(scopes: Scopes, node: ast.expr) -> Function | None:
    found = scopes.definition(node) if isinstance(node, ast.Name) else node
    if isinstance(found, ast.FunctionDef):
        return found if all(map(is_transparent, found.decorator_list)) and not _is_method(scopes, found) else None
    return found if isinstance(found, ast.Lambda) else None


def _is_method(scopes: Scopes, function: ast.FunctionDef) -> bool:
    return isinstance(scopes.scope_of(function), ast.ClassDef)


def _primal(scopes: Scopes, found: ast.AST | None) -> tuple[Wrapping | None, Function | None, bool]:
    if isinstance(found, ast.FunctionDef):
        for index, decorator in enumerate(found.decorator_list):
            wrapping = _wrapping(decorator, decorates=True)
            if wrapping is not None:
                opaque = not all(map(is_transparent, found.decorator_list[index + 1 :]))
                return wrapping, found, opaque
        return None, None, True
    if not isinstance(found, ast.Call):
        return None, None, True
    wrapping = _wrapping(found, decorates=False)
    if wrapping is None or not found.args:
        return wrapping, None, True
    inner: ast.AST | None = found.args[0]
    if isinstance(inner, ast.Name):
        inner = scopes.definition(inner)
    if isinstance(inner, ast.FunctionDef):
        return wrapping, inner, not all(map(is_transparent, inner.decorator_list))
    return wrapping, inner if isinstance(inner, ast.Lambda) else None, not isinstance(inner, ast.Lambda)


def _wrapping(node: ast.expr, *, decorates: bool) -> Wrapping | None:
    """Recognise `custom_vjp`, `partial(custom_vjp, ...)`, `custom_vjp(f, ...)` and `partial(custom_vjp, ...)(f)`."""
    if last_name(node) == "custom_vjp" and decorates:
        return Wrapping(node, decorates, None, node)
    if not isinstance(node, ast.Call):
        return None
    if last_name(node.func) == "partial" and node.args and last_name(node.args[0]) == "custom_vjp" and decorates:
        return Wrapping(node, decorates, node, node.args[0])
    if decorates:
        return None
    if last_name(node.func) == "custom_vjp":
        return Wrapping(node, decorates, node, node.func)
    if isinstance(node.func, ast.Call) and last_name(node.func.func) == "partial" and node.func.args:
        first = node.func.args[0]
        return Wrapping(node, decorates, node.func, first) if last_name(first) == "custom_vjp" else None
    return None
