"""What the engine's tables say of libraries, run against the installed JAX: a name that is missing there is skipped."""

from __future__ import annotations

import ast
import collections
import contextlib
import functools
import importlib
import inspect
import operator
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from flake8_jaxvjp.inference import library_names as names
from flake8_jaxvjp.inference.calls import COMPILED
from flake8_jaxvjp.inference.numpy_calls import _PAIRS, _SPLITS, _TABLES, _TUPLES
from flake8_jaxvjp.inference.statements import QUIET_CONTEXTS

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.runtime


def found(dotted: str) -> Any:
    """The object of a dotted name, or None where the installed version has none."""
    module, _, name = dotted.rpartition(".")
    with contextlib.suppress(ImportError, AttributeError):
        return getattr(importlib.import_module(module), name, None)
    return None


def needs(dotted: str) -> Any:
    value = found(dotted)
    if value is None:
        pytest.skip(f"the installed version has no {dotted}")
    return value


def staged(call: Callable[[], object]) -> object:
    """What the call gives while it is traced: nothing is compiled, so it costs milliseconds."""
    results: list[object] = []

    def traced() -> int:
        results.append(call())
        return 0

    jax.eval_shape(traced)
    return results[0]


# Functions that always return an array

V, W, B, C = [1.0, 2.0, 4.0], [3, 1, 2], [True, False, True], [1.0 + 2.0j]
M, T3 = [[2.0, 1.0], [1.0, 3.0]], [[[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]


def candidates(array: Callable[..., Any]) -> Iterator[tuple[Any, ...]]:
    """Arguments of many forms: nearly every function takes some of them."""
    v, w, m, b, c, s, t = array(V), array(W), array(M), array(B), array(C), array(0.5), array(T3)
    yield from (
        (v,),
        (m,),
        (s,),
        (w,),
        (t,),
        (b,),
        (c,),
        (v, v),
        (w, w),
        (m, m),
        (s, s),
        (v, w),
        (v, 1),
        (m, 0),
        (w, 1),
    )
    yield from (([v, v],), ((v, v),), ([m, m],), (v, w, v), (v, v, v), (s, s, s), (v, s), (b, v), (m, v[:2]), (v, 2.0))
    yield from (((2, 3),), (0.0, 1.0), (3,), (v, (3, 1)), (m, (4,)), (m, 0, 1), (m, -1, 0), ([v, v], 0), (m, w[:1], 0))
    yield from ((v, 1, 0), (v, 0, 9.0), ((2,), 1.0), (v, (0,), (2,)), (array([1, 2], "uint8"),), (m, (1, 0)), (m, (0,)))
    yield from ((0,), (b, v, v), (v, 0), (3, v), (v, [b], [0.0]), (w, [v, v, v, v]), (v, "float32"))


def key_candidates() -> Iterator[tuple[Any, ...]]:
    """Arguments of the functions of jax.random."""
    key, v, m, s = jax.random.PRNGKey(0), jnp.array(V), jnp.array(M), jnp.float32(0.5)
    yield from ((0,), (key,), (key, 3), (key, v), (key, s), (key, (2,)), (key, s, (2,)), (key, v, v), (key, 0, 5))
    yield from ((key, 0.0, 1.0, 0.5), (key, v[:2], m), (key, s, s), (key, 0.0, 1.0), (key, 2.0, 3.0))


def special_arguments() -> dict[str, tuple[Any, ...]]:
    """The functions whose arguments have a form of their own; a dict at the end holds keywords."""
    v, w, m, s = jnp.array(V), jnp.array(W), jnp.array(M), jnp.float32(0.5)
    image, kernel = jnp.ones((1, 1, 4, 4)), jnp.ones((1, 1, 2, 2))
    update = jax.lax.ScatterDimensionNumbers((), (0,), (0,))
    pick = jax.lax.GatherDimensionNumbers((), (0,), (0,))
    scattered = (v, jnp.array([[0]]), v[:1], update)
    heads = jnp.ones((1, 3, 2, 4))
    return {
        "jax.numpy.einsum": ("i,i->", v, v),
        "jax.numpy.choose": (jnp.array([0, 1, 0]), [v, v]),
        "jax.numpy.broadcast_to": (v, (2, 3)),
        "jax.numpy.fill_diagonal": (m, 0.0, {"inplace": False}),
        "jax.numpy.fromstring": ("1 2", {"sep": " "}),
        "jax.numpy.frombuffer": (b"abcdefgh",),
        "jax.numpy.place": (v, v > 1, v[:1], {"inplace": False}),
        "jax.numpy.put": (v, w - 1, v, {"inplace": False}),
        "jax.numpy.put_along_axis": (v, w - 1, v, 0, {"inplace": False}),
        "jax.numpy.ravel_multi_index": ((jnp.array([0]), jnp.array([1])), (2, 2)),
        "jax.numpy.take_along_axis": (v, w - 1, 0),
        "jax.numpy.astype": (v, "int32"),
        "jax.numpy.permute_dims": (m, (1, 0)),
        "jax.numpy.from_dlpack": (v,),
        "jax.numpy.cross": (v, v),
        "jax.lax.argmax": (v, 0, jnp.int32),
        "jax.lax.argmin": (v, 0, jnp.int32),
        "jax.lax.bitcast_convert_type": (v, jnp.int32),
        "jax.lax.broadcast": (v, (2,)),
        "jax.lax.broadcast_in_dim": (v, (2, 3), (1,)),
        "jax.lax.broadcasted_iota": (jnp.int32, (2, 3), 0),
        "jax.lax.clamp": (0.0, v, 1.0),
        "jax.lax.collapse": (m, 0),
        "jax.lax.conv": (image, kernel, (1, 1), "SAME"),
        "jax.lax.conv_general_dilated": (image, kernel, (1, 1), "SAME"),
        "jax.lax.conv_transpose": (jnp.ones((1, 4, 4, 1)), jnp.ones((2, 2, 1, 1)), (1, 1), "SAME"),
        "jax.lax.convert_element_type": (v, jnp.int32),
        "jax.lax.dot_general": (v, v, (((0,), (0,)), ((), ()))),
        "jax.lax.dynamic_slice": (v, (0,), (2,)),
        "jax.lax.dynamic_update_slice": (v, v[:1], (0,)),
        "jax.lax.dynamic_update_index_in_dim": (v, s, 0, 0),
        "jax.lax.dynamic_update_slice_in_dim": (v, v[:1], 0, 0),
        "jax.lax.dynamic_slice_in_dim": (v, 0, 2),
        "jax.lax.fft": (jnp.array(C), "FFT", (1,)),
        "jax.lax.full": ((2,), 1.0),
        "jax.lax.gather": (v, jnp.array([[0]]), pick, (1,)),
        "jax.lax.iota": (jnp.int32, 3),
        "jax.lax.pad": (v, jnp.float32(0), [(1, 1, 0)]),
        "jax.lax.scatter": scattered,
        "jax.lax.scatter_add": scattered,
        "jax.lax.scatter_apply": (v, jnp.array([[0]]), jnp.sin, update, {"update_shape": (1,)}),
        "jax.lax.scatter_max": scattered,
        "jax.lax.scatter_min": scattered,
        "jax.lax.scatter_mul": scattered,
        "jax.lax.select": (v > 1, v, v),
        "jax.lax.slice_in_dim": (v, 0, 2),
        "jax.lax.squeeze": (m[:1], (0,)),
        "jax.lax.transpose": (m, (1, 0)),
        "jax.lax.reduce_precision": (v, 5, 10),
        "jax.nn.dot_product_attention": (heads, heads, heads),
        "jax.nn.one_hot": (w, 4),
        "jax.random.multivariate_normal": (jax.random.PRNGKey(0), v[:2], m),
        "jax.random.randint": (jax.random.PRNGKey(0), (2,), 0, 5),
        "jax.scipy.special.bessel_jn": (v, {"v": 1}),
        "jax.scipy.special.hyp2f1": (s, s, s, s),
        "jax.scipy.linalg.cho_solve": ((m, True), v[:2]),
        "jax.scipy.linalg.lu_solve": ((m, jnp.array([0, 1])), v[:2]),
        "jax.numpy.linalg.multi_dot": ([m, m],),
        "jax.numpy.linalg.tensorsolve": (m, v[:2]),
        "jax.numpy.linalg.tensorinv": (m, 1),
    }


TABLE_NAMES = [f"{module}.{name}" for module, table in _TABLES.items() for name in sorted(table)]
READS_FILES = {"jax.numpy.load"}
ENOUGH = 2


def with_keywords(function: Callable[..., object], arguments: tuple[Any, ...]) -> Callable[[], object]:
    if arguments and isinstance(arguments[-1], dict):
        return functools.partial(function, *arguments[:-1], **arguments[-1])
    return functools.partial(function, *arguments)


def results_of(dotted: str, function: Callable[..., object], arguments: Iterator[tuple[Any, ...]]) -> list[object]:
    """What some calls that succeed give, traced where that is possible."""
    given = special_arguments().get(dotted)
    results: list[object] = []
    for chosen in [given] if given is not None else arguments:
        call = with_keywords(function, chosen)
        for attempt in (
            (functools.partial(staged, call), call) if given is not None else (functools.partial(staged, call),)
        ):
            with contextlib.suppress(Exception):
                results.append(attempt())
                break
        if len(results) == ENOUGH:
            break
    return results


@pytest.mark.parametrize("dotted", [name for name in TABLE_NAMES if name not in READS_FILES])
def test_returns_an_array(dotted: str) -> None:
    function = needs(dotted)
    arguments = key_candidates() if dotted.startswith("jax.random.") else candidates(jnp.array)
    results = results_of(dotted, function, arguments)
    if not results:
        results = [first_eager(function, key_candidates() if "random" in dotted else candidates(jnp.array))]
    assert [type(result) for result in results if not isinstance(result, jax.Array)] == []


def first_eager(function: Callable[..., object], arguments: Iterator[tuple[Any, ...]]) -> object:
    for chosen in arguments:
        with contextlib.suppress(Exception):
            return function(*chosen)
    raise AssertionError("no arguments fit: add some to special_arguments")


def test_stub_returns_an_array_in_every_overload() -> None:
    stub = Path(jnp.__file__).with_name("__init__.pyi")
    returns: dict[str, set[str]] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            returns.setdefault(node.name, set()).add(ast.unparse(node.returns))
    wrong = {name: kinds for name, kinds in returns.items() if name in names.ALWAYS_ARRAY and kinds != {"Array"}}
    assert wrong == {}
    assert len(names.ALWAYS_ARRAY & set(returns)) > 150


@pytest.mark.parametrize("name", sorted(names.ALWAYS_ARRAY - names.NUMPY_NOT_ARRAY))
def test_numpy_returns_no_tuple(name: str) -> None:
    function = needs(f"numpy.{name}")
    own: dict[str, tuple[Any, ...]] = {
        "einsum": ("i,i->", V, V),
        "fromstring": ("1 2", float, -1, " "),
        "frombuffer": (b"abcdefgh",),
        "choose": ([0, 1], [[1, 2], [3, 4]]),
        "ravel_multi_index": (([0], [1]), (2, 2)),
        "take_along_axis": (np.array(V), np.array(W) - 1, 0),
        "permute_dims": (np.array(M), (1, 0)),
        "broadcast_to": (np.array(V), (2, 3)),
    }
    plain: list[tuple[Any, ...]] = [
        (V,),
        (tuple(V),),
        (M,),
        ((0.0, 1.0, 0.0),),
        ([0.0, 1.0, 0.0],),
        (V, V),
        (tuple(V), 1),
    ]
    results: list[object] = []
    for chosen in [own[name]] if name in own else [*plain, *candidates(np.array)]:
        with contextlib.suppress(Exception):
            results.append(function(*chosen))
    assert results, "no arguments fit"
    assert [result for result in results if result is None or isinstance(result, (tuple, list))] == []


@pytest.mark.parametrize(
    ("name", "index", "count"),
    [
        *[(name, 0, 1) for name in sorted(names.TAKES_ONE_ARRAY)],
        *[(name, index, 2) for name in sorted(names.TAKES_TWO_ARRAYS) for index in (0, 1)],
    ],
)
def test_rejects_containers_and_none(name: str, index: int, count: int) -> None:
    function = needs(f"jax.numpy.{name}")
    scalar, vector, matrix = jnp.float32(0.5), jnp.array(V), jnp.array(M)
    pair_class: Any = collections.namedtuple("pair_class", "one two")
    pair = pair_class(vector, vector)
    power = [2] if name == "linalg.matrix_power" else []
    sequences: list[Any] = [(scalar,), [scalar], (vector, vector), [1.0, 2.0], (1.0,), (), [], pair, ((vector,),)]
    for given in (*sequences, None, {"w": vector}, {}):
        for other in (vector, matrix):
            arguments: list[Any] = [other] * count
            arguments[index] = given
            with pytest.raises(TypeError):
                function(*arguments, *power)


# Functions that return a tuple or list


@pytest.mark.parametrize("dotted", sorted(names.NAMED_TUPLES))
@pytest.mark.parametrize(
    "keywords", [{}, {"full_matrices": False}, {"hermitian": True}, {"UPLO": "L"}, {"symmetrize_input": False}]
)
def test_named_tuples(dotted: str, keywords: dict[str, Any]) -> None:
    function = needs(dotted)
    if not set(keywords) <= set(inspect.signature(function).parameters):
        pytest.skip("not one of its keywords")
    result: Any = staged(lambda: function(jnp.array(M), **keywords))
    assert result._fields == names.NAMED_TUPLES[dotted]
    assert all(isinstance(item, jax.Array) for item in result)


@pytest.mark.parametrize("name", sorted(_PAIRS))
def test_pairs(name: str) -> None:
    function = needs(f"jax.numpy.{name}")
    one = name in ("modf", "frexp", "histogram")
    result: Any = function(jnp.array(V)) if one else function(jnp.array(V), jnp.array(V))
    items = [*result[:2], *result[2]] if name == "histogramdd" else list(result)
    assert type(result) is tuple
    assert len(result) == _PAIRS[name]
    assert all(isinstance(item, jax.Array) for item in items)


@pytest.mark.parametrize("name", sorted(_TUPLES))
def test_tuples(name: str) -> None:
    function = needs(f"jax.numpy.{name}")
    arguments: dict[str, tuple[Any, ...]] = {
        "unravel_index": (1, (2, 2)),
        "ix_": (jnp.arange(2), jnp.arange(2)),
        "tril_indices": (2,),
        "triu_indices": (2,),
        "diag_indices": (2,),
        "mask_indices": (2, jnp.triu),
    }
    assert type(function(*arguments.get(name, (jnp.array(V),)))) is tuple


@pytest.mark.parametrize("name", sorted(_SPLITS))
@pytest.mark.parametrize(("parts", "count"), [(2, 2), ([1], 2), ((1, 2), 3), ([], 1)])
def test_splits(name: str, parts: Any, count: int) -> None:
    result = needs(f"jax.numpy.{name}")(jnp.ones((4, 4, 4)), parts)
    assert type(result) is list
    assert len(result) == count
    assert all(isinstance(item, jax.Array) for item in result)


# Operators, attributes and methods

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
          operator.matmul, operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]  # fmt: skip
LEAVES: list[Any] = [jnp.float32(2.0), jnp.array(V), 2.0]


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: str(operation.__name__))
@pytest.mark.parametrize("leaf", [*LEAVES, 2, None], ids=repr)
def test_none_takes_no_part_in_operators(operation: Callable[[object, object], object], leaf: object) -> None:
    for operands in ((None, leaf), (leaf, None)):
        with pytest.raises(TypeError):
            operation(*operands)


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: str(operation.__name__))
@pytest.mark.parametrize("leaf", LEAVES, ids=repr)
@pytest.mark.parametrize("kind", [tuple, list])
def test_a_tuple_and_an_array_or_float_do_not_operate(
    operation: Callable[[object, object], object], leaf: object, kind: Callable[[Sequence[float]], object]
) -> None:
    for operands in ((kind(V), leaf), (leaf, kind(V))):
        with pytest.raises(TypeError):
            operation(*operands)


