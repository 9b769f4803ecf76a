"""Ways to make a custom_vjp and to give it its rules."""

from __future__ import annotations

from rule_cases.base import case

CASES = (
    case("a decorator", "", "{f}{good}f.defvjp(fwd, bwd)"),
    case(
        "an alias of the decorator",
        "VJP101",
        """
        from jax import custom_vjp as rule

        @rule
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "the module of the decorator",
        "VJP101",
        """
        from jax import custom_derivatives
        import jax.custom_derivatives as cd

        @custom_derivatives.custom_vjp
        def g(x, y):
            return x * y

        @cd.custom_vjp
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        g.defvjp(lambda x, y: (g(x, y), None), lambda res, g: (g, g))
        """,
    ),
    case(
        "an assigned alias",
        "VJP101",
        """
        rule = jax.custom_vjp

        @rule
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "a partial as decorator",
        "VJP101",
        """
        @partial(jax.custom_vjp, nondiff_argnums=(1,))
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda y, res, g: (g, g))
        """,
    ),
    case(
        "a partial called",
        "VJP101",
        """
        f = functools.partial(jax.custom_vjp, nondiff_argnums=[1])(lambda x, y: x * y)
        f.defvjp(lambda x, y: (f(x, y), None), lambda y, res, g: (g, g))
        """,
    ),
    case(
        "a call of a lambda",
        "VJP101",
        """
        f = jax.custom_vjp(lambda x, y: x * y)
        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "a call with keywords",
        "VJP101",
        """
        def impl(x, y):
            return x * y

        f = jax.custom_vjp(fun=impl, nondiff_argnums=(1,))
        f.defvjp(fwd=lambda x, y: (f(x, y), None), bwd=lambda y, res, g: (g, g))
        """,
    ),
    case(
        "positional nondiff_argnums",
        "VJP101",
        """
        f = jax.custom_vjp(lambda x, y: x * y, (1,))
        f.defvjp(lambda x, y: (f(x, y), None), lambda y, res, g: (g, g))
        """,
    ),
    case(
        "a jitted primal",
        "VJP101",
        """
        @jax.custom_vjp
        @jax.jit
        def f(x, y=3.0):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "a primal that wraps another",
        "VJP101",
        """
        def logged(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)

            return wrapper

        @jax.custom_vjp
        @logged
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "a primal under an unknown decorator",
        "",
        """
        def dropping(function):
            def wrapper(x, *rest):
                return function(x, 1.0)

            return wrapper

        @jax.custom_vjp
        @dropping
        def f(x, y):
            return x * y

        f.defvjp(lambda x: (f(x), None), lambda res, g: (g,))
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "a partial as primal",
        "",
        """
        def impl(x, y, z):
            return x * y * z

        f = jax.custom_vjp(partial(impl, 1.0))
        f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda res, g: (g * res[1], g * res[0]))
        """,
    ),
    case(
        "a bound method as primal",
        "VJP101",
        """
        class Model:
            def apply(self, x, y):
                return x * y

        f = jax.custom_vjp(Model().apply)
        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g,))
        """,
    ),
    case(
        "a function of JAX as primal",
        "",
        """
        f = jax.custom_vjp(jnp.multiply)
        f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda res, g: (g * res[1], g * res[0]))
        """,
    ),
    case(
        "a static method",
        "VJP101",
        """
        class Model:
            @jax.custom_vjp
            @staticmethod
            def apply(x, y):
                return x * y

        Model.apply.defvjp(lambda x, y: (x * y, None), lambda res, g: (g,))
        f = Model.apply
        """,
    ),
    case(
        "in the body of a class",
        "VJP101",
        """
        class Model:
            @jax.custom_vjp
            def apply(x, y):
                return x * y

            def apply_fwd(x, y):
                return x * y, None

            def apply_bwd(res, g):
                return (g,)

            apply.defvjp(apply_fwd, apply_bwd)

        f = Model.apply
        """,
    ),
    case(
        "in a method",
        "VJP101",
        """
        class Model:
            def rule(self, scale):
                @jax.custom_vjp
                def inner(x, y):
                    return x * y

                def inner_bwd(res, g):
                    return (g * scale,)

                inner.defvjp(lambda x, y: (x * y, None), inner_bwd)
                return inner

        f = Model().rule(2.0)
        """,
    ),
    case(
        "in a factory with a decorator of its own",
        "VJP101",
        """
        def factory(n):
            rule = partial(jax.custom_vjp, nondiff_argnums=(0,) if n else ())

            @rule
            def inner(x, y):
                return x * y

            return inner

        def plain():
            @jax.custom_vjp
            def inner(x, y):
                return x * y

            def backward(res, g):
                return (g,)

            inner.defvjp(lambda x, y: (inner(x, y), None), backward)
            return inner

        f = plain()
        """,
    ),
    case(
        "at the level of if and try",
        "VJP101 VJP101",
        """
        {f}
        if hasattr(jax, "custom_vjp"):
            f.defvjp(fwd, lambda res, g: (g,))
        try:
            h = jax.custom_vjp(lambda x, y: x)
            h.defvjp(fwd, lambda res, g: (g,))
        except TypeError:
            pass
        """,
    ),
    case(
        "several statements on a line",
        "VJP101",
        """
        {f}
        bwd = lambda res, g: (g,); f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a second defvjp takes the place of the first",
        "",
        """
        {f}{good}
        f.defvjp(fwd, lambda res, g: (g,))
        f.defvjp(fwd, bwd)
        """,
    ),
    case(
        "a second defvjp that is wrong",
        "VJP101",
        """
        {f}{good}
        f.defvjp(fwd, bwd)
        f.defvjp(fwd, lambda res, g: (g,))
        """,
    ),
    case(
        "the same name twice",
        "VJP101",
        """
        {f}{good}
        f.defvjp(fwd, bwd)

        @jax.custom_vjp
        def f(x):
            return x

        def fwd(x):
            return x, None

        def bwd(res, g):
            return (g, g)

        f.defvjp(fwd, bwd)
        """,
        "jax.grad(f)(2.0)",
    ),
    case(
        "defined in a loop over rules",
        "",
        """
        RULES = []
        for scale in (1.0, 2.0):
            @jax.custom_vjp
            def f(x, y):
                return x * y

            f.defvjp(lambda x, y: (x * y, (x, y)), lambda res, g: (g * res[1], g * res[0]))
            RULES.append(f)
        """,
    ),
    case(
        "a name from elsewhere",
        "",
        """
        {f}{good}
        f.defvjp(fwd, globals()["bwd"])
        getattr(f, "defvjp")(fwd, bwd)
        """,
    ),
    case(
        "not a custom_vjp of JAX",
        "",
        """
        class Rule:
            def defvjp(self, fwd, bwd):
                pass

        f = lambda x, y: x * y
        Rule().defvjp(lambda x: x, lambda res, g: (g,))
        """,
    ),
    case(
        "a custom_vjp above a jvp",
        "",
        """
        @jax.custom_jvp
        @jax.custom_vjp
        def f(x, y):
            return x * y

        f.defvjp(lambda x, y: (f(x, y), None), lambda res, g: (g, g))
        """,
        "",
    ),
    case(
        "rules in a table that nothing changes",
        "VJP101",
        """
        {f}
        def bwd(res, g):
            return (g * res[1],)

        RULES = {"forward": fwd, "backward": bwd}
        f.defvjp(RULES["forward"], RULES["backward"])
        """,
    ),
)
