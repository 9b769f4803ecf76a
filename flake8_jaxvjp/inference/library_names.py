"""Names of the libraries that rules are written with, as data: canonical names, and what always returns an array."""

from __future__ import annotations

from typing import Final

_ALIASES: Final = {
    "jax.custom_derivatives": "jax",
    "jax._src.custom_derivatives": "jax",
    "jax._src.api": "jax",
    "jax.api": "jax",
    "jax._src.ad_checkpoint": "jax",
    "jax.ad_checkpoint": "jax",
    "jax._src.numpy.lax_numpy": "jax.numpy",
    "jax._src.lax.lax": "jax.lax",
    "jax._src.lax.control_flow": "jax.lax",
    "jax._src.tree_util": "jax.tree_util",
    "jax.experimental.ffi": "jax.ffi",
    "jax.extend.ffi": "jax.ffi",
    "numpy.core.numeric": "numpy",
}

_SAME: Final = {
    "jax.remat": "jax.checkpoint",
    "jax.custom_batching.sequential_vmap": "jax.custom_batching.custom_vmap",
    "jax.tree_map": "jax.tree.map",
    "jax.tree_util.tree_map": "jax.tree.map",
    "jax.tree_util.tree_leaves": "jax.tree.leaves",
    "jax.tree_leaves": "jax.tree.leaves",
    "jax.tree_util.tree_flatten": "jax.tree.flatten",
    "jax.tree_flatten": "jax.tree.flatten",
    "jax.lax.stop_gradient": "jax.lax.stop_gradient",
    "typing_extensions.NamedTuple": "typing.NamedTuple",
}


def canonical(name: str) -> str:
    """One name for the same thing: `jax.custom_derivatives.custom_vjp` is `jax.custom_vjp`."""
    module, _, attribute = name.rpartition(".")
    if module in _ALIASES:
        name = f"{_ALIASES[module]}.{attribute}"
    return _SAME.get(name, name)


ALWAYS_ARRAY: Final = frozenset(
    """
    abs absolute acos acosh add all allclose amax amin angle any append arange
    arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around
    array array_equal array_equiv asarray asin asinh astype atan atan2 atanh bartlett bincount bitwise_and
    bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor
    blackman block broadcast_to cbrt ceil choose clip column_stack compress concat concatenate conj conjugate
    convolve copy copysign corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum cumulative_prod
    cumulative_sum deg2rad degrees delete diag diagflat diff digitize divide dot dstack ediff1d einsum empty
    empty_like equal exp exp2 expand_dims expm1 extract eye fabs fill_diagonal flatnonzero flip fliplr flipud
    float_power floor floor_divide fmax fmin fmod from_dlpack frombuffer fromstring full full_like
    gcd geomspace greater greater_equal hamming hanning heaviside histogram_bin_edges hstack hypot i0 identity
    imag inner insert interp invert isclose iscomplex isfinite isin isinf isnan isneginf isposinf isreal kaiser
    kron lcm ldexp left_shift less less_equal lexsort load log log10 log1p log2 logaddexp logaddexp2 logical_and
    logical_not logical_or logical_xor logspace matmul matrix_transpose matvec max maximum mean median min
    minimum mod moveaxis multiply nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian
    nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar negative nextafter not_equal ones ones_like
    outer packbits pad partition percentile permute_dims piecewise place poly polyadd polyder polyint polymul
    polysub polyval positive pow power prod ptp put put_along_axis quantile rad2deg radians ravel
    ravel_multi_index real reciprocal remainder repeat reshape resize right_shift rint roll rollaxis roots rot90
    round searchsorted select setdiff1d setxor1d sign signbit sin sinc sinh sort sort_complex spacing sqrt
    square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose
    trapezoid tri tril trim_zeros triu true_divide trunc union1d unique_values unpackbits unwrap vander var vdot
    vecdot vecmat vstack zeros zeros_like
    """.split()
)
"""Functions of `jax.numpy` whose stub (jax/numpy/__init__.pyi) returns `Array` in every overload."""