@pytest.mark.parametrize("operation", [one for one in BINARY if one != operator.mul], ids=lambda one: str(one.__name__))
def test_a_tuple_and_another_value_do_not_operate(operation: Callable[[object, object], object]) -> None:
    pairs: list[tuple[Any, Any]] = [
        ((1,), 2),
        (2, (1,)),
        ((1,), [1]),
        ([1], (1,)),
        ((1,), {}),
        ((1,), None),
        (None, (1,)),
    ]
    for operands in pairs:
        with pytest.raises(TypeError):
            operation(*operands)


@pytest.mark.parametrize("operation", [operator.neg, operator.pos, operator.invert])
@pytest.mark.parametrize("value", [(1,), [1], None], ids=repr)
def test_unary_operators_reject(operation: Callable[[object], object], value: object) -> None:
    with pytest.raises(TypeError):
        operation(value)


def test_a_tuple_times_a_whole_number_of_numpy_is_a_longer_tuple() -> None:
    assert (1, 2) * np.int64(2) == np.int64(2) * (1, 2) == (1, 2, 1, 2)


@pytest.mark.parametrize("output", [1.0, 1, True])
def test_a_tuple_times_a_cotangent_raises(output: Any) -> None:
    """Cotangents are floating, complex or float0, never whole numbers."""
    primal = jax.custom_vjp(lambda x: (jnp.sum(x), jnp.asarray(output)))

    def backward(residuals: Any, cotangent: Any) -> Any:
        return (residuals,) * cotangent[1]

    primal.defvjp(lambda x: (primal(x), x), backward)
    with pytest.raises(TypeError):
        jax.grad(lambda x: primal(x)[0])(1.0)


