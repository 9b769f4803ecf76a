"""Where examples come from: hints, the registry, annotations, defaults, search, and what is said if there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jax", reason="the extra `runtime` is not installed")
pytestmark = pytest.mark.runtime

from flake8_jaxvjp.runtime.filecheck import Job, check_file
from flake8_jaxvjp.runtime.inputs.hints import HintError, arguments_of, hint_at
from flake8_jaxvjp.runtime.report import RuleReport

HEAD = "import jax\nimport jax.numpy as jnp\nfrom functools import partial\n"


def verified(tmp_path: Path, text: str, **job: Any) -> dict[str, RuleReport]:
    path = tmp_path / "module_with_rules.py"
    path.write_text(HEAD + text, encoding="utf-8")
    found: dict[str, RuleReport] = {}

    def announce(kind: str, value: Any) -> None:
        assert kind != "remark", value
        if kind == "rule":
            found[value.rule] = value

    check_file(Job(str(path), **job), announce)
    return found


def rule(signature: str, body: str, backward: str, comment: str = "", nondiff: str = "") -> str:
    names = ", ".join(part.split(":")[0].split("=")[0].strip() for part in signature.split(";"))
    decorator = f"@partial(jax.custom_vjp, nondiff_argnums={nondiff})" if nondiff else "@jax.custom_vjp"
    static = "n, " if nondiff else ""
    return (
        f"{decorator}\ndef f({', '.join(signature.split(';'))}):\n    return {body}\n"
        f"f.defvjp(lambda {names}: (f({names}), ({names},)), lambda {static}r, g: {backward}){comment}\n"
    )


CASES = {
    "hint": (
        rule("x; n", "jnp.sum(x) * n", "(g * r[1] * jnp.ones_like(r[0]), None)", "  # jaxvjp: x=f32[2, 5], n=4"),
        "x=f32[2,5], n=4",
        "hint",
    ),
    "annotations": (
        rule("x: float; n: int", "jnp.sum(x) * n", "(g * jnp.ones_like(r[0]) * 2,)", nondiff="(1,)"),
        "x=0.5, n=2",
        "annotations",
    ),
    "defaults": (rule("x=0.5; y=2.0", "x * y", "(g * r[1], g * r[0])"), "x=0.5, y=2.0", "defaults"),
    "search": (rule("x; y", "x @ y", "(g @ r[1].T, r[0].T @ g)"), "x=f32[2,3], y=f32[3,4]", "search"),
    "jaxtyping": (
        "from __future__ import annotations\n"
        + rule("x: 'Float[Array, \"n d\"]'; w: 'Float[Array, \"d\"]'", "x @ w", "(jnp.outer(g, r[1]), r[0].T @ g)"),
        "x=f32[3,2], w=f32[2]",
        "jaxtyping",
    ),
    "dict": (
        rule("p", "jnp.sum(p['w'] * p['b'])", "({'w': g * r[0]['b'], 'b': g * r[0]['w']},)"),
        "p={'b': f32[2,3], 'w': f32[2,3]}",
        "search",
    ),
    "tuple": (
        (
            "@jax.custom_vjp\ndef f(pair):\n    a, b = pair\n    return jnp.sum(a * b)\n"
            "f.defvjp(lambda p: (f(p), p), lambda r, g: ((g * r[1], g * r[0]),))\n"
        ),
        "pair=(f32[2,3], f32[2,3])",
        "search",
    ),
    "variable": (
        (
            "@jax.custom_vjp\ndef f(*xs):\n    return sum(jnp.sum(x) for x in xs)\n"
            "f.defvjp(lambda *xs: (f(*xs), xs), lambda r, g: tuple(g * jnp.ones_like(x) for x in r))\n"
        ),
        "xs[0]=f32[2,3], xs[1]=f32[2,3]",
        "search",
    ),
    "function": (
        (
            "@partial(jax.custom_vjp, nondiff_argnums=(0,))\ndef f(fn, x):\n    return jnp.sum(fn(x))\n"
            "f.defvjp(lambda fn, x: (f(fn, x), x), lambda fn, r, g: jax.vjp(lambda x: jnp.sum(fn(x)), r)[1](g))\n"
        ),
        "fn=damped, x=f32[2,3]",
        "search",
    ),
    "iteration": (
        (
            "@partial(jax.custom_vjp, nondiff_argnums=(0,))\ndef f(step, a, x):\n"
            "    return jax.lax.fori_loop(0, 100, lambda i, x: step(a, x), x)\n"
            "def fwd(step, a, x):\n    x = f(step, a, x)\n    return x, (a, x)\n"
            "def bwd(step, r, g):\n    a, x = r\n    pull = jax.vjp(lambda x: step(a, x), x)[1]\n"
            "    w = jax.lax.fori_loop(0, 100, lambda i, w: g + pull(w)[0], g)\n"
            "    return jax.vjp(lambda a: step(a, x), a)[1](w)[0], jnp.zeros_like(x)\n"
            "f.defvjp(fwd, bwd)\n"
        ),
        "step=damped, a=f32[2,3], x=f32[2,3]",
        "search",
    ),
    "method": (
        (
            "class Layer:\n    def __init__(self, k):\n        self.k = k\n"
            "    @partial(jax.custom_vjp, nondiff_argnums=(0,))\n    def f(self, x):\n        return self.k * x\n"
            "    f.defvjp(lambda self, x: (Layer.f(self, x), None), lambda self, r, g: (self.k * g,))\n"
            "layer = Layer(2.0)\n"
        ),
        "self=Layer(...), x=f32[2,3]",
        "search",
    ),
    "method of a class that is called with nothing": (
        (
            "class Layer:\n    k = 2.0\n"
            "    @partial(jax.custom_vjp, nondiff_argnums=(0,))\n    def f(self, x):\n        return self.k * x\n"
            "    f.defvjp(lambda self, x: (Layer.f(self, x), None), lambda self, r, g: (self.k * g,))\n"
        ),
        "self=Layer(...), x=f32[2,3]",
        "search",
    ),
    "class of the user's in a hint": (
        (
            "@jax.tree_util.register_pytree_node_class\nclass Pair:\n"
            "    def __init__(self, a, b):\n        self.a, self.b = a, b\n"
            "    def tree_flatten(self):\n        return (self.a, self.b), None\n"
            "    @classmethod\n    def tree_unflatten(cls, _, children):\n        return cls(*children)\n"
            "@jax.custom_vjp\ndef f(pair):\n    return pair.a * pair.b\n"
            "f.defvjp(lambda p: (f(p), p), lambda r, g: (Pair(g * r.b, g * r.a),))"
            "  # jaxvjp: pair=Pair(f32[3], f32[3])\n"
        ),
        "pair=Pair(f32[3], f32[3])",
        "hint",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_found(name: str, tmp_path: Path) -> None:
    text, inputs, source = CASES[name]
    if text.startswith("from __future__"):
        first, text = text.split("\n", 1)
        (tmp_path / "module_with_rules.py").write_text("")
        report = verified_with_future(tmp_path, first, text)
    else:
        report = verified(tmp_path, text)["f"]
    assert report.verdict == "passed", report
    assert report.inputs.startswith(inputs)
    assert report.inputs_from == source


def verified_with_future(tmp_path: Path, first: str, text: str) -> RuleReport:
    path = tmp_path / "with_future.py"
    path.write_text(f"{first}\n{HEAD}{text}", encoding="utf-8")
    found: list[RuleReport] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "rule" else None)
    return found[0]


def test_the_registry_reaches_rules_made_in_functions(tmp_path: Path) -> None:
    text = (
        "def make(k):\n    @jax.custom_vjp\n    def scaled(x):\n        return k * x\n"
        "    scaled.defvjp(lambda x: (k * x, None), lambda r, g: (k * g,))\n    return scaled\n"
    )
    assert verified(tmp_path, text)["scaled"].verdict == "not verified"
    text += "TWICE = make(2.0)\ndef jaxvjp_examples():\n    yield TWICE, jnp.ones(4)\n"
    report = verified(tmp_path, text)["scaled"]
    assert (report.verdict, report.inputs, report.inputs_from) == ("passed", "x=f32[4]", "registry")


def test_the_registry_may_make_the_rule_itself(tmp_path: Path) -> None:
    """It is there only while the registry runs; what it makes on its way and does not yield is not the user's."""
    text = (
        "def make(k):\n    @jax.custom_vjp\n    def scaled(x):\n        return k * x\n"
        "    scaled.defvjp(lambda x: (k * x, None), lambda r, g: (g * k * (k < 3.0),))\n    return scaled\n"
        "def jaxvjp_examples():\n    make(5.0)\n    yield jax.jit(make(2.0)), jnp.ones(4)\n"
        "    yield make(4.0), jnp.ones(3)\n"
    )
    path = tmp_path / "module_with_rules.py"
    path.write_text(HEAD + text, encoding="utf-8")
    found: list[RuleReport] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "rule" else None)
    assert [(one.rule, one.verdict, one.inputs, one.inputs_from) for one in found] == [
        ("scaled", "passed", "x=f32[4]", "registry"),
        ("scaled", "failed", "x=f32[3]", "registry"),
    ]


