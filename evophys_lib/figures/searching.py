"""What the searches did: progress, and the routes they found or tried."""

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

FITNESS = "fitness: latent nMSE (target variances)"


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
    describe(ax, x="candidates evaluated", y=FITNESS, title=title)
    legend_beside(figure, ax)
    return figure


def hard_paths(
    fitness: ArrayLike,
    *,
    exchanged: ArrayLike,
    parents: Mapping[str, float],
    references: Mapping[str, float],
    title: str = "Every path that keeps layers at their depth",
) -> Figure:
    """Fitness of paths, a dot each, by how many layers they exchange; logarithmic.

    fitness (n,), exchanged (n,): of each path; dots of equal numbers stand side by
    side, the best first. parents: fitness by expert, marked at 0. references: by
    other model, drawn as level lines.
    """
    values, moved = finite(fitness), np.asarray(exchanged)
    figure, axes = panels()
    ax = axes[0, 0]
    for number in np.unique(moved[moved > 0]):
        mine = np.sort(values[moved == number])
        place = number + np.linspace(-0.3, 0.3, len(mine))
        ax.plot(place, mine, "o", color=GREY, markersize=4.5)
    for name, style in styles(parents).items():
        line = style.line() | {"linestyle": "", "markersize": 8}
        ax.plot([0], [parents[name]], **line)
    for name, style in styles(references).items():
        ax.axhline(references[name], **style.line() | {"marker": "", "zorder": 1})
    log_error(ax)
    ax.set_xticks(np.unique(moved))
    x = "layers that are not the nearest parent's"
    describe(ax, x=x, y=FITNESS, title=title)
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
                fontsize=FONT - 1,
                color=BLACK,
            )
    ax.set_yticks(range(len(layers)), layers)
    ax.set_ylim(-0.6, len(layers) - 0.2)
    ax.set_xlim(0.5, len(path) + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True)
    describe(ax, x="position on the path (layers)", y="layer used", title=title)
    legend_beside(figure, ax)
    return figure
