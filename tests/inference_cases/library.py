"""What functions of JAX and NumPy give, and imports."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "always an array",
        """
        return (
            jnp.sum(g),
            jnp.zeros(3),
            jnp.stack([g, g]),
            jnp.concatenate((jnp.ones(1), jnp.ones(1))),
            lax.exp(g),
            jax.nn.relu(g),
        )
        """,
        "(array, array, array, array, array, array)",
    ),
    case(
        "numpy gives arrays or scalars",
        "return np.sum(np.ones(2)), np.stack([np.ones(2)])",
        "(ndarray, ndarray)",
    ),
    case(
        "splits",
        """
        x = jnp.ones(4)
        return (
            jnp.split(x, 2),
            jnp.split(x, [1, 2]),
            jnp.array_split(x, 3),
            jnp.split(x, len(items) * 0 + 2),
        )
        """,
        "([array, array], [array, array, array], [array, array, array], list[...])",
    ),
    case(
        "tuples of jax.numpy",
        """
        return (
            jnp.divmod(g, 1.0),
            jnp.nonzero(jnp.ones(2)),
            jnp.where(jnp.ones(2)),
            jnp.where(g > 0, g, 1.0),
            jnp.histogram(jnp.ones(2)),
        )
        """,
        "((array, array), tuple[...], tuple[...], array, (array, array))",
    ),
    case(
        "where with keywords",
        "return jnp.where(jnp.ones(2), size=2, fill_value=0)",
        "tuple[...]",
    ),
    case(
        "lists of jax.numpy",
        """
        return (
            jnp.meshgrid(jnp.ones(2), jnp.ones(2)),
            jnp.broadcast_arrays(g, g),
            jnp.atleast_1d(g),
            jnp.atleast_1d(g, g),
        )
        """,
        "((array, array) | [array, array], (array, array) | [array, array], array, (array, array) | [array, array])",
    ),
    case(
        "depends on a keyword",
        """
        x = jnp.ones(3)
        return (
            jnp.linspace(0, 1, 2),
            jnp.linspace(0, 1, 2, retstep=True),
            jnp.average(x),
            jnp.average(x, returned=True),
        )
        """,
        "(array, ?, array, ?)",
    ),
    case(
        "shapes and types",
        """
        x = jnp.ones((2, 3))
        return (
            jnp.shape(x),
            jnp.ndim(x),
            jnp.size(x),
            jnp.result_type(x),
            jnp.float32(1),
            jnp.broadcast_shapes((1,), (2,)),
        )
        """,
        "(tuple[...], number, number, object, array, tuple[...])",
    ),
    case(
        "decompositions",
        """
        m = jnp.eye(2)
        return (
            jnp.linalg.eigh(m),
            jnp.linalg.qr(m),
            jnp.linalg.slogdet(m),
            jnp.linalg.svd(m, full_matrices=False),
        )
        """,
        (
            "(jnp.linalg.eigh(eigenvalues=array, eigenvectors=array), jnp.linalg.qr(Q=array, R=array), "
            "jnp.linalg.slogdet(sign=array, logabsdet=array), jnp.linalg.svd(U=array, S=array, "
            "Vh=array))"
        ),
    ),
    case(
        "decompositions with other keywords",
        """
        m = jnp.eye(2)
        return (
            jnp.linalg.svd(m, compute_uv=False),
            jnp.linalg.qr(m, mode="r"),
            jnp.linalg.qr(m, "r"),
        )
        """,
        "(?, ?, ?)",
    ),
    case(
        "fields of a decomposition",
        "return jnp.linalg.slogdet(jnp.eye(2)).logabsdet",
        "array",
    ),
    case(
        "scipy",
        """
        import jax.scipy as jsp
        from jax.scipy.special import logsumexp
        c, lower = jsp.linalg.cho_factor(jnp.eye(2))
        return (
            c,
            jsp.linalg.cho_solve((c, lower), jnp.ones(2)),
            logsumexp(jnp.ones(2)),
            jsp.special.erf(g),
        )
        """,
        "(array, array, array, array)",
    ),
    case(
        "logsumexp with signs",
        """
        from jax.scipy.special import logsumexp
        return (
            logsumexp(jnp.ones(2), return_sign=True),
            logsumexp(jnp.ones(2), None, None, False, True),
        )
        """,
        "(?, ?)",
    ),
    case(
        "random",
        """
        key = jax.random.PRNGKey(0)
        return jax.random.normal(key), jax.random.split(key), jax.random.uniform(key, (2,))
        """,
        "(array, array, array)",
    ),
    case(
        "top_k and unknown names",
        "return lax.top_k(jnp.ones(2), 1), jnp.unique(jnp.ones(2))",
        "([array, array], ?)",
    ),
    case(
        "imports in functions",
        """
        import jax.numpy as other_name
        from jax import numpy, lax as other_lax
        from jax.numpy import sum as total
        return other_name.sum(g), numpy.ones(2), other_lax.exp(g), total(g)
        """,
        "(array, array, array, array)",
    ),
    case(
        "an import of a submodule",
        """
        import jax.numpy
        import os.path
        return jax.numpy.sum(g), os.path
        """,
        "(array, os.path)",
    ),
    case(
        "imported flags are not known",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING or jax.config.jax_enable_x64:
            return 1
        return (2,)
        """,
        "(2,) | 1",
    ),
    case(
        "imported None is not known",
        """
        from doctest import master
        if master is None:
            return (1,)
        return 2
        """,
        "(1,) | 2",
    ),
    case(
        "custom_vjp functions are called through",
        "return inner(1.0), inner.fun(2.0)",
        "((1.0, 2.0), (2.0, 2.0))",
        before="""
        @jax.custom_vjp
        def inner(a):
            return a, 2.0

        inner.defvjp(lambda a: (inner(a), None), lambda residuals, g: (g,))
        """,
    ),
    case(
        "contexts of jax",
        """
        with jax.default_matmul_precision("float32"), jax.disable_jit():
            a = (1, 2)
        return a
        """,
        "(1, 2)",
    ),
)
