"""The NUTS chain of a rule as a statistician looks at it, drawn with matplotlib (the extra `report`).

Two pictures: each site as a trace beside its distribution, and the energy of the chain beside its transitions. A chain
that moves as it should changes its energy from draw to draw about as much as the energy varies at all; the fraction
below (BFMI, Betancourt 2016, "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo") is small
where it does not, and below about 0.3 the draws do not tell of the tails.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import Any

from flake8_jaxvjp.runtime.report import Measured

INK, QUIET, ACCENT = "#0969da", "#8c959f", "#bc4c00"
SITES_AT_MOST = 6


def available() -> bool:
    """Whether matplotlib is installed; importing it takes half a second, so it is asked only where there is a chain."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        return False
    return True


def fraction_of_missing_information(energy: Any) -> float:
    """How much the energy changes from draw to draw, against how much it varies: near 1 for independent draws."""
    mean = sum(energy) / len(energy)
    varies = sum((value - mean) ** 2 for value in energy)
    changes = sum((after - before) ** 2 for before, after in itertools.pairwise(energy))
    return float(changes / varies) if varies else 0.0


def pictures(measured: Measured, salt: str) -> list[tuple[str, str]]:
    """SVG and caption of each picture; `salt` keeps the names inside them apart from those of other rules."""
    found = []
    if measured.trace:
        shown = dict(list(measured.trace.items())[:SITES_AT_MOST])
        left = len(measured.trace) - len(shown)
        more = f" ({left} more sites are not shown)" if left else ""
        found.append((_traces(shown, measured.warmup, salt), f"NUTS draws; the warm-up is grey{more}"))
    energy = measured.energy[measured.warmup :]
    if len(energy) > 2:
        fraction = fraction_of_missing_information(energy)
        found.append((_energy(energy, salt), f"energy of the draws and of their changes: BFMI {fraction:.2f}"))
    return found


def _traces(sites: dict[str, tuple[float, ...]], warmup: int, salt: str) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 1.5 * len(sites)), layout="constrained")
    rows = figure.subplots(len(sites), 2, squeeze=False, width_ratios=(3, 1))
    for (trace, spread), (name, values) in zip(rows, sites.items(), strict=True):
        trace.plot(range(warmup + 1), values[: warmup + 1], color=QUIET, linewidth=0.9)
        trace.plot(range(warmup, len(values)), values[warmup:], color=INK, linewidth=0.9)
        trace.set_ylabel(_plain(name))
        spread.hist(values[warmup:], bins=12, orientation="horizontal", color=INK, alpha=0.7)
        spread.tick_params(labelleft=False)
        spread.sharey(trace)
    rows[-1][0].set_xlabel("draw")
    return _svg(figure, f"{salt} traces")


def _energy(energy: Any, salt: str) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2, 2.4), layout="constrained")
    axes = figure.subplots()
    mean = sum(energy) / len(energy)
    changes = [after - before for before, after in itertools.pairwise(energy)]
    both = ([value - mean for value in energy], changes)
    axes.hist(both, bins=14, histtype="stepfilled", alpha=0.5, color=(INK, ACCENT), label=("energy", "change"))
    axes.set_xlabel("energy, from its mean")
    axes.legend(fontsize="small", frameon=False)
    return _svg(figure, f"{salt} energy")


def _plain(name: str) -> str:
    """For matplotlib, which reads what stands between dollar signs as mathematics."""
    return name.replace("$", r"\$")


def _svg(figure: Any, salt: str) -> str:
    """The picture as an element of a page: no header, no metadata with links, and the same in every run."""
    from matplotlib import rc_context

    stream = io.StringIO()
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "none", "font.size": 9}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    return re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
