"""What a figure shows in words, for those who do not see it: from its own data.

Titles and axis labels say what is drawn; every curve is told by its ends and its
lowest value, bars one by one, maps by their range. Curves beyond `CURVES` are counted.
"""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

CURVES = 8
BARS = 8


def alt_text(figure: Figure) -> str:
    """Sentences on the figure as a whole, then on each of its axes, bars aside."""
    told = [figure.get_suptitle(), *map(_axes, figure.axes)]
    return " ".join(sentence.rstrip(".") + "." for sentence in told if sentence)


def _axes(ax: Axes) -> str:
    if ax.get_label() == "<colorbar>":
        return ""
    x, y = _label(ax.get_xlabel()), _label(ax.get_ylabel())
    about = f"{y} against {x}" if x and y else x or y
    parts = [ax.get_title(), about, *_curves(ax), *_bars(ax), *_maps(ax), *_dots(ax)]
    return "; ".join(part for part in parts if part)


def _curves(ax: Axes) -> Iterator[str]:
    """Those of the legend, with or without intervals; if none is, all."""
    named = [(str(line.get_label()), line) for line in ax.get_lines()]
    named += [
        (str(bars.get_label()), bars.lines[0])
        for bars in ax.containers
        if isinstance(bars, ErrorbarContainer)
    ]
    told = [(_label(n), line) for n, line in named if not n.startswith("_")]
    for name, line in (told or [("", line) for _, line in named])[:CURVES]:
        yield f"{name} {_course(line)}".strip()
    if len(told) > CURVES:
        yield f"and {len(told) - CURVES} more"


def _course(line: Line2D) -> str:
    """Ends and lowest point, or the level of a line that has one."""
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    known = np.isfinite(y)
    x, y = x[known], y[known]
    if len(y) == 0:
        return "has no finite value"
    y = y + 0.0  # of which −0 makes 0
    if np.ptp(y) == 0:
        return f"at {y[0]:.3g}"
    if np.ptp(x) == 0:
        return f"upright at {x[0]:.3g}"
    low = y.argmin()
    ends = f"from {y[0]:.3g} at {x[0]:.3g} to {y[-1]:.3g} at {x[-1]:.3g}"
    inside = 0 < low < len(y) - 1
    return ends + (f", lowest {y[low]:.3g} at {x[low]:.3g}" if inside else "")


def _bars(ax: Axes) -> Iterator[str]:
    names = [tick.get_text() for tick in ax.get_xticklabels()]
    for group in ax.containers:
        if not isinstance(group, BarContainer):
            continue
        heights = [bar.get_height() for bar in group]
        label = str(group.get_label())
        label = "" if label.startswith("_") else f"{_label(label)}: "
        if len(heights) > BARS:
            yield f"{label}{len(heights)} bars, {_range(heights)}"
        else:
            pairs = zip(names, heights, strict=False)
            yield label + ", ".join(f"{name} {h:.2g}" for name, h in pairs)


def _maps(ax: Axes) -> Iterator[str]:
    for image in ax.get_images():
        yield f"values {_range(np.asarray(image.get_array()))}"


def _dots(ax: Axes) -> Iterator[str]:
    for dots in ax.collections:
        if isinstance(dots, PathCollection):
            yield f"{len(dots.get_offsets())} dots"  # type: ignore[arg-type]


def _range(values: ArrayLike) -> str:
    found = np.asarray(values, dtype=float)
    return f"from {np.nanmin(found):.2g} to {np.nanmax(found):.2g}"


def _label(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
