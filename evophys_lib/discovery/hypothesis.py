"""A hypothesis: one equation for each variable, parameters with values.

    u_t = -U*u_x + alpha*u_xx              a field; also du/dt = …, u_tt is not known
    d2y/dt2 = -9.81 + 0.05*vy**2           a coordinate, of second order, or dy/dt = …

Several equations stand on lines of their own, or are parted by a semicolon.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import sympy

from evophys_lib.discovery import units
from evophys_lib.discovery.expressions import FUNCTIONS, read, symbol
from evophys_lib.discovery.vocabulary import Vocabulary
from evophys_lib.errors import HypothesisError

LENGTH = 1200
"""Characters of a whole hypothesis."""
PARAMETERS = 12
PARAMETER_SIZE = 1e6
"""Largest |value| of a parameter."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_LEFT = re.compile(
    r"d2(?P<second>\w{1,20})/dt2|d(?P<first>\w{1,20})/dt|(?P<field>\w{1,20})_t", re.A
)

Values = Mapping[str, float]


@dataclass(frozen=True)
class Equation:
    """∂ⁿq/∂tⁿ = right; variable: q, order: n."""

    variable: str
    order: int
    right: sympy.Expr

    @property
    def left(self) -> str:
        """How the left side is written."""
        q = self.variable
        return f"d2{q}/dt2" if self.order == 2 else f"d{q}/dt"

    @property
    def terms(self) -> tuple[sympy.Expr, ...]:
        """Summands of the right side as it is written; none of 0."""
        return () if self.right == 0 else sympy.Add.make_args(self.right)


@dataclass(frozen=True)
class Hypothesis:
    """What `parse` has read.

    equations: one per variable, in the vocabulary's order. parameters: values by name.
    """

    equations: tuple[Equation, ...]
    vocabulary: Vocabulary
    parameters: dict[str, float] = field(default_factory=dict)

    @property
    def orders(self) -> dict[str, int]:
        """Each variable's order in time."""
        return {e.variable: e.order for e in self.equations}

    @property
    def states(self) -> tuple[str, ...]:
        """What the right sides may read."""
        return self.vocabulary.states(self.orders)

    @property
    def size(self) -> int:
        """Nodes of the right sides, as SymPy keeps them: x − x is 0, a·b·c four.

        A minus, and a number or parameter in front of a term, count with it.
        """
        return sum(_size(e.right, self.states) for e in self.equations)

    def __str__(self) -> str:
        return "; ".join(
            f"{e.left} = {sympy.sstr(e.right, full_prec=False)}" for e in self.equations
        )


def parse(
    text: str,
    parameters: Values,
    vocabulary: Vocabulary,
    units_of: Mapping[str, str] | None = None,
) -> Hypothesis:
    """Read a hypothesis; nothing of it is executed.

    Args:
        text: of at most 1,200 characters.
        parameters: values of the names that the text uses beside the variables'.
        vocabulary: of the system.
        units_of: units of parameters, as "1/s"; those without may have any.

    Raises:
        HypothesisError: what is wrong, and in which column.
        ParameterError: a unit that cannot be read.
    """
    if not isinstance(text, str):
        raise HypothesisError("a hypothesis is a text")
    if len(text) > LENGTH:
        raise HypothesisError(f"a hypothesis has at most {LENGTH} characters", LENGTH)
    values = _checked(parameters, vocabulary)
    sides = _sides(text, vocabulary)
    orders = {variable: order for variable, order, _, _ in sides}
    names = {*vocabulary.states(orders), *values}
    equations = {
        variable: Equation(variable, order, read(right, names, offset))
        for variable, order, right, offset in sides
    }
    ordered = tuple(equations[v.name] for v in vocabulary.variables)
    used = {str(s) for e in ordered for s in e.right.free_symbols}
    for name in sorted(set(values) - used):
        raise HypothesisError(f"parameter {name} has a value, but is not used")
    hypothesis = Hypothesis(ordered, vocabulary, values)
    _check_units(hypothesis, units_of or {})
    return hypothesis


