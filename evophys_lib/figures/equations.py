"""The equations that models obey: terms over thresholds, and places in (U, α, γ)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.style import (
    FONT,
    Style,
    describe,
    legend_beside,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK

Point = tuple[float, float | None]
"""A mean, and half its interval, None where there is none."""
Place = Mapping[str, Point]
"""By coordinate: U and α over the target's, γ."""
Shares = Mapping[str, float]
"""Of seeds, from 0 to 1, by term."""
SPEED, DIFFUSIVITY, GAMMA = "U / target's", "α / target's", "γ"


def term_stability(
    shares: Mapping[str, Mapping[float, ArrayLike]],
    *,
    terms: Sequence[str],
    thresholds: Sequence[float],
    chosen: float,
    title: str = "Terms that stay at a threshold",
) -> Figure:
    """Share of seeds that keep a term, term against τ; by model (row) and Pe (column).

    shares: (terms, thresholds), from 0 to 1; chosen: the threshold of the tables, a
    line.
    """
    peclets = list(next(iter(shares.values())))
    rows, columns = len(shares), len(peclets)
    figure, axes = panels(
        rows, columns, height=0.6 + 1.5 * rows, sharex=True, sharey=True
    )
    for (name, style), line in zip(styles(shares).items(), axes, strict=True):
        for peclet, ax in zip(peclets, line, strict=True):
            image = ax.pcolormesh(
                thresholds, range(len(terms)), np.asarray(shares[name][peclet]),
                cmap="Greys", vmin=0, vmax=1, shading="nearest",
            )  # fmt: skip
            ax.set_xscale("log")
            ax.axvline(chosen, color=style.color, linewidth=1.2)
            ax.set_yticks(range(len(terms)), terms, fontsize=FONT - 1)
            ax.grid(visible=False)
        describe(line[0], x="", y=style.label.replace(", ", ",\n"))
    axes[0, 0].invert_yaxis()
    for peclet, top, bottom in zip(peclets, axes[0], axes[-1], strict=True):
        top.set_title(f"Pe = {peclet:g}", fontsize=FONT)
        describe(bottom, x="threshold τ", y=bottom.get_ylabel())
        bottom.tick_params(axis="x", labelsize=FONT - 1)
    if any(0 < s < 1 for at in shares.values() for s in np.unique([*at.values()])):
        figure.colorbar(image, ax=axes, shrink=0.4, label="share of seeds")
    figure.suptitle(title, fontsize=FONT + 1)
    return figure


def places(
    found: Mapping[float, Mapping[str, Place]],
    *,
    invented: Mapping[float, Mapping[str, Shares]] | None = None,
    title: str = "Where models lie in (U, α, γ)",
) -> Figure:
    """α and γ against U, with intervals over seeds; by Pe (column) and model.

    The target is where both dotted lines cross. A term that was not found counts as 0.
    invented: other terms, by Pe and model, with the share of seeds that have them; a
    row of its own, a mark the larger the more seeds.
    """
    if invented is None:
        figure, axes = panels(2, len(found), height=5.2, sharex="col", sharey="row")
    else:
        figure, axes = panels(3, len(found), height=7.6, sharey="row")
        _draw_invented(axes[2], invented)
    for (peclet, models), column in zip(found.items(), axes.T, strict=True):
        for ax, name, at in (
            (column[0], DIFFUSIVITY, 1.0),
            (column[1], GAMMA, 0.0),
        ):
            ax.axvline(1.0, color=BLACK, linewidth=0.8, linestyle=":")
            ax.axhline(at, color=BLACK, linewidth=0.8, linestyle=":")
            for model, style in styles(models).items():
                (x, dx), (y, dy) = models[model][SPEED], models[model][name]
                bars = {"color": style.color, "elinewidth": 1.0, "alpha": 0.6}
                ax.errorbar([x], [y], xerr=dx, yerr=dy, fmt="none", **bars)
                mark = {"linestyle": "", "marker": _marker(style), "markersize": 8}
                ax.plot([x], [y], **style.line() | mark, markeredgewidth=0.7)
        column[0].set_title(f"Pe = {peclet:g}", fontsize=FONT)
        describe(column[1], x=SPEED, y="")
    describe(axes[0, 0], x="", y=DIFFUSIVITY)
    describe(axes[1, 0], x=axes[1, 0].get_xlabel(), y=f"{GAMMA} (1: Burgers)")
    figure.suptitle(title, fontsize=FONT + 1)
    legend_beside(figure, axes[0, 0])
    return figure


def _marker(style: Style) -> str:
    """Its own; a dash for what is else drawn as a line alone."""
    return style.look.marker or "_"


def _draw_invented(
    row: Sequence[Axes], invented: Mapping[float, Mapping[str, Shares]]
) -> None:
    """A column of marks for every model."""
    shares = [s for models in invented.values() for s in models.values()]
    terms = list(dict.fromkeys(term for share in shares for term in share))
    for ax, models in zip(row, invented.values(), strict=True):
        for i, (model, style) in enumerate(styles(models).items()):
            has = [(terms.index(t), s) for t, s in models[model].items() if s]
            heights, sizes = zip(*has, strict=True) if has else ((), ())
            ax.scatter(
                [i] * len(has), heights, s=[45 * s for s in sizes],
                color=style.color, marker=_marker(style),
            )  # fmt: skip
        ax.set_xticks([])
        ax.set_yticks(range(len(terms)), terms, fontsize=FONT - 1)
        ax.set_xlim(-0.5, len(models) - 0.5)
        describe(ax, x="models", y="")
    row[0].set_ylabel("terms of neither parent nor target", fontsize=FONT)