@pytest.mark.parametrize("name", sorted(names.ARRAY_METHODS))
@pytest.mark.parametrize("array", [jnp.array, np.array], ids=["jax", "numpy"])
def test_methods_return_an_array(name: str, array: Callable[..., Any]) -> None:
    results: list[object] = []
    own: dict[str, list[tuple[Any, ...]]] = {
        "choose": [(array(M),), ([array(V)] * 3,)],
        "view": [("int32",)],
        "compress": [(array(B),)],
    }
    for arguments in [(), *own.get(name, []), (0,), (1,), (V,), ((3, 1),), ("float32",), (0, 0), (0.0, 1.0)]:
        for value in (array(V, "float32"), array(W), array(M), array([0, 1, 0])):
            method = getattr(value, name, None)
            if method is None:
                pytest.skip("no such method")
            with contextlib.suppress(Exception):
                results.append(method(*arguments))
    assert results, "no arguments fit"
    if (name, array) == ("sort", np.array):
        assert set(results) == {None}, "in place: no tuple either"
    else:
        assert all(hasattr(result, "dtype") for result in results)


# Names


OTHERS = {"checkpoint", "remat", "map"}


def test_aliases_of_modules_hold_the_same_objects() -> None:
    compared = different = 0
    for alias, module in names._ALIASES.items():
        with contextlib.suppress(ImportError):
            one, two = importlib.import_module(alias), importlib.import_module(module)
            for name in set(vars(one)) & set(dir(two)):
                if is_public_function(one, name) and is_public_function(two, name):
                    compared += 1
                    different += getattr(one, name) is not getattr(two, name)
    assert compared > 20
    assert different == 0


