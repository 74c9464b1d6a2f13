"""The exact solution with U and α read off a few frames: physics known, numbers not.

    û_t(m) = a_m e^{λ_m t},   λ_m = −α (2πm)² − 2πi m U,   m = 0 … K

U, α ≥ 0 and the amplitudes a_m minimise the squared error over the frames; for given U
and α the a_m are linear and drop out (variable projection). With white noise on frames
this is the estimate of largest likelihood, and a_m e^{λ_m t} is the field without most
of the noise. Phases do not wrap while 2πK |U| δ < π.

Source: variable projection, Golub & Pereyra 1973 (doi:10.1137/0710036).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from evophys_lib.physics.grid import Array

Modes = NDArray[np.complex128]
MODES = 8
"""K: fields begin with five modes; above are noise and what interpolation adds."""
START = 0.05
"""Of α; U starts from the mean."""
PRECISION = 1e-14


@dataclass(frozen=True)
class Propagator:
    """What was read off n fields.

    speed U, diffusivity α (n,); now (n, K + 1): a_m e^{λ_m t} at the last frame, in
    the units of `numpy.fft.rfft`; cells N.
    """

    speed: Array
    diffusivity: Array
    now: Modes
    cells: int


def fit(frames: ArrayLike, *, interval: float, riding: bool = False) -> Propagator:
    """U and α of every field from its frames (n, T, N), T ≥ 2, `interval` δ apart.

    riding: whether U is not looked for but is the mean of the field, as where a flow
    carries itself.
    """
    frames = np.asarray(frames, dtype=np.float64)
    modes = np.fft.rfft(frames, axis=-1)[..., : MODES + 1]  # (n, T, K + 1)
    times = interval * np.arange(float(frames.shape[1]))
    read = [_read_off(one, times, frames.shape[-1], riding) for one in modes]
    speed, diffusivity = np.array([numbers for numbers, _ in read]).T
    return Propagator(
        speed, diffusivity, np.stack([now for _, now in read]), frames.shape[-1]
    )


def forecast(read: Propagator, times: ArrayLike) -> Array:
    """The fields at times after the last frame, (H,): (H, n, N)."""
    after = np.asarray(times, dtype=np.float64)[:, None, None]
    rate = _rates(read.speed[:, None], read.diffusivity[:, None])  # (n, K + 1)
    return np.fft.irfft(read.now * np.exp(rate * after), n=read.cells, axis=-1)


def _rates(speed: ArrayLike, diffusivity: ArrayLike) -> Modes:
    """λ_m, m = 0 … K, along the last axis."""
    wave = 2 * np.pi * np.arange(MODES + 1.0)
    rates: Modes = -np.multiply(diffusivity, wave**2) - 1j * np.multiply(speed, wave)
    return rates


def _read_off(
    modes: Modes, times: Array, cells: int, riding: bool
) -> tuple[tuple[float, float], Modes]:
    """(U, α ≥ 0) of one field's modes (T, K + 1), and its modes at the last frame."""
    mean = float(modes[:, 0].real.mean()) / cells
    scale = max(float(np.abs(modes[:, 1:]).max()), np.finfo(float).tiny)

    def numbers(x: Array) -> tuple[float, float]:
        return (mean, float(x[0])) if riding else (float(x[0]), float(x[1]))

    def solved(x: Array) -> Modes:
        """The frames that U, α and the best a_m give."""
        growth = np.exp(_rates(*numbers(x)) * times[:, None])  # (T, K + 1)
        energy = (np.abs(growth) ** 2).sum(axis=0)
        frames: Modes = (growth.conj() * modes).sum(axis=0) / energy * growth
        return frames

    def residual(x: Array) -> Array:
        left = (modes - solved(x))[:, 1:].ravel() / scale
        return np.concatenate([left.real, left.imag])

    start, lowest = ([START], [0.0]) if riding else ([mean, START], [-np.inf, 0.0])
    best = least_squares(
        residual, start, bounds=(lowest, np.inf), xtol=PRECISION, ftol=PRECISION
    ).x
    return numbers(best), solved(best)[-1]