NUMPY_NOT_ARRAY: Final = frozenset({"diff", "fill_diagonal", "load", "place", "put", "put_along_axis", "trim_zeros"})
"""Functions of NumPy that share a name with one of jax.numpy, but return None, or the list or tuple they get."""

LAX_ARRAY: Final = frozenset(
    """
    abs acos acosh add argmax argmin asin asinh atan atan2 atanh batch_matmul bessel_i0e bessel_i1e betainc
    bitcast_convert_type bitwise_and bitwise_not bitwise_or bitwise_xor broadcast broadcast_in_dim broadcasted_iota
    cbrt ceil clamp
    clz collapse complex concatenate conj conv conv_general_dilated conv_transpose convert_element_type cos cosh
    cumlogsumexp cummax cummin cumprod cumsum digamma div dot dot_general dynamic_index_in_dim dynamic_slice
    dynamic_slice_in_dim dynamic_update_index_in_dim dynamic_update_slice dynamic_update_slice_in_dim eq erf erf_inv
    erfc exp exp2 expand_dims expm1 fft floor full full_like gather ge gt igamma igammac imag index_in_dim integer_pow
    iota is_finite le lgamma log log1p logistic lt max min mul ne neg nextafter pad polygamma population_count pow
    random_gamma_grad real reciprocal reduce_max reduce_min reduce_precision reduce_prod reduce_sum rem reshape rev
    round rsqrt scatter scatter_add scatter_apply scatter_max scatter_min scatter_mul select select_n shift_left
    shift_right_arithmetic shift_right_logical sign sin sinh slice slice_in_dim sqrt square squeeze sub tan tanh
    transpose zeta
    """.split()
)

NN_ARRAY: Final = frozenset(
    """
    celu elu gelu glu hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid log_softmax one_hot relu
    relu6 selu sigmoid silu soft_sign softmax softplus sparse_plus squareplus standardize swish dot_product_attention
    """.split()
)

RANDOM_ARRAY: Final = frozenset(
    """
    PRNGKey bernoulli beta binomial bits categorical cauchy chisquare choice dirichlet exponential fold_in gamma
    geometric gumbel key key_data laplace loggamma logistic lognormal maxwell multivariate_normal normal pareto
    permutation poisson rademacher randint rayleigh split t triangular truncated_normal uniform wald weibull_min
    """.split()
)

SPECIAL_ARRAY: Final = frozenset(
    """
    bessel_jn bernoulli beta betainc betaln digamma entr erf erf_inv erfc erfinv exp1 expi expit expn factorial gamma
    gammainc gammaincc gammaln hyp1f1 hyp2f1 i0 i0e i1 i1e kl_div log_ndtr log_softmax logit multigammaln ndtr ndtri
    poch polygamma rel_entr softmax spence xlog1py xlogy zeta
    """.split()
)

LINALG_ARRAY: Final = frozenset(
    """
    cholesky cond cross det diagonal eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose
    multi_dot norm outer pinv solve svdvals tensordot tensorinv tensorsolve trace vecdot vector_norm
    cho_solve expm solve_triangular sqrtm toeplitz block_diag lu_solve
    """.split()
)

NAMED_TUPLES: Final = {
    "jax.numpy.linalg.eigh": ("eigenvalues", "eigenvectors"),
    "jax.numpy.linalg.qr": ("Q", "R"),
    "jax.numpy.linalg.slogdet": ("sign", "logabsdet"),
    "jax.numpy.linalg.svd": ("U", "S", "Vh"),
}
"""Functions that return a named tuple, unless a keyword asks for something else."""

