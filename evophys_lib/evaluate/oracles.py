"""What each source's exact physics would say of the target: the parents' ideals.

The target, ∂u/∂t + U ∂u/∂x = α ∂²u/∂x², starts from a known u₀. An oracle runs one
source's equation from the same u₀ with the target's α, solved exactly:

    heat:     ∂u/∂t = α ∂²u/∂x²                  diffuses rightly, never moves
    Burgers:  ∂u/∂t + u ∂u/∂x = α ∂²u/∂x²        moves with the mean it carries,
                                                 and steepens besides

Where a learned expert is worse than its oracle the world model is at fault; where a
merge beats both oracles it knows what neither physics does. They are given u₀ and α
exactly, which no learned model is.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evophys_lib.errors import ParameterError
from evophys_lib.physics.equations import Burgers, Equation, Heat
from evophys_lib.physics.layout import Trajectories

Array = NDArray[np.float64]


def heat_oracle(target: Trajectories, frames: Sequence[int]) -> Array:
    """∂u/∂t = α ∂²u/∂x² from the target's u₀, α its diffusivity.

    target: n trajectories of advection–diffusion. frames: T indices of frames, 0 the
    initial one. Returns cell averages (n, T, N), float64, on the target's grid.
    ParameterError if the target has no diffusivity or no such frame.
    """
    return _run(Heat(), "diffusivity", target, frames)


def burgers_oracle(target: Trajectories, frames: Sequence[int]) -> Array:
    """∂u/∂t + u ∂u/∂x = ν ∂²u/∂x² from the target's u₀, ν = α.

    Arguments, result and errors as `heat_oracle`. At small Pe, α lies above the
    viscosities on which the Burgers expert was trained (ν ≤ 0.1).
    """
    return _run(Burgers(), "viscosity", target, frames)


def _run(
    equation: Equation, parameter: str, target: Trajectories, frames: Sequence[int]
) -> Array:
    if "diffusivity" not in target.parameters:
        raise ParameterError(
            "target",
            target.equation,
            "advection-diffusion, which has a diffusivity",
            "Read the target's data instead.",
        )
    count, cells = target.field.shape[1:]
    if not all(0 <= frame < count for frame in frames):
        raise ParameterError(
            "frames", list(frames), f"indices from 0 to {count - 1}", "Drop the others."
        )
    physical = {parameter: target.parameters["diffusivity"]}
    return equation.solve(target.initial, physical, cells=cells)[
        :, list(frames)
    ]  # (n, T, N)
