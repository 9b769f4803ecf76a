"""All mutations, in the order in which the benchmark prints them."""

from __future__ import annotations

from benchmarks.mutants import (
    breaking_counts,
    breaking_definitions,
    breaking_flow,
    breaking_hidden,
    breaking_signatures,
    breaking_types,
    breaking_use,
    neutral_joining,
    neutral_returns,
    neutral_signatures,
)

BREAKING = (
    *breaking_counts.REGISTRY,
    *breaking_types.REGISTRY,
    *breaking_signatures.REGISTRY,
    *breaking_flow.REGISTRY,
    *breaking_definitions.REGISTRY,
    *breaking_use.REGISTRY,
    *breaking_hidden.REGISTRY,
)
NEUTRAL = (*neutral_returns.REGISTRY, *neutral_signatures.REGISTRY, *neutral_joining.REGISTRY)
EVERY = (*BREAKING, *NEUTRAL)
