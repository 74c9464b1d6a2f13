"""One look for all figures, and one colour, line and marker per model.

Colours are Okabe & Ito's (2008), told apart under every common colour blindness;
line and marker tell models apart without colour. Parents and what is derived from
them alone share a colour: vermillion for heat, blue for Burgers.
"""

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

WIDTH = 7.5  # inches: a column of the book
DPI = 100  # PNGs of tens of kilobytes, sharp at the column's 750 pixels
FONT = 9  # points

BLACK, GREY = "#000000", "#7f7f7f"
VERMILLION, BLUE, GREEN = "#d55e00", "#0072b2", "#009e73"
ORANGE, SKY, PURPLE, YELLOW = "#e69f00", "#56b4e9", "#cc79a7", "#d9c600"


@dataclass(frozen=True)
class Style:
    """How one model is drawn wherever it appears."""

    label: str
    color: str
    linestyle: str = "-"
    marker: str = "o"
    linewidth: float = 1.6

    def line(self) -> dict[str, Any]:
        """Keywords for `Axes.plot`, markers and legend label included."""
        return {
            "label": self.label,
            "color": self.color,
            "linestyle": self.linestyle,
            "linewidth": self.linewidth,
            "marker": self.marker,
            "markersize": 4.5,
        }


STYLES = {
    "truth": Style("truth", BLACK, "-", "", 2.2),
    "floor": Style("probe floor", BLACK, ":", ""),
    "persistence": Style("persistence", GREY, ":", "x"),
    "base": Style("θ₀ (base)", GREY, "--", "+"),
    "heat": Style("heat expert", VERMILLION, "-", "s"),
    "burgers": Style("Burgers expert", BLUE, "-", "D"),
    "oracle_heat": Style("heat oracle", VERMILLION, ":", "v"),
    "oracle_burgers": Style("Burgers oracle", BLUE, ":", "^"),
    "fourier": Style("Fourier multipliers", YELLOW, "-.", "v"),
    "dmd": Style("DMD", PURPLE, "--", "^"),
    "fno": Style("Fourier neural operator", GREEN, "--", "P"),
    "soup": Style("uniform soup", SKY, "--", "<"),
    "ensemble": Style("output ensemble", SKY, "-.", ">"),
    "random_search": Style("random search", YELLOW, "--", "P"),
    "ps": Style("PS", GREEN, "-", "o", 2.2),
    "merged": Style("merged predictor (PS)", GREEN, "-", "o", 2.2),
    "dfs": Style("DFS", PURPLE, "-", "h", 2.2),
    "ps_dfs": Style("PS + DFS", ORANGE, "-", "*", 2.2),
    "few_shot": Style("few-shot tuning", SKY, "-", "d", 2.2),
    "best_parent": Style("better parent by validation", GREY, ":", ""),
    "plenty": Style("tuned on plenty of target", BLACK, "-.", "1"),
}
_OTHERS = (GREEN, PURPLE, ORANGE, SKY, GREY, BLACK)
_DASHES = ("-", "--", "-.", ":")


def styles(names: Iterable[str]) -> dict[str, Style]:
    """A style per name: the model's own, else one by position among the others.

    Twenty-four others are told apart; the look then repeats.
    """
    names = list(names)
    others = [name for name in names if name not in STYLES]
    made = {
        name: Style(
            name,
            _OTHERS[i % len(_OTHERS)],
            _DASHES[i // len(_OTHERS) % len(_DASHES)],
            "",
        )
        for i, name in enumerate(others)
    }
    return {name: STYLES.get(name) or made[name] for name in names}


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

    def _repr_png_(self) -> bytes:
        return self.png()


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


def legend_below(figure: Figure, ax: Axes, columns: int = 4) -> None:
    """One legend under panels that need the whole width."""
    handles, labels = ax.get_legend_handles_labels()
    look = {"fontsize": FONT - 1, "frameon": False, "ncols": columns}
    figure.legend(handles, labels, loc="outside lower center", **look)


def finite(values: Any) -> NDArray[np.float64]:
    """As floats, with null and ∞ as NaN, which leaves a gap in a line."""
    values = np.array(values, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
