"""Which expert's layers a path is in, by depth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.figures.style import describe, legend_beside, panels, styles
from evophys_lib.models.look import BLACK
from evophys_lib.physics.families import SOURCES


def heat_share(
    shares: Mapping[str, ArrayLike],
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
    ax.set_ylim(-0.03, 1.03)
    describe(
        ax,
        x="depth along the path (0: first layer, 1: last)",
        y="share of paths in a heat layer",
        title="Where paths are in heat layers",
    )
    legend_beside(figure, ax)
    return figure
