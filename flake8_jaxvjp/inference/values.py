"""What an expression can be: the lattice of the abstract interpreter.

`Unknown` is the top: nothing is known, and no finding may rest on it. Every other value is a promise that holds for
every run of the program. Values are frozen and compare by content, so that joins and caches are cheap and the same
question has the same answer in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    import libcst as cst

    from flake8_jaxvjp.inference.state import Frame

MAX_ITEMS: Final = 256
"""Sequences that are longer than this have unknown items: no rule has that many arguments."""
MAX_OPTIONS: Final = 8
MAX_SIZE: Final = 2_000
"""Containers with more values in them, at all depths together, have unknown items: each comparison walks them all."""

SequenceKind: TypeAlias = Literal["tuple", "list", "namedtuple", "set", "range", "iterator"]
Key: TypeAlias = "bool | int | float | str | bytes | None"
LeafKind: TypeAlias = Literal["jax", "array", "number", "text", "other"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from, for the rules that judge how it is used.

    `source` says of what ("residuals", "cotangent", "vjp pair", "primal output", "pullback result"), `path` which
    part of it: () is the whole, (1,) its second item.
    """

    source: str
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything at all; `reason` says why inference stopped, for the benchmark that counts reasons."""

    reason: str = ""
    origin: Origin | None = None


NEVER = Unknown("never returns")
"""What a call gives that always raises."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Surely neither a tuple nor a list nor None.

    "jax": a `jax.Array` or tracer; "array": a JAX or NumPy array; "number": a Python or NumPy number;
    "text": a string of which nothing more is known; "other": some object that is no tuple, list or None.
    """

    kind: LeafKind = "other"
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal whose value is known: None, bool, int, float, str, bytes or Ellipsis."""

    kind: str
    value: bool | int | float | str | bytes | None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple, list, named tuple, set, range, or an iterator that yields these items.

    `items` is None when the items are not known one by one; then `at_least` is a lower bound of the length. Where
    `has_rest` says so, the length is exactly that of the primal's `*args` and `at_least` more.
    `fields` are the names of a named tuple's fields, and `is_closed` says that it has no other attributes of its own;
    `name` is what a message calls the object.
    """

    kind: SequenceKind
    items: tuple[Value, ...] | None
    at_least: int = 0
    origin: Origin | None = None
    fields: tuple[str, ...] = ()
    name: str = ""
    is_closed: bool = False
    has_rest: bool = False
    size: int = field(default=1, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.items is None:
            return
        size = 1 + sum(map(size_of, self.items))
        if size <= MAX_SIZE:
            object.__setattr__(self, "size", size)
            return
        is_fixed = self.kind in ("tuple", "namedtuple", "range")
        object.__setattr__(self, "at_least", min(len(self.items), MAX_ITEMS) if is_fixed else 0)
        object.__setattr__(self, "items", None)

    @property
    def length(self) -> int | None:
        return None if self.items is None else len(self.items)


@dataclass(frozen=True, slots=True)
class Reference:
    """A list or dict that was seen born; what is in it stands in the state's heap, since it can be changed in place."""

    key: int
    origin: Origin | None = None
    is_dict: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict; `items` is None when its keys are not all known."""

    items: tuple[tuple[bool | int | float | str | bytes | None, Value], ...] | None
    origin: Origin | None = None
    size: int = field(default=1, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.items is not None:
            size = 1 + sum(size_of(value) for _, value in self.items)
            object.__setattr__(self, "size", size if size <= MAX_SIZE else 1)
            object.__setattr__(self, "items", self.items if size <= MAX_SIZE else None)


@dataclass(frozen=True, slots=True)
class Library:
    """Something imported, by its canonical dotted name: `jax.numpy`, `jax.numpy.sum`, `functools.partial`."""

    name: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Something imported from the project itself: the folders to look in, and the way from there."""

    bases: tuple[Path, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Builtin:
    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A `def` or `lambda` with the frame that it closes over.

    `signature_of` is the function whose signature `inspect.signature` shows (functools.wraps), if another.
    """

    node: cst.FunctionDef | cst.Lambda
    frame: Frame
    signature_of: Value | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A method or partial: `function` with leading positional arguments and keywords already given."""

    function: Value
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...] = ()
    partial: bool = False
    size: int = field(default=1, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        size = 1 + sum(map(size_of, (self.function, *self.arguments, *(value for _, value in self.keywords))))
        object.__setattr__(self, "size", min(size, MAX_SIZE))
        if size > MAX_SIZE:
            object.__setattr__(self, "function", Unknown("too large a partial"))
            object.__setattr__(self, "arguments", ())
            object.__setattr__(self, "keywords", ())


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A function under a wrapper that keeps its parameters: jit, vmap, checkpoint, staticmethod ... (`by`)."""

    function: Value
    by: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A library function waiting for its call: `jax.grad(f, ...)`, `pl.pallas_call(...)`; see `library`."""

    name: str
    arguments: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Pullback:
    """What `jax.vjp` returns second: a function from a cotangent to a tuple, one entry a primal."""

    primals: tuple[Value, ...] | None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class CustomVjp:
    """A `jax.custom_vjp` object, named by the call or decorator that makes it."""

    node: cst.CSTNode
    function: Value
    nondiff_argnums: Value | None = None
    nondiff_argnames: Value | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomJvp:
    """A `jax.custom_jvp` object, named by the call or decorator that makes it."""

    node: cst.CSTNode
    function: Value
    nondiff_argnums: Value | None = None
    nondiff_argnames: Value | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute of a value, about to be called: `values.append`."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class statement: its members as they stood at the end of the body.

    `is_closed` says of a named tuple that it has no attributes but its `fields`.
    """

    node: cst.ClassDef
    members: tuple[tuple[str, Value], ...]
    bases: tuple[Value, ...]
    fields: tuple[str, ...] | None = None
    is_subclassed: bool = False
    is_closed: bool = False

    def member(self, name: str) -> Value | None:
        for key, value in self.members:
            if key == name:
                return value
        if len(self.bases) > 1:
            return Unknown("inherited from one of several classes")
        for base in self.bases:
            if not isinstance(base, Class):
                return None if base == Builtin("object") else Unknown("inherited from another file")
            found = base.member(name)
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of this file: `self` in its methods."""

    of: Class


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, none of them Unknown."""

    options: tuple[Value, ...]


Value: TypeAlias = (
    Unknown
    | Leaf
    | Constant
    | Sequence
    | Reference
    | Mapping
    | Library
    | Imported
    | Builtin
    | Function
    | Bound
    | Wrapped
    | Operation
    | Pullback
    | CustomVjp
    | CustomJvp
    | Method
    | Class
    | Instance
    | Choice
)

NONE: Final = Constant("NoneType", None)
ARRAY: Final = Leaf("jax")
NUMBER: Final = Leaf("number")
TEXT: Final = Leaf("text")
OTHER: Final = Leaf("other")
DTYPE: Final = Leaf("other", Origin("dtype"))


def size_of(value: Value) -> int:
    """How many values are in a container, itself among them."""
    match value:
        case Sequence(size=size) | Mapping(size=size) | Bound(size=size):
            return size
        case Choice(options=choices):
            return sum(map(size_of, choices))
        case Pullback(primals=primals):
            return 1 + sum(map(size_of, primals or ()))
    return 1
