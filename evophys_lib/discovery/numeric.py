"""Right sides as functions of arrays, put together from NumPy's, without any code."""

from collections.abc import Callable
from functools import reduce

import numpy as np
import sympy

from evophys_lib.discovery.expressions import symbol
from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.physics.grid import Array

Numeric = Callable[..., Array]
_Node = Callable[[tuple[Array, ...]], Array]

_FUNCTIONS: dict[type, Callable[[Array], Array]] = {
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.Abs: np.abs,
}
_POWERS: dict[sympy.Expr, Callable[[Array], Array]] = {
    sympy.Integer(2): np.square,
    sympy.Integer(-1): np.reciprocal,
    sympy.Rational(1, 2): np.sqrt,
}
"""Those that NumPy has faster, to the same bit."""


def numeric(hypothesis: Hypothesis, rights: list[sympy.Expr]) -> Numeric:
    """f(*states) -> the values of expressions, stacked; parameters have their values.

    States are in `hypothesis.states`' order. What depends on none is computed once.
    """
    index = {symbol(name): i for i, name in enumerate(hypothesis.states)}
    # as NumPy's floats: (-1.0)**0.5 of Python's is complex, 1.0/0.0 an exception
    values = {symbol(k): np.float64(v) for k, v in hypothesis.parameters.items()}
    with np.errstate(all="ignore"):
        nodes = [_node(right, index, values) for right in rights]

    def evaluate(*states: Array) -> Array:
        shape = np.shape(states[0])
        return np.stack([np.broadcast_to(node(states), shape) for node in nodes])

    return evaluate


def _node(
    e: sympy.Expr,
    index: dict[sympy.Symbol, int],
    values: dict[sympy.Symbol, np.float64],
) -> _Node:
    if e in index:
        place = index[e]
        return lambda states: states[place]
    if not e.args:
        value = np.asarray(values[e] if e in values else np.float64(float(e)))
        return lambda _: value
    quick = e.is_Pow and e.exp in _POWERS
    parts = [_node(part, index, values) for part in (e.args[:1] if quick else e.args)]
    function: Callable[..., Array] = (
        _POWERS[e.exp] if quick else _FUNCTIONS.get(e.func, np.power)
    )
    join = np.add if e.is_Add else np.multiply if e.is_Mul else None

    def found(states: tuple[Array, ...]) -> Array:
        values = [part(states) for part in parts]
        return function(*values) if join is None else reduce(join, values)

    if not e.free_symbols & set(index):
        constant = found(())
        return lambda _: constant
    return found
