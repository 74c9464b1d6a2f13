"""What the data cover: the Péclet path, and the distributions of parameters."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.style import (
    FONT,
    describe,
    log_error,
    log_peclet,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK, GREY

Range = tuple[float, float]


def peclet_path(
    peclet: ArrayLike,
    *,
    speed: ArrayLike,
    diffusivity: ArrayLike,
    speeds: Range,
    diffusivities: Range,
    title: str = "The Péclet path and what the experts know",
) -> Figure:
    """α and U against Pe, each over the range on which experts are trained.

    peclet, speed, diffusivity: (P,) points of the path. speeds: means that both
    experts see; diffusivities: of the heat expert.
    """
    figure, axes = panels(1, 2, height=3.2)
    pe = np.asarray(peclet, dtype=float)
    curves = (
        (diffusivity, diffusivities, "heat", "diffusivity α"),
        (speed, speeds, "burgers", "advection speed U"),
    )
    for ax, (values, known, name, label) in zip(axes[0], curves, strict=True):
        color = styles([name])[name].color
        ax.axhspan(*known, color=color, alpha=0.15, linewidth=0)
        ax.plot(pe, np.asarray(values), color=BLACK, marker="o", markersize=4.5)
        log_peclet(ax, pe)
        log_error(ax)
        describe(ax, x="Péclet number Pe = UL/α", y=f"{label} (dimensionless)")
    axes[0, 0].set_title("shaded: α of the heat expert", fontsize=FONT)
    axes[0, 1].set_title("shaded: |m| of both experts", fontsize=FONT)
    axes[0, 1].set_ylim(0.5 * np.min(speed), 2.0 * max(speeds))
    figure.suptitle(title)
    return figure


def coverage(
    values: Mapping[str, ArrayLike],
    *,
    logarithmic: Collection[str] = (),
    bins: int = 16,
    title: str = "What the trajectories cover",
) -> Figure:
    """A histogram for each quantity; where it is flat, the sampling is uniform.

    values: (n,) by quantity. logarithmic: those with bins of equal ratio.
    """
    figure, axes = panels(1, len(values), height=2.6)
    for ax, (name, sample) in zip(axes[0], values.items(), strict=True):
        sample = np.asarray(sample, dtype=float)
        low, high = sample.min(), sample.max()
        edges = np.linspace(low, high, bins + 1)
        if name in logarithmic:
            edges = np.geomspace(low, high, bins + 1)
            ax.set_xscale("log")
        ax.hist(sample, edges, color=GREY, edgecolor="white", linewidth=0.5)
        ax.grid(False, axis="x")
        describe(ax, x=name, y="")
    axes[0, 0].set_ylabel("trajectories", fontsize=FONT)
    figure.suptitle(title)
    return figure
