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
    names += [symbol(name) for name in hypothesis.parameters]
    function = sympy.lambdify(names, rights, "numpy", dummify=True, cse=True)
    # as NumPy's floats: (-1.0)**0.5 of Python's is complex, 1.0/0.0 an exception
    constants = [np.float64(value) for value in hypothesis.parameters.values()]

    def evaluate(*states: Array) -> Array:
        shape = np.shape(states[0])
        found = function(*states, *constants)
        return np.stack([np.broadcast_to(one, shape) for one in found])

    return evaluate
