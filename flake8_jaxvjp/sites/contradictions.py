"""Whether an entry of a backward rule's result has a structure that its argument cannot have."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_jaxvjp.inference.building import with_origin
from flake8_jaxvjp.inference.interpreter import Interpreter
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.structures import cotangent_like, round_trip
from flake8_jaxvjp.inference.values import Bound, Function, Unknown, Value, Wrapped
from flake8_jaxvjp.sites.facts import SiteFacts
from flake8_jaxvjp.sites.functions import bind_through, pair_of, run_alone
from flake8_jaxvjp.sites.hypotheses import KEEPS_STRUCTURE, Given, Prober, is_supposable, supposed
from flake8_jaxvjp.sites.wrappers import WrappedRule

ARGUMENT = "argument"


@dataclass(frozen=True)
class Contradiction:
    """The rule that surely raises for an argument of the entry's structure, and how."""

    rule: str
    failure: Failure

    @property
    def is_direct(self) -> bool:
        """Whether it is the argument itself, or a part of it, with which the rule does what it cannot."""
        origin = getattr(self.failure.subject, "origin", None)
        return origin is not None and origin.source in (ARGUMENT, "residuals")


def contradiction(site: SiteFacts, index: int, entry: Value) -> Contradiction | None:
    """Why an argument of the primal, by its index, cannot have the structure of this entry; None if it can."""
    if not is_supposable(entry) or site.may_be_symbolic or site.is_forward_shared or site.is_backward_shared:
        return None
    plain, changed = _arguments(site, index, None), _arguments(site, index, supposed(entry))
    if plain is None or changed is None:
        return None
    return _first_failure(
        site.interpreter,
        (
            (site.forward_name, site.site.forward, plain, changed),
            (site.backward_name, site.site.backward, _residuals(site, plain), _residuals(site, changed)),
        ),
    )


Run = tuple[str, "Value | None", "tuple[Value, ...] | None", "tuple[Value, ...] | None"]


def _first_failure(interpreter: Interpreter, runs: tuple[Run, ...]) -> Contradiction | None:
    """The first of several rules that surely raises for the changed arguments, and not for the usual ones."""
    prober = Prober(interpreter)
    for name, value, usual, unusual in runs:
        function = _plain_function(value)
        given, without = _given(value, unusual), _given(value, usual)
        failure = prober.failure(function, given) if function is not None and given is not None else None
        if failure is not None and function is not None and without is not None:
            # What raises for any argument is another mistake.
            return None if prober.failure(function, without) is not None else Contradiction(name, failure)
    return None


def contradiction_in_equinox(forward: WrappedRule, backward: WrappedRule, entry: Value) -> Contradiction | None:
    """Why the first argument of a `filter_custom_vjp` cannot have the structure of what its backward rule returns."""
    if not is_supposable(entry) or forward.names is None or forward.function is None:
        return None
    others = [Unknown("an argument")] * (len(forward.names) - 1)
    perturbed = Unknown("what is perturbed")
    rows: list[tuple[tuple[Value, ...], tuple[Value, ...] | None]] = []
    for first in (Unknown("an argument"), with_origin(supposed(entry), ARGUMENT)):
        given = (perturbed, first, *others)
        pair = pair_of(run_alone(forward.interpreter, forward.function, forward.rule, given)[0])
        rows.append((given, None if pair is None else (pair[1], Unknown("a cotangent"), *given)))
    (plain, backward_plain), (changed, backward_changed) = rows
    return _first_failure(
        forward.interpreter,
        (
            (forward.name, forward.rule, plain, changed),
            (backward.name, backward.rule, backward_plain, backward_changed),
        ),
    )


def _arguments(site: SiteFacts, index: int, value: Value | None) -> tuple[Value, ...] | None:
    """What the forward rule gets, with this value at one place."""
    values = None if site.signature is None else site.primal_values(site.signature)
    if values is None:
        return None
    place = Unknown("an argument") if value is None else with_origin(value, ARGUMENT)
    return (*values[:index], place, *values[index + 1 :])


def _residuals(site: SiteFacts, arguments: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """What the backward rule gets when the forward rule gets these arguments."""
    function = site.forward_function
    if function is None or site.site.forward is None or not site.nondiff.is_known:
        return None
    outcome, _ = run_alone(site.interpreter, function, site.site.forward, arguments)
    pair = pair_of(outcome)
    if pair is None:
        return None
    statics = [Unknown("a nondiff argument")] * site.nondiff.static_count
    return (*statics, round_trip(pair[1]), cotangent_like(pair[0]))


def _plain_function(value: Value | None) -> Function | None:
    """The function that gets the very structures that are passed, under wrappers that keep them."""
    while not isinstance(value, Function):
        match value:
            case Wrapped(function=inner, by=by) if by in KEEPS_STRUCTURE:
                value = inner
            case Bound(function=inner):
                value = inner
            case _:
                return None
    return value


def _given(value: Value | None, arguments: tuple[Value, ...] | None) -> Given | None:
    return None if value is None or arguments is None else bind_through(value, arguments)
