"""What seeds and Péclet numbers together say, with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evophys_lib.evaluate.resampling import Interval
from evophys_lib.figures.merging import PECLET
from evophys_lib.figures.style import (
    describe,
    legend_beside,
    log_error,
    log_peclet,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK

Point = tuple[float, Interval | None]
"""A value and its interval, None where there is none."""


def gap_closed(
    gaps: Mapping[str, Mapping[float, Point]],
    *,
    title: str = "Gap to a model tuned on plenty of target data",
) -> Figure:
    """G against Pe with 95 % intervals; by model, by Pe."""
    figure, axes = panels(height=3.8)
    ax = axes[0, 0]
    with_intervals(ax, gaps)
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    ax.axhline(1.0, color=BLACK, linewidth=0.8, linestyle=":")
    log_peclet(ax, {pe for curve in gaps.values() for pe in curve})
    ax.set_ylim(-1.0, 1.3)
    describe(ax, x=PECLET, y="gap closed (1: tuned on plenty)", title=title)
    legend_beside(figure, ax)
    return figure


def effective_peclet(
    found: Mapping[str, Mapping[float, Point]],
    steepening: Mapping[str, Mapping[float, Point]],
    *,
    title: str = "The equation that rollouts obey",
) -> Figure:
    """Û L/α̂ over the true Pe, logarithmic, and γ̂ below; by model, by Pe.

    The target lies at 1 and at 0, both dotted.
    """
    figure, axes = panels(2, height=5.6, sharex=True)
    upper, lower = axes[:, 0]
    with_intervals(
        upper,
        {
            name: {pe: _over(pe, point) for pe, point in curve.items()}
            for name, curve in found.items()
        },
    )
    with_intervals(lower, steepening)
    for ax, level in ((upper, 1.0), (lower, 0.0)):
        ax.axhline(level, color=BLACK, linewidth=0.8, linestyle=":")
    log_peclet(lower, {pe for curve in found.values() for pe in curve})
    log_error(upper)
    describe(upper, x="", y="fitted Pe over true Pe", title=title)
    describe(lower, x=f"true {PECLET}", y="steepening γ (1: Burgers)")
    legend_beside(figure, upper)
    return figure


def _over(peclet: float, point: Point) -> Point:
    """In units of the true Pe."""
    value, span = point
    return value / peclet, span and (span[0] / peclet, span[1] / peclet)


def with_intervals(
    ax: Axes, curves: Mapping[str, Mapping[float, Point] | Mapping[int, Point]]
) -> None:
    """Points with their intervals; by model, by Pe or another number along x."""
    for name, style in styles(curves).items():
        points = sorted(curves[name].items())
        centre = np.array([value for _, (value, _) in points])
        ends: Sequence[Interval] = [span or (v, v) for _, (v, span) in points]
        reach = np.abs(np.array(ends).T - centre)  # (2, P)
        ax.errorbar([pe for pe, _ in points], centre, yerr=reach, **style.line())
