"""How training went, and whether the latent space stands up."""

from collections.abc import Mapping

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


def training_curves(
    losses: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    y: str = "latent MSE (dimensionless)",
    title: str = "Training loss",
    logarithmic: bool = True,
) -> Figure:
    """Loss, or what else is followed, against optimiser step.

    losses: (steps (K,), loss (K,)) by curve. y: what the loss is, with its unit.
    logarithmic: whether y is; a loss falls over decades, an effective rank does not,
    and is drawn from 0, so that a small change looks small.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(losses).items():
        steps, loss = losses[name]
        ax.plot(np.asarray(steps), finite(loss), **style.line() | {"marker": ""})
    if logarithmic:
        log_error(ax)
    else:
        ax.set_ylim(0.0, 1.1 * ax.dataLim.y1)
    describe(ax, x="optimiser step", y=y, title=title)
    legend_beside(figure, ax)
    return figure


def singular_values(
    values: Mapping[str, ArrayLike],
    *,
    rankme: Mapping[str, float] | None = None,
    title: str = "Singular values of the latents",
) -> Figure:
    """Singular values σ_i/σ_1 in falling order: a collapsed latent drops early.

    values: (D,) by curve, any scale and order. rankme: effective ranks for the
    legend, by curve.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(values).items():
        falling = np.sort(finite(values[name]))[::-1]
        line = style.line() | {"marker": "."}
        if rankme is not None:
            line["label"] = f"{style.label}\n(RankMe {rankme[name]:.1f})"
        ax.plot(np.arange(1, len(falling) + 1), falling / falling[0], **line)
    log_error(ax)
    describe(ax, x="index i", y="σᵢ / σ₁ (dimensionless)", title=title)
    legend_beside(figure, ax)
    return figure


def latent_map(
    points: Mapping[str, ArrayLike],
    *,
    colours: Mapping[str, Mapping[str, ArrayLike]],
    title: str = "Latents on their first two principal components",
) -> Figure:
    """A dot per trajectory at its first two principal components, panel by panel.

    points: (n, 2) by panel title. colours: by the same titles, the name of a
    quantity and its values (n,).
    """
    figure, axes = panels(1, len(points), height=3.2)
    for ax, (name, place) in zip(axes[0], points.items(), strict=True):
        first, second = np.asarray(place).T
        ((label, values),) = colours[name].items()
        dots = ax.scatter(first, second, c=values, cmap="viridis", s=14)
        figure.colorbar(dots, ax=ax, pad=0.02).set_label(label, fontsize=FONT)
        describe(ax, x="first component", y="second component", title=name)
    figure.suptitle(title)
    return figure