def is_public_function(module: Any, name: str) -> bool:
    """A function or class; the wrappers `checkpoint` and `remat` have been several, `map` is an inner helper."""
    value = getattr(module, name)
    return callable(value) and not inspect.ismodule(value) and name[0] != "_" and name not in OTHERS


@pytest.mark.parametrize("name", sorted(set(names._SAME) - {"jax.custom_batching.sequential_vmap"}))
def test_same_names_are_the_same_function(name: str) -> None:
    one, two = needs(name), needs(names._SAME[name])
    leaves = (jnp.float32(1.0), [jnp.float32(2.0)])
    if "map" in name:
        assert one(lambda leaf: leaf, leaves) == two(lambda leaf: leaf, leaves) == leaves
    elif "tree" in name:
        assert str(one(leaves)) == str(two(leaves))
    elif "NamedTuple" in name:
        assert one("pair", [("a", int)])(1)._fields == two("pair", [("a", int)])(1)._fields == ("a",)
    else:
        assert one is two or one(len)(leaves) == two(len)(leaves) == 2


# Wrappers and contexts


def with_batching_rule(function: Any) -> Any:
    function.def_vmap(lambda _, batched, *arguments: (arguments, batched))
    return function


ARGUMENTS_OF_WRAPPERS: dict[str, Callable[[Any, Any], Any]] = {
    "jax.named_scope": lambda wrapper, function: wrapper("name")(function),
    "jax.default_matmul_precision": lambda wrapper, function: wrapper("float32")(function),
    "jax.custom_batching.custom_vmap": lambda wrapper, function: with_batching_rule(wrapper(function)),
    "jax.named_call": lambda wrapper, function: wrapper(function, name="name"),
    "builtins.staticmethod": lambda wrapper, function: wrapper(function).__func__,
    "builtins.classmethod": lambda wrapper, function: wrapper(function).__func__,
}


