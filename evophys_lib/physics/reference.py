"""Any conservation law by ETDRK4, to compare exact solutions with."""

from collections.abc import Callable

import numpy as np

from evophys_lib.physics.grid import FRAMES, TIME_STEP, Array, frame_times
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.solvers import etdrk4


def reference(
    initial: InitialConditions,
    *,
    flux: Callable[[Array], Array],
    diffusion: Array,
    cells: int,
    points: int,
    substeps: int,
) -> Array:
    """∂u/∂t + ∂f(u)/∂x = α ∂²u/∂x² from point values, to cell averages.

    It integrates in a frame that moves with c = m + ½,
    ∂w/∂t + ∂(f(w) − cw)/∂ξ = α ∂²w/∂ξ², and shifts back, u(x, t) = w(x − ct, t). The
    speeds it must resolve stay small, and even heat exercises the transport term.

    Args:
        initial: u₀, B trajectories.
        flux: f, on point values (B, P).
        diffusion: D, shape (B,).
        cells: N, of the averages returned.
        points: P, a multiple of N; 4,096 put eight on a shock of ν = 0.001.
        substeps: ETDRK4 steps per frame.

    Returns:
        ū of shape (B, T, N), float64.
    """
    speed = initial.mean + 0.5
    wave = 2.0 * np.pi * np.arange(points // 2 + 1)
    spectra = etdrk4.solve(
        initial=initial.at(np.arange(points) / points),
        linear=-diffusion[:, None] * wave**2,
        nonlinear=lambda w: speed[:, None] * w - flux(w),
        derivative=1,
        frames=FRAMES,
        frame_step=TIME_STEP,
        substeps=substeps,
    )
    return etdrk4.cell_averages(spectra, cells, shift=np.outer(speed, frame_times()))
