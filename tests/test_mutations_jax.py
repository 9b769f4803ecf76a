"""What the mutation benchmark claims about its mutations, shown by running JAX on each kind.

The figures of `benchmarks/mutation.py` mean something only if JAX really rejects every breakage, for the reason that
is given, and if every rewrite leaves the gradient as it was.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if str(Path(__file__).parents[1]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.mutants.breaking_hidden import OTHER_MODULE, OTHER_RULE, OTHER_TEXT
from benchmarks.mutants.catalogue import BREAKING, EVERY, NEUTRAL
from benchmarks.mutants.edits import Source
from benchmarks.mutants.registry import SILENT
from benchmarks.mutants.targets import Target, targets
from mutation_samples import SAMPLES

if TYPE_CHECKING:
    from benchmarks.mutants.registry import Mutation

jax = pytest.importorskip("jax")
numpy = pytest.importorskip("numpy")

pytestmark = pytest.mark.runtime


# Where the rare value of `unless` is what the sample has.
LEGAL = {("only_the_output_of_unknown_type", "two_outputs")}


def gradient(text: str, beside: str = "") -> Any:
    if beside:
        module = sys.modules[OTHER_RULE] = ModuleType(OTHER_RULE)
        exec(compile(beside, "<beside>", "exec", dont_inherit=True), module.__dict__)
    namespace: dict[str, Any] = {"__name__": "sample"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python about a mutant that is odd on purpose
        code = compile(text, "<sample>", "exec", dont_inherit=True)
    exec(code, namespace)
    return jax.device_get(namespace["run"]())


def the_target(name: str) -> Target:
    (target,) = targets(Source(SAMPLES[name]))
    return target


def mutants(mutation: Mutation) -> list[tuple[str, str, str]]:
    return [(name, each.text, each.beside) for name in SAMPLES for each in mutation.mutants(the_target(name))]


def is_another(name: str, text: str) -> bool:
    """Whether a changed sample has no gradient, or another one."""
    expected, structure = jax.tree_util.tree_flatten(gradient(SAMPLES[name]))
    try:
        given, same = jax.tree_util.tree_flatten(gradient(text))
    except (TypeError, ValueError):
        return True
    return same != structure or not all(map(numpy.allclose, given, expected))


@pytest.fixture(autouse=True)
def _other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(OTHER_MODULE)
    exec(OTHER_TEXT, module.__dict__)
    monkeypatch.setitem(sys.modules, OTHER_MODULE, module)
    monkeypatch.setitem(sys.modules, OTHER_RULE, module)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_right(name: str) -> None:
    target = the_target(name)
    assert target.is_consistent
    assert target.forward is not None
    assert target.backward is not None
    leaves = jax.tree_util.tree_leaves(gradient(SAMPLES[name]))
    assert leaves
    assert all(numpy.isfinite(leaf).all() and numpy.any(leaf) for leaf in leaves)


def test_there_are_enough_kinds() -> None:
    assert len([each for each in BREAKING if not each.unless]) >= 20
    assert len(NEUTRAL) >= 8
    assert len({each.name for each in EVERY}) == len(EVERY)
    assert all(each.is_breaking for each in BREAKING)
    assert not any(each.is_breaking for each in NEUTRAL)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # Python on a coroutine that nobody awaits
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # JAX on an iterator in a pytree
@pytest.mark.parametrize("mutation", BREAKING, ids=lambda each: each.name)
def test_breakage_is_rejected(mutation: Mutation) -> None:
    broken = mutants(mutation)
    assert broken, "no sample has the form that this kind needs"
    seen: list[bool] = []
    for name, text, beside in broken:
        if (mutation.name, name) in LEGAL:
            assert mutation.unless
            continue
        if mutation.rejection == SILENT:
            seen.append(is_another(name, text))
            assert seen[-1] or mutation.unless, text
            continue
        with pytest.raises((TypeError, ValueError, IndexError, AttributeError)) as caught:
            gradient(text, beside)
        assert mutation.matches(str(caught.value)), f"{name}: {caught.value}\n{text}"
    assert any(seen) or not seen


@pytest.mark.parametrize("mutation", NEUTRAL, ids=lambda each: each.name)
def test_rewrite_changes_nothing(mutation: Mutation) -> None:
    rewritten = mutants(mutation)
    assert rewritten, "no sample has the form that this kind needs"
    for name, group in itertools.groupby(rewritten, key=lambda pair: pair[0]):
        expected, structure = jax.tree_util.tree_flatten(gradient(SAMPLES[name]))
        for _, text, _ in group:
            given, same = jax.tree_util.tree_flatten(gradient(text))
            assert same == structure, text
            for left, right in zip(given, expected, strict=True):
                numpy.testing.assert_allclose(left, right, rtol=1e-6, err_msg=text)