def _sides(text: str, vocabulary: Vocabulary) -> list[tuple[str, int, str, int]]:
    """(variable, order, right side, its offset) of each equation."""
    names = [v.name for v in vocabulary.variables]
    found: list[tuple[str, int, str, int]] = []
    for match in re.finditer(r"[^;\r\n]+", text):
        if not match[0].strip():
            continue
        left, equals, right = match[0].partition("=")
        column = match.start() + len(left) - len(left.lstrip()) + 1
        if not equals:
            raise HypothesisError("an equation needs a =", match.end())
        variable, order = _left(left.strip(), column, vocabulary)
        if variable in (name for name, *_ in found):
            raise HypothesisError(f"a second equation for {variable}", column)
        found.append((variable, order, right, match.start() + len(left) + 1))
    for name in names:
        if name not in (variable for variable, *_ in found):
            example = f"{name}_t" if vocabulary.field else f"d2{name}/dt2"
            raise HypothesisError(f"no equation for {name}: write {example} = ...")
    return found


def _left(text: str, column: int, vocabulary: Vocabulary) -> tuple[str, int]:
    """The variable and its order in time."""
    names = [v.name for v in vocabulary.variables]
    match = _LEFT.fullmatch(text.replace(" ", ""))
    variable = match and (match["second"] or match["first"] or match["field"])
    order = 2 if match and match["second"] else 1
    if variable not in names or vocabulary.field and order == 2:
        forms = "{0}_t" if vocabulary.field else "d2{0}/dt2 or d{0}/dt"
        known = ", ".join(forms.format(name) for name in names)
        raise HypothesisError(
            f"{text[:40]!r} cannot stand on the left: known are {known}", column
        )
    return str(variable), order


def _checked(parameters: Values, vocabulary: Vocabulary) -> dict[str, float]:
    if not isinstance(parameters, Mapping):
        raise HypothesisError("parameters are numbers by name")
    if len(parameters) > PARAMETERS:
        raise HypothesisError(f"more than {PARAMETERS} parameters")
    every = vocabulary.states({v.name: 2 for v in vocabulary.variables})
    taken = {*FUNCTIONS, *every, "t", "x"}
    values = {}
    for name, value in parameters.items():
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise HypothesisError(
                f"{str(name)[:40]!r} is no name: a letter, then letters, digits or _"
            )
        if name in taken:
            raise HypothesisError(f"{name} is taken: call the parameter otherwise")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise HypothesisError(f"the value of {name} is not a number")
        if not abs(value) <= PARAMETER_SIZE or not math.isfinite(value):
            raise HypothesisError(
                f"the value of {name} lies outside ±{PARAMETER_SIZE:g}"
            )
        values[name] = float(value)
    return values


def _check_units(hypothesis: Hypothesis, units_of: Mapping[str, str]) -> None:
    """Where the variables have units, each right side must have its left side's."""
    variables = {v.name: v for v in hypothesis.vocabulary.variables}
    if any(v.unit is None for v in variables.values()):
        return
    known: units.Known = {
        symbol(name): units.unit(units_of[name]) if name in units_of else None
        for name in hypothesis.parameters
    }
    for v in variables.values():
        if v.unit is not None:
            known[symbol(v.name)] = v.unit
            known[symbol(v.velocity)] = v.unit.times(units.TIME, Fraction(-1))
    for equation in hypothesis.equations:
        unit = variables[equation.variable].unit
        assert unit is not None  # checked above
        wanted = unit.times(units.TIME, Fraction(-equation.order))
        wrong = units.clash(equation.right, known, wanted)
        if wrong:
            raise HypothesisError(f"dimensions of {equation.left}: {wrong}")


def _size(expression: sympy.Expr, states: tuple[str, ...]) -> int:
    """Nodes, where a product's constant factors are one with it."""
    if not expression.args:
        return 1
    constant = {s for s in expression.free_symbols if str(s) not in states}
    free = [
        part
        for part in expression.args
        if not (expression.is_Mul and part.free_symbols <= constant)
    ]
    return 1 + sum(_size(part, states) for part in free)
