"""Ordinary equations: dq/dt = v, dv/dt = f(q, v), or dq/dt = f(q).

DOP853, Dormand and Prince's method of order eight (Hairer, Nørsett & Wanner, Solving
Ordinary Differential Equations I, section II.5), within a budget of evaluations: a
stiff law spends it and is followed only as far as it reaches.
"""

import numpy as np
from scipy.integrate import DOP853

from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.discovery.numeric import numeric
from evophys_lib.discovery.trajectories import RUNAWAY, Trajectories
from evophys_lib.physics.grid import Array

EVALUATIONS = 2000
"""Of the right side; the systems' own laws take a few hundred."""
TOLERANCE = 1e-7
"""Of a step, relative to the state and to the width of the data."""


class _SpentError(Exception):
    """The budget is spent."""


def solve_ordinary(
    hypothesis: Hypothesis,
    observed: Trajectories,
    *,
    tolerance: float = TOLERANCE,
    width: Array | None = None,
) -> Array:
    """All trajectories with one step size: (B, T, V, 1), NaN where not reached.

    Args:
        hypothesis: of coordinates.
        observed: starts, rates and times.
        tolerance: of a step.
        width: of the states to come, (B, V, 1); that of the observed ones by default.
    """
    second = [i for i, e in enumerate(hypothesis.equations) if e.order == 2]
    count = len(hypothesis.equations)
    slopes = numeric(hypothesis, [e.right for e in hypothesis.equations])
    start = observed.states[:, 0].swapaxes(0, 1)  # (V, B, 1)
    rates = observed.rates.swapaxes(0, 1)[second]
    shape = (count + len(second), *start.shape[1:])
    spent = 0

    def law(_: float, y: Array) -> Array:
        nonlocal spent
        spent += 1
        if spent > EVALUATIONS:
            raise _SpentError
        state = y.reshape(shape)  # (S, B, 1): all q, then the v of second order
        slope = slopes(*state)
        change = slope.copy()
        change[second] = state[count:]
        return np.concatenate([change, slope[second]]).ravel()

    states = np.full((len(observed.times), *start.shape), np.nan)  # (T, V, B, 1)
    states[0] = start
    scale = observed.width()[:, 0] if width is None else width
    scale = scale.swapaxes(0, 1)  # (V, B, 1)
    absolute = tolerance * np.concatenate([scale, scale[second]]).ravel()
    try:
        solver = DOP853(
            law,
            0.0,
            np.concatenate([start, rates]).ravel(),
            observed.times[-1],
            rtol=tolerance,
            atol=absolute,
        )
        while solver.status == "running":
            before = solver.t
            solver.step()
            inside = (observed.times > before) & (observed.times <= solver.t)
            if solver.status == "failed":
                break
            if inside.any():
                y = solver.dense_output()(observed.times[inside])  # (S B, t)
                y = y.T.reshape(-1, *shape)[:, :count]
                states[inside] = y
                if not (np.abs(y - start) <= RUNAWAY * scale).all():
                    break
    except _SpentError:
        pass  # followed as far as the budget went
    return states.transpose(2, 0, 1, 3)  # (B, T, V, 1)
