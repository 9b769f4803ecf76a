"""Questions that several rules ask of a site, answered once."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf

import libcst as cst

from flake8_jaxvjp.inference.block_names import names_bound_in
from flake8_jaxvjp.inference.building import options
from flake8_jaxvjp.inference.outcomes import Outcome
from flake8_jaxvjp.inference.values import Sequence, Unknown, Value
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.syntax.scopes import all_parameters
from flake8_jaxvjp.syntax.tree import dotted_name, statements


def has_plain_nondiff(site: SiteFacts) -> bool:
    """Whether the nondiff arguments mean what they say: else the rule on them speaks, and no other."""
    nondiff = site.nondiff
    is_plain = nondiff.is_known and nondiff.single_integer is None
    return is_plain and not nondiff.negative and not nondiff.ignored and not is_out_of_range(site)


def is_out_of_range(site: SiteFacts) -> bool:
    """Whether some index of nondiff_argnums has no parameter, in a primal without `*args`."""
    signature = site.signature
    if signature is None or signature.star is not None:
        return False
    count = len(signature.positional)
    return any(not -count <= index < count for index in site.nondiff.written)


def wrong_length(value: Value, count: int, is_exact: bool) -> int | None:
    """The number of items of a value that surely has not `count` of them (or fewer than it, if not exact)."""
    lengths = [_wrong(option, count, is_exact) for option in options(value)]
    return None if any(length is None for length in lengths) else lengths[0]


def _wrong(value: Value, count: int, is_exact: bool) -> int | None:
    match value:
        case Sequence(has_rest=True, at_least=at_least) if not is_exact:
            # Without a parameter before the `*args` one cotangent is due at least, which may be one of theirs.
            is_short = at_least < count and (at_least > 0 or count > 1)
            return at_least if at_least > count or is_short else None
        case Sequence(kind="tuple" | "list", items=items, at_least=at_least):
            if items is not None:
                is_wrong = len(items) != count if is_exact else len(items) < count
                return len(items) if is_wrong else None
            return at_least if is_exact and at_least > count else None
    return None


def has_wrong_count(site: SiteFacts) -> bool:
    """Whether some return of the backward rule surely has the wrong number of cotangents."""
    due = site.due
    return due is not None and any(
        wrong_length(value, due.count, due.is_exact) is not None for _, value in site.judged_returns
    )


def cannot_take_backward_arguments(site: SiteFacts) -> bool:
    """Whether the backward rule cannot be called with the nondiff arguments, the residuals and a cotangent."""
    signature = site.backward_signature
    return signature is not None and not signature.takes(site.nondiff.static_count + 2)


def forgets_to_return(site: SiteFacts, function: cst.CSTNode, outcome: Outcome) -> bool:
    """Whether a rule has no return at all, and its end is surely reached: its last call may not come back."""
    if not isinstance(function, cst.FunctionDef) or outcome.returns or not outcome.falls_through:
        return False
    return not _may_not_come_back(site, statements(function.body))


def _may_not_come_back(site: SiteFacts, body: SequenceOf[cst.CSTNode]) -> bool:
    """Whether the last statement, at any depth, is a call, raise or loop that may keep the end from being reached."""
    if not body:
        return False
    match body[-1]:
        case cst.Expr(value=cst.Call() | cst.Await() | cst.Yield()) as statement:
            return not site.comes_back(statement)
        case cst.Raise() | cst.Assert() | cst.While() | cst.With() | cst.Try() | cst.TryStar() | cst.Match():
            return True
        case cst.For(body=inner):
            return _may_not_come_back(site, statements(inner))
        case cst.If(body=inner, orelse=orelse):
            other = statements(orelse.body) if isinstance(orelse, cst.Else) else [orelse] if orelse else []
            return _may_not_come_back(site, statements(inner)) or _may_not_come_back(site, other)
    return False


def are_all_unseen_calls(function: cst.FunctionDef, outcome: Outcome) -> bool:
    """Whether every return gives what a function from outside gives, and nothing is known of that.

    A callee that the function itself binds, as a parameter or by unpacking, may be a pullback, and is none of these.
    """
    own = {parameter.name.value for parameter in all_parameters(function.params)} | set(names_bound_in(function.body))
    return bool(outcome.returns) and all(
        isinstance(value, Unknown) and _callee(node) not in {"", *own} for node, value in outcome.returns
    )


def _callee(node: cst.CSTNode) -> str:
    """The first name of what a `return name(...)` or `return module.name(...)` calls."""
    match node:
        case cst.Return(value=cst.Call(func=function)):
            return dotted_name(function).partition(".")[0]
    return ""
