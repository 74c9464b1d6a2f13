"""Linear dynamics mode by mode: what a family does, on average, to each wave.

    û_{t+Δ}(n) = μ_n û_t(n),   n = 0 … N/2

For one heat equation μ_n = exp(−α (2πn)² Δ Δt) is the exact solution, for advection
μ_n = exp(−2πi n U Δ Δt). A family of many α, ν and means has one μ_n all the same: what
is left when nothing is read off the input but its amplitudes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evophys_lib.physics.grid import Array

Multipliers = NDArray[np.complex128]
"""μ (N/2 + 1,)."""


def fit(fields: ArrayLike, *, first: int, stride: int) -> Multipliers:
    """Least squares: μ_n = Σ û_t(n)* û_{t+Δ}(n) / Σ |û_t(n)|².

    Sums over trajectories and over t = first, first + Δ, …: the frames that a rollout
    passes through. fields (n, T, N); stride Δ, in frames. A mode that is never there
    gets μ_n = 0.
    """
    modes = np.fft.rfft(np.asarray(fields, dtype=np.float64)[:, first::stride], axis=-1)
    before, after = modes[:, :-1], modes[:, 1:]  # (n, P, N // 2 + 1)
    energy = (np.abs(before) ** 2).sum(axis=(0, 1))
    product = (before.conj() * after).sum(axis=(0, 1))
    quotient: Multipliers = product / np.where(energy > 0.0, energy, 1.0)
    return quotient


def forecast(multipliers: Multipliers, frame: ArrayLike, steps: int) -> Array:
    """λ^h û, h = 1 … H, as fields: frame (n, N) → (H, n, N) float64."""
    frame = np.asarray(frame, dtype=np.float64)
    powers = multipliers ** np.arange(1, steps + 1)[:, None]  # (H, N // 2 + 1)
    modes = powers[:, None] * np.fft.rfft(frame, axis=-1)
    return np.fft.irfft(modes, n=frame.shape[-1], axis=-1)
