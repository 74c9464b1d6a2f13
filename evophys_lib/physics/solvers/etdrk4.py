"""ETDRK4: exponential time differencing with fourth-order Runge–Kutta.

∂û/∂t = L û + F[n(u)],   L diagonal in Fourier space, n dealiased by the 2/3 rule.

Cox & Matthews, J. Comput. Phys. 176, 430 (2002), eqs. 26–29, with coefficients by
contour integral as in Kassam & Trefethen, SIAM J. Sci. Comput. 26, 1214 (2005),
section 3, doi:10.1137/S1064827502410633.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from evophys_lib.physics.grid import Array

Spectrum = NDArray[np.complex128]
Symbol = Array | NDArray[np.complex128]
"""Real where the equation only diffuses."""

_CONTOUR_POINTS = 32  # M of Kassam & Trefethen; the mean converges exponentially in M


@dataclass(frozen=True)
class Coefficients:
    """The weights of one step h, each of the shape of L (B, K)."""

    full: Symbol  # e^{Lh}
    half: Symbol  # e^{Lh/2}
    stage: Symbol  # h (e^{z/2} − 1)/z, z = Lh
    first: Symbol  # h (−4 − z + e^z (4 − 3z + z²))/z³
    middle: Symbol  # 2h (2 + z + e^z (z − 2))/z³
    last: Symbol  # h (−4 − 3z − z² + e^z (4 − z))/z³


def coefficients(linear: Symbol, step: float) -> Coefficients:
    """The weights for ∂û/∂t = L û + …, step h.

    The closed forms cancel catastrophically near z = 0. Each is entire, so its value
    is the mean over a circle of radius one about z (Kassam & Trefethen, eq. 2.3).
    """
    angle = np.pi * (np.arange(_CONTOUR_POINTS) + 0.5) / _CONTOUR_POINTS
    circle = np.exp(2j * angle)
    z = step * linear
    sums = np.zeros((4, *z.shape), dtype=complex)
    for point in circle:
        w = z + point
        e = np.exp(w)
        sums[0] += (np.exp(w / 2) - 1) / w
        sums[1] += (-4 - w + e * (4 - 3 * w + w**2)) / w**3
        sums[2] += 2 * (2 + w + e * (w - 2)) / w**3
        sums[3] += (-4 - 3 * w - w**2 + e * (4 - w)) / w**3
    weights = step * sums / _CONTOUR_POINTS
    kept = weights if np.iscomplexobj(linear) else weights.real
    return Coefficients(np.exp(z), np.exp(z / 2), *kept)


def solve(
    *,
    initial: Array,
    linear: Symbol,
    nonlinear: Callable[[Array], Array],
    derivative: int,
    frames: int,
    frame_step: float,
    substeps: int,
) -> Spectrum:
    """Spectra of u at t = 0, Δ, …, (T − 1)Δ from point values of u₀.

    Args:
        initial: u₀ at x_p = p/P, shape (B, P).
        linear: L_n for n = 0 … P/2, shape (B, P/2 + 1) or broadcast to it.
        nonlinear: g with n(u) = ∂ₓ^d g(u), acting on point values (B, P).
        derivative: d; 1 for the flux of a conservation law, 0 for a source.
        frames: T.
        frame_step: Δ, time between frames.
        substeps: steps per frame, h = Δ/substeps. The error falls as h⁴.

    Returns:
        û of shape (B, T, P/2 + 1), normalised so that u = Σ_n û_n e^{2πinx}.
    """
    points = initial.shape[-1]
    k = np.arange(points // 2 + 1)
    kept = k <= points // 3  # 2/3 rule
    factor = np.where(kept, (2j * np.pi * k) ** derivative, 0.0)
    weights = coefficients(linear, frame_step / substeps)

    def tendency(spectrum: Spectrum) -> Spectrum:
        values = fft.irfft(spectrum, points, norm="forward")  # (B, P)
        change: Spectrum = factor * fft.rfft(nonlinear(values), norm="forward")
        return change

    spectrum = fft.rfft(initial, norm="forward")
    history = np.empty((len(initial), frames, len(k)), dtype=complex)
    history[:, 0] = spectrum
    for j in range(1, frames):
        for _ in range(substeps):
            spectrum = _step(spectrum, weights, tendency)
        history[:, j] = spectrum
    return history


def _step(
    v: Spectrum, w: Coefficients, tendency: Callable[[Spectrum], Spectrum]
) -> Spectrum:
    """One step of Cox & Matthews, eqs. 26–29."""
    n_v = tendency(v)
    half_v = w.half * v
    a = half_v + w.stage * n_v
    n_a = tendency(a)
    b = half_v + w.stage * n_a
    n_b = tendency(b)
    c = w.half * a + w.stage * (2 * n_b - n_v)
    n_c = tendency(c)
    end: Spectrum = w.full * v + w.first * n_v + w.middle * (n_a + n_b) + w.last * n_c
    return end


def cell_averages(
    spectrum: Spectrum, cells: int, *, shift: Array | None = None
) -> Array:
    """Averages over [i/N, (i+1)/N] of u(x − s), from its spectrum (B, T, P/2 + 1).

    Differences of the primitive at the cells' edges, so that nothing is shared with
    the sinc factors of the exact solvers. P must be a multiple of N.

    Args:
        spectrum: û as `solve` returns it.
        cells: N.
        shift: s, shape (B, T); zero by default.

    Returns:
        ū of shape (B, T, N).
    """
    points = 2 * (spectrum.shape[-1] - 1)
    wave = 2j * np.pi * np.arange(spectrum.shape[-1])
    primitive = np.zeros_like(spectrum)
    primitive[..., 1:-1] = spectrum[..., 1:-1] / wave[1:-1]
    if shift is not None:
        primitive *= np.exp(-wave * shift[..., None])
    edges = fft.irfft(primitive, points, norm="forward")[..., :: points // cells]
    rise = np.roll(edges, -1, axis=-1) - edges  # (B, T, N)
    averages: Array = spectrum[..., :1].real + cells * rise
    return averages
