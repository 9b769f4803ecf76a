"""Names: cycles, redefinitions, scopes, stars, deletions, and what `exec` and metaclasses may do behind one's back."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, RIGHT, WRONG, Nasty, indent, nasty, rule

DEFVJP = "f.defvjp(f_fwd, f_bwd)\n"


def _before_defvjp(lines: str, returns: str = "g * y, g * x") -> str:
    """The rules of f, with lines between the functions and the `defvjp` call."""
    return rule("f", returns).replace(DEFVJP, lines + DEFVJP)


CYCLES = {
    # Names that lead back to themselves; each leaves f_bwd unknown, or the function that it was.
    "self_alias": "f_bwd = f_bwd\nf = f\nf_fwd = f_fwd\n",
    "alias_cycle": "a = b\nb = c\nc = a\nf_bwd = c\n",
    "alias_of_attribute": "f_bwd = f_bwd.f_bwd\n",
    "alias_of_item": "f_bwd = [f_bwd]\nf_bwd = f_bwd[0]\n",
    "decorator_of_itself": "@f_bwd\ndef f_bwd(residuals, g):\n    return g, g\n",
    "default_of_itself": "def f_bwd(residuals, g, f_bwd=f_bwd):\n    return g, g\n",
    "lambda_of_itself": "f_bwd = lambda residuals, g: f_bwd(residuals, g)\n",
    "function_of_itself": "def f_bwd(residuals, g):\n    return f_bwd(residuals, g)\n",
    "function_of_itself_twice": "def f_bwd(residuals, g):\n    return f_bwd(residuals, g) + f_bwd(residuals, g)\n",
    "function_in_itself": "def f_bwd(residuals, g):\n    return f_bwd(residuals, g), f_bwd(residuals, (g,))\n",
    "growing_recursion": "def f_bwd(residuals, *g):\n    return f_bwd(residuals, *g, *g)\n",
    "mutual": "def f_bwd(residuals, g):\n    return other(residuals, g)\n"
    "def other(residuals, g):\n    return f_bwd(residuals, g)\n",
    "mutual_three": "a = lambda r, g: b(r, g)\nb = lambda r, g: c(r, g)\nc = lambda r, g: a(r, g)\nf_bwd = c\n",
    "y_combinator": "y = lambda h: (lambda u: u(u))(lambda u: h(lambda *a: u(u)(*a)))\n"
    "f_bwd = y(lambda me: lambda residuals, g: me(residuals, g))\n",
    "omega": "omega = (lambda u: u(u))(lambda u: u(u))\nf_bwd = omega\n",
    "partial_of_itself": "f_bwd = partial(f_bwd)\nf_bwd = partial(f_bwd, *f_bwd)\n",
    "class_of_itself": "class A(A):\n    pass\nclass B(A, B):\n    b = B\nclass A(B):\n    a = A\nf_bwd = A.a.b\n",
    "inherits_in_a_circle": "class A(B):\n    pass\nclass B(A):\n    pass\nclass A(B):\n    pass\nf_bwd = A().bwd\n",
    "property_of_itself": "class A:\n    bwd = property(lambda self: self.bwd)\nf_bwd = A().bwd\n",
    "self_cycle": "class A:\n    def __init__(s):\n        s.a = s\n        s.b = s.b\nf_bwd = A().a.a.a.b\n",
    "unpacking_of_itself": "f_bwd, *f_bwd = f_bwd, f_bwd\n[f_bwd] = f_bwd\n",
    "loop_over_itself": "for f_bwd in f_bwd:\n    f_bwd = f_bwd\n",
    "conditional": "f_bwd = f_bwd if f_bwd else f_bwd\nf_bwd = f_bwd or f_bwd\n",
    "walrus": "(f_bwd := (f_bwd := f_bwd))\n",
    "import_of_itself": "from f_bwd import f_bwd\nimport f_bwd.f_bwd as f_bwd\nfrom .f_bwd import f_bwd as f_bwd\n",
    "import_from_far_above": "from ................................ import f_bwd\n",
    "named_tuple_of_itself": "from typing import NamedTuple\nclass f_bwd(NamedTuple):\n    a: 'f_bwd' = f_bwd\n",
}

ODD = {
    # Scopes at their oddest. The rules of f stay right, or become unknown.
    "global_in_function": "def change():\n    global f_bwd, f\n    f_bwd = f = None\n",
    "global_at_module_level": "global f, f_bwd\n",
    "nonlocal_chain": "def a():\n    f_bwd = 1\n    def b():\n        nonlocal f_bwd\n        def c():\n"
    "            nonlocal f_bwd\n            f_bwd = f_bwd\n",
    "exec": "exec('def f_bwd(residuals, g): return g, g')\neval('f')\n",
    "globals_update": "globals().update(f_bwd=None)\nglobals()['f_fwd'] = 1\nvars().clear()\n",
    "locals": "locals()['f_bwd'] = None\n",
    "module_getattr": "def __getattr__(name):\n    return f_bwd\ndef __dir__():\n    return [f]\n",
    "setattr": "import sys\nsetattr(sys.modules[__name__], 'f_bwd', 1)\n",
    "star_import": "from os.path import *\nfrom . import *\n",
    "try_import": "try:\n    from fast import f_bwd\nexcept ImportError:\n    pass\n",
    "conditional_redefinition": "if f:\n    def f_bwd(residuals, g):\n        return g, g\n",
    "except_unbinds": "try:\n    pass\nexcept ValueError as f_bwd:\n    pass\n",
    "with_binds": "with open('x') as f_bwd:\n    pass\n",
    "loop_binds": "for f_bwd in ():\n    pass\n",
    "match_binds": "match f:\n    case [f_bwd, *f_fwd]:\n        pass\n    case {'a': f_bwd, **f_fwd}:\n        pass\n",
    "comprehension_binds_not": "[f_bwd for f_bwd in (1, 2)]\n{f: f for f in ()}\n",
    "walrus_in_comprehension": "[f_bwd := f_bwd for _ in (1, 2)]\nprint([partial := partial for _ in ()])\n",
    "class_scope": "class A:\n    f_bwd = None\n    jax = f = f_fwd = f_bwd\n    g = [f_bwd for _ in (f_bwd,)]\n",
    "metaclass": "class M(type):\n    def __prepare__(n, b):\n        return {'f_bwd': 1}\n    def __call__(c):\n"
    "        return f_bwd\nclass A(metaclass=M):\n    f = f_bwd\n",
    "dunder_class": "class A:\n    def m(s):\n        __class__.f = s.__f_bwd = super().m\n    __f_bwd = __class__\n",
    "annotations_only": "f_bwd: int\nf: 'jax.custom_vjp'\n(f_fwd): str\n",
    "augmented": "f_bwd += 1\nf @= f\n",
    "type_comment": "x = f_bwd  # type: ignore\n",
    "nested_star": "def a():\n    f, *f_bwd = f_bwd, *f = [], []\n",
    "lambda_defaults": "f_bwd = lambda residuals, g, *, f_bwd=f_bwd: (g, g)\n",
}

SHADOWED = """\
tuple = list = range = len = partial = isinstance = super = property = zip = map = None
def tuple(tuple): return tuple
class range(range, len): len = range
int, str, float, *sorted = {}
True_ = None_ = NotImplemented = Ellipsis = __debug__
import builtins as builtins, functools as jnp, jax.numpy as functools
"""


def files() -> Iterator[Nasty]:
    for name, lines in CYCLES.items():
        yield nasty(
            f"cycle_{name}",
            HEADER + _before_defvjp(lines).replace("(f_fwd, f_bwd)", "(f_fwd, f_bwd)  # MAYBE") + WRONG,
        )
    for name, lines in ODD.items():
        text = _before_defvjp(lines)
        after = WRONG if "jax" not in lines else f"import jax\n{WRONG}"
        yield nasty(f"odd_{name}", HEADER + text + ("" if "*\n" in lines else after))
        yield nasty(
            f"odd_{name}_in_function",
            HEADER
            + "def make(f_bwd, fast):\n"
            + indent(
                text.replace("from os.path import *\nfrom . import *\n", "pass\n").replace(
                    "global f, f_bwd\n", "pass\n"
                )
            )
            + WRONG,
        )
    yield from _redefinitions()
    yield from _deletions()
    yield nasty("shadowed_builtins", HEADER + SHADOWED + "import jax\n" + rule("f", "tuple(range(len(g)))") + WRONG)
    yield nasty("star_import_first", "from os import *\nfrom .everything import *\n" + HEADER + WRONG)
    # What a star import binds is not known, so a later one may have bound the rules anew.
    yield nasty("star_import_last", HEADER + WRONG.replace("# WRONG VJP1", "# MAYBE") + "from os import *\n")
    yield nasty(
        "star_import_of_jax",
        "from jax import *\nfrom jax.numpy import *\n"
        + rule("f", "g, g, g  # MAYBE", decorator="custom_vjp")
        + HEADER
        + WRONG,
    )
    yield nasty(
        "rebound_jax",
        HEADER + "jax = jax\njax = jax.jax = jax\njax.custom_vjp = jax.custom_vjp\n" + rule("f", "g, g, g  # MAYBE"),
    )
    mangled = (
        "class C:\n    def __bwd(self, r, g):\n        return g, g\n    def __init__(self, __f):\n"
        "        self.__f = jax.custom_vjp(lambda x, y: x * y)\n"
        "        self.__f.defvjp(lambda x, y: (x * y, (x, y)), self.__bwd)\n"
    )
    yield nasty("mangled_names", HEADER + mangled + WRONG)
    yield nasty(
        "names_of_keywords",
        HEADER + "match = case = type = _ = 1\nmatch[case:type]\ncase, type = _\n"
        "match(case)\nprint(type, match)\n" + rule("match", "g, g, g  # WRONG VJP1") + rule("_") + rule("type"),
    )


def _redefinitions() -> Iterator[Nasty]:
    wrong = "def f_bwd(residuals, g): return g, g, g\n"
    right = "def f_bwd(residuals, g): return g, g\n"
    last = wrong.replace("g, g, g", "g, g, g  # WRONG VJP1")
    yield nasty("redefined_10000_times_right", HEADER + _before_defvjp(wrong * 5_000 + right * 5_000) + WRONG)
    yield nasty("redefined_3000_times_wrong", HEADER + _before_defvjp(right * 3_000 + last))
    rules = rule("f", "g, g, g") + rule("f")
    yield nasty("defvjp_again_and_again", HEADER + rule("f").rstrip("\n") + ("\n" + DEFVJP) * 2_000 + WRONG)
    yield nasty("rules_redefined", HEADER + rules.replace("g, g, g", "g, g, g  # WRONG VJP1") * 20)
    assigned = "f_bwd = f_bwd if g else f_fwd\n" * 40
    yield nasty(
        "conditional_40_times",
        HEADER + "g = 1\n" + _before_defvjp(assigned).replace(DEFVJP, "f.defvjp(f_fwd, f_bwd)  # MAYBE\n") + WRONG,
    )
    branches = "if g:\n    f_bwd = lambda r, g: (g, g)\nelse:\n    f_bwd = lambda r, g: [g, g]\n" * 40
    yield nasty("branches_40_times", HEADER + "g = 1\n" + _before_defvjp(branches) + WRONG)


def _deletions() -> Iterator[Nasty]:
    yield nasty(
        "deleted_rules",
        HEADER + _before_defvjp("del f_bwd, f_fwd\n").replace("f_bwd)\n", "f_bwd)  # MAYBE\n") + WRONG,
    )
    everything = "del f, f_fwd, f_bwd, jax, jnp, partial\ndel (f), [f, (f, [jax])]\ndel f.f, f[0], f().f\n"
    yield nasty("deleted_everything", HEADER + rule("f") + everything + HEADER + WRONG)
    yield nasty("deleted_in_function", HEADER + rule("f", before="    del x, y, g\n    g = x = y = 1\n") + WRONG)
    yield nasty("deleted_import", HEADER + "del jax\n" + rule("f", "g, g, g  # MAYBE") + HEADER + WRONG)
    shuffled = "f, jax = jax, f\njax, f = f, jax\n"
    yield nasty("shuffled", HEADER + _before_defvjp(shuffled, "g, g, g  # MAYBE") + HEADER + WRONG)
    yield nasty("right_before_names_exist", HEADER + DEFVJP + RIGHT + rule("f") + WRONG)