def wrapped(name: str, function: Callable[..., Any]) -> Any:
    wrapper = needs(name)
    return ARGUMENTS_OF_WRAPPERS.get(name, lambda wrapper, function: wrapper(function))(wrapper, function)


@pytest.mark.parametrize("name", [*sorted(names.TRANSPARENT), "jax.custom_batching.sequential_vmap"])
def test_transparent_wrappers_keep_parameters_and_results(name: str) -> None:
    def function(x: Any, y: Any = 2.0, *, z: Any = 3.0) -> Any:
        return (x, y, z) if name == "jax.numpy.vectorize" else (x, [y, None, {"z": z}])

    result = wrapped(name, function)
    assert list(inspect.signature(result).parameters) == ["x", "y", "z"]
    one = jnp.ones(2) if name == "jax.vmap" else 1.0
    structure = jax.tree_util.tree_structure(result(one, one))
    assert structure == jax.tree_util.tree_structure(function(one, one))


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_compiled_functions_return_arrays_for_numbers(name: str) -> None:
    function = wrapped(name, lambda x: (x, 2.0, True))
    arguments = [jnp.ones(2), *([] if name == "jax.vmap" else [1.0])]
    results = [leaf for argument in arguments for leaf in function(argument)]
    assert [type(leaf) for leaf in results if not isinstance(leaf, jax.Array)] == []


