"""What the searches did: progress, and the routes they found."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.style import (
    FONT,
    describe,
    finite,
    legend_beside,
    log_error,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK, GREY


def search_history(
    fitness: Mapping[str, ArrayLike],
    *,
    references: Mapping[str, float] | None = None,
    title: str = "Best fitness so far against evaluations",
) -> Figure:
    """Best fitness found up to each evaluation, logarithmic; lower is better.

    fitness: by search, every candidate's fitness in order of evaluation: (E,) or
    (generations, population); ∞ for invalid candidates. references: fitness of
    models that were not searched, drawn as level lines.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(fitness).items():
        best = np.minimum.accumulate(np.ravel(np.asarray(fitness[name], dtype=float)))
        line = style.line() | {"marker": "", "drawstyle": "steps-post"}
        ax.plot(np.arange(1, len(best) + 1), finite(best), **line)
    for name, style in styles(references or {}).items():
        line = style.line() | {"marker": "", "linewidth": 1.0}
        ax.axhline((references or {})[name], **line)
    log_error(ax)
    describe(
        ax,
        x="candidates evaluated",
        y="fitness: latent nMSE (target variances)",
        title=title,
    )
    legend_beside(figure, ax)
    return figure


def dfs_route(
    path: Sequence[str],
    *,
    layers: Sequence[str],
    scales: ArrayLike | None = None,
    title: str = "Route through both experts",
) -> Figure:
    """A DFS path drawn as a route: position along it → which layer is used.

    path: layers in order, such as ("heat:0", "burgers:3"). layers: all layers of both
    experts, from the bottom row to the top. scales: W on the input of each step, (n,),
    written beside it where it is not 1.
    """
    rows = {layer: row for row, layer in enumerate(layers)}
    figure, axes = panels(height=1.2 + 0.28 * len(layers))
    ax = axes[0, 0]
    place, height = np.arange(1, len(path) + 1), np.array([rows[p] for p in path])
    ax.plot(place, height, color=GREY, linewidth=1.2, zorder=1)
    owners = np.array([layer.partition(":")[0] for layer in path])
    experts = dict.fromkeys(layer.partition(":")[0] for layer in layers)
    for expert, style in styles(experts).items():
        mine = owners == expert
        line = style.line() | {"linestyle": "", "markersize": 8}
        ax.plot(place[mine], height[mine], **line)
    factors = np.ones(len(path)) if scales is None else np.asarray(scales)
    for x, y, factor in zip(place, height, factors, strict=True):
        if factor != 1.0:
            ax.annotate(
                f"×{factor:.2f}",
                (x, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=FONT - 2,
                color=BLACK,
            )
    ax.set_yticks(range(len(layers)), layers)
    ax.set_ylim(-0.6, len(layers) - 0.2)
    ax.set_xlim(0.5, len(path) + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True)
    describe(ax, x="position on the path (layers)", y="layer used", title=title)
    legend_beside(figure, ax)
    return figure
