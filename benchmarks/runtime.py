"""What verifying costs, as ratios of processor seconds (and of wall seconds, where two processors share the work).

Each figure is the median over alternating runs of one command against another, so that a loaded machine disturbs both
alike:

- one rule without NUTS, against a script that imports JAX and calls `jax.test_util.check_grads` in reverse mode;
- one rule with NUTS, against a minimal `MCMC(NUTS(model))` script;
- 100 rules in 10 files with two workers, against the sum of 10 runs of one file (wall seconds);
- a second run of the 10 files from the cache, in seconds.

Run `python benchmarks/runtime.py [--repeat N] [--only one nuts many cached]` where the extra `runtime` is installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parent.parent
PARTS = ("one", "nuts", "many", "cached")
RULE = """
import jax
import jax.numpy as jnp


@jax.custom_vjp
def energy_{n}(x, y):
    return jnp.sum(jnp.sin(x) * y + {n}.0 * x * y ** 2)


def energy_{n}_fwd(x, y):
    return energy_{n}(x, y), (x, y)


def energy_{n}_bwd(res, g):
    x, y = res
    return g * (jnp.cos(x) * y + {n}.0 * y ** 2), g * (jnp.sin(x) + 2.0 * {n}.0 * x * y)


energy_{n}.defvjp(energy_{n}_fwd, energy_{n}_bwd)  # jaxvjp: x=f32[3], y=f32[3]
"""
CHECK_GRADS = """
from jax.test_util import check_grads

check_grads(energy_1, (jnp.array([0.3, 1.2, -0.7]), jnp.array([1.0, 0.4, 0.2])), order=1, modes=["rev"])
"""
MCMC = """
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS


def model():
    x = numpyro.sample("x", dist.Normal(0, 1).expand([3]).to_event(1))
    y = numpyro.sample("y", dist.Normal(0, 1).expand([3]).to_event(1))
    numpyro.factor("energy", -energy_1(x, y) ** 2)


mcmc = MCMC(NUTS(model), num_warmup=30, num_samples=30, progress_bar=False)
mcmc.run(jax.random.PRNGKey(0))
mcmc.get_samples()["x"].block_until_ready()
"""


@dataclass(frozen=True)
class Spent:
    """Seconds of one command, its children among them."""

    processor: float
    wall: float


def spend(command: Sequence[str], folder: Path) -> Spent:
    environment = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(CHECKOUT),
        "JAXVJP_CACHE": str(folder / "cache"),
    }
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode != 0:
        raise RuntimeError(finished.stdout + finished.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(processor, wall)


def verify(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flake8_jaxvjp", "verify", *arguments]


def against(name: str, ours: Sequence[str], theirs: Sequence[str], folder: Path, repeat: int) -> None:
    """Alternate two commands and print the median ratios."""
    pairs = [(spend(ours, folder), spend(theirs, folder)) for _ in range(repeat)]
    for kind in ("processor", "wall"):
        ratios = [getattr(one, kind) / getattr(other, kind) for one, other in pairs]
        mine, other = (median(getattr(pair[side], kind) for pair in pairs) for side in (0, 1))
        print(
            f"{name}, {kind}: {mine:.2f} s against {other:.2f} s, ratio {median(ratios):.2f}"
            f" ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def many(folder: Path, repeat: int) -> None:
    files = [f"rules_{number}.py" for number in range(10)]
    for number, name in enumerate(files):
        text = "".join(RULE.format(n=10 * number + one + 1) for one in range(10))
        (folder / name).write_text(text, encoding="utf-8")
    ratios, cpu_ratios = [], []
    for _ in range(repeat):
        single = [spend(verify("--no-cache", "--jobs", "1", name), folder) for name in files]
        together = spend(verify("--no-cache", "--jobs", "2", *files), folder)
        ratios.append(together.wall / sum(one.wall for one in single))
        cpu_ratios.append(together.processor / sum(one.processor for one in single))
        print(
            f"10 files of 10 rules: {together.wall:.1f} s with two workers, {sum(one.wall for one in single):.1f} s"
            f" one by one; processor {together.processor:.1f} s and {sum(one.processor for one in single):.1f} s"
        )
    print(
        f"100 rules in 10 files, two workers against one by one: wall ratio {median(ratios):.2f},"
        f" processor ratio {median(cpu_ratios):.2f}"
    )


def cached(folder: Path, repeat: int) -> None:
    (folder / "kept.py").write_text(RULE.format(n=1), encoding="utf-8")
    spend(verify("kept.py"), folder)
    runs = [spend(verify("kept.py"), folder) for _ in range(repeat + 2)]
    print(
        f"a second run from the cache: {median(one.wall for one in runs):.2f} s wall,"
        f" {median(one.processor for one in runs):.2f} s processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rule.py").write_text(RULE.format(n=1), encoding="utf-8")
        (folder / "check.py").write_text(RULE.format(n=1) + CHECK_GRADS, encoding="utf-8")
        (folder / "sample.py").write_text(RULE.format(n=1) + MCMC, encoding="utf-8")
        if "one" in options.only:
            against(
                "one rule against check_grads",
                verify("--no-cache", "rule.py"),
                [sys.executable, "check.py"],
                folder,
                options.repeat,
            )
        if "nuts" in options.only:
            against(
                "one rule with NUTS against MCMC",
                verify("--no-cache", "--nuts", "rule.py"),
                [sys.executable, "sample.py"],
                folder,
                options.repeat,
            )
        if "many" in options.only:
            many(folder, max(1, options.repeat // 3))
        if "cached" in options.only:
            cached(folder, options.repeat)


if __name__ == "__main__":
    main()
