"""What surely raises, and where the interpreter stops: whatever happens, it says nothing that is not so."""

from __future__ import annotations

import pytest

from flake8_jaxvjp.checker import analyse_source
from flake8_jaxvjp.inference.budget import FUEL
from flake8_jaxvjp.inference.functions import MAX_CALLS
from flake8_jaxvjp.inference.loops import MAX_UNROLLED
from programs import Program, faults, run, shown

RAISES = {
    "(1, 2)[5]": "index: (1, 2)",
    "[1][-3]": "index: [1]",
    "{1, 2}[0]": "index: {1, 2}",
    "(v for v in (1,))[0]": "index: iter<1>",
    "(1,)['x']": "index: (1,)",
    "None[0]": "index: None",
    "{'a': 1}['b']": "key: {'a': 1}",
    "None.shape": "attribute: None",
    "(1,).shape": "attribute: (1,)",
    "(1, 2).sum()": "attribute: (1, 2)",
    "(1,)()": "call: (1,)",
    "None()": "call: None",
    "5(1)": "call: 5",
    "jnp.ones(2)(1)": "call: array",
    "-(1,)": "operator: (1,)",
    "-[1]": "operator: [1]",
    "-None": "operator: None",
    "(1,) - 1": "operator: (1,)",
    "1.5 * (1,)": "operator: (1,)",
    "(1,) * (2,)": "operator: (1,)",
    "(1,) @ jnp.ones(1)": "operator: (1,)",
    "g / (1,)": "operator: (1,)",
    "(1,) * g": "operator: (1,)",
    "(1,) + [2]": "operator: (1,)",
    "(1,) + None": "operator: (1,)",
    "(1,) * None": "operator: (1,)",
    "{} - (1,)": "",
    "range(2) * 2": "operator: range<0, 1>",
    "None + 1": "operator: None",
    "2.0 * None": "operator: None",
    "None - None": "operator: None",
    "jnp.sin((1.0,))": "argument: (1.0,)",
    "jnp.sum(None)": "argument: None",
    "jnp.exp([g, g])": "argument: [array, array]",
    "jax.vjp(jnp.sin, 1.0)(1.0)": "call: (array, pullback<1.0>)",
    "jax.vjp(jnp.sin, 1.0)[1]()": "pullback arguments: pullback<1.0>",
    "jax.vjp(jnp.sin, 1.0)[1](1.0) - 1.0": "operator: (array,)",
    "jax.vjp(jnp.sin, 1.0)[1](1.0).shape": "attribute: (array,)",
}
UNPACKINGS = {
    "a, b = (1, 2, 3)": "unpack: (1, 2, 3)",
    "a, b, *c = (1,)": "unpack: (1,)",
    "a, b = None": "unpack: None",
    "a, b = 5": "unpack: 5",
    "a, b = len": "",
    "a, b = lambda: 1": "unpack: lambda",
    "a, b = jax.vjp(jnp.sin, 1.0)[1]": "unpack: pullback<1.0>",
    "a, b = (*items, 1, 2, 3)": "unpack: tuple[3...]",
    "a, b = {'x': 1}": "unpack: {'x': 1}",
}


@pytest.mark.parametrize(("expression", "expected"), RAISES.items(), ids=RAISES)
def test_expressions_that_raise(expression: str, expected: str) -> None:
    assert faults(f"return {expression}") == [one for one in [expected] if one]


@pytest.mark.parametrize(("statement", "expected"), UNPACKINGS.items(), ids=UNPACKINGS)
def test_unpackings_that_raise(statement: str, expected: str) -> None:
    assert faults(f"{statement}\nreturn 1") == [one for one in [expected] if one]


@pytest.mark.runtime
@pytest.mark.parametrize("body", [*(f"return {one}" for one in RAISES), *(f"{one}\nreturn 1" for one in UNPACKINGS)])
def test_they_do_raise(body: str) -> None:
    jax = pytest.importorskip("jax")
    runs = run(Program(body), iter([(True, True, [1.0])]), jax.numpy.float32(2.0))
    assert runs.values == []
    assert type(runs.exceptions[0]) in (TypeError, ValueError, IndexError, KeyError, AttributeError)


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    a = (1,)[5]\nexcept IndexError:\n    pass\nreturn 1",
        "with Swallow():\n    (1,)[5]\nreturn 1",
        "return ((1,) if flag else (1, 2))[1]",
        "return jax.tree.map(lambda leaf: leaf[5], (g, g))",
        "for a in items:\n    a[5]\nreturn 1",
        "def later():\n    return (1,)[5]\nreturn later",
        "return flag and unseen(1)[0]",
    ],
)
def test_what_may_not_raise_is_no_fault(body: str) -> None:
    assert faults(body) == []


def test_a_fault_is_said_once() -> None:
    assert faults("for i in range(3):\n    (1,)[5]\nreturn 1") == ["index: (1,)"]


# Limits


def test_a_loop_is_unrolled_to_a_limit() -> None:
    body = "t = ()\nfor i in range({}):\n    t += (1,)\nreturn len(t)"
    assert shown(body.format(MAX_UNROLLED)) == str(MAX_UNROLLED)
    assert shown(body.format(MAX_UNROLLED + 1)) not in (str(MAX_UNROLLED), str(MAX_UNROLLED + 1))


