"""A reaction: nothing spreads and nothing is carried, each point goes its own way.

    ∂u/∂t = r (u − u³),   u(x, t) = u₀ e^{rt} / √(1 + u₀² (e^{2rt} − 1))

Allen and Cahn's equation without its diffusion: every point leaves 0 for −1 or 1, where
it stays. It is no conservation law, so it is none of `equations.EQUATIONS`; it is what
a control learns that must know nothing of transport or diffusion. Dividing by u³ makes
it linear in u⁻², which gives the solution.

Source: Allen and Cahn, Acta Metallurgica 27, 1085 (1979),
doi:10.1016/0001-6160(79)90196-2.
"""

import numpy as np

from evophys_lib.physics.equations import log_uniform
from evophys_lib.physics.grid import GRID, Array, frame_times
from evophys_lib.physics.initial_conditions import InitialConditions, sample

RATE_RANGE = (1.0, 10.0)
"""r, 1/time; until t = 0.2 small u grow by 22 % to sevenfold."""
NODES = 8
"""Of Gauss and Legendre in every cell; 16 change averages by less than 1e-10."""


def at(initial: Array, rate: Array, time: float) -> Array:
    """u at a time, of point values u₀ (B, P) and r (B,)."""
    growth = np.exp(rate * time)[:, None]
    found: Array = initial * growth / np.sqrt(1 + initial**2 * (growth**2 - 1))
    return found


def solve(
    initial: InitialConditions, rate: Array, *, cells: int = GRID, nodes: int = NODES
) -> Array:
    """Cell averages at `frame_times()`, (B, T, N), by quadrature of the exact u."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    within = (np.arange(cells)[:, None] + (points + 1) / 2) / cells  # (N, nodes)
    start = initial.at(within.ravel())  # (B, N * nodes)
    frames = [
        at(start, rate, time).reshape(len(start), cells, nodes) @ weights / 2  # (B, N)
        for time in frame_times()
    ]
    return np.stack(frames, axis=1)


def training_fields(generator: np.random.Generator, trajectories: int) -> Array:
    """Fields from starts drawn as those of the sources, r log-uniform: (B, T, N)."""
    initial = sample(generator, trajectories=trajectories)
    return solve(initial, log_uniform(generator, *RATE_RANGE, trajectories))
