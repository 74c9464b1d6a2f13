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

import numpy as np
from numpy.typing import NDArray

from evophys_lib.errors import ParameterError
from evophys_lib.physics.equations import Burgers, Equation, Heat
from evophys_lib.physics.layout import Trajectories

Array = NDArray[np.float64]


def heat(target: Trajectories) -> Array:
    """∂u/∂t = α ∂²u/∂x² from the target's u₀, α its diffusivity.

    target: n trajectories of advection–diffusion. Returns the cell averages of all
    frames, (n, T, N) float64, on the target's grid. ParameterError if the target has
    no diffusivity.
    """
    return _run(Heat(), "diffusivity", target)


def burgers(target: Trajectories) -> Array:
    """∂u/∂t + u ∂u/∂x = ν ∂²u/∂x² from the target's u₀, ν = α.

    Argument, result and error as `heat`. At small Pe, α lies above the viscosities
    on which the Burgers expert was trained (ν ≤ 0.1).
    """
    return _run(Burgers(), "viscosity", target)


def _run(equation: Equation, parameter: str, target: Trajectories) -> Array:
    if "diffusivity" not in target.parameters:
        raise ParameterError(
            "target",
            target.equation,
            "advection-diffusion, which has a diffusivity",
            "Read the target's data instead.",
        )
    physical = {parameter: target.parameters["diffusivity"]}
    cells = target.field.shape[-1]
    return equation.solve(target.initial, physical, cells=cells)  # (n, T, N)
