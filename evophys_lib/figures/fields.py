"""Fields over space and time, their errors and their spectra."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
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

SPACE = "position x / L"
TIME = "time t (dimensionless)"
FIELD = "u (dimensionless)"
NRMSE = "nRMSE (initial standard deviations)"


def space_time(
    fields: Mapping[str, ArrayLike],
    *,
    t: ArrayLike,
    quantity: str = FIELD,
    title: str = "Fields u(x, t)",
) -> Figure:
    """Fields u(x, t) side by side on one colour scale; time runs upwards.

    fields: (T, N) cell averages by panel title. t: (T,) equally spaced times.
    quantity: what the colours mean, with its unit.
    """
    figure, axes = panels(1, len(fields), height=3.0, sharey=True)
    arrays = {name: finite(field) for name, field in fields.items()}
    low = min(np.nanmin(field) for field in arrays.values())
    high = max(np.nanmax(field) for field in arrays.values())
    for ax, (name, field) in zip(axes[0], arrays.items(), strict=True):
        image = draw_field(ax, field, t, low, high, "cividis")
        describe(ax, x=SPACE, y="", title=name)
    axes[0, 0].set_ylabel(TIME, fontsize=FONT)
    bar = figure.colorbar(image, ax=list(axes[0]), pad=0.02)
    bar.set_label(quantity, fontsize=FONT)
    figure.suptitle(title, fontsize=FONT + 2)
    return figure


def profiles(
    curves: Mapping[str, ArrayLike],
    *,
    x: ArrayLike,
    differences: bool = False,
    title: str = "Profiles u(x)",
) -> Figure:
    """Fields over x at one time each; below, what they differ by from the first.

    curves: (N,) by name. x: (N,) cell centres. differences: whether to draw the
    second panel, which has its own scale.
    """
    rows = 2 if differences else 1
    figure, axes = panels(rows, 1, height=2.4 + 1.2 * rows, sharex=True)
    arrays = {name: finite(curve) for name, curve in curves.items()}
    first = next(iter(arrays))
    for name, style in styles(arrays).items():
        line = style.line() | {"marker": ""}
        axes[0, 0].plot(np.asarray(x), arrays[name], **line)
        if differences and name != first:
            axes[1, 0].plot(np.asarray(x), arrays[name] - arrays[first], **line)
    describe(axes[0, 0], x="" if differences else SPACE, y=FIELD, title=title)
    if differences:
        describe(axes[1, 0], x=SPACE, y=f"difference\nfrom {first}")
    legend_beside(figure, axes[0, 0])
    return figure


def triptych(
    truth: ArrayLike,
    rollout: ArrayLike,
    *,
    t: ArrayLike,
    title: str = "Truth, rollout and their difference",
) -> Figure:
    """True field, rolled-out field, error e = û − u; the error has its own scale.

    truth, rollout: (T, N). t: (T,) equally spaced times.
    """
    truth, rollout = finite(truth), finite(rollout)
    error = rollout - truth
    figure, axes = panels(1, 3, height=3.0, sharey=True)
    low = min(np.nanmin(truth), np.nanmin(rollout))
    high = max(np.nanmax(truth), np.nanmax(rollout))
    bound = np.nanmax(np.abs(error)) or 1.0
    for ax, field, name in zip(
        axes[0, :2], (truth, rollout), ("truth u", "rollout û"), strict=True
    ):
        image = draw_field(ax, field, t, low, high, "cividis")
        describe(ax, x=SPACE, y="", title=name)
    figure.colorbar(image, ax=list(axes[0, :2]), pad=0.02).set_label(
        FIELD, fontsize=FONT
    )
    image = draw_field(axes[0, 2], error, t, -bound, bound, "RdBu_r")
    describe(axes[0, 2], x=SPACE, y="", title="error û − u")
    figure.colorbar(image, ax=axes[0, 2], pad=0.02).set_label(
        "û − u (dimensionless)", fontsize=FONT
    )
    axes[0, 0].set_ylabel(TIME, fontsize=FONT)
    figure.suptitle(title, fontsize=FONT + 2)
    return figure


def error_against_horizon(
    curves: Mapping[str, ArrayLike],
    *,
    frames: ArrayLike,
    title: str = "Error against horizon",
) -> Figure:
    """nRMSE at each horizon, logarithmic; a curve per model.

    curves: (H,) by model; "persistence" and "floor" are drawn dotted. frames: (H,)
    frames after the last context frame.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    for name, style in styles(curves).items():
        ax.plot(np.asarray(frames), finite(curves[name]), **style.line())
    log_error(ax)
    describe(ax, x="horizon (frames of 0.002 time units)", y=NRMSE, title=title)
    legend_beside(figure, ax)
    return figure


def spectra(
    energies: Mapping[str, ArrayLike], *, title: str = "Energy spectra at t + 50"
) -> Figure:
    """E(n) against wavenumber n, both logarithmic.

    energies: (K,) by model or "truth", entry n − 1 for wavenumber n
    (`metrics.spectrum` averaged over trajectories). Energies twelve decades below the
    largest are rounding and left out of view.
    """
    figure, axes = panels()
    ax = axes[0, 0]
    largest = 0.0
    for name, style in styles(energies).items():
        energy = finite(energies[name])
        wavenumbers = np.arange(1, len(energy) + 1)
        ax.plot(wavenumbers, energy, **style.line() | {"markersize": 2.5})
        largest = max(largest, np.nanmax(energy))
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(1e-12 * largest, 4 * largest)
    describe(
        ax,
        x="wavenumber n (waves per domain length)",
        y="E(n) (squared units of u)",
        title=title,
    )
    legend_beside(figure, ax)
    return figure


def draw_field(
    ax: Axes, field: np.ndarray, t: ArrayLike, low: float, high: float, colors: str
) -> AxesImage:
    """A field (T, N) as an image over [0, 1] × [t_first, t_last], low to high."""
    t = np.asarray(t)
    ax.grid(False)
    return ax.imshow(
        field,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0.0, 1.0, t[0], t[-1]),
        cmap=colors,
        vmin=low,
        vmax=high,
    )
