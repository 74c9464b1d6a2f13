"""What each ingredient is worth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from evophys_lib.figures.style import (
    BLACK,
    FONT,
    describe,
    legend_beside,
    panels,
    styles,
)
from rendering.paired import Ratio


def effects(
    ratios: Mapping[str, Mapping[str, Mapping[str, Ratio]]],
) -> Figure:
    """A row per variant, a panel per score, a mark per family: right is worse.

    ratios: by panel title, by family, by variant. A variant without a ratio leaves
    its row empty.
    """
    rows = list(
        dict.fromkeys(n for f in ratios.values() for r in f.values() for n in r)
    )
    figure, axes = panels(1, len(ratios), height=1.2 + 0.27 * len(rows), sharey=True)
    place = {name: -i for i, name in enumerate(rows)}
    for ax, (panel, families) in zip(axes[0], ratios.items(), strict=True):
        for shift, (family, style) in zip(
            np.linspace(0.15, -0.15, len(families)),
            styles(families).items(),
            strict=True,
        ):
            drawn = families[family]
            centre = np.array([r.centre for r in drawn.values()])
            ends = [(r.low or r.centre, r.high or r.centre) for r in drawn.values()]
            ax.errorbar(
                centre,
                [place[name] + shift for name in drawn],
                xerr=np.abs(np.array(ends).T - centre),  # (2, n)
                fmt=style.look.marker,
                color=style.color,
                label=style.label,
                markersize=3.5,
                linewidth=1.0,
            )
        ax.axvline(1.0, color=BLACK, linewidth=0.8)
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        first = ax is axes[0, 0]
        describe(ax, x="times the default's", y="variant" if first else "", title=panel)
    axes[0, 0].set_yticks(list(place.values()), rows, fontsize=FONT - 1)
    figure.suptitle(
        "Error over the default's, with 95 % intervals over seeds", fontsize=FONT + 1
    )
    legend_beside(figure, axes[0, 0])
    return figure
