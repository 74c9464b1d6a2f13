"""The experts as merging material, and what the merges do along the Péclet path."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from evophys_lib.figures.fields import NRMSE
from evophys_lib.figures.style import (
    describe,
    finite,
    legend_beside,
    log_error,
    log_peclet,
    panels,
    styles,
)
from evophys_lib.models.look import BLACK, GREEN

PECLET = "Péclet number Pe = UL/α"


def peclet_curves(
    scores: Mapping[str, ArrayLike],
    *,
    peclet: Sequence[float],
    title: str = "Error at t + 50 against Péclet number",
) -> Figure:
    """nRMSE against Pe, both logarithmic; a curve per model.

    scores: (P,) by model, in the order of `peclet`; null or ∞ leaves a gap.
    """
    figure, axes = panels(height=4.2)
    ax = axes[0, 0]
    for name, style in styles(scores).items():
        ax.plot(np.asarray(peclet), finite(scores[name]), **style.line())
    log_peclet(ax, peclet)
    log_error(ax)
    describe(ax, x=PECLET, y=NRMSE, title=title)
    legend_beside(figure, ax)
    return figure


def lambda_against_peclet(
    coefficients: Mapping[str, ArrayLike],
    *,
    peclet: Sequence[float],
    dots: str = "layers",
    title: str = "PS coefficients against Péclet number",
) -> Figure:
    """λ_heat,l and λ_burgers,l: a dot per layer, a line through their mean.

    coefficients: (P, n_layers) by expert, rows in the order of `peclet`; dots: what
    the columns are, seeds in place of layers for example.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(coefficients).items():
        values = finite(coefficients[name])  # (P, L)
        shown = np.repeat(np.asarray(peclet, dtype=float), values.shape[1])
        ax.scatter(shown, values.ravel(), s=10, color=style.color, alpha=0.45)
        label = f"{style.label}:\nmean and {dots}"
        ax.plot(peclet, values.mean(axis=1), **style.line() | {"label": label})
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    log_peclet(ax, peclet)
    describe(ax, x=PECLET, y="coefficient λ (dimensionless)", title=title)
    legend_beside(figure, ax)
    return figure


def lambda_by_layer(
    coefficients: Mapping[str, ArrayLike],
    *,
    layers: Sequence[str],
    y: str = "coefficient λ (dimensionless)",
    half: str = "uniform soup",
    title: str = "PS coefficients by layer",
) -> Figure:
    """λ_heat,l and λ_burgers,l at one Péclet number, a group of bars per layer.

    coefficients: (n_layers,) by expert. layers: their names, in order. y: what they
    are, with the unit; half: what one half for all is called.
    """
    figure, axes = panels(height=3.0)
    ax = axes[0, 0]
    place, width = np.arange(len(layers)), 0.8 / len(coefficients)
    for i, (name, style) in enumerate(styles(coefficients).items()):
        offset = (i - (len(coefficients) - 1) / 2) * width
        values = finite(coefficients[name])
        ax.bar(place + offset, values, width, color=style.color, label=style.label)
    ax.axhline(0.0, color=BLACK, linewidth=0.8)
    ax.axhline(0.5, color=BLACK, linewidth=0.8, linestyle=":", label=half)
    ax.set_xticks(place, layers)
    describe(ax, x="layer", y=y, title=title)
    legend_beside(figure, ax)
    return figure


def task_vectors(
    cosine: ArrayLike,
    norms: Mapping[str, ArrayLike],
    *,
    layers: Sequence[str],
    title: str = "Task vectors by layer",
) -> Figure:
    """Cosine between the experts' task vectors, and their norms, per layer.

    cosine: (L,). norms: |τ_l|/|θ₀,l| by expert, (L,) each. layers: L names.
    """
    figure, axes = panels(1, 2, height=3.2)
    left, right = axes[0]
    place = np.arange(len(layers))
    left.bar(place, finite(cosine), color=GREEN, width=0.6)
    left.axhline(0.0, color=BLACK, linewidth=0.8)
    describe(
        left, x="layer", y="cosine (dimensionless)", title="cos(τ_heat, τ_burgers)"
    )
    width = 0.8 / len(norms)
    for i, (name, style) in enumerate(styles(norms).items()):
        shift = (i - (len(norms) - 1) / 2) * width
        right.bar(
            place + shift,
            finite(norms[name]),
            width,
            color=style.color,
            label=style.label,
        )
    describe(right, x="layer", y="|τ| / |θ₀| (dimensionless)", title="relative norm")
    for ax in (left, right):
        ax.set_xticks(place, layers)
    figure.suptitle(title)
    legend_beside(figure, right)
    return figure


def loss_barrier(
    losses: Mapping[str, ArrayLike],
    *,
    position: ArrayLike,
    title: str = "Loss on the straight line between the experts",
) -> Figure:
    """Loss of (1 − s) θ_heat + s θ_burgers against s, logarithmic.

    losses: (K,) by data family. position: s, (K,); 0 heat expert, 1 Burgers expert.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(losses).items():
        label = {"heat": "heat data", "burgers": "Burgers data"}.get(name, style.label)
        line = style.line() | {"label": label}
        ax.plot(np.asarray(position), finite(losses[name]), **line)
    log_error(ax)
    describe(
        ax,
        x="position s on the line (0: heat expert, 1: Burgers expert)",
        y="latent nMSE (target variances)",
        title=title,
    )
    legend_beside(figure, ax)
    return figure
