r"""Which equation a rollout obeys: its speed, diffusivity and steepening.

With the fluctuation v = u − ū (overbar: mean over x) any mixture of heat, Burgers and
advection–diffusion reads

    ∂v/∂t + U ∂v/∂x + γ v ∂v/∂x = α ∂²v/∂x²

γ = 0 is advection–diffusion, γ = 1 and U = ū is Burgers, U = γ = 0 is heat. Per mode,
with w = v²/2, and over one step δ by the trapezoidal rule,

    v̂_n(t + δ) = e^{ω_n δ} v̂_n(t) − γ (δ/2) 2πin (e^{ω_n δ} ŵ_n(t) + ŵ_n(t + δ))
    ω_n = −α (2πn)² − 2πin U

(U, α, γ) of a trajectory minimise the squared difference of both sides over its steps
and modes n ≤ K, so modes count by their energy. The start is γ = 0 with U and α from
the logarithm of q_n = Σ_t v̂_n(t)* v̂_n(t + δ) / Σ_t |v̂_n(t)|², by weighted least
squares over n. Phases do not wrap while 2πK |U| δ < π: |U| < 6 at K = 8, δ = 0.01.

Exact for γ = 0. Where fields steepen, the rule errs by about (2πn v δ)²/12, a percent
or two, and by more where modes die within a step. Errors of the fields that differ
from frame to frame add to α.

Source: exponential integration, Cox & Matthews 2002 (doi:10.1006/jcph.2002.6995),
section 2; fitting a PDE's coefficients to fields: Rudy et al. 2017
(doi:10.1126/sciadv.1602614).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.intervals import Statistic, jackknife_interval
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.physics.grid import Array

Modes = NDArray[np.complex128]
MODES = 8
"""K: initial conditions have five modes, steepening adds to those above."""
EVALUATIONS = 60
"""Of the residual, at most: a field that obeys no such equation may never settle."""
TINY = 1e-12
"""Share below which an amplitude is rounding."""


@dataclass(frozen=True)
class Dynamics:
    """The equation that each of n trajectories obeys, (n,) each; NaN if it diverged.

    Attributes:
        advection_speed: U.
        diffusivity: α, for L = 1.
        steepening: γ, the coefficient of v ∂v/∂x.
        information: what a trajectory tells of γ, up to a factor 1/variance: the
            squared length of ∂residual/∂γ that U and α cannot explain.
    """

    advection_speed: Array
    diffusivity: Array
    steepening: Array
    information: Array


@dataclass(frozen=True)
class Estimate:
    """A coefficient over trajectories and seeds, with its 95 % interval over seeds.

    None where it is not finite: the Péclet number of a field at rest. One seed gives
    no interval.
    """

    value: float | None
    interval: Interval | None


def fit(states: ArrayLike, *, interval: float, modes: int = MODES) -> Dynamics:
    """U, α and γ of every trajectory.

    Args:
        states: cell averages at equal intervals, (T, n, N), T ≥ 2, on x ∈ [0, 1].
        interval: δ, the time between them.
        modes: K, at most N/2 − 1.

    Raises:
        ParameterError: fewer than two states, or too few cells for K.
    """
    states = np.asarray(states, dtype=np.float64)
    _check(states, modes)
    rows = [
        _fit_one(states[:, i], interval, modes)
        if np.isfinite(states[:, i]).all()
        else np.full(4, np.nan)
        for i in range(states.shape[1])
    ]
    return Dynamics(*np.stack(rows, axis=1))


def summary(groups: Sequence[Dynamics]) -> dict[str, Estimate]:
    """Coefficients over seeds and trajectories, and the effective Péclet number.

        U = mean U_i,  α = mean α_i,  γ = Σ I_i γ_i / Σ I_i,  Pe = mean U_i / mean α_i

    with L = 1; I is the information, so that a field at rest has no say in γ.

    Args:
        groups: one per training seed.

    Returns:
        Estimates of `advection_speed`, `diffusivity`, `steepening` and `peclet`.
    """
    means = np.stack(
        [
            np.mean(
                [
                    g.advection_speed,
                    g.diffusivity,
                    g.information * g.steepening,
                    g.information,
                ],
                axis=1,
            )
            for g in groups
        ]
    )  # (S, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: _estimate(means, c) for name, c in _COEFFICIENTS.items()}


_COEFFICIENTS: dict[str, Statistic] = {
    "advection_speed": lambda mean: float(mean[0]),
    "diffusivity": lambda mean: float(mean[1]),
    "steepening": lambda mean: float(mean[2] / mean[3]),
    "peclet": lambda mean: float(mean[0] / mean[1]),
}
"""Of means over trajectories and seeds: U, α, I γ, I."""


def _estimate(means: Array, coefficient: Statistic) -> Estimate:
    value = coefficient(means.mean(axis=0))
    if not np.isfinite(value):
        return Estimate(None, None)
    return Estimate(value, jackknife_interval(means, coefficient))


def _fit_one(states: Array, interval: float, modes: int) -> Array:
    """(U, α, γ, information) of one trajectory (T, N)."""
    v, w = _spectra(states, modes)  # (T, K) twice
    scale = np.linalg.norm(v[:-1])
    if not scale > TINY * np.abs(states).max():  # at rest from the start
        return np.zeros(4)

    def residual(x: Array) -> Array:
        decay, _ = _propagator(x, interval, modes)
        nonlinear = decay * w[:-1] + w[1:]  # (T − 1, K)
        return _real(v[1:] - decay * v[:-1] + x[2] * nonlinear)

    def slope(x: Array) -> Array:
        decay, wave = _propagator(x, interval, modes)
        by_rate = -interval * decay * (v[:-1] - x[2] * w[:-1])  # ∂/∂λ
        columns = (-1j * wave * by_rate, -(wave**2) * by_rate, decay * w[:-1] + w[1:])
        return np.stack([_real(c) for c in columns], axis=1)  # (2 (T − 1) K, 3)

    v, w = v / scale, interval / 2 * w / scale
    start = np.array([*_linear(v, interval), 0.0])
    best: Array = least_squares(
        residual, start, slope, method="lm", x_scale="jac", max_nfev=EVALUATIONS
    ).x
    # numpy's types know no mode in which Q is left out
    r: Array = np.linalg.qr(slope(best), mode="r")  # type: ignore[assignment]
    return np.array([*best, r[2, 2] ** 2])


def _propagator(x: Array, interval: float, modes: int) -> tuple[Modes, Array]:
    """e^{ω_n δ} and 2πn for n = 1 … K, (K,) each."""
    wave = 2 * np.pi * np.arange(1.0, modes + 1)
    # An exponent this large is no candidate; without a bound a trial step overflows.
    growth = np.minimum(-x[1] * wave**2 * interval, 50.0)
    decay: Modes = np.exp(growth - 1j * x[0] * wave * interval)
    return decay, wave


def _linear(v: Modes, interval: float) -> tuple[float, float]:
    """U and α from log q_n, modes weighted by their energy."""
    wave = 2 * np.pi * np.arange(1, v.shape[1] + 1)
    energy = (np.abs(v[:-1]) ** 2).sum(axis=0)  # (K,)
    used = energy > TINY * energy.max()
    inner = (v[:-1].conj() * v[1:]).sum(axis=0)[used]
    wave, energy = wave[used], energy[used]
    phase, size = -np.angle(inner), np.maximum(np.abs(inner), TINY * energy) / energy
    speed = (energy * wave * phase).sum() / (energy * wave**2).sum() / interval
    # The error of log|r| is that of r over |r|: modes that die count little.
    trust = energy * size**2
    lost = -(trust * wave**2 * np.log(size)).sum() / (trust * wave**4).sum()
    return speed, lost / interval


def _spectra(states: Array, modes: int) -> tuple[Modes, Modes]:
    """v̂_n and 2πin ŵ_n for n = 1 … K: (T, N) → (T, K) twice.

    Averaging over cells multiplies mode n by sinc(n/N). That does not commute with
    squaring, so it is undone first; twice the points keep the square free of aliases.
    """
    cells = states.shape[-1]
    k = np.arange(cells // 2)
    v = np.fft.rfft(states)[..., : cells // 2] / cells / np.sinc(k / cells)
    v[..., 0] = 0.0
    fine = np.fft.irfft(v, 2 * cells) * 2 * cells  # (T, 2N)
    w = np.fft.rfft(fine**2 / 2)[..., : cells // 2] / (2 * cells)
    chosen = slice(1, modes + 1)
    return v[..., chosen], (2j * np.pi * k * w)[..., chosen]


def _real(values: Modes) -> Array:
    """Real and imaginary parts of (T, K) in one row (2 T K,)."""
    return np.concatenate([values.real.ravel(), values.imag.ravel()])


def _check(states: Array, modes: int) -> None:
    if states.ndim != 3 or len(states) < 2:
        raise ParameterError(
            "states.shape",
            states.shape,
            "(T, n, N) with at least two times",
            "Pass consecutive states of every trajectory.",
        )
    if not 1 <= modes < states.shape[-1] // 2:
        raise ParameterError(
            "modes",
            modes,
            f"a whole number from 1 to {states.shape[-1] // 2 - 1}",
            "Use 8.",
        )