def test_what_the_registry_yields_must_be_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "module_with_rules.py"
    path.write_text(HEAD + "def jaxvjp_examples():\n    yield jnp.sin, jnp.ones(4)\n", encoding="utf-8")
    found: list[Any] = []
    check_file(Job(str(path)), lambda kind, value: found.append(value) if kind == "remark" else None)
    assert [remark.code for remark in found] == ["VJP951"]
    assert "is no derivative rule" in found[0].message


@pytest.mark.parametrize(("job", "what"), [({"model": "nosuch"}, "model"), ({"call": "nosuch"}, "function")])
def test_a_name_that_is_not_there_is_said(job: dict[str, str], what: str, tmp_path: Path) -> None:
    path = tmp_path / "module_with_rules.py"
    path.write_text(HEAD + "def main():\n    pass\ndef model():\n    pass\n", encoding="utf-8")
    found: list[Any] = []
    given: dict[str, Any] = dict(job)
    check_file(Job(str(path), **given), lambda kind, value: found.append(value) if kind == "remark" else None)
    assert [remark.code for remark in found] == ["VJP951"]
    assert found[0].message == f"there is no {what} 'nosuch' in the file; its functions are main, model"


def test_only_a_method_that_is_surely_jax_counts_as_a_rule(tmp_path: Path) -> None:
    text = (
        "class Wrapper:\n    def defvjp(self, fwd, bwd):\n        self.inner.defvjp(fwd, bwd)\n\n"
        "def make(f, fwd, bwd):\n    def nested():\n        g = jax.custom_vjp(f)\n        g.defvjp(fwd, bwd)\n"
        "    other = Wrapper()\n    other.defvjp(fwd, bwd)\n    return nested\n"
    )
    found = verified(tmp_path, text)
    assert list(found) == ["g"]
    (report,) = found.values()
    assert report.verdict == "not verified"
    assert "when 'make.nested' is called" in report.remarks[0].message


