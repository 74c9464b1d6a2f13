"""Dimensions: lengthᵃ timeᵇ massᶜ, and whether the two sides of an equation agree.

A plain number may have any dimension, since one writes −9.81 for −9.81 m/s²; so may a
parameter without a unit. What contains such a factor is not judged; what does not, is:
y + vy, sin(vy) or d2y/dt2 = vy are refused.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

import sympy

from evophys_lib.errors import ParameterError

BASES = ("m", "s", "kg")
_FACTOR = re.compile(r"(m|s|kg|1|rad)(?:\^|\*\*)?(-?[1-9])?")


@dataclass(frozen=True)
class Dimension:
    """Exponents of length, time and mass."""

    length: Fraction = Fraction(0)
    time: Fraction = Fraction(0)
    mass: Fraction = Fraction(0)

    def times(self, other: "Dimension", power: Fraction = Fraction(1)) -> "Dimension":
        """self · otherᵖ."""
        return Dimension(
            self.length + power * other.length,
            self.time + power * other.time,
            self.mass + power * other.mass,
        )

    def __str__(self) -> str:
        powers = zip(BASES, (self.length, self.time, self.mass), strict=True)
        told = [b if p == 1 else f"{b}^{p}" for b, p in powers if p]
        return " ".join(told) or "a plain number"


PURE = Dimension()
TIME = Dimension(time=Fraction(1))


def unit(text: str) -> Dimension:
    """The dimension of "m", "m/s^2", "1/s", "kg m s^-2"; ParameterError for others."""
    above, slash, below = text.strip().partition("/")
    found = PURE
    for part, sign in ((above, 1), (below, -1)):
        for factor in re.split(r"[\s*]+(?!\*)", part.strip()) if part.strip() else ():
            match = _FACTOR.fullmatch(factor)
            if match is None or len(text) > 40:
                raise ParameterError("unit", text, _ALLOWED, "Leave it out if unsure.")
            base, power = match[1], int(match[2] or 1)
            if base in BASES:
                found = found.times(_ONE[base], Fraction(sign * power))
    if slash and not below.strip():
        raise ParameterError("unit", text, _ALLOWED, "Leave it out if unsure.")
    return found


_ALLOWED = f"{', '.join(BASES)}, rad and 1 with whole powers, at most one /"
_ONE = {
    "m": Dimension(length=Fraction(1)),
    "s": TIME,
    "kg": Dimension(mass=Fraction(1)),
}

Known = dict[sympy.Symbol, Dimension | None]
"""Of each symbol; None: any."""


def clash(expression: sympy.Expr, known: Known, wanted: Dimension) -> str | None:
    """What is wrong with the dimensions of a right side, None if nothing is."""
    try:
        found = _dimension(expression, known)
    except _Clash as clash:
        return str(clash)
    if found not in (None, wanted):
        return f"{expression} is in {found} where {wanted} is needed"
    return None


class _Clash(Exception):
    pass


def _dimension(e: sympy.Expr, known: Known) -> Dimension | None:
    """Of an expression; None if a plain number in it may have any."""
    if isinstance(e, sympy.Symbol):
        return known[e]
    if e.is_number:
        return None if e not in (1, -1) else PURE
    parts = [_dimension(part, known) for part in e.args]
    if isinstance(e, sympy.Add):
        return _same(e, parts)
    if isinstance(e, sympy.Mul):
        return _product(parts)
    if isinstance(e, sympy.Pow):
        base, exponent = e.args
        if not exponent.is_number:
            return _pure(e, parts)
        power = Fraction(float(exponent)).limit_denominator(60)
        return None if parts[0] is None else PURE.times(parts[0], power)
    if isinstance(e, sympy.Abs):
        return parts[0]
    return _pure(e, parts)


def _product(parts: list[Dimension | None]) -> Dimension | None:
    whole = PURE
    for part in parts:
        if part is None:
            return None
        whole = whole.times(part)
    return whole


def _same(e: sympy.Expr, parts: list[Dimension | None]) -> Dimension | None:
    told = {part: term for part, term in zip(parts, e.args, strict=True) if part}
    if len(told) > 1:
        (one, a), (other, b), *_ = told.items()
        raise _Clash(f"{a} is in {one} and {b} in {other}: they cannot be added")
    return next(iter(told), None)


def _pure(e: sympy.Expr, parts: list[Dimension | None]) -> Dimension | None:
    for part, argument in zip(parts, e.args, strict=True):
        if part not in (None, PURE):
            raise _Clash(f"{argument} in {e} is in {part}: only a number can be there")
    return PURE
