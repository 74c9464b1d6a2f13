"""Error against k, the trajectories of the target that were seen."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from evophys_lib.figures.evidence import Point, with_intervals
from evophys_lib.figures.style import describe, legend_beside, log_error, panels


def error_against_count(
    found: Mapping[float, Mapping[str, Mapping[int, Point]]],
) -> Figure:
    """Error against k, both logarithmic, a panel per Pe; by Pe, by model, by k."""
    figure, axes = panels(1, len(found), height=3.4, sharey=True)
    for ax, (pe, curves) in zip(axes.flat, found.items(), strict=True):
        with_intervals(ax, curves)
        log_error(ax)
        counts = sorted({k for curve in curves.values() for k in curve})
        ax.set_xscale("log", base=2)
        ax.set_xticks(counts, [str(k) for k in counts])
        ax.xaxis.set_minor_locator(NullLocator())
        describe(ax, x="k, target trajectories", y="", title=f"Pe = {pe:g}")
    axes[0, 0].set_ylabel("nRMSE at t + 50")
    legend_beside(figure, axes[0, 0])
    return figure
