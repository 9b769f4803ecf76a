"""NumPyro's samplers in forward mode, over models that call a custom_vjp, or do not."""

from __future__ import annotations

from rule_cases.base import RuleCase, case

START = """
import numpyro
import numpyro.distributions as dist
from numpyro.infer import HMC, MCMC, NUTS


@jax.custom_vjp
def h(t, x):
    return -jnp.sum((x - t) ** 2)


def h_fwd(t, x):
    return -jnp.sum((x - t) ** 2), (t, x)


def h_bwd(res, g):
    t, x = res
    return 2.0 * g * jnp.sum(x - t), None


h.defvjp(h_fwd, h_bwd)
"""
ONCE = "MCMC(kernel, num_warmup=1, num_samples=1, progress_bar=False)"
START_ONLY = "kernel.init(jax.random.PRNGKey(0), 0, None, (jnp.ones(2),), {})"
KERNEL = "NUTS(model, forward_mode_differentiation=True)"
NORMAL = 't = numpyro.sample("t", dist.Normal(0.0, 1.0))'


def sampler(name: str, codes: str, body: str, kernel: str = KERNEL, before: str = "") -> RuleCase:
    """A model of this body, and a sampler: where it goes well, the first point with its gradient says so already."""
    indented = "\n".join(f"    {line}" for line in body.strip().splitlines())
    written = f"{START}{before}\ndef model(x):\n{indented}\n\nkernel = {kernel}\n"
    call = f"{ONCE}.run(jax.random.PRNGKey(0), jnp.ones(2))" if codes else START_ONLY
    return case(name, codes, written, call)


HELPER = """
def log_density(location, x):
    scaled = 2.0 * location
    return h(scaled, x)

"""

