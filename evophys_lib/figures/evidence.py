"""What seeds and Péclet numbers together say, with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from evophys_lib.evaluate.intervals import t_interval
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
from evophys_lib.physics.families import SOURCES

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
    _with_intervals(ax, gaps)
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    ax.axhline(1.0, color=BLACK, linewidth=0.8, linestyle=":")
    log_peclet(ax, {pe for curve in gaps.values() for pe in curve})
    ax.set_ylim(-1.0, 1.3)
    describe(ax, x=PECLET, y="gap closed (1: the ceiling)", title=title)
    legend_beside(figure, ax)
    return figure


def effective_peclet(
    found: Mapping[str, Mapping[float, Point]],
    *,
    title: str = "Péclet number that rollouts obey",
) -> Figure:
    """Û L/α̂ against the true Pe, both logarithmic; by model, by Pe."""
    figure, axes = panels(height=4.2)
    ax = axes[0, 0]
    _with_intervals(ax, found)
    log_peclet(ax, {pe for curve in found.values() for pe in curve})
    log_error(ax)
    describe(ax, x=f"true {PECLET}", y="Péclet number fitted to rollouts", title=title)
    legend_beside(figure, ax)
    return figure


def heat_share(
    shares: Mapping[str, ArrayLike],
    *,
    title: str = "Where paths are in heat layers",
) -> Figure:
    """Share of paths that are in a heat layer, by depth, with 95 % intervals.

    shares: by order of the search, (paths, depths) of 0 and 1.
    """
    figure, axes = panels(height=3.4)
    ax = axes[0, 0]
    looks = styles(SOURCES).values()
    for (order, rows), look in zip(shares.items(), looks, strict=False):
        rows = np.asarray(rows, dtype=np.float64)
        depth = (np.arange(rows.shape[1]) + 0.5) / rows.shape[1]
        found = [t_interval(column) for column in rows.T]
        mean = np.array([m for m, _ in found])
        half = np.array([h or 0.0 for _, h in found])
        ax.plot(depth, mean, **look.line() | {"label": order})
        low, high = np.clip([mean - half, mean + half], 0.0, 1.0)
        ax.fill_between(depth, low, high, color=look.color, alpha=0.2, linewidth=0)
    ax.axhline(0.5, color=BLACK, linewidth=0.8, linestyle=":")
    ax.set_ylim(0.0, 1.0)
    describe(
        ax,
        x="depth along the path (0: first layer, 1: last)",
        y="share of paths in a heat layer",
        title=title,
    )
    legend_beside(figure, ax)
    return figure


def error_against_count(
    found: Mapping[float, Mapping[str, Mapping[int, Point]]],
) -> Figure:
    """Error against k, both logarithmic, a panel per Pe; by Pe, by model, by k."""
    figure, axes = panels(1, len(found), height=3.4, sharey=True)
    for ax, (pe, curves) in zip(axes.flat, found.items(), strict=True):
        _with_intervals(ax, curves)
        log_error(ax)
        counts = sorted({k for curve in curves.values() for k in curve})
        ax.set_xscale("log", base=2)
        ax.set_xticks(counts, [str(k) for k in counts])
        ax.xaxis.set_minor_locator(NullLocator())
        describe(ax, x="k, target trajectories", y="", title=f"Pe = {pe:g}")
    axes[0, 0].set_ylabel("nRMSE at t + 50")
    legend_beside(figure, axes[0, 0])
    return figure


def _with_intervals(
    ax: Axes, curves: Mapping[str, Mapping[float, Point] | Mapping[int, Point]]
) -> None:
    for name, style in styles(curves).items():
        points = sorted(curves[name].items())
        centre = np.array([value for _, (value, _) in points])
        ends: Sequence[Interval] = [span or (v, v) for _, (v, span) in points]
        reach = np.abs(np.array(ends).T - centre)  # (2, P)
        ax.errorbar([pe for pe, _ in points], centre, yerr=reach, **style.line())
