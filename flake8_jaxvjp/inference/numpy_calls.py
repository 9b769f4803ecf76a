"""What functions of jax.numpy, numpy, jax.lax, jax.nn, jax.random, jax.scipy and jax.numpy.linalg return.

`jax.numpy` is read off its stub; NumPy's functions of the same names return arrays or NumPy scalars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flake8_jaxvjp.inference.building import is_none, join, options, sequence_of, tuple_of
from flake8_jaxvjp.inference.library_names import (
    ALWAYS_ARRAY,
    LAX_ARRAY,
    LINALG_ARRAY,
    NAMED_TUPLES,
    NN_ARRAY,
    NUMPY_NOT_ARRAY,
    RANDOM_ARRAY,
    SPECIAL_ARRAY,
    TAKES_ONE_ARRAY,
    TAKES_TWO_ARRAYS,
)
from flake8_jaxvjp.inference.operators import Failure, Result
from flake8_jaxvjp.inference.values import ARRAY, DTYPE, Constant, Leaf, Mapping, Sequence, Unknown, Value

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.library import LibraryCall

_TABLES: Final = {
    "jax.numpy": ALWAYS_ARRAY,
    "jax.lax": LAX_ARRAY,
    "jax.nn": NN_ARRAY,
    "jax.random": RANDOM_ARRAY,
    "jax.scipy.special": SPECIAL_ARRAY,
    "jax.numpy.linalg": LINALG_ARRAY,
    "jax.scipy.linalg": LINALG_ARRAY - {"eigvals", "eigvalsh", "norm", "trace", "diagonal", "svdvals"},
    "jax.numpy.fft": frozenset("fft ifft fft2 ifft2 fftn ifftn rfft irfft rfftn irfftn fftshift ifftshift".split()),
}

_PAIRS: Final = {"divmod": 2, "modf": 2, "frexp": 2, "histogram": 2, "polydiv": 2, "histogram2d": 3}
_TUPLES: Final = frozenset(
    "nonzero unravel_index ix_ tril_indices triu_indices diag_indices mask_indices unstack".split()
)
_SPLITS: Final = frozenset("split array_split hsplit vsplit dsplit".split())


def call(request: LibraryCall) -> Result:
    module, _, name = request.name.rpartition(".")
    rejected = _rejects_tuple(request)
    if rejected is not None:
        return rejected
    if name in _TABLES.get(module, ()):
        return ARRAY
    match module:
        case "jax.numpy":
            return _jax_numpy(request, name)
        case "numpy" if name in ALWAYS_ARRAY - NUMPY_NOT_ARRAY:
            return Leaf("array")
        case "jax.numpy.linalg" if request.name in NAMED_TUPLES:
            return _decomposition(request)
        case "jax.lax" if name == "top_k":
            return Sequence("list", (ARRAY, ARRAY), 2)
        case "jax.lax" if name == "map":
            return Unknown("call of jax.lax.map")
        case "jax.scipy.linalg" if name in ("cho_factor", "lu_factor"):
            return tuple_of(ARRAY, Unknown("a flag or pivots"))
        case "jax.scipy.special" if name == "logsumexp" and _has_no_sign(request):
            return ARRAY
        case "jax.nn" if name == "logsumexp" and _has_no_sign(request):
            return ARRAY
    return Unknown(f"call of {request.name}")


def _has_no_sign(request: LibraryCall) -> bool:
    """Whether logsumexp is not asked for its `return_sign`, the fifth argument, which makes it a pair."""
    given = request.arguments
    return given.exact and len(given.positional) < 5 and "return_sign" not in given.keywords


def _rejects_tuple(request: LibraryCall) -> Failure | None:
    """`jnp.sin((x,))` raises TypeError: these functions take arrays, not sequences or dicts of them."""
    name = request.name.removeprefix("jax.numpy.")
    count = 1 if name in TAKES_ONE_ARRAY else 2 if name in TAKES_TWO_ARRAYS else 0
    if name == request.name or not request.arguments.exact:
        return None
    for index in range(count):
        value = request.get(index)
        bad = [] if value is None else [option for option in options(value) if _is_no_array(option)]
        if value is not None and len(bad) == len(options(value)):
            return Failure("argument", bad[0], (f"jnp.{name}",))
    return None


def _is_no_array(value: Value) -> bool:
    match value:
        case Sequence(kind="tuple" | "list" | "namedtuple") | Mapping():
            return True
    return is_none(value)


def _jax_numpy(request: LibraryCall, name: str) -> Value:
    """The functions of jax.numpy whose result depends on how they are called."""
    count = len(request.arguments.positional)
    keywords = request.arguments.keywords
    if name in _PAIRS:
        return tuple_of(*[ARRAY] * _PAIRS[name])
    if name in _TUPLES:
        return sequence_of("tuple")
    if name in _SPLITS:
        return _split(request)
    match name:
        case "where" if request.arguments.exact:
            return ARRAY if count >= 2 or {"x", "y"} & set(keywords) else sequence_of("tuple")
        case "meshgrid" | "broadcast_arrays" if request.arguments.exact:
            return _list_or_tuple(count)
        case "atleast_1d" | "atleast_2d" | "atleast_3d" if request.arguments.exact and count:
            return ARRAY if count == 1 else _list_or_tuple(count)
        case "linspace" if "retstep" not in keywords and count <= 4:
            return ARRAY
        case "average" if "returned" not in keywords and count <= 3:
            return ARRAY
        case "diagonal":
            return ARRAY
        case "ndim" | "size":
            return Leaf("number")
        case "shape" | "broadcast_shapes":
            return sequence_of("tuple")
        case "dtype" | "result_type" | "promote_types":
            return DTYPE
        case "finfo" | "iinfo":
            return Leaf("other")
        case "float32" | "float64" | "float16" | "bfloat16" | "int32" | "int64" | "bool_" | "complex64" | "uint32":
            return ARRAY
    return Unknown(f"call of jax.numpy.{name}")


def _list_or_tuple(count: int) -> Value:
    """That many arrays: in a list, and from JAX 0.12 on in a tuple."""
    arrays = tuple([ARRAY] * count)
    return join(Sequence("list", arrays, count), Sequence("tuple", arrays, count))


def _split(request: LibraryCall) -> Value:
    """`jnp.split(x, n)` has n parts, `jnp.split(x, [i, j])` three."""
    match request.get(1, "indices_or_sections"):
        case Constant(kind="int", value=int(count)) if 0 < count <= 64:
            return Sequence("list", tuple([ARRAY] * count), count)
        case Sequence(items=items) if items is not None:
            return Sequence("list", tuple([ARRAY] * (len(items) + 1)), len(items) + 1)
    return sequence_of("list")


def _decomposition(request: LibraryCall) -> Value:
    fields = NAMED_TUPLES[request.name]
    plain = {"full_matrices", "hermitian", "UPLO", "symmetrize_input"}
    if set(request.arguments.keywords) - plain or len(request.arguments.positional) != 1:
        return Unknown(f"call of {request.name}")
    name = request.name.rpartition(".")[2]
    return Sequence("namedtuple", tuple([ARRAY] * len(fields)), len(fields), None, fields, f"jnp.linalg.{name}")
