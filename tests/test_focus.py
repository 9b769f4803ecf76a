"""What of a file is handed to libcst: the rules, and what they name, at their true lines."""

from __future__ import annotations

import ast
import textwrap

import pytest

from flake8_jaxvjp.checker import analyse_source, analyse_tree
from flake8_jaxvjp.markers import has_marker
from flake8_jaxvjp.source import OPAQUE, focus
from flake8_jaxvjp.units import MAX_DEPTH

RULE = """\
@jax.custom_vjp
def f(x, y):
    return x * y


f.defvjp(lambda x, y: (x * y, (x, y)), lambda res, g: (g,))
"""


@pytest.fixture(autouse=True)
def _raise_what_the_engine_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAKE8_JAXVJP_DEBUG", "1")


def focused(text: str) -> list[str]:
    """The lines that are handed on, without the blank ones; each stands where it stood."""
    text = textwrap.dedent(text)
    lines = text.split("\n")
    found = focus(ast.parse(text), lines)
    if found is None:
        return []
    result = found.text.split("\n")
    assert len(result) == len(lines) + 1
    same = [new in ("", old) or OPAQUE in new for old, new in zip(lines, result, strict=False)]
    assert all(same)
    return [line for line in result if line.strip()]


def codes(text: str) -> list[str]:
    return [finding.code for finding in analyse_source(textwrap.dedent(text)).findings]


def test_a_file_without_rules_has_no_focus() -> None:
    assert not has_marker(["import jax", "x = 1"])
    assert has_marker(["f.defvjp(fwd, bwd)"])
    assert focused("import jax\nx = 'defvjp'\n# vjp\n") == []
    assert codes("import jax\nx = 1\n") == codes("") == codes("vjp = (") == []


def test_only_what_a_rule_names_is_taken() -> None:
    text = "import jax\nimport os\nUNUSED = [1,\n  2]\nCOUNT = 1\n\n\ndef unused():\n    pass\n\n\n" + RULE
    assert focused(text) == ["import jax", *RULE.replace("\n\n", "\n").strip().split("\n")[:3], RULE.split("\n")[-2]]


def test_names_are_followed_for_some_hops() -> None:
    chain = "".join(f"def h{n}(g):\n    return h{n + 1}(g)\n" for n in range(8))
    text = f"import jax\n{chain}\n{RULE.replace('(g,)', 'h0(g)')}"
    assert "def h3(g):" in focused(text)
    assert "def h7(g):" not in focused(text)


def test_assigned_names_are_followed_to_any_depth() -> None:
    chain = "".join(f"N{n} = N{n - 1}\n" for n in range(1, 12))
    text = f"import jax\nN0 = 1\n{chain}{RULE.replace('(g,)', '(g,) * N11')}"
    assert "N0 = 1" in focused(text)
    assert codes(text) == ["VJP101"]


def test_members_of_a_class_are_taken_one_by_one() -> None:
    text = """
        import jax

        class Model(Base):
            \"\"\"A model.\"\"\"
            COUNT = 1

            def unused(self):
                return 5

            @jax.custom_vjp
            def f(x, y):
                return x * y

            def bwd(res, g):
                return (g,)

            f.defvjp(lambda x, y: (x * y, None), bwd)
        """
    taken = focused(text)
    assert "    COUNT = 1" in taken
    assert not any("unused" in line or "return 5" in line for line in taken)
    assert codes(text) == ["VJP101"]


def test_a_class_of_which_no_member_is_needed() -> None:
    text = """
        import jax

        class Base:
            def unused(self):
                return 5

        @jax.custom_vjp
        def f(x, y):
            return x * y

        def bwd(res, g) -> Base:
            return (g,)

        f.defvjp(lambda x, y: (x * y, None), bwd)
        """
    assert codes(text) == ["VJP101"]


def test_decorators_belong_to_what_they_decorate() -> None:
    text = """
        import jax

        @jax.custom_vjp
        # a comment
        @jax.jit

        def f(x, y): return x

        @jax.named_call
        def bwd(res, g): return (g,)

        f.defvjp(f, bwd)
        """
    assert focused(text)[1:4] == ["@jax.custom_vjp", "# a comment", "@jax.jit"]
    assert "VJP101" in codes(text)


def test_statements_that_share_lines() -> None:
    text = "import jax; a = '''\n'''; b = 1\n" + RULE.replace("(g,)", "(g,) * b")
    assert focused(text)[:2] == ["import jax; a = '''", "'''; b = 1"]
    assert codes(text) == ["VJP101"]


@pytest.mark.parametrize(
    "block",
    [
        "if jax.config:\n{}\nelse:\n    bwd = None",
        "try:\n{}\nexcept* TypeError:\n    bwd = None",
        "try:\n{}\nexcept TypeError as error:\n    bwd = None\nelse:\n    pass\nfinally:\n    done = True",
        "with jax.named_scope('x') as scope:\n{}",
        "for _ in (1,):\n{}",
        "while unknown():\n{}",
        "match jax:\n    case [1, 2] | {{'a': 1}} as whole:\n        pass\n    case _:\n{}",
        "if jax.config:\n    if jax.numpy:\n{}",
    ],
)
def test_rules_below_other_statements(block: str) -> None:
    depth = 8 if block.startswith("match") or "jax.numpy" in block else 4
    text = "import jax\n" + block.format(textwrap.indent(RULE, " " * depth)) + "\n"
    try:
        ast.parse(text)
    except SyntaxError:
        pytest.skip("this Python has no such statement")
    assert codes(text) == ["VJP101"]


