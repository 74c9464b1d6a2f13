"""Exact propagation of a linear equation with constant coefficients.

∂û_k/∂t = λ_k û_k   ⇒   û_k(t) = û_k(0) e^{λ_k t}

Heat has λ_k = −α(2πk)²; advection–diffusion λ_k = −α(2πk)² − 2πikU.
"""

import numpy as np
from numpy.typing import NDArray

from evophys_lib.physics.grid import Array


def solve(
    *,
    mean: Array,
    modes: NDArray[np.complex128],
    symbol: Array | NDArray[np.complex128],
    times: Array,
    cells: int,
) -> Array:
    """Cell averages of u(x, t) = m + Re Σ_k c_k e^{λ_k t} e^{2πikx}, exactly.

    The average over cell i = [i/N, (i+1)/N] multiplies mode k by sinc(k/N) e^{iπk/N}
    with sinc(s) = sin(πs)/(πs), and evaluates it at the cell's left edge.

    Args:
        mean: m, shape (B,).
        modes: c_k for k = 1 … K, shape (B, K).
        symbol: λ_k in 1/time, shape (B, K).
        times: t_j, shape (T,).
        cells: N.

    Returns:
        ū of shape (B, T, N), float64.
    """
    batch, count = modes.shape
    k = np.arange(1, count + 1)
    edges = np.arange(cells) / cells
    basis = np.exp(2j * np.pi * np.outer(k, edges))  # (K, N)
    basis *= (np.sinc(k / cells) * np.exp(1j * np.pi * k / cells))[:, None]
    real_basis = np.concatenate([basis.real, -basis.imag])  # (2K, N)
    at_times = modes[:, None, :] * np.exp(
        symbol[:, None, :] * times[None, :, None]
    )  # (B, T, K)
    coefficients = np.concatenate([at_times.real, at_times.imag], axis=-1)
    rows: Array = coefficients.reshape(-1, 2 * count) @ real_basis
    field = rows.reshape(batch, len(times), cells)  # (B, T, N)
    field += mean[:, None, None]
    return field
