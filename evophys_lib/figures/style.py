"""One look for all figures: sizes, axes and legends, and the style of every model."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter
from numpy.typing import NDArray

from evophys_lib.figures.alt import alt_text
from evophys_lib.models import registry
from evophys_lib.models.look import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    OLIVE,
    PURPLE,
    SKY,
    VERMILLION,
    Look,
)
from evophys_lib.physics.grid import Array

WIDTH = 7.5  # inches: a column of the book
DPI = 100  # PNGs of tens of kilobytes, sharp at the column's 750 pixels
FONT = 9  # points


@dataclass(frozen=True)
class Style:
    """What a model, or another curve, is called and how it is drawn."""

    label: str
    look: Look

    @property
    def color(self) -> str:
        """Of line and marker."""
        return self.look.color

    def line(self) -> dict[str, Any]:
        """Keywords for `Axes.plot`, markers and legend label included."""
        return {
            "label": self.label,
            "color": self.look.color,
            "linestyle": self.look.linestyle,
            "linewidth": self.look.linewidth,
            "marker": self.look.marker,
            "markersize": 4.5,
        }


OTHER_CURVES = {
    "truth": Style("truth", Look(BLACK, "-", "", 2.2)),
    "truth_with_noise": Style("truth with noise", Look(BLACK, ":", ".")),
    "fourier": Style("Fourier multipliers", Look(OLIVE, "-.", "v")),
    "dmd": Style("DMD", Look(PURPLE, "--", "^")),
    "fno": Style("Fourier neural operator", Look(GREEN, "--", "P")),
    "merged": Style("merged predictor (PS)", Look(GREEN, "-", "o", 2.2)),
    "from heat (AB)": Style("from heat (AB)", Look(VERMILLION, "-.", "", 2.2)),
    "from Burgers (BA)": Style("from Burgers (BA)", Look(BLUE, "-.", "", 2.2)),
    "from the merge (AB)": Style("from the merge (AB)", Look(GREEN, "-.", "", 2.2)),
    "few_shot": Style("few-shot tuning", Look(SKY, "-", "d", 2.2)),
}
"""What is drawn beside models and is none of them."""
_OTHERS = (GREEN, PURPLE, BROWN, SKY, GREY, BLACK)
_DASHES = ("-", "--", "-.", ":")


def style(name: str) -> Style | None:
    """Of a model by its name, or of another curve; None if it has none of its own."""
    if name in OTHER_CURVES:
        return OTHER_CURVES[name]
    model = registry.entry(name)
    if model is None or model.look is None:
        return None
    return Style(model.label, model.look)


def styles(names: Iterable[str]) -> dict[str, Style]:
    """A style per name: the model's own, else one by position among the others.

    Twenty-four others are told apart; the look then repeats.
    """
    found: dict[str, Style] = {}
    others = 0
    for name in names:
        own = style(name)
        if own is None:
            model = registry.entry(name)
            color = _OTHERS[others % len(_OTHERS)]
            dashes = _DASHES[others // len(_OTHERS) % len(_DASHES)]
            own = Style(name if model is None else model.label, Look(color, dashes, ""))
            others += 1
        found[name] = own
    return found


def label(name: str) -> str:
    """How a model, or what stands beside models, is called."""
    return styles((name,))[name].label


class BookFigure(Figure):
    """A Figure that a notebook shows once, whatever pyplot's backend is."""

    def png(self) -> bytes:
        """The picture, its bytes decided by the data alone.

        The layout is settled by the first drawing: settling it again would move
        things by a fraction of a pixel.
        """
        buffer = io.BytesIO()
        FigureCanvasAgg(self).print_png(buffer, metadata={"Software": None})
        self.set_layout_engine("none")
        return buffer.getvalue()

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """The picture, and what notebook, page and book say in its place."""
        return self.png(), {"alt": alt_text(self)}


def panels(
    rows: int = 1, columns: int = 1, *, height: float = 3.6, **sharing: Any
) -> tuple[BookFigure, NDArray[Any]]:
    """An empty figure of the book's width and its axes as an array (rows, columns).

    height in inches; sharing: `sharex`, `sharey` of `Figure.subplots`.
    """
    with sns.axes_style("whitegrid"):
        figure = BookFigure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, **sharing)
    for ax in axes.flat:
        ax.tick_params(labelsize=FONT)
        ax.grid(which="major", linewidth=0.5)
    return figure, axes


def describe(ax: Axes, *, x: str, y: str, title: str = "") -> None:
    """Axis labels with units, and a title that says what is shown."""
    ax.set_xlabel(x, fontsize=FONT)
    ax.set_ylabel(y, fontsize=FONT)
    if title:
        ax.set_title(title, fontsize=FONT + 1)


def log_peclet(ax: Axes, peclet: Iterable[float]) -> None:
    """A logarithmic axis that marks the Péclet numbers themselves."""
    values = sorted(peclet)
    ax.set_xscale("log")
    ax.set_xticks(values, [f"{value:g}" for value in values])
    ax.set_xticks([], minor=True)


class _PlainLog(LogFormatter):
    """Labels the ticks that LogFormatter labels, as 0.05 rather than 5e-02."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def log_error(ax: Axes) -> None:
    """A logarithmic y axis in plain numbers, for errors within a few decades."""
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(_PlainLog(labelOnlyBase=False))
    ax.yaxis.set_minor_formatter(_PlainLog(minor_thresholds=(2.0, 0.5)))
    ax.tick_params(which="both", labelsize=FONT)


def legend_beside(figure: Figure, ax: Axes) -> None:
    """One legend to the right of the axes, where it hides no data."""
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside right upper", fontsize=FONT - 1, frameon=False
    )


def finite(values: Any) -> Array:
    """As floats, with null and ∞ as NaN, which leaves a gap in a line."""
    values = np.array(values, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
