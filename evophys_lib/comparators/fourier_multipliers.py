"""Linear dynamics mode by mode: what a family does, on average, to each wave.

    û_{t+k}(m) = λ_m û_t(m),   m = 0 … N/2

For one heat equation λ_m = exp(−α (2πm)² kΔt) is the exact solution, for advection
λ_m = exp(−2πi m U kΔt). A family of many α, ν and means has one λ_m all the same: what
is left when nothing is read off the input but its amplitudes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evophys_lib.physics.grid import Array

Multipliers = NDArray[np.complex128]
"""λ (N/2 + 1,)."""


def fit(fields: ArrayLike, *, first: int, stride: int) -> Multipliers:
    """Least squares: λ_m = Σ û_t(m)* û_{t+k}(m) / Σ |û_t(m)|².

    Sums over trajectories and over t = first, first + k, …: the frames that a rollout
    passes through. fields (n, T, N); stride k, in frames. A mode that is never there
    gets λ_m = 0.
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
