"""Fields: ∂u/∂t = g(u, u_x, …) on a periodic line, by ETDRK4.

    g = L u + n(u),   L = Σ_n ∂g/∂u_n (∂/∂x)ⁿ   at u = ū, u_x = u_xx = … = 0

Linearised about the mean ū of each trajectory, whatever transports, diffuses or
disperses is advanced exactly, and of a nonlinear law the part that is stiff. What is
left is evaluated at points, its derivatives by Fourier series.
"""

import numpy as np
from scipy import fft

from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.discovery.numeric import Numeric, numeric
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.errors import ParameterError
from evophys_lib.physics.grid import Array
from evophys_lib.physics.solvers import etdrk4

POINTS = 256
"""P, twice the cells of the library's grid; two thirds of its modes are kept."""
STEP = 0.0025
"""h of ETDRK4, at most: four steps between states 0.01 apart."""
GROWTH = 30.0
"""Largest Re L · t: e³⁰ is beyond every runaway, and no overflow."""
_D = 1e-3
"""Step of the differences."""


def solve_field(
    hypothesis: Hypothesis,
    observed: Trajectories,
    *,
    points: int = POINTS,
    step: float = STEP,
) -> Array:
    """Cell averages at the observed times, (B, T, 1, N).

    Args:
        hypothesis: of one field.
        observed: its first state is the start; N a divisor of P.
        points: P.
        step: h, at most.

    Raises:
        ParameterError: several fields, or cells that do not divide P.
    """
    cells = observed.states.shape[-1]
    if len(hypothesis.equations) != 1 or points % cells:
        raise ParameterError(
            "observed.states.shape",
            observed.states.shape,
            f"(B, T, 1, N) of one field, N a divisor of {points}",
            "Average the field onto fewer cells.",
        )
    first = observed.states[:, 0, 0]  # (B, N)
    wave = 2j * np.pi * np.arange(points // 2 + 1)
    orders = np.arange(len(hypothesis.states))
    right = numeric(hypothesis, [hypothesis.equations[0].right])
    slopes = _linear(hypothesis, right, first.mean(axis=1))  # (B, n)
    linear = slopes @ wave ** orders[:, None]  # (B, P/2 + 1)
    linear = np.minimum(linear.real, GROWTH / observed.times[-1]) + 1j * linear.imag
    used = _used(hypothesis)

    def nonlinear(u: Array) -> Array:
        spectrum = fft.rfft(u)
        at = [
            u if n == 0 else fft.irfft(wave**n * spectrum, points) if n in used else 0.0
            for n in orders
        ]
        return np.asarray(right(*at)[0] - fft.irfft(linear * spectrum, points))

    spectra = etdrk4.solve(
        initial=_points(first, points),
        linear=linear,
        nonlinear=nonlinear,
        derivative=0,
        frames=len(observed.times),
        frame_step=observed.interval,
        substeps=max(1, int(np.ceil(observed.interval / step - 1e-9))),
    )
    averages = etdrk4.cell_averages(spectra, cells)  # (B, T, N)
    return averages[:, :, None]


def _points(averages: Array, points: int) -> Array:
    """Point values u(p/P) of the field with these cell averages: (B, N) → (B, P)."""
    cells = averages.shape[-1]
    k = np.arange(cells // 2)  # the highest mode has no phase of its own
    spectrum = fft.rfft(averages, norm="forward")[:, : cells // 2]
    averaging = np.sinc(k / cells) * np.exp(1j * np.pi * k / cells)
    return np.asarray(fft.irfft(spectrum / averaging, points, norm="forward"))


def _linear(hypothesis: Hypothesis, right: Numeric, mean: Array) -> Array:
    """∂g/∂u_n at rest about the mean of each trajectory, (B, n); 0 where undefined.

    By central differences, since any L will do: n(u) is what it leaves.
    """
    count = len(hypothesis.states)
    rest = [mean, *[np.zeros_like(mean)] * (count - 1)]
    slopes = np.zeros((len(mean), count))
    for n in _used(hypothesis):
        ahead, behind = ([*rest[:n], rest[n] + d, *rest[n + 1 :]] for d in (_D, -_D))
        slopes[:, n] = (right(*ahead) - right(*behind))[0] / (2 * _D)
    return np.where(np.isfinite(slopes), slopes, 0.0)


def _used(hypothesis: Hypothesis) -> set[int]:
    """Orders n of the derivatives that the right side reads."""
    names = {str(s) for s in hypothesis.equations[0].right.free_symbols}
    return {n for n, name in enumerate(hypothesis.states) if name in names}
