"""What must hold of a set of trajectories, as numbers with bounds.

Conservation of mass, ∫u dx = m; decay of energy, d/dt ∫(u − m)² dx ≤ 0; the maximum
principle, min u₀ ≤ u ≤ max u₀; agreement with another solver, with a finer one, and
with the flow seen from a moving frame.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evophys_lib.physics.conservation_law import Equation, Parameters
from evophys_lib.physics.equations import Burgers
from evophys_lib.physics.grid import FRAMES, GRID, TIME_STEP, Array
from evophys_lib.physics.initial_conditions import InitialConditions

_FINE_CELLS = 1024  # a shock of ν = 0.001 spans two, enough to see energy decay
_REPEAT_SPREAD = 1e-5  # below this spread float32 may not see a frame decay


@dataclass(frozen=True)
class Check:
    """A measured value and the closed interval in which it must lie."""

    name: str
    value: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        """Whether low ≤ value ≤ high; NaN does not pass."""
        return bool(self.low <= self.value <= self.high)


BOUNDS: dict[str, tuple[float, float]] = {
    "mass_error_float64": (0.0, 1e-12),
    "mass_error_float32": (0.0, 1e-6),
    "energy_increase": (0.0, 1e-9),
    "energy_above_initial": (0.0, 1e-6),
    "maximum_principle_excess": (0.0, 1e-12),
    "initial_condition_error": (0.0, 1e-12),
    "not_finite": (0.0, 0.0),
    "constant_trajectories": (0.0, 0.0),
    "repeated_frames": (0.0, 0.0),
    "etdrk4_error": (0.0, 1e-8),
    "self_convergence": (0.0, 1e-10),
    "galilean_error": (0.0, 1e-10),
    "etdrk4_order": (3.7, 4.3),
}
"""Bounds of what `of_fields` and `of_solver` measure; docstrings say what each is."""

STORED_BOUNDS: dict[str, tuple[float, float]] = {
    "not_finite": (0.0, 0.0),
    "mass_error": (0.0, 1e-6),
    "energy_above_initial": (0.0, 1e-6),
    "maximum_principle_excess": (0.0, 1e-6),
    "initial_condition_error": (0.0, 1e-6),
    "constant_trajectories": (0.0, 0.0),
    "repeated_frames": (0.0, 0.0),
    "recomputed_error": (0.0, 1e-6),
}
"""Bounds of `of_stored`: float32 keeps values up to 3 to within 1.2e-7."""


def judge(
    values: dict[str, float], bounds: dict[str, tuple[float, float]]
) -> list[Check]:
    """Each value beside its bounds."""
    return [Check(name, value, *bounds[name]) for name, value in values.items()]


def worst(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    """The largest of each value over parts of a shard; NaN wins."""
    merged: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            merged[name] = float(np.maximum(merged.get(name, value), value))
    return merged


def of_fields(initial: InitialConditions, field: Array) -> dict[str, float]:
    """Values of the checks that look at every trajectory, before and after the cast.

    - mass_error_float64, mass_error_float32: max |Σ_i ū_i/N − m|;
    - energy_above_initial: max_t Σ(ū − m)²/N over ∫(u₀ − m)² dx, minus one (averaging
      over cells only lowers the energy);
    - maximum_principle_excess: how far ū leaves [min u₀, max u₀];
    - initial_condition_error: frame 0 against the cell averages of u₀;
    - not_finite, constant_trajectories, repeated_frames: counts.

    Args:
        initial: u₀, B trajectories.
        field: ū (B, T, N), float64.
    """
    values = _common(initial, field, field.astype(np.float32))
    return {"mass_error_float64": _mass_error(initial, field)} | {
        ("mass_error_float32" if name == "mass_error" else name): value
        for name, value in values.items()
    }


def of_stored(
    equation: Equation,
    initial: InitialConditions,
    parameters: Parameters,
    stored: NDArray[np.float32],
) -> dict[str, float]:
    """The same of float32 fields, and against fields computed anew from u₀.

    - recomputed_error: max |ū − solution| over all trajectories, frames and cells.
    """
    values = _common(initial, stored.astype(np.float64), stored)
    again = equation.solve(initial, parameters)
    values["recomputed_error"] = float(np.abs(again - stored).max())
    return values


def _common(
    initial: InitialConditions,
    field: Array,
    stored: NDArray[np.float32],
) -> dict[str, float]:
    """Checks on all trajectories: of physics on `field`, of storage on `stored`."""
    low, high = initial.extrema()
    centred = field - initial.mean[:, None, None]
    energy = np.einsum("btn,btn->bt", centred, centred) / field.shape[-1]
    energy /= 0.5 * np.square(initial.amplitude).sum(axis=1, keepdims=True)
    smallest, largest = stored.min(axis=-1), stored.max(axis=-1)  # (B, T)
    outside = np.maximum(
        low - field.min(axis=(1, 2)), field.max(axis=(1, 2)) - high
    ).max()
    start = np.abs(field[:, 0] - initial.cell_averages(field.shape[-1])).max()
    spread = largest - smallest
    same = (stored[:, 1:] == stored[:, :-1]).all(axis=-1)  # (B, T − 1)
    return {
        "mass_error": _mass_error(initial, stored),
        "energy_above_initial": float(np.maximum(energy.max() - 1.0, 0.0)),
        "maximum_principle_excess": float(np.maximum(outside, 0.0)),
        "initial_condition_error": float(start),
        "not_finite": float(np.count_nonzero(~np.isfinite(stored))),
        "constant_trajectories": float(np.count_nonzero(spread.max(axis=1) == 0.0)),
        "repeated_frames": float(
            np.count_nonzero(same & (spread[:, 1:] > _REPEAT_SPREAD))
        ),
    }


def _mass_error(
    initial: InitialConditions, field: NDArray[np.float32] | Array
) -> float:
    mass = field.mean(axis=-1, dtype=np.float64)  # (B, T)
    return float(np.abs(mass - initial.mean[:, None]).max())


def of_solver(
    equation: Equation,
    initial: InitialConditions,
    parameters: Parameters,
    field: Array,
) -> dict[str, float]:
    """Values of the dearer checks, for a few trajectories.

    - etdrk4_error: relative L² distance of the fluctuation from `reference` at 4,096
      points, an independent method;
    - self_convergence: max change when the solver's discretisation is refined twice
      and its cells eight times, then averaged down;
    - energy_increase: largest rise of Σ(ū − m)² between frames over its start, on
      those fine cells (on coarse ones the energy of a shock depends on where in a
      cell it stands);
    - galilean_error: against the flow seen from a frame in which everything moves by
      one cell per frame;
    - etdrk4_order: see there.

    Args:
        equation: of the shard.
        initial: u₀ of the few.
        parameters: theirs, shape (B,) each.
        field: ū (B, T, N), float64, of the few.
    """
    mean = initial.mean[:, None, None]
    for finer in (1, 2):  # twice the steps where the reference itself falls short
        substeps = finer * equation.reference_substeps
        other = equation.reference(initial, parameters, substeps=substeps)
        distance = np.linalg.norm(field - other, axis=(1, 2))
        distance /= np.linalg.norm(other - mean, axis=(1, 2))
        if distance.max() <= 0.5 * BOUNDS["etdrk4_error"][1]:
            break

    fine = equation.solve(initial, parameters, cells=_FINE_CELLS, refinement=2)
    down = fine.reshape(*field.shape, _FINE_CELLS // GRID).mean(axis=-1)  # (B, T, N)
    energy = np.square(fine - mean).sum(axis=-1)  # (B, T)
    rise = np.diff(energy, axis=1).max(axis=1) / energy[:, 0]

    one_cell_per_frame = 1.0 / (GRID * TIME_STEP)
    boosted, start, changed = equation.boost(initial, parameters, one_cell_per_frame)
    seen = boosted.solve(start, changed)
    frame, cell = np.ogrid[:FRAMES, :GRID]
    moved = field[:, frame, (cell - frame) % GRID]  # u(x − ct, t)
    moved += (start.mean - initial.mean)[:, None, None]
    return {
        "etdrk4_error": float(distance.max()),
        "self_convergence": float(np.abs(down - field).max()),
        "energy_increase": float(np.maximum(rise.max(), 0.0)),
        "galilean_error": float(np.abs(seen - moved).max()),
        "etdrk4_order": etdrk4_order(),
    }


@lru_cache(maxsize=1)
def etdrk4_order() -> float:
    """log₂ of the ratio of errors at steps h and h/2, for a smooth Burgers flow.

    A property of the integrator, not of a shard, measured once per process against
    the exact solution: u₀ = 0.3 + sin 2πx + ¼ sin 4πx, ν = 0.03, h = Δt.
    """
    flow = InitialConditions(
        np.array([0.3]), np.array([[1.0, 0.25]]), np.array([[0.0, 0.0]])
    )
    viscosity = {"viscosity": np.array([0.03])}
    law = Burgers()
    exact = law.solve(flow, viscosity)
    coarse, fine = (
        law.reference(flow, viscosity, points=256, substeps=substeps) - exact
        for substeps in (1, 2)
    )
    return float(np.log2(np.abs(coarse).max() / np.abs(fine).max()))


def few(diffusion: Array) -> NDArray[np.integer]:
    """Indices of the least, the median and the most diffusive trajectory."""
    order = np.argsort(diffusion, kind="stable")
    return np.unique(order[[0, len(order) // 2, -1]])


def few_of(parameters: Parameters, rows: NDArray[np.integer] | slice) -> Parameters:
    """The parameters of some trajectories."""
    return {name: values[rows] for name, values in parameters.items()}
