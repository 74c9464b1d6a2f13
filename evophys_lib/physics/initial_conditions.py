"""Random smooth periodic initial conditions, kept as their Fourier coefficients.

u₀(x) = m + Σ_{n=1..5} A_n sin(2πnx + φ_n) on the unit circle, exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evophys_lib.physics.grid import Array

MODES = 5
"""Highest wavenumber of a fluctuation: smooth on 128 cells, yet many shapes."""

MEAN_RANGE = (-1.0, 1.0)
"""Means m of the sources; on the Péclet path U stays within it for c = 0.1."""

PEAK_RANGE = (0.5, 1.0)
"""Peak max|u₀ − m| of a fluctuation at fluctuation scale ε = 1."""

_FINE = 4096  # points on which an extremum is first bracketed


@dataclass(frozen=True)
class InitialConditions:
    """u₀(x) = m + Σ_n A_n sin(2πnx + φ_n), one row per trajectory.

    `mean` m has shape (B,); `amplitude` A_n and `phase` φ_n have shape (B, K).
    All are float64 and dimensionless: the domain has length 1.
    """

    mean: Array
    amplitude: Array
    phase: Array

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, indices: NDArray[np.integer] | slice) -> "InitialConditions":
        """The rows `indices`, in that order."""
        return InitialConditions(
            self.mean[indices], self.amplitude[indices], self.phase[indices]
        )

    @property
    def wavenumbers(self) -> Array:
        """n = 1 … K, shape (K,)."""
        return np.arange(1.0, self.amplitude.shape[1] + 1.0)

    def modes(self) -> NDArray[np.complex128]:
        """Complex c_n with u₀ = m + Re Σ_n c_n e^{2πinx}; shape (B, K)."""
        modes: NDArray[np.complex128] = -1j * self.amplitude * np.exp(1j * self.phase)
        return modes

    def at(self, x: Array, *, derivative: int = 0) -> Array:
        """u₀, or its derivative of the given order, at points x (P,): (B, P)."""
        wave = 2j * np.pi * self.wavenumbers
        modes = self.modes() * wave**derivative
        values: Array = (modes @ np.exp(np.outer(wave, x))).real  # (B, P)
        return values + (self.mean[:, None] if derivative == 0 else 0.0)

    def cell_averages(self, cells: int) -> Array:
        """ū_i = N ∫ u₀ dx over cell i = [i/N, (i+1)/N], exactly; shape (B, N)."""
        k = self.wavenumbers
        average = np.sinc(k / cells) * np.exp(1j * np.pi * k / cells)
        x = np.arange(cells) / cells
        basis = average[:, None] * np.exp(2j * np.pi * np.outer(k, x))  # (K, N)
        fluctuation: Array = (self.modes() @ basis).real
        return self.mean[:, None] + fluctuation

    def extrema(self) -> tuple[Array, Array]:
        """(min u₀, max u₀) per trajectory to rounding, shape (B,) each.

        The extremum of a fine grid is a lower bound of the true one by 1e-5; three
        Newton steps on u₀' = 0 from there make it exact.
        """
        grid = np.arange(_FINE) / _FINE
        values = self.at(grid)
        low = self._polish(grid[values.argmin(axis=1)])
        high = self._polish(grid[values.argmax(axis=1)])
        return (
            np.minimum(low, values.min(axis=1)),
            np.maximum(high, values.max(axis=1)),
        )

    def _polish(self, x: Array) -> Array:
        """u₀ at the stationary point next to x_b, one point per trajectory (B,)."""
        wave = 2j * np.pi * self.wavenumbers
        modes = self.modes()
        for _ in range(3):
            terms = modes * np.exp(x[:, None] * wave)  # (B, K)
            slope = (terms @ wave).real
            curvature = (terms @ wave**2).real
            safe = np.where(curvature == 0.0, np.inf, curvature)
            x = x - np.clip(slope / safe, -1.0 / _FINE, 1.0 / _FINE)
        fluctuation = (modes * np.exp(x[:, None] * wave)).real.sum(axis=1)
        values: Array = self.mean + fluctuation
        return values


def sample(
    generator: np.random.Generator, *, trajectories: int, fluctuation: float = 1.0
) -> InitialConditions:
    """Draws fluctuations A_n ~ U(0, 1)/n, φ_n ~ U(0, 2π) and means m ~ U[−1, 1].

    Each fluctuation is scaled so that max|u₀ − m| = ε·a with a ~ U[½, 1]. The scale
    is drawn, not set to one value, because the amplitude sets the speed of Burgers.

    Args:
        generator: the only source of randomness. The order of draws is shapes,
            peaks, means, so that one seed gives the same shapes at every ε.
        trajectories: B.
        fluctuation: ε, dimensionless; 1 makes fluctuations as large as the means.
    """
    k = np.arange(1, MODES + 1)
    amplitude = generator.uniform(0.0, 1.0, (trajectories, MODES)) / k
    phase = generator.uniform(0.0, 2.0 * np.pi, (trajectories, MODES))
    peak = fluctuation * generator.uniform(*PEAK_RANGE, trajectories)
    mean = generator.uniform(*MEAN_RANGE, trajectories)
    low, high = InitialConditions(np.zeros(trajectories), amplitude, phase).extrema()
    amplitude *= (peak / np.maximum(-low, high))[:, None]
    return InitialConditions(mean, amplitude, phase)