CASES = (
    sampler("a model that calls it", "VJP413", f"{NORMAL}\nnumpyro.factor('f', h(t, x))"),
    sampler(
        "HMC",
        "VJP413",
        f"{NORMAL}\nnumpyro.factor('f', h(t, x))",
        "HMC(model, num_steps=1, forward_mode_differentiation=True)",
    ),
    sampler("what it gives is not used", "VJP413", f"{NORMAL}\nnumpyro.deterministic('d', h(t, x))"),
    sampler("through a helper", "VJP413", f"{NORMAL}\nnumpyro.factor('f', log_density(t, x))", before=HELPER),
    sampler("computed from a sample", "VJP413", f"{NORMAL}\ns = jnp.exp(t)\nr = 1.0 + s\nnumpyro.factor('f', h(r, x))"),
    sampler(
        "in a plate",
        "VJP413",
        f"{NORMAL}\nwith numpyro.plate('n', 2):\n    numpyro.sample('y', dist.Normal(h(t, x), 1.0), obs=x)",
    ),
    sampler(
        "of many samples",
        "VJP413",
        "w = numpyro.sample('w', dist.Normal(0.0, 1.0).expand([2]).to_event(1))\n"
        "numpyro.factor('f', h(jnp.dot(x, w), x))",
    ),
    sampler(
        "made in a function",
        "VJP413",
        f"{NORMAL}\nnumpyro.factor('f', h(t, x))",
        "make()",
        before="\ndef make():\n    return NUTS(model, forward_mode_differentiation=True)\n\n",
    ),
    sampler(
        "made in a function, in reverse mode",
        "",
        f"{NORMAL}\nnumpyro.factor('f', h(t, x))",
        "make()",
        before="\ndef make(forward_mode_differentiation=False):\n    return NUTS(model)\n\n",
    ),
    sampler(
        "made in a function, of another model",
        "",
        f"{NORMAL}\nnumpyro.factor('f', h(1.0, x) + t)",
        "make(model)",
        before=(
            "\ndef make(model):\n    return NUTS(model, forward_mode_differentiation=True)\n\n"
            "def other(x):\n    t = numpyro.sample('t', dist.Normal(0.0, 1.0))\n    numpyro.factor('f', h(t, x))\n\n"
        ),
    ),
    sampler(
        "through its pullback", "", f"{NORMAL}\ny, pullback = jax.vjp(lambda t: h(t, x), t)\nnumpyro.factor('f', y)"
    ),
    sampler("its own pullback", "", f"{NORMAL}\ny, pullback = jax.vjp(h, t, x)\nnumpyro.factor('f', y)"),
    sampler(
        "of many samples of whole numbers",
        "",
        f"{NORMAL}\nw = numpyro.sample('w', dist.Normal(0.0, 1.0).expand([2]).mask(False), obs=x)\n"
        "numpyro.factor('f', h(jnp.dot(x, w), x) + t)",
    ),
    sampler("jitted", "VJP413", f"{NORMAL}\nnumpyro.factor('f', jax.jit(h)(t, x))"),
    case(
        "as the potential function",
        "VJP413",
        """
        from numpyro.infer import MCMC, NUTS

        @jax.custom_vjp
        def potential(z):
            return z**2

        potential.defvjp(lambda z: (z**2, z), lambda z, g: (2.0 * g * z,))
        kernel = NUTS(potential_fn=potential, forward_mode_differentiation=True)
        """,
        f"{ONCE}.run(jax.random.PRNGKey(0), init_params=jnp.float32(1.0))",
    ),
    sampler("in reverse mode", "", f"{NORMAL}\nnumpyro.factor('f', h(t, x))", "NUTS(model)"),
    sampler("of data alone", "", f"{NORMAL}\nnumpyro.factor('f', h(1.0, x) + t)"),
    sampler(
        "of an observation",
        "",
        f"{NORMAL}\nu = numpyro.sample('u', dist.Normal(t, 1.0), obs=x)\nnumpyro.factor('f', h(u, x))",
    ),
    sampler("of a sample that is held fast", "", f"{NORMAL}\nnumpyro.factor('f', h(jax.lax.stop_gradient(t), x))"),
    sampler("of a shape", "", f"{NORMAL}\nnumpyro.factor('f', h(1.0 + t.ndim, x))"),
    sampler("of what is rounded", "", f"{NORMAL}\ns = jnp.round(t).astype(int)\nnumpyro.factor('f', h(s, x) + t)"),
    sampler("under a condition", "", f"{NORMAL}\nif x is None:\n    numpyro.factor('f', h(t, x))"),
    sampler("behind a return", "", f"{NORMAL}\nif x is not None:\n    return\nnumpyro.factor('f', h(t, x))"),
    sampler(
        "a sample that a handler observes",
        "",
        "with numpyro.handlers.condition(data={'s': jnp.array(2.0)}):\n"
        "    s = numpyro.sample('s', dist.HalfNormal(1.0))\n"
        f"{NORMAL}\nnumpyro.factor('f', t * h(s, x))",
    ),
    sampler(
        "a sample that a handler hides",
        "",
        f"c = simulate(x)\n{NORMAL}\nnumpyro.factor('f', t * c)",
        before=(
            "\nfrom numpyro.handlers import block, seed\n\ndef simulate(x):\n    with block(), seed(rng_seed=0):\n"
            "        z = numpyro.sample('z', dist.Normal(0.0, 1.0))\n    return h(z, x)\n\n"
        ),
    ),
    case(
        "a site of Gibbs",
        "",
        f"""
        {START.replace(chr(10), chr(10) + "        ")}
        from numpyro.infer import HMCGibbs

        def model(x):
            w = numpyro.sample("w", dist.Normal(0.0, 1.0))
            s = numpyro.sample("s", dist.Normal(0.0, 1.0))
            numpyro.sample("y", dist.Normal(w + h(s, x), 1.0), obs=1.0)

        def gibbs(rng_key, gibbs_sites, hmc_sites):
            return {{"s": dist.Normal(0.0, 1.0).sample(rng_key)}}

        kernel = HMCGibbs(NUTS(model, forward_mode_differentiation=True), gibbs_fn=gibbs, gibbs_sites=["s"])
        """,
        f"{ONCE}.run(jax.random.PRNGKey(0), jnp.ones(2))",
    ),
    sampler(
        "a name that the helper binds anew",
        "",
        f"{NORMAL}\nscaled = jnp.exp(t)\nnumpyro.factor('f', fixed(x) + scaled)",
        before="\ndef fixed(x):\n    scaled = 2.0\n    return h(scaled, x)\n\n",
    ),
    sampler(
        "the implementation",
        "",
        f"{NORMAL}\nnumpyro.factor('f', impl(t, x))",
        before="\ndef impl(t, x):\n    return h.fun(t, x)\n\n",
    ),
)
