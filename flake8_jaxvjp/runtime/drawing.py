"""Small plots as SVG text: a scatter with its diagonal, a line on log axes with the slope it should have, a series."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 300, 220, 52
BLUE, GREY, RED = "#0969da", "#8c959f", "#cf222e"
Points = Sequence[tuple[float, float]]


class Axes:
    """Maps values to places in the picture; degenerate ranges get some width."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self.x, self.y = _range(xs), _range(ys)

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return MARGIN + across * (WIDTH - MARGIN - 10), HEIGHT - 25 - up * (HEIGHT - 40)

    def frame(self, label: str) -> str:
        corners = (
            f"<rect x='{MARGIN}' y='15' width='{WIDTH - MARGIN - 10}' height='{HEIGHT - 40}' fill='none'"
            f" stroke='{GREY}'/>"
        )
        texts = [
            (MARGIN, HEIGHT - 10, "start", self.x[0]),
            (WIDTH - 10, HEIGHT - 10, "end", self.x[1]),
            (MARGIN - 3, HEIGHT - 25, "end", self.y[0]),
            (MARGIN - 3, 22, "end", self.y[1]),
        ]
        labels = "".join(
            f"<text x='{x}' y='{y}' font-size='9' text-anchor='{anchor}' fill='#24292f'>{_tick(value, label)}</text>"
            for x, y, anchor, value in texts
        )
        return corners + labels


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = 0.05 * (high - low) or abs(low) * 0.1 or 1.0
    return low - pad, high + pad


def _tick(value: float, label: str) -> str:
    return f"{10**value:.1e}" if label == "log" else f"{value:.3g}"


def _svg(content: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'"
        f" role='img'>{content}</svg>"
    )


def _line(axes: Axes, points: Points, colour: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (axes.place(*point) for point in points))
    return f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='1.3' stroke-dasharray='{dashes}'/>"


def _dots(axes: Axes, points: Points, colour: str) -> str:
    places = [axes.place(*point) for point in points]
    return "".join(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='2.5' fill='{colour}' fill-opacity='.7'/>" for x, y in places)


def scatter(given: Sequence[float], expected: Sequence[float]) -> str:
    """Given against expected, with the diagonal on which a right rule lies; entries off it are red."""
    pairs = list(zip(expected, given, strict=True))
    both = [*given, *expected]
    axes = Axes(both, both)
    off = [pair for pair in pairs if abs(pair[0] - pair[1]) > 1e-3 * max(1e-9, abs(pair[0]), abs(pair[1]))]
    on = [pair for pair in pairs if pair not in off]
    low, high = axes.x
    return _svg(
        axes.frame("")
        + _line(axes, [(low, low), (high, high)], GREY, "4 3")
        + _dots(axes, on, BLUE)
        + _dots(axes, off, RED)
    )


def energy_against_step(steps: Sequence[float], errors: Sequence[float]) -> str:
    """Both axes logarithmic; the dashed line falls with the square of the step, from the first point."""
    points = [(math.log10(step), math.log10(error)) for step, error in zip(steps, errors, strict=True) if error > 0]
    if not points:
        return _svg("")
    begin, end = points[0], points[-1]
    due = [begin, (end[0], begin[1] + 2 * (end[0] - begin[0]))]
    axes = Axes([x for x, _ in points], [y for _, y in [*points, *due]])
    wrong = points[-1][1] > due[1][1] + 1
    colour = RED if wrong else BLUE
    return _svg(
        axes.frame("log") + _line(axes, due, GREY, "4 3") + _line(axes, points, colour) + _dots(axes, points, colour)
    )


def series(values: Sequence[float]) -> str:
    """Values in their order."""
    points = [(float(index), value) for index, value in enumerate(values) if math.isfinite(value)]
    if not points:
        return _svg("")
    axes = Axes([x for x, _ in points], [y for _, y in points])
    return _svg(axes.frame("") + _line(axes, points, BLUE))
