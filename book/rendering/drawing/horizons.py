"""The same picture at every horizon, one above the other."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from evophys_lib.figures.evidence import Point, with_intervals
from evophys_lib.figures.merging import NRMSE, PECLET
from evophys_lib.figures.style import (
    describe,
    legend_beside,
    log_error,
    log_peclet,
    panels,
)
from evophys_lib.models.look import BLACK

DIFFERENCE = "difference of squared errors (%)"
Curves = Mapping[str, Mapping[float, Point]]
"""By model, by Pe."""


def errors_against_peclet(found: Mapping[str, Curves]) -> Figure:
    """nRMSE against Pe, both logarithmic, with 95 % intervals; by horizon in words."""
    figure, axes = panels(len(found), height=3.4 * len(found), sharex=True)
    for ax, (when, curves) in zip(axes[:, 0], found.items(), strict=True):
        with_intervals(ax, curves)
        log_error(ax)
        describe(ax, x="", y=NRMSE, title=f"Error at {when}")
    _finish(figure, axes, found)
    return figure


def differences_against_peclet(found: Mapping[str, Curves]) -> Figure:
    """Squared errors less the better parent's, in % of it; by horizon in words."""
    figure, axes = panels(len(found), height=2.8 * len(found), sharex=True)
    for ax, (when, curves) in zip(axes[:, 0], found.items(), strict=True):
        with_intervals(ax, curves)
        ax.axhline(0.0, color=BLACK, linewidth=0.8)
        describe(ax, x="", y=DIFFERENCE, title=f"Against the better parent, {when}")
    _finish(figure, axes, found)
    return figure


def gaps_against_peclet(found: Mapping[str, Curves]) -> Figure:
    """Gap closed against Pe, with 95 % intervals; by horizon in words."""
    figure, axes = panels(len(found), height=3.2 * len(found), sharex=True)
    for ax, (when, curves) in zip(axes[:, 0], found.items(), strict=True):
        with_intervals(ax, curves)
        for level, dashes in ((0.0, "-"), (1.0, ":")):
            ax.axhline(level, color=BLACK, linewidth=0.8, linestyle=dashes)
        ax.set_ylim(-1.0, 1.3)
        describe(ax, x="", y="gap closed", title=f"Gap to tuning on plenty at {when}")
    _finish(figure, axes, found)
    return figure


def _finish(figure, axes, found: Mapping[str, Curves]) -> None:
    drawn = {pe for c in found.values() for curve in c.values() for pe in curve}
    log_peclet(axes[-1, 0], drawn)
    axes[-1, 0].set_xlabel(PECLET)
    legend_beside(figure, axes[0, 0])
