"""Merges by directions: singular values, and coefficients as functions of Pe."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.fields import NRMSE
from evophys_lib.figures.merging import PECLET
from evophys_lib.figures.style import (
    FONT,
    describe,
    legend_beside,
    log_error,
    log_peclet,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK, BLUE, BROWN, GREEN, GREY, VERMILLION

PALETTE = (VERMILLION, BROWN, GREEN, BLUE)
"""Of Péclet numbers, from diffusion to transport."""
DASHES = ("-", "--", "-.", ":")
"""Of the same, for whoever sees no colours."""


def spectra_of_vectors(
    values: Mapping[str, ArrayLike],
    *,
    rank: int,
    title: str = "Singular values of the task vectors",
) -> Figure:
    """σ_i over σ_1 against i, logarithmic; by expert, every tensor a line.

    values: (tensors, n) by expert, falling, NaN where a tensor has fewer. rank: how
    many have a coefficient of their own, left of the line. The median is drawn as far
    as all tensors go.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(values).items():
        rows = np.asarray(values[name], dtype=float)
        shares = rows / rows[:, :1]
        place = np.arange(1, rows.shape[1] + 1)
        ax.plot(place, shares.T, color=style.color, linewidth=0.6, alpha=0.5)
        middle = np.median(shares, axis=0)
        line = style.line() | {"marker": "", "label": f"{style.label}:\nmedian"}
        ax.plot(place, middle, **line)
    ax.axvline(rank + 0.5, color=BLACK, linewidth=0.8, linestyle=":")
    log_error(ax)
    y = "σ over the largest of a tensor"
    describe(ax, x="direction i (dotted: rank)", y=y, title=title)
    legend_beside(figure, ax)
    return figure


def coefficients_of_peclet(
    curves: Mapping[str, ArrayLike],
    *,
    peclet: Sequence[float],
    title: str = "The strongest coefficients as functions of Pe",
) -> Figure:
    """c(Pe) against Pe; by name of the direction, (P,) each."""
    figure, axes = panels(height=4.0)
    ax = axes[0, 0]
    for name, style in styles(curves).items():
        ax.plot(np.asarray(peclet), np.asarray(curves[name]), **style.line())
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    log_peclet(ax, peclet)
    describe(ax, x=PECLET, y="coefficient c (dimensionless)", title=title)
    legend_beside(figure, ax)
    return figure


def against_peclet(
    errors: Mapping[str, ArrayLike],
    *,
    peclet: Sequence[float],
    seen: Sequence[float],
    title: str = "One merge for every Péclet number",
) -> Figure:
    """nRMSE against Pe, both logarithmic, with marks at the Pe that were seen.

    errors: by model, (P,) or (seeds, P) of which mean and extremes are drawn.
    """
    figure, axes = panels(height=4.2)
    _draw_against_peclet(axes[0, 0], errors, peclet, seen)
    axes[0, 0].set_title(title, fontsize=FONT + 1)
    axes[0, 0].set_xlabel(f"{PECLET} (dotted: seen)", fontsize=FONT)
    legend_beside(figure, axes[0, 0])
    return figure


def against_peclet_by_count(
    errors: Mapping[int, Mapping[str, ArrayLike]],
    *,
    peclet: Sequence[float],
    seen: Sequence[float],
) -> Figure:
    """`against_peclet` for every number k of trajectories, one above the other."""
    rows = len(errors)
    figure, axes = panels(rows, height=3.0 * rows, sharex=True, sharey=True)
    for (count, told), ax in zip(errors.items(), axes[:, 0], strict=True):
        _draw_against_peclet(ax, told, peclet, seen)
        ax.set_title(f"k = {count}", fontsize=FONT + 1)
        ax.legend(
            loc="upper left", bbox_to_anchor=(1, 1), fontsize=FONT - 1, frameon=False
        )
    axes[-1, 0].set_xlabel(f"{PECLET} (dotted: seen)", fontsize=FONT)
    return figure


def ladder(
    gaps: Mapping[float, ArrayLike],
    *,
    beside: Mapping[str, Mapping[float, ArrayLike]],
    title: str = "How many numbers a composition takes",
) -> Figure:
    """Gap closed against the number of coefficients, a line per Péclet number.

    gaps: (n, 4) by Pe, numbers of coefficients, gap closed and the ends of its
    interval; beside: the same by what was searched otherwise, drawn as marks.
    """
    figure, axes = panels(height=4.2)
    ax = axes[0, 0]
    for (pe, rows), color, dashes in zip(gaps.items(), PALETTE, DASHES, strict=False):
        numbers, closed, low, high = np.asarray(rows, dtype=float).T
        ax.plot(
            numbers, 100 * closed, color=color, linestyle=dashes, marker="o", ms=4,
            label=f"Pe = {pe:g}",
        )  # fmt: skip
        ax.fill_between(numbers, 100 * low, 100 * high, color=color, alpha=0.12, lw=0)
    for (name, told), marker in zip(beside.items(), "x+*^v", strict=False):
        for (_, rows), color in zip(told.items(), PALETTE, strict=False):
            numbers, closed = np.asarray(rows, dtype=float).T[:2]
            ax.plot(numbers, 100 * closed, marker, color=color, ms=7)
        ax.plot([], [], marker, color=GREY, ms=7, label=name)
    ax.set_xscale("log")
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    ax.axhline(100.0, color=BLACK, linewidth=0.8, linestyle=":")
    describe(ax, x="numbers that are searched", y="gap closed (%)", title=title)
    legend_beside(figure, ax)
    return figure


def _draw_against_peclet(
    ax: Axes,
    errors: Mapping[str, ArrayLike],
    peclet: Sequence[float],
    seen: Sequence[float],
) -> None:
    for name, style in styles(errors).items():
        rows = np.atleast_2d(np.asarray(errors[name], dtype=float))  # (S, P)
        ax.plot(peclet, rows.mean(axis=0), **style.line())
        if len(rows) > 1:
            low, high = rows.min(axis=0), rows.max(axis=0)
            ax.fill_between(peclet, low, high, color=style.color, alpha=0.15, lw=0)
    log_peclet(ax, peclet)
    log_error(ax)
    for pe in seen:
        ax.axvline(pe, color=BLACK, linewidth=0.8, linestyle=":")
    ax.set_ylabel(NRMSE, fontsize=FONT)
