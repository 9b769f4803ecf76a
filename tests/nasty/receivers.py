"""`defvjp` on everything imaginable that is no `jax.custom_vjp`."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, RIGHT, WRONG, Nasty, indent, nasty

EXPRESSIONS = """\
1 .defvjp
1.0.defvjp
1j.defvjp
's'.defvjp
b's'.defvjp
f'{f}'.defvjp
None.defvjp
True.defvjp
(...).defvjp
[].defvjp
{}.defvjp
{1}.defvjp
().defvjp
(1,).defvjp
thing[0].defvjp
thing[1:2, ...].defvjp
thing().defvjp
thing()().defvjp
super().defvjp
super(C, self).defvjp
(lambda: thing).defvjp
(lambda: thing)().defvjp
(thing := f).defvjp
(thing if f else f).defvjp
(thing or f).defvjp
(thing and f).defvjp
(not thing).defvjp
(-thing).defvjp
(thing + f).defvjp
(thing @ f).defvjp
(thing < f).defvjp
(thing is f).defvjp
[t for t in thing].defvjp
[t for t in thing][0].defvjp
(t for t in thing).defvjp
{t: t for t in thing}.defvjp
{t for t in thing}.defvjp
thing.defvjp.defvjp
thing.defvjp[0].defvjp
thing.defvjp(f, f).defvjp
thing.defvjp().defvjp
defvjp
defvjp.defvjp
self.defvjp
self.f.defvjp
cls.f.defvjp
__class__.defvjp
type(f).defvjp
type('T', (), {}).defvjp
thing.a.b.c.d.e.defvjp
thing['f'].defvjp
__import__('thing').f.defvjp
globals()['f'].defvjp
locals()['f'].defvjp
vars()['f'].defvjp
getattr(thing, 'defvjp')
getattr(thing, 'def' + 'vjp')
print.defvjp
int.defvjp
len('x').defvjp
open('x').defvjp
eval('f').defvjp
(*thing,).defvjp
[*thing][0].defvjp
{**thing}['f'].defvjp
f'{thing.defvjp(f, f)}'.defvjp
'%s'.__mod__(1).defvjp
""".split("\n")[:-1]

STATEMENTS = """\
from defvjp import defvjp, defvjp as defvjp2
import defvjp as d, defvjp.defvjp
def defvjp(defvjp, *defvjp_, **defvjps): return defvjp
class defvjp(defvjp): defvjp = defvjp
del thing.defvjp
thing.defvjp = thing
thing.defvjp += thing
thing.defvjp: thing.defvjp = thing.defvjp
thing.defvjp(thing)[thing.defvjp] = thing.defvjp
for thing.defvjp in thing: pass
for thing.defvjp(thing, thing)[0] in thing: pass
with thing as thing.defvjp, thing.defvjp(thing, thing): pass
[thing.defvjp, *thing.defvjps] = thing
try: thing.defvjp(thing, thing)
except thing.defvjp: thing.defvjp(thing, thing)
else: thing.defvjp(thing, thing)
finally: thing.defvjp(thing, thing)
assert thing.defvjp(thing, thing), thing.defvjp(thing, thing)
lambda defvjp=thing.defvjp: defvjp
@thing.defvjp
@thing.defvjp(thing, thing)
def k(a: thing.defvjp(thing, thing) = thing.defvjp(thing, thing)) -> thing.defvjp(thing, thing): pass
@thing.defvjp
class K(thing.defvjp, thing.defvjp(thing, thing), metaclass=thing.defvjp): pass
[g.defvjp(a, b) for g, a, b in thing if g.defvjp(a, b)]
thing(defvjp=thing.defvjp, *thing.defvjp, **thing.defvjp)
match thing.defvjp:
    case thing.defvjp: thing.defvjp(thing, thing)
    case thing.defvjp(thing.defvjp, defvjp=defvjp): thing.defvjp(thing, thing)
    case {thing.defvjp: defvjp, **defvjps} if thing.defvjp(thing, thing): pass
if thing.defvjp(thing, thing): pass
elif thing.defvjp(thing, thing): pass
while thing.defvjp(thing, thing): break
if thing: raise thing.defvjp(thing, thing) from thing.defvjp(thing, thing)
"""


def files() -> Iterator[Nasty]:
    calls = "".join(f"    {receiver}(a_fwd, lambda r, g: g * 2)\n" for receiver in EXPRESSIONS)
    method = "class C:\n    def m(self, thing, f, cls, defvjp, C, a_fwd):\n" + indent(calls)
    yield nasty("receivers", HEADER + method + WRONG)
    yield nasty("receivers_assigned", HEADER + method.replace("        ", "        v = ") + WRONG)
    method = method.replace("    def m", "    async def m").replace(
        "g * 2)\n", "g * 2), (await thing).defvjp(f, f)\n"
    )
    yield nasty(
        "receivers_awaited",
        HEADER + method + "def k(thing):\n    (yield).defvjp(thing, thing)\n"
        "    (yield from thing).defvjp(thing, thing)\n" + WRONG,
    )
    yield nasty("statements", HEADER + "def k(thing):\n" + indent(STATEMENTS) + WRONG)
    yield nasty("statements_at_module_level", HEADER + "from thing import thing\n" + STATEMENTS + WRONG)
    unbound = RIGHT + "jax.custom_vjp.defvjp(right, right_fwd, lambda r, g: g * 2)  # MAYBE\n"
    unbound += "type(right).defvjp(right, right_fwd, lambda r, g: g * 2)  # MAYBE\n"
    unbound += "getattr(right, 'defvjp')(right_fwd, lambda r, g: g * 2)  # MAYBE\n"
    unbound += "d = right.defvjp; d(right_fwd, lambda r, g: g * 2)  # MAYBE\n"
    yield nasty("unbound", HEADER + unbound + WRONG)