def test_values_that_double_with_each_line_are_unknown_from_some_size_on() -> None:
    lines = "".join(f"    t{i + 1} = (t{i}, t{i}) if g.a else (t{i}, t{i}, {i})\n" for i in range(60))
    text = f"import jax\nf = jax.custom_vjp(lambda x: x)\ndef bwd(res, g):\n    t0 = (g,)\n{lines}"
    text += "    return t60\nf.defvjp(lambda x: (x, x), bwd)\n"
    # Both have too many items, whatever is in them.
    assert [finding.code for finding in analyse_source(text).findings] == ["VJP101"]


def test_calls_are_followed_to_a_limit() -> None:
    chain = "".join(f"def h{n}():\n    return h{n + 1}()\n" for n in range(MAX_CALLS))
    body = f"{chain}def h{MAX_CALLS}():\n    return (1, 2)\nreturn h{{}}()"
    assert shown(body.format(0)) == "?"
    assert shown(body.format(2)) == "(1, 2)"


def test_a_rule_that_costs_too_much_says_what_its_returns_say_alone() -> None:
    loops = "".join(f"{'    ' * n}for i{n} in range(20):\n" for n in range(6))
    body = f"a = 0\n{loops}{'    ' * 6}a = (a, 1)\n"
    assert shown(body + "return (1, a)") == "(1, ?)"
    assert shown(body + "return a") == "?"
    assert shown(f"def inner():\n    return a\n{body}return inner()") == "?"
    assert shown(f"{body}def inner():\n    return (1, a)\nreturn inner()") == "(1, ?)"
    assert shown(f"{body}def inner():\n    return (1, a)\ninner = len\nreturn inner()") == "?"
    assert shown(f"{body}@flag\ndef inner():\n    return (1, a)\nreturn inner()") == "?"
    assert FUEL < 20**6


def test_a_call_that_costs_too_much_is_not_followed() -> None:
    loops = "".join(f"{'    ' * (n + 1)}for i{n} in range(20):\n" for n in range(5))
    before = f"\ndef costly(values):\n{loops}{'    ' * 6}values.append(1)\n    return (1,)\n"
    assert shown("a = [1]\nb = costly(a)\nreturn a, b, 5", before=before) == "(list[...], (1,), 5)"


def test_a_module_that_costs_too_much_is_silent_on_what_comes_after() -> None:
    loops = "".join(f"{'    ' * n}for i{n} in range(20):\n" for n in range(6))
    rule = "import jax\n\nN = 1\n{}\nf = jax.custom_vjp(lambda x, y: x)\nf.defvjp(None, lambda res, g: (g,) * N)\n"
    costly = f"{loops}{'    ' * 6}N = N + 0\n"
    assert [finding.code for finding in analyse_source(rule.format("")).findings] == ["VJP101"]
    assert analyse_source(rule.format(costly)).findings == ()


def test_a_function_with_rules_that_costs_too_much() -> None:
    loops = "".join(f"{'    ' * (n + 1)}for i{n} in range(20):\n" for n in range(6))
    text = f"import jax\n\ndef make(x):\n{loops}{'    ' * 7}x = jax.vjp(x, 1.0)[0]\n    return x\n"
    assert analyse_source(text).findings == ()


# Reasons: what the reports of sites say

REASONS = {
    "f.defvjp(fwd, lambda res, g: (g, g))": ("f", True, "", ""),
    "f.defvjp(fwd, lambda res, g: unknown(g))": ("f", True, "return: call of the name unknown", ""),
    "f.defvjp(fwd, lambda res, g: tuple(unknown))": ("f", True, "return: a sequence of unknown length", ""),
    "f.defvjp(fwd, unknown)": ("f", True, "backward rule: the name unknown", ""),
    "f.defvjp(fwd, None)": ("f", True, "backward rule: Constant", ""),
    "def stub(res, g): raise ValueError\nf.defvjp(fwd, stub)": ("f", True, "", ""),
    "unknown.defvjp(fwd, fwd)": ("", False, "receiver: the name unknown", ""),
    "len.defvjp(fwd, fwd)": ("", False, "receiver: Builtin", ""),
    "jax.custom_vjp(unknown).defvjp(fwd, lambda res, g: (g,))": ("<lambda>", True, "", "its signature"),
    "h = jax.custom_vjp(fwd, unknown)\nh.defvjp(fwd, lambda res, g: (g,))": ("fwd", True, "", "its nondiff arguments"),
}


@pytest.mark.parametrize(("line", "expected"), REASONS.items(), ids=REASONS)
def test_reports_of_sites(line: str, expected: tuple[str, bool, str, str]) -> None:
    text = (
        f"import jax\n\n@jax.custom_vjp\ndef f(x, y):\n    return x\n\ndef fwd(x, y):\n    return x, None\n\n{line}\n"
    )
    (site,) = analyse_source(text).sites
    assert (site.primal, site.proven, site.unresolved, site.unknown_primal) == expected
    assert site.line == 9 + line.count("\n") + 1
