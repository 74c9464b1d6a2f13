"""Right sides as functions of arrays."""

from collections.abc import Callable

import numpy as np
import sympy

from evophys_lib.discovery.expressions import symbol
from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.physics.grid import Array

Numeric = Callable[..., Array]


def numeric(hypothesis: Hypothesis, rights: list[sympy.Expr]) -> Numeric:
    """f(*states) -> the values of expressions, states in `hypothesis.states`' order.

    Parameters have their values. SymPy writes the function from its own tree, in which
    every name is one of its placeholders: no word of the text gets into it.
    """
    names = [symbol(name) for name in hypothesis.states]
    values = {symbol(k): sympy.Float(v) for k, v in hypothesis.parameters.items()}
    function = sympy.lambdify(
        [*names, *values], rights, "numpy", dummify=True, cse=True
    )
    constants = tuple(hypothesis.parameters.values())

    def evaluate(*states: Array) -> Array:
        shape = np.shape(states[0])
        found = function(*states, *constants)
        return np.stack([np.broadcast_to(one, shape) for one in found])

    return evaluate