TAKES_ONE_ARRAY: Final = frozenset(
    """
    abs absolute all any arccos arccosh arcsin arcsinh arctan arctanh argmax argmin argsort average cbrt ceil conj
    conjugate cos cosh cumprod cumsum deg2rad degrees diag diagonal diff exp exp2 expm1 fabs flatnonzero flip fliplr
    flipud floor imag isfinite isinf isnan linalg.cholesky linalg.det linalg.eigh linalg.inv linalg.matrix_power
    linalg.norm linalg.pinv linalg.qr linalg.slogdet linalg.svd log log10 log1p log2 max mean median min nan_to_num
    nanmax nanmean nanmin nanstd nansum nanvar negative ones_like positive prod ptp rad2deg radians ravel real
    reciprocal rint rot90 round sign signbit sin sinc sinh sort sqrt square squeeze std sum tan tanh trace transpose
    tril triu trunc unwrap var zeros_like
    """.split()
)
"""Functions of `jax.numpy` whose first argument is an array, never a sequence (check_arraylike in
jax._src.numpy.util): they raise TypeError for a tuple, a list, and None."""

TAKES_TWO_ARRAYS: Final = frozenset(
    """
    add append arctan2 convolve copysign correlate cross divide dot equal float_power floor_divide fmax fmin fmod
    greater greater_equal heaviside hypot inner kron less less_equal linalg.solve logaddexp logaddexp2 matmul
    maximum minimum mod multiply not_equal outer polyval power remainder searchsorted subtract tensordot true_divide
    vdot
    """.split()
)
"""The same for the first two arguments."""

ARRAY_METHODS: Final = frozenset(
    """
    all any argmax argmin argpartition argsort astype byteswap choose clip compress conj conjugate copy cumprod cumsum
    diagonal dot flatten max mean min prod ptp ravel repeat reshape round searchsorted sort squeeze std sum swapaxes
    take trace transpose var view
    """.split()
)
"""Methods of an array that return an array."""

RELATIVES: Final = frozenset(
    "equinox.filter_custom_vjp equinox.filter_custom_jvp flax.nnx.custom_vjp flax.linen.custom_vjp".split()
)
"""What makes functions with rules of their own, by other contracts than JAX's."""

CONTINUOUS: Final = frozenset(
    """
    Beta Cauchy Chi2 Dirichlet Exponential Gamma Gumbel HalfCauchy HalfNormal InverseGamma Kumaraswamy Laplace LogNormal
    Logistic MultivariateNormal Normal Pareto StudentT TruncatedNormal Uniform Weibull
    """.split()
)
"""Distributions of NumPyro whose samples are floats."""

TRANSPARENT: Final = frozenset(
    """
    jax.jit jax.vmap jax.checkpoint jax.named_call jax.custom_batching.custom_vmap jax.numpy.vectorize
    equinox.filter_jit equinox.filter_checkpoint flax.nnx.jit functools.lru_cache functools.cache
    builtins.staticmethod builtins.classmethod beartype.beartype typeguard.typechecked jaxtyping.jaxtyped
    jax.profiler.annotate_function jax.named_scope jax.default_matmul_precision typing.no_type_check
    """.split()
)
"""Wrappers that keep the parameters of what they wrap."""

FIRST_IS_FUNCTION: Final = TRANSPARENT - {"jax.named_scope", "jax.default_matmul_precision"}

JAXTYPING_ARRAYS: Final = frozenset(
    f"jaxtyping.{name}"
    for name in (
        "Bool Complex Complex128 Complex64 Float Float16 Float32 Float64 BFloat16 Inexact Int Int16 Int32 Int64 Int8 "
        "Integer Num Real Shaped UInt UInt16 UInt32 UInt64 UInt8"
    ).split()
)

CLASS_DECORATORS: Final = frozenset(
    """
    dataclasses.dataclass functools.total_ordering typing.final typing.runtime_checkable
    jax.tree_util.register_pytree_node_class jax.tree_util.register_static jax.tree_util.register_dataclass
    jax.tree_util.register_pytree_with_keys_class flax.struct.dataclass chex.dataclass
    """.split()
)
"""Class decorators that return the class that they get."""
