"""Which quantities an equation may speak of: the variables of a system."""

from dataclasses import dataclass

from evophys_lib.discovery.units import Dimension

DERIVATIVES = 4
"""Highest ∂ⁿ/∂xⁿ of a field that has a name: u_xxxx."""


@dataclass(frozen=True)
class Variable:
    """A coordinate q(t) or, of a `Field`, u(x, t).

    name: q. unit: of q, None where no dimensions are checked; time is then a number,
    too. rate: how dq/dt is called, "v" + name by default.
    """

    name: str
    unit: Dimension | None = None
    rate: str = ""

    @property
    def velocity(self) -> str:
        """The name of dq/dt."""
        return self.rate or f"v{self.name}"


@dataclass(frozen=True)
class Vocabulary:
    """The variables of a system, and whether they are fields on a periodic line.

    Neither t nor x may stand on a right side: laws here are the same at all times and
    places, and a curve through the data, written as a function of t, is no law.
    """

    variables: tuple[Variable, ...]
    field: bool = False

    def states(self, orders: dict[str, int]) -> tuple[str, ...]:
        """Names of what the right sides may read, given each variable's order in t.

        Of a field u, u_x, …; of coordinates q, then dq/dt of those of second order.
        """
        names = tuple(v.name for v in self.variables)
        if self.field:
            return tuple(
                derivative(name, n) for name in names for n in range(DERIVATIVES + 1)
            )
        second = (v.velocity for v in self.variables if orders[v.name] == 2)
        return (*names, *second)


def derivative(name: str, order: int) -> str:
    """∂ⁿu/∂xⁿ as text: u, u_x, u_xx, …"""
    return f"{name}_{'x' * order}" if order else name