def test_what_is_too_deep_or_too_long_says_nothing() -> None:
    deep = "x = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH
    long = "TABLE = [\n" + "    1,\n" * 500 + "]"
    text = f"import jax\n{deep}\n{long}\nN = 1\n{RULE.replace('(g,)', '(g,) * N if x else TABLE')}"
    taken = focused(text)
    assert f"x = {OPAQUE}" in taken
    assert f"TABLE = {OPAQUE}" in taken
    assert codes(text) == []
    assert codes(text.replace(" if x else TABLE", "")) == ["VJP101"]


def test_a_rule_that_is_too_deep_says_nothing() -> None:
    deep = f"def bwd(res, g):\n    return {'(' * MAX_DEPTH}g{',)' * MAX_DEPTH}\n"
    text = f"import jax\n{deep}\n{RULE.replace('lambda res, g: (g,)', 'bwd')}"
    assert codes(text) == []
    assert codes(text.replace("(" * MAX_DEPTH, "(").replace(",)" * MAX_DEPTH, ",)")) == ["VJP101"]


def test_names_of_opaque_statements_are_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What libcst cannot read is replaced, statement by statement; the others are judged."""
    import libcst as cst

    original = cst.parse_module

    def refuse(source: str) -> cst.Module:
        if "SPECIAL" in source:
            raise TypeError
        return original(source)

    monkeypatch.setattr(cst, "parse_module", refuse)
    helper = "def helper(g):\n    SPECIAL = 1\n    return (g,)\n"
    second = "h = jax.custom_vjp(lambda x, y: x)\nh.defvjp(None, lambda res, g: helper(g))\n"
    text = f"import jax\n\n{helper}\n{RULE}\n{second}"
    assert codes(text) == ["VJP101"]
    assert codes(text.replace("SPECIAL", "USUAL")) == ["VJP101", "VJP101"]


def test_a_module_that_cannot_be_read_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    import libcst as cst

    def refuse(source: str) -> cst.Module:
        raise KeyError(source)

    monkeypatch.setattr(cst, "parse_module", refuse)
    assert codes("import jax\n" + RULE) == []


def test_errors_of_the_engine_are_silent_but_for_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ast.Module(body=[ast.Pass()], type_ignores=[])  # it has no positions, as no parser would make it
    with pytest.raises(AttributeError):
        analyse_tree(broken, ["defvjp"], "broken.py")
    monkeypatch.delenv("FLAKE8_JAXVJP_DEBUG")
    assert analyse_tree(broken, ["defvjp"], "broken.py").findings == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines(newline: str) -> None:
    (finding,) = analyse_source(("import jax\n" + RULE).replace("\n", newline)).findings
    assert finding.line == 7
    assert RULE.split("\n")[5][finding.column :] in ("(g,))", "g,))")


def test_kernels_are_not_followed() -> None:
    text = "import jax\n\ndef add_kernel(ref):\n    ref[...] = 1\n\n" + RULE.replace("(g,)", "call(add_kernel, g)")
    assert not any("ref[...]" in line for line in focused(text))


def test_global_names_and_star_imports() -> None:
    rebound = "import jax\nN = 1\n\ndef change():\n    global N, M\n    N = 2\n\n" + RULE.replace("(g,)", "(g,) * N")
    assert codes(rebound) == []
    starred = "import jax\nfrom elsewhere import *\n" + RULE.replace("(g,)", "map(len, (g,))")
    assert codes(starred) == []
    assert codes(starred.replace("from elsewhere import *", "")) == ["VJP102"]


def test_uses_of_vjp_need_no_helpers() -> None:
    text = "import jax\n\ndef helper(x):\n    return x\n\ndef use(x):\n    return jax.vjp(helper, x)(1.0)\n"
    assert codes(text) == ["VJP401"]
    assert "def helper(x):" not in focused(text)
    assert focused("class A:\n    def run(self):\n        return self.vjp(1)\n") == []


def test_uses_of_vjp_under_other_names() -> None:
    text = "from jax import vjp as pull\n\ndef use(x):\n    return pull(abs, x)(1.0)\n"
    assert codes(text) == ["VJP401"]
    assert codes("import jax\npull = jax.vjp\n\ndef use(x):\n    return pull(abs, x)(1.0)\n") == ["VJP401"]


def test_rules_of_primitives_and_pullbacks_of_others_are_left_out() -> None:
    """`ad.defjvp(primitive, ...)` is JAX's own registry, and `exported.vjp()` a method of somebody's object."""
    start = "from jax.interpreters import ad\nad.defjvp(p, lambda g, x: g)\n"
    assert focused(start) == []
    assert focused("import ad\nad.defjvp(p, lambda g, x: g)\n") != []
    assert focused("import jax\ndef f(exported):\n    vjp = exported.vjp()\n    return vjp(1.0)\n") == []
    for spelling in (
        "import jax\nout, pullback = jax.vjp(f, x)",
        "from jax import vjp\nout, pullback = vjp(f, x)",
        "from jax import (  # )\n    jit,\n    vjp as v,\n)\nout, pullback = v(f, x)",
        "from jax import *\nout, pullback = vjp(f, x)",
        "import jax; vjp = jax.vjp\nout, pullback = vjp(f, x)",
        "def g():\n    from jax import \\\n        jit, vjp\n    out, pullback = vjp(f, x)",
    ):
        assert focused(spelling) != [], spelling