def test_a_watched_call_gives_the_inputs(tmp_path: Path) -> None:
    text = rule("x; n", "jnp.sum(x) * n", "(g * r[1] * jnp.ones_like(r[0]), None)") + (
        "def use():\n    jax.jit(lambda x: f(x, 3))(jnp.ones((2, 7)))\n"
    )
    report = verified(tmp_path, text, call="use")["f"]
    assert (report.inputs, report.inputs_from) == ("x=f32[2,7], n=3", "observed")


def test_what_is_not_found_is_never_passed(tmp_path: Path) -> None:
    text = rule("table", "table.lookup(3)", "(None,)")
    report = verified(tmp_path, text)["f"]
    assert report.verdict == "not verified"
    assert report.codes == ("VJP930",)
    assert "# jaxvjp: table=f32[3]" in report.remarks[0].message
    assert report.remarks[0].line == 7


def test_a_guess_is_not_held_against_a_rule(tmp_path: Path) -> None:
    body = "jnp.sum(x) * len(mode)"
    backward = "(g * len(n) * jnp.ones(r[0].shape[5]),)"
    text = rule("x; mode", body, backward, nondiff="(1,)")
    assert verified(tmp_path, text)["f"].codes == ("VJP930",)


def test_a_custom_gradient_is_said_in_the_hint(tmp_path: Path) -> None:
    wrong = "(5.0 * g * jnp.ones_like(r[0]),)"
    assert verified(tmp_path, rule("x", "jnp.sum(x)", wrong))["f"].verdict == "failed"
    comment = "  # jaxvjp: x=f32[3]; custom gradient"
    assert verified(tmp_path, rule("x", "jnp.sum(x)", wrong, comment))["f"].verdict == "passed"


def test_hints_are_found_on_the_line_and_above() -> None:
    text = "a\n# jaxvjp: x=f32[3]\n# more\nf.defvjp(\n    fwd,\n    bwd,\n)\n'# jaxvjp: y=1'\ng.defvjp(a, b)\n"
    assert hint_at(text, 4, 7) == "x=f32[3]"
    assert hint_at(text, 9, 9) == ""


def test_a_hint_draws_what_it_says() -> None:
    import types

    module = types.ModuleType("m")
    module.size = 2  # type: ignore[attr-defined]
    given = arguments_of("f32[3] > 0, (i32[2], f16[()]), {'w': c64[1]}, size", lambda a, b, c, d: a, module)
    x, pair, table, n = given.arguments
    assert given.positive == {0}
    assert x.shape == (3,)
    assert (x > 0).all()
    assert [one.dtype.name for one in pair] == ["int32", "float16"]
    assert pair[1].shape == ()
    assert table["w"].dtype.name == "complex64"
    assert n == 2
    scalar, mask = arguments_of("f32[], bool[2,3]", lambda a, b: a, module).arguments
    assert (scalar.shape, mask.shape, mask.dtype.name) == ((), (2, 3), "bool")
    for wrong in ("x=", "nonsense[3]", "f32[3], f32[3]"):
        with pytest.raises(HintError):
            arguments_of(wrong, lambda a: a, module)


def test_what_a_hint_calls_positive_is_asked_for_positive_values_only(tmp_path: Path) -> None:
    """As the advice of VJP914 says. Zero is left out as well."""
    wrong = "(jnp.where(r[0] > 0, g, jnp.nan),)"
    text = rule("x", "abs(x)", wrong, "  # jaxvjp: x=f32[3] > 0")
    assert verified(tmp_path, text)["f"].verdict == "passed"
    text = rule("x", "abs(x)", wrong, "  # jaxvjp: x=f32[3]")
    assert verified(tmp_path, text)["f"].codes == ("VJP906",)
