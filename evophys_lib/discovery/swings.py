"""Features of a coordinate over time: how far it goes, how fast it swings and dies."""

import numpy as np

from evophys_lib.physics.grid import Array

SWINGS = 3
"""Crossings of its mean that make a coordinate swing."""


def of_coordinate(
    name: str, times: Array, said: Array, true: Array
) -> list[tuple[float, str]]:
    """(weight, words) of each feature in which two curves (T,) differ."""
    width = float(np.ptp(true)) or 1.0
    error = float(np.sqrt(np.mean((said - true) ** 2))) / width
    mine, needed = (crossings(times, curve - true.mean()) for curve in (said, true))
    if len(needed) < SWINGS:
        return [_distance(name, times, said, true, error)]
    if len(mine) < 2:
        return [
            (error, f"{name} does not swing: the data have period {period(needed):.3g}")
        ]
    return [_period(name, mine, needed, error), _swing(name, said, true, error)]


def crossings(times: Array, curve: Array) -> Array:
    """When a curve crosses zero, between samples on straight lines."""
    j = np.flatnonzero(curve[:-1] * curve[1:] < 0)
    part = curve[j] / (curve[j] - curve[j + 1])
    found: Array = times[j] + part * (times[j + 1] - times[j])
    return found


def period(crossed: Array) -> float:
    """Twice the mean time between crossings."""
    return float(2 * np.diff(crossed).mean())


def _distance(
    name: str, times: Array, said: Array, true: Array, error: float
) -> tuple[float, str]:
    j = int(np.abs(said - true).argmax())
    mine, needed = said[j] - said[0], true[j] - true[0]
    if mine * needed < 0:
        way = "goes the wrong way"
    else:
        way = "goes too far" if abs(mine) > abs(needed) else "does not go far enough"
    return error, (
        f"{name} {way}: it has changed by {mine:.3g} at t = {times[j]:.3g} where the "
        f"data have {needed:.3g}"
    )


def _period(name: str, mine: Array, needed: Array, error: float) -> tuple[float, str]:
    one, other = period(mine), period(needed)
    off = abs(one / other - 1)
    way = "slowly" if one > other else "fast"
    return error * min(1.0, 10 * off), (
        f"{name} swings {off:.0%} too {way}: period {one:.3g} where the data have "
        f"{other:.3g}"
    )


def _swing(name: str, said: Array, true: Array, error: float) -> tuple[float, str]:
    third = len(true) // 3
    first, last = (
        [float(np.ptp(curve[part])) for curve in (said, true)]
        for part in (slice(0, third), slice(-third, None))
    )
    mine, needed = last[0] / max(first[0], 1e-12), last[1] / max(first[1], 1e-12)
    way = (
        "grows where it should not"
        if mine > 1.02 > needed
        else ("dies too slowly" if mine > needed else "dies too fast")
    )
    return error * min(1.0, 4 * abs(mine - needed)), (
        f"the swing of {name} {way}: {mine:.0%} left in the last third where the data "
        f"keep {needed:.0%}"
    )
