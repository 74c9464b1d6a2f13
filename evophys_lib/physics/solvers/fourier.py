"""Exact propagation of a linear equation with constant coefficients.

∂û_n/∂t = ω_n û_n   ⇒   û_n(t) = û_n(0) e^{ω_n t}

Heat has ω_n = −α(2πn)²; advection–diffusion ω_n = −α(2πn)² − 2πinU.
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
    """Cell averages of u(x, t) = m + Re Σ_n c_n e^{ω_n t} e^{2πinx}, exactly.

    The average over cell i = [i/N, (i+1)/N] multiplies mode n by sinc(n/N) e^{iπn/N}
    with sinc(s) = sin(πs)/(πs), and evaluates it at the cell's left edge.

    Args:
        mean: m, shape (B,).
        modes: c_n for n = 1 … K, shape (B, K).
        symbol: ω_n in 1/time, shape (B, K).
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
