"""Every odd argument of `defvjp`, of `jax.custom_vjp` and of its `nondiff_argnums`; each form has rules of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nasty.base import HEADER, WRONG, Nasty, nasty, rule

# What `f.defvjp` is given, where f is a jax.custom_vjp with right rules f_fwd and f_bwd. The first is nothing.
ARGUMENTS = """\

f_fwd
f_fwd,
None, None
1, 2
'f_fwd', 'f_bwd'
..., ...
*pair
**pair
*pair, **pair
f_fwd, *pair
*pair, f_bwd
f_fwd, **pair
fwd=f_fwd
bwd=f_bwd
f_fwd, bwd=f_bwd
fwd=f_fwd, bwd=f_bwd
bwd=f_bwd, fwd=f_fwd
f_fwd, fwd=f_fwd
f_fwd, f_bwd, f_bwd, f_bwd
f_fwd, f_bwd, f=f
f_bwd, f_fwd
f, f
f_fwd, f
f.defvjp, f.defvjp
f_fwd, f.defvjp(f_fwd, f_bwd)
f_fwd, f_bwd(1, 2)
f_fwd(1, 2), f_bwd
f_fwd, [f_bwd][0]
f_fwd, (f_bwd, f_fwd)[0]
f_fwd, {'b': f_bwd}['b']
f_fwd, pair[1]
f_fwd, f_bwd.__call__
f_fwd, f_bwd.__wrapped__
f_fwd, f_bwd.a.b
f_fwd, self.bwd
f_fwd, partial()
f_fwd, partial(f_bwd)
f_fwd, partial(f_bwd, 1)
f_fwd, partial(f_bwd, 1, 2, 3, 4)
f_fwd, partial(f_bwd, *pair)
f_fwd, partial(None)
f_fwd, partial(f_bwd, **pair)
f_fwd, partial(f_bwd, g=1)
f_fwd, partial(f_bwd, h=1)
f_fwd, partial(partial)
f_fwd, partial(partial, f_bwd)()
f_fwd, partial(partial(partial(f_bwd)))
f_fwd, partial(func=f_bwd)
f_fwd, jax.jit(f_bwd)
f_fwd, jax.jit()
f_fwd, jax.jit(jax.jit)
f_fwd, jax.vmap(f_bwd)
f_fwd, jax.jit(*pair)
f_fwd, jax.grad(f)
f_fwd, jax.vjp(f, 1.0, 2.0)[1]
f_fwd, jax
f_fwd, jax.custom_vjp
jax.custom_vjp, f_bwd
f_fwd, int
dict, dict
print, print
f_fwd, type
f_fwd, C
f_fwd, C.bwd
f_fwd, C().bwd
f_fwd, super().bwd
f_fwd, (f_bwd)
f_fwd, (h := f_bwd)
f_fwd, f_bwd if f else f_fwd
f_fwd, f_bwd or f_fwd
f_fwd, not f_bwd
f_fwd, lambda: 0
f_fwd, lambda *a: a
f_fwd, lambda **k: k
f_fwd, lambda *, r, g: (g, g)
f_fwd, lambda r: r
f_fwd, lambda r, g, *a, k, **d: (g, g)
f_fwd, lambda r, g, /: (g, g)
f_fwd, lambda r=1, g=2: (g, g)
f_fwd, lambda r, g: (yield)
f_fwd, lambda r, g: (yield from g)
f_fwd, lambda r, g: lambda: (g, g)
f_fwd, lambda r, g: (h := (g, g))
f_fwd, lambda r, g: [h := g, h]
f_fwd, (lambda: f_bwd)()
f_fwd, [f_bwd for _ in pair][0]
f_fwd, next(b for b in pair)
f_fwd, f'{f_bwd}'
(f_fwd, f_bwd)
[f_fwd, f_bwd]
f_fwd, f_bwd, True
f_fwd, f_bwd, None
f_fwd, f_bwd, symbolic_zeros=f
f_fwd, f_bwd, symbolic_zeros=not f
f_fwd, f_bwd, optimize_remat=1, symbolic_zeros=1
f_fwd, f_bwd, **{}
f_fwd, f_bwd, *()
*(f_fwd, f_bwd)
*[f_fwd], *[f_bwd]
**{'fwd': f_fwd, 'bwd': f_bwd}
**dict(fwd=f_fwd, bwd=f_bwd)
b for b in pair
f_fwd, ~f_bwd
""".split("\n")[:-1]

# What decorates a primal that then has a right `defvjp`.
DECORATORS = """\
jax.custom_vjp()
jax.custom_vjp(1)
jax.custom_vjp(f, f, f)
jax.custom_vjp(*pair)
jax.custom_vjp(**pair)
jax.custom_vjp(nondiff_argnums=(0,))
jax.custom_vjp(jax.custom_vjp)
jax.custom_vjp.defvjp
jax.custom_vjp[0]
partial()
partial(jax.custom_vjp)
partial(partial, jax.custom_vjp)()
partial(partial(jax.custom_vjp))
partial(jax.custom_vjp, f)
partial(jax.custom_vjp, *pair)
partial(jax.custom_vjp, **pair)
partial(*pair)
partial(jax.custom_vjp, fun=f)
partial(jax.custom_vjp, nondiff_argnums=(0,), **pair)
lambda f: jax.custom_vjp(f)
(lambda f: jax.custom_vjp)(1)
jax.custom_vjp if pair else jax.jit
jax.custom_vjp or jax.jit
(c := jax.custom_vjp)
[jax.custom_vjp][0]
{'c': jax.custom_vjp}['c']
getattr(jax, 'custom_vjp')
jax.custom_vjp.__call__
jax
jax.jit(jax.custom_vjp)
jax.custom_vjp.a.b
jax.jit.custom_vjp
custom_vjp
jax['custom_vjp']
1
None
""".split("\n")[:-1]

# `nondiff_argnums` and `nondiff_argnames` of a primal of two arguments.
NONDIFF = """\
0
1
-1
1.5
True
False
None
...
'0'
b'0'
()
[]
{}
set()
(True,)
(0.0,)
(0, 0)
(1, 0)
(-1, 0)
(-2, -1, 0, 1)
((0,),)
([0],)
{0}
{0: 1}
{0: 1}.keys()
('0',)
(None,)
(...,)
(2,)
(5, 7)
lambda: 0
(lambda: (0,))()
(n := (0,))
(0,) if pair else (1,)
(0,) or (1,)
(*pair,)
(*(0,), *(1,))
[*range(2)]
range(1)
range(1, 0)
range(0, 2, 1)
range(2)[::-1]
range(-1)
range(*pair)
list(range(1))
tuple(range(1))
set((0,))
frozenset({0})
sorted((1, 0))
reversed((0, 1))
map(int, '01')
zip(range(1))
enumerate('a')
iter((0,))
(n for n in (0,))
[n for n in range(2) if n]
[n for n in range(2) for _ in range(2)]
(0,) + (1,)
(0,) * 2
2 * (0,)
(0,) * -1
(0, 1)[:1]
(0, 1)[0]
(0, 1)[5]
(1 - 1,)
(not 1,)
(~0,)
(0 ** 0,)
(1 // 0,)
len(pair)
(len('a'),)
f'{0}'
'01'
'x'
0 if pair else 1
pair
pair.a
pair[0]
pair()
jax
int
(int,)
(jax,)
(f,)
f
slice(2)
1j
(1j,)
dict(a=0)
{**{}}
max((0,), (1,))
sum(((0,), (1,)), ())
divmod(1, 2)
tuple('ab')
'0'.split()
""".split("\n")[:-1]


def files() -> Iterator[Nasty]:
    yield _odd("arguments", ARGUMENTS, _given)
    yield _odd("decorators", DECORATORS, _decorated)
    yield _odd(
        "nondiff_argnums", NONDIFF, lambda form: _decorated(f"partial(jax.custom_vjp, nondiff_argnums={form})")
    )
    yield _odd(
        "nondiff_argnames", NONDIFF, lambda form: _decorated(f"partial(jax.custom_vjp, nondiff_argnames={form})")
    )
    yield _odd("nondiff_called", NONDIFF, _called)


def _given(form: str) -> str:
    return rule("f").replace("(f_fwd, f_bwd)\n", f"({form})\n")


def _decorated(form: str) -> str:
    return rule("f", decorator=form)


def _called(form: str) -> str:
    text = rule("f").replace("@jax.custom_vjp\n", "")
    return text.replace("f.defvjp", f"f = jax.custom_vjp(f, {form})\nf.defvjp")


def _odd(name: str, forms: Sequence[str], build: Callable[[str], str]) -> Nasty:
    """All forms in one file, with a plainly wrong rule at the end; on the forms' own lines a finding may stand."""
    context = "pair = object(), object()\nclass C:\n    def bwd(self, r, g):\n        return g, g\n"
    lines = (context + "".join(map(build, forms))).splitlines()
    return nasty(f"odd_{name}", HEADER + "".join(f"{line}  # MAYBE\n" for line in lines) + WRONG)
