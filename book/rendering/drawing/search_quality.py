"""How fast engines search."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.searching import FITNESS
from evophys_lib.figures.style import (
    FONT,
    describe,
    finite,
    log_error,
    panels,
    styles,
)

HIDDEN = 0.02
"""Of an error: what a line is wide where the axis spans a factor of three."""


def search_quality(
    curves: Mapping[str, Mapping[str, ArrayLike]],
) -> Figure:
    """How fast rivals search: a panel per space, a line and a band per rival.

    curves: by space and rival, best fitness after each evaluation, (3, E): first
    quartile, median, third; ∞ where nothing is known yet. The first space has all
    rivals that the others have.
    """
    figure, axes = panels(1, len(curves), height=3.8)
    look = styles(next(iter(curves.values())))
    for ax, (space, rivals) in zip(axes[0], curves.items(), strict=True):
        for name, values in rivals.items():
            low, middle, high = (finite(v) for v in np.asarray(values, dtype=float))
            spent = np.arange(1, len(middle) + 1)
            line = look[name].line() | {"marker": "", "drawstyle": "steps-post"}
            ax.plot(spent, middle, **line)
            band = {"color": look[name].color, "alpha": 0.15, "linewidth": 0}
            ax.fill_between(spent, low, high, step="post", **band)
        log_error(ax)
        title_of = f"{space}: all {len(rivals)} alike" if _alike(rivals) else space
        describe(ax, x="evaluations", y="", title=title_of)
    axes[0, 0].set_ylabel(FITNESS, fontsize=FONT)
    figure.suptitle("Best fitness so far, by engine: median and quartiles over seeds")
    _legend_below(figure, axes[0, 0])
    return figure


def _alike(rivals: Mapping[str, ArrayLike]) -> bool:
    """Whether a line hides the others: medians that end within a line's width."""
    ends = np.array([np.asarray(v, dtype=float)[1, -1] for v in rivals.values()])
    return len(ends) > 1 and bool(np.ptp(np.log(ends)) < HIDDEN)


def _legend_below(figure: Figure, ax: Axes) -> None:
    """One legend under panels that need the whole width."""
    handles, labels = ax.get_legend_handles_labels()
    look = {"fontsize": FONT - 1, "frameon": False, "ncols": 4}
    figure.legend(handles, labels, loc="outside lower center", **look)
