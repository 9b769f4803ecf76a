"""Rules written in every way, by what is at stake."""

from __future__ import annotations

from rule_cases import (
    batching,
    calling,
    cotangent,
    defining,
    forward,
    forward_mode,
    nondiff,
    outputs,
    preview,
    pullbacks,
    relatives,
    residual_types,
    residuals,
    returns,
    samplers,
    signatures,
    structures,
    symbolic_zeros,
    tuple_cotangents,
    use,
    uses,
    ways_to_define,
    wrappers,
)
from rule_cases.base import RuleCase as RuleCase

GROUPS: dict[str, tuple[RuleCase, ...]] = {
    "ways to define": ways_to_define.CASES,
    "signatures": signatures.CASES,
    "nondiff": nondiff.CASES,
    "returns": returns.CASES,
    "forward": forward.CASES,
    "forward mode": forward_mode.CASES,
    "residuals": residuals.CASES,
    "residual types": residual_types.CASES,
    "defining": defining.CASES,
    "pullbacks": pullbacks.CASES,
    "calling": calling.CASES,
    "use": use.CASES,
    "symbolic zeros": symbolic_zeros.CASES,
    "relatives": relatives.CASES,
    "preview": preview.CASES,
    "batching": batching.CASES,
    "cotangent": cotangent.CASES,
    "tuple cotangents": tuple_cotangents.CASES,
    "outputs": outputs.CASES,
    "samplers": samplers.CASES,
    "wrappers": wrappers.CASES,
    "structures": structures.CASES,
    "uses": uses.CASES,
}
CASES = tuple(one for group in GROUPS.values() for one in group)
