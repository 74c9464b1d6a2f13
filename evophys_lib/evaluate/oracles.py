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

from evophys_lib.errors import ParameterError
from evophys_lib.physics.equations import equation_named
from evophys_lib.physics.grid import Array
from evophys_lib.physics.layout import Trajectories


def exists(equation: str) -> bool:
    """Whether the target's α says all that an equation has to be told."""
    return len(equation_named(equation).physical) == 1


def solve(equation: str, target: Trajectories) -> Array:
    """The equation from the target's u₀, its one parameter the target's α.

    At small Pe, α lies above the viscosities on which the Burgers expert was trained
    (ν ≤ 0.1).

    equation: name, such as heat; target: n trajectories of advection–diffusion.
    Returns the cell averages of all frames, (n, T, N) float64, on the target's grid.
    ParameterError if the target has no diffusivity, or α does not determine the
    equation.
    """
    law = equation_named(equation)
    if not exists(equation):
        raise ParameterError(
            "equation",
            equation,
            "one with a single parameter, a diffusivity or viscosity",
            "Leave the oracle of this family out.",
        )
    if "diffusivity" not in target.parameters:
        raise ParameterError(
            "target",
            target.equation,
            "advection-diffusion, which has a diffusivity",
            "Read the target's data instead.",
        )
    physical = {law.physical[0]: target.parameters["diffusivity"]}
    cells = target.field.shape[-1]
    return law.solve(target.initial, physical, cells=cells)  # (n, T, N)