@pytest.mark.parametrize("name", sorted(QUIET_CONTEXTS))
def test_quiet_contexts_let_exceptions_pass(name: str) -> None:
    context = needs(name)
    own: dict[str, tuple[Any, ...]] = {
        "jax.named_scope": ("name",),
        "jax.default_device": (jax.devices()[0],),
        "jax.default_matmul_precision": ("float32",),
        "jax.numpy_dtype_promotion": ("standard",),
        "jax.profiler.TraceAnnotation": ("name",),
    }
    arguments = own.get(name, (True,) if "x64" in name else ())
    with pytest.raises(ZeroDivisionError), context(*arguments):
        raise ZeroDivisionError


@pytest.mark.parametrize("name", sorted(names.CLASS_DECORATORS))
def test_class_decorators_return_the_class(name: str) -> None:
    decorator = needs(name)

    class Plain(Protocol if "runtime_checkable" in name else object):  # type: ignore[misc]  # a base by name
        def __lt__(self, other: object) -> bool:
            return False

        def __eq__(self, other: object) -> bool:
            return self is other

        def __hash__(self) -> int:
            return 1

        def tree_flatten(self) -> tuple[tuple[()], None]:
            return (), None

        tree_flatten_with_keys = tree_flatten

        @classmethod
        def tree_unflatten(cls, *_: object) -> Plain:
            return cls()

    try:
        result = decorator(Plain)
    except TypeError:
        result = decorator(Plain, data_fields=[], meta_fields=[])
    assert result is Plain


@pytest.mark.parametrize("array", [2, 2.0, [1, 2], True])
@pytest.mark.parametrize("sequence", [(1.0, 2.0), [1.0], (None,), ()])
def test_an_array_repeats_nothing(array: Any, sequence: Any) -> None:
    """Also an array of an integer does not, though it can be an index."""
    value: Any = jnp.array(array)
    for left, right in ((sequence, value), (value, sequence)):
        with pytest.raises(TypeError):
            left * right
