"""What the searches cost."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from evophys_lib.figures.style import (
    describe,
    finite,
    legend_beside,
    log_error,
    panels,
    styles,
)

MARKERS = "osD^v"


def cost_growth(
    axes: Mapping[str, Mapping[str, Any]],
    *,
    at: Mapping[str, float],
) -> Figure:
    """Seconds against size, both logarithmic; all curves meet where nothing is varied.

    axes: by name of the size, `values` (K,) and `seconds` (K,), and the power law
    factor · size^exponent fitted `from` a size on, drawn as a line through these
    points. at: each size where another one is varied; sizes are drawn relative to it.
    """
    figure, grid = panels(height=4.0)
    ax = grid[0, 0]
    for marker, (name, style) in zip(MARKERS, styles(axes).items(), strict=False):
        found = axes[name]
        sizes = np.asarray(found["values"], dtype=float)
        look = style.line() | {"marker": marker, "linestyle": ""}
        look["label"] = f"{name} (of {at[name]:g}):\n∝ size^{found['exponent']:.2f}"
        ax.plot(sizes / at[name], finite(found["seconds"]), **look)
        fitted = sizes[sizes >= found["from"]]
        line = found["factor"] * fitted ** found["exponent"]
        ax.plot(fitted / at[name], line, color=style.color, linewidth=1.0)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    log_error(ax)
    describe(
        ax,
        x="size, in multiples of the profile's",
        y="seconds",
        title="Time of a generation against what makes it larger",
    )
    legend_beside(figure, ax)
    return figure
