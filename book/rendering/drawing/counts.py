"""Error against k, the trajectories of the target that were seen."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from evophys_lib.figures.evidence import Point, with_intervals
from evophys_lib.figures.style import describe, legend_beside, log_error, panels


def error_against_count(
    found: Mapping[str, Mapping[float, Mapping[str, Mapping[int, Point]]]],
) -> Figure:
    """Error against k, both logarithmic; a row per horizon, a panel per Pe.

    By horizon in words, by Pe, by model, by k.
    """
    columns = max(map(len, found.values()))
    figure, axes = panels(
        len(found), columns, height=3.0 * len(found), sharex=True, sharey="row"
    )
    for row, (when, by_peclet) in zip(axes, found.items(), strict=True):
        for ax, (pe, curves) in zip(row, by_peclet.items(), strict=True):
            with_intervals(ax, curves)
            log_error(ax)
            counts = sorted({k for curve in curves.values() for k in curve})
            ax.set_xscale("log", base=2)
            ax.set_xticks(counts, [str(k) for k in counts])
            ax.xaxis.set_minor_locator(NullLocator())
            describe(ax, x="", y="", title=f"Pe = {pe:g}")
        row[0].set_ylabel(f"nRMSE at {when}")
    for ax in axes[-1]:
        ax.set_xlabel("k")
    legend_beside(figure, axes[0, 0])
    return figure
