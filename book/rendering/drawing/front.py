"""Fields of one trajectory above errors of many: what the first page shows."""

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike

from evophys_lib.figures.evidence import Point
from evophys_lib.figures.fields import SPACE, TIME, draw_field
from evophys_lib.figures.merging import NRMSE, PECLET
from evophys_lib.figures.style import (
    DPI,
    FONT,
    WIDTH,
    BookFigure,
    describe,
    finite,
    log_error,
    log_peclet,
    styles,
)
from rendering.drawing.horizons import Curves

HEIGHT = 8.0  # inches
LEAST = 1e-3
"""Where bands end below: an interval may reach zero, which a logarithm does not."""


def fields_above_errors(
    fields: Mapping[str, ArrayLike],
    curves: Curves,
    *,
    t: ArrayLike,
    titles: tuple[str, str],
    labels: Mapping[str, str],
) -> Figure:
    """u(x, t), what models err by below it; then nRMSE against Pe with 95 % bands.

    fields: (T, N) by what they are of, the truth first; t: (T,); curves: by model and
    Pe; titles: of both halves; labels: of curves that are called otherwise here.
    """
    with sns.axes_style("whitegrid"):
        figure = BookFigure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.1, 1.0))
        _draw_fields(above, fields, t)
        _draw_curves(below, curves, labels)
    above.suptitle(titles[0], fontsize=FONT + 1)
    below.axes[0].set_title(titles[1], fontsize=FONT + 1)
    return figure


def _draw_fields(
    part: SubFigure, fields: Mapping[str, ArrayLike], t: ArrayLike
) -> None:
    """A column for each: the field above, its difference from the first below."""
    names, shown = list(fields), [finite(field) for field in fields.values()]
    errors = [field - shown[0] for field in shown[1:]]
    axes = part.subplots(2, len(names), sharex=True, sharey=True)
    low, high = np.min(shown), np.max(shown)
    bound = np.abs(errors).max()
    for ax, field, name in zip(axes[0], shown, names, strict=True):
        image = draw_field(ax, field, t, low, high, "cividis")
        describe(ax, x="", y="", title=name)
    _bar(part, image, axes[0], "u (dimensionless)")
    for ax, error in zip(axes[1, 1:], errors, strict=True):
        image = draw_field(ax, error, t, -bound, bound, "RdBu_r")
        describe(ax, x=SPACE, y="")
    _bar(part, image, axes[1], "û − u (dimensionless)")
    for ax in axes.flat:
        ax.tick_params(labelsize=FONT - 1)
        ax.set_xticks([0, 1])
    axes[0, 0].tick_params(labelbottom=True)
    describe(axes[0, 0], x=SPACE, y=TIME, title=names[0])
    axes[1, 0].axis("off")
    axes[1, 0].text(
        0.5, 0.5, "û − u,\nwhat each\nmodel errs by",
        transform=axes[1, 0].transAxes, ha="center", va="center", fontsize=FONT,
    )  # fmt: skip


def _bar(part: SubFigure, image, axes, label: str) -> None:
    bar = part.colorbar(image, ax=list(axes), pad=0.02, aspect=12)
    bar.set_label(label, fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)


def _draw_curves(part: SubFigure, curves: Curves, labels: Mapping[str, str]) -> None:
    ax = part.subplots()
    ax.tick_params(labelsize=FONT)
    ax.grid(which="major", linewidth=0.5)
    for name, style in styles(curves).items():
        points = sorted(curves[name].items())
        line = style.line() | {"label": labels.get(name, style.label)}
        ax.plot([pe for pe, _ in points], [point[0] for _, point in points], **line)
        _band(ax, points, style.color)
    log_peclet(ax, {pe for curve in curves.values() for pe in curve})
    log_error(ax)
    describe(ax, x=PECLET, y=NRMSE)
    handles, names = ax.get_legend_handles_labels()
    part.legend(
        handles, names, loc="outside right upper", fontsize=FONT - 1, frameon=False
    )


def _band(ax: Axes, points: Sequence[tuple[float, Point]], color: str) -> None:
    """From end to end of the intervals; nothing where there are none."""
    ends = [span or (value, value) for _, (value, span) in points]
    low, high = np.maximum(np.array(ends).T, LEAST)
    ax.fill_between(
        [pe for pe, _ in points], low, high, color=color, alpha=0.15, linewidth=0
    )
