"""Features of a field over time: how it decays, moves and steepens, and its mean.

A_j = √mean_x (u_j − ū_j)²,   c = −dφ_n/dt / 2πn of its strongest mode n
"""

import numpy as np

from evophys_lib.physics.grid import Array

TINY = 1e-12


def of_field(times: Array, said: Array, true: Array) -> list[tuple[float, str]]:
    """(weight, words) of each feature in which two fields (T, N) differ."""
    a, b = _amplitude(said), _amplitude(true)
    share = b / max(b[0], TINY)
    return [
        _decay(times, a, b),
        _speed(times, said, true, share),
        _steepness(times, said / a[:, None], true / b[:, None], share),
        _mean(times, said.mean(axis=1), true.mean(axis=1), b[0]),
    ]


def _amplitude(field: Array) -> Array:
    return np.asarray(np.maximum(field.std(axis=1), TINY))


def half_life(times: Array, amplitude: Array) -> float | None:
    """When half of the amplitude is gone, between frames by its logarithm."""
    below = np.flatnonzero(amplitude <= amplitude[0] / 2)
    if not len(below):
        return None
    j = below[0]
    logs = np.log(amplitude[j - 1 : j + 1] / amplitude[0] * 2)
    return float(np.interp(0.0, -logs, times[j - 1 : j + 1]))


def _decay(times: Array, a: Array, b: Array) -> tuple[float, str]:
    weight = float(np.abs(a - b).mean() / b[0])
    word = "grows" if a[-1] > a[0] and b[-1] <= b[0] else "decays"
    way = "" if word == "grows" else " too slowly" if a.sum() > b.sum() else " too fast"
    mine, needed = half_life(times, a), half_life(times, b)
    if mine is not None and needed is not None:
        told = f"half gone at t = {mine:.2g} where the data need {needed:.2g}"
    else:
        told = (
            f"{a[-1] / a[0]:.0%} left at t = {times[-1]:.2g} where the data keep "
            f"{b[-1] / b[0]:.0%}"
        )
    return weight, f"{word}{way}: {told}"


def speed(times: Array, field: Array, k: int) -> float:
    """c of mode n, its phase by least squares in which frames count by energy."""
    mode = np.fft.rfft(field)[:, k]
    phase, weight = np.unwrap(np.angle(mode)), np.abs(mode)
    if not weight.max() > TINY:
        return 0.0
    return float(-np.polyfit(times, phase, 1, w=weight)[0] / (2 * np.pi * k))


def _speed(times: Array, said: Array, true: Array, share: Array) -> tuple[float, str]:
    k = int(np.abs(np.fft.rfft(true[0])[1 : true.shape[1] // 4]).argmax()) + 1
    mine, needed = speed(times, said, k), speed(times, true, k)
    turned = 2 * np.pi * k * np.abs(mine - needed) * times
    weight = float((share * np.minimum(turned, 1.0)).mean())
    cell = 1.0 / (times[-1] * true.shape[1])  # a speed that is hardly one
    if abs(needed) < cell:
        return weight, f"moves at {mine:.2g} where the data stand still"
    if abs(mine) < cell:
        return weight, f"stands still where the data move at {needed:.2g}"
    if mine * needed < 0:
        return weight, f"moves at {mine:.2g} where the data move at {needed:.2g}"
    way = "slowly" if abs(mine) < abs(needed) else "fast"
    off = abs(mine / needed - 1)
    return weight, f"moves {off:.0%} too {way}, at {mine:.2g} instead of {needed:.2g}"


def _steepness(
    times: Array, said: Array, true: Array, share: Array
) -> tuple[float, str]:
    mine, needed = (np.ptp(np.diff(f, axis=1), axis=1) for f in (said, true))
    ratio = np.maximum(mine, TINY) / np.maximum(needed, TINY)
    weight = float((share * np.minimum(np.abs(np.log(ratio)), 1.0)).mean()) / 2
    j = int((share * np.abs(np.log(ratio))).argmax())
    way = "smooth" if ratio[j] < 1 else "steep"
    return (
        weight,
        f"is too {way}: slopes {ratio[j]:.0%} of the data's at t = {times[j]:.2g}",
    )


def _mean(times: Array, a: Array, b: Array, scale: float) -> tuple[float, str]:
    j = int(np.abs(a - b).argmax())
    weight = float(np.abs(a - b).mean() / max(scale, TINY))
    return weight, (
        f"its mean is {a[j]:.2g} at t = {times[j]:.2g} where the data have {b[j]:.2g}"
    )
