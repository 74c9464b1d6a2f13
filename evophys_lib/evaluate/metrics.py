r"""How far a predicted field is from the true one, in numbers.

Fields are cell averages u of shape (n, N): n trajectories at one horizon, N
cells of a periodic domain of length 1. With the error e = û − u, an overbar for
the mean over x of one trajectory, ⟨·⟩ for the mean over x *and* trajectories, and
u₀ for the initial frame:

    mse    = ⟨e²⟩
    vrmse  = √( ⟨e²⟩ / (⟨(u − ū)²⟩ + η) ),   η = 1e-6 ⟨(u₀ − ū₀)²⟩
    nrmse  = √( ⟨e²⟩ / ⟨(u₀ − ū₀)²⟩ )

Pooled scores are ratios of means, not means of ratios, so that a trajectory that
has decayed to nothing cannot dominate. `squared_errors` keeps the trajectories
apart, for paired comparisons. Everything is computed in float64.

A prediction that holds NaN or ∞ scores ∞: a model that diverged is the worst
there is, not one to leave out.
"""

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.physics.grid import Array

ETA = 1e-6  # floor of VRMSE's denominator, in units of the initial variance
SPECTRUM_FLOOR = 1e-10  # energies below this share of the largest are rounding
CORRELATION_THRESHOLD = 0.9


def squared_errors(predicted: ArrayLike, truth: ArrayLike) -> Array:
    """e²_i = mean over x of (û_i − u_i)², one number per trajectory.

    predicted, truth: (n, N), same units. Returns (n,), in units squared; ∞ where a
    trajectory's prediction is not finite. ParameterError if the shapes differ.
    """
    predicted, truth = _pair(predicted, truth)
    with np.errstate(over="ignore", invalid="ignore"):
        errors: Array = _worst((predicted - truth) ** 2).mean(axis=-1)
    return errors


def mse(predicted: ArrayLike, truth: ArrayLike) -> float:
    """⟨e²⟩ over x and trajectories, in units squared; arguments (n, N)."""
    return float(squared_errors(predicted, truth).mean())


def variances(field: ArrayLike) -> Array:
    """Mean over x of (u − ū)², per trajectory: (n, N) -> (n,)."""
    spread: Array = np.asarray(field, dtype=np.float64).var(axis=-1)
    return spread


def vrmse(predicted: ArrayLike, truth: ArrayLike, initial: ArrayLike) -> float:
    """√(⟨e²⟩ / (⟨(u − ū)²⟩ + η)), η = 1e-6 ⟨(u₀ − ū₀)²⟩; dimensionless.

    1 is the error of predicting each trajectory's own mean. All arguments (n, N);
    `initial` is frame 0. Source: the variance-scaled error of The Well (Ohana et
    al. 2024), with η tied to the initial variance since these fields decay.
    """
    eta = ETA * _initial_variance(initial)
    return float(np.sqrt(mse(predicted, truth) / (variances(truth).mean() + eta)))


def nrmse(predicted: ArrayLike, truth: ArrayLike, initial: ArrayLike) -> float:
    """√(⟨e²⟩ / ⟨(u₀ − ū₀)²⟩): the error in initial standard deviations.

    All arguments (n, N). Unlike VRMSE its unit is the same at every horizon.
    ParameterError if the initial fields are constant in x.
    """
    return float(np.sqrt(mse(predicted, truth) / _initial_variance(initial)))


def spectrum(field: ArrayLike) -> Array:
    """E(n) = w_n |rfft(u)_n / N|² for n = 1 … N/2, w = 2 (1 at Nyquist, even N).

    field: (..., N). Returns (..., N // 2), entry n − 1 for wavenumber n, in units
    squared. With these weights Parseval reads Σ_n E(n) = mean over x of (u − ū)².
    """
    field = np.asarray(field, dtype=np.float64)
    cells = field.shape[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        amplitude = np.abs(np.fft.rfft(field, axis=-1)[..., 1:] / cells)
        energy: Array = 2.0 * amplitude**2
    if cells % 2 == 0:
        energy[..., -1] /= 2.0
    return energy  # (..., N // 2)


def spectrum_error(predicted: ArrayLike, truth: ArrayLike) -> float:
    """√( Σ_i ‖Ê_i − E_i‖₂² / Σ_i ‖E_i‖₂² ), norms over n ≥ 1.

    Spectra are compared trajectory by trajectory, so that too much energy in one
    cannot make up for too little in another; for a single trajectory this is
    ‖Ê − E‖₂ / ‖E‖₂. Blind to phase: a shifted field scores 0. ParameterError if the
    truth is constant in x.
    """
    predicted, truth = _pair(predicted, truth)
    true_energy = spectrum(truth)
    scale = np.sum(true_energy**2)
    if not scale > 0.0:
        raise ParameterError(
            "truth", 0.0, "a field that varies in x", "Compare means instead."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        difference = _worst((spectrum(predicted) - true_energy) ** 2)
    return float(np.sqrt(np.sum(difference) / scale))


def log_spectrum_error(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Mean of |log₁₀ Ê(n) / E(n)| over all (i, n) with E_i(n) > 1e-10 max_n E_i(n).

    In decades. Counts weak modes as much as strong ones. Ê is floored at the same
    1e-10 max E, so an empty mode costs at most ten decades rather than infinity.
    """
    predicted, truth = _pair(predicted, truth)
    true_energy, energy = spectrum(truth), _worst(spectrum(predicted))
    floor = SPECTRUM_FLOOR * true_energy.max(axis=-1, keepdims=True)  # (n, 1)
    kept = true_energy > floor
    if not kept.any():
        raise ParameterError(
            "truth", 0.0, "a field that varies in x", "Compare means instead."
        )
    ratio = np.maximum(energy, floor)[kept] / true_energy[kept]
    return float(np.abs(np.log10(ratio)).mean())


def conservation_residual(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Mean over trajectories of |∫û dx − ∫u dx|, x ∈ [0, 1]; in units of u.

    Cell averages make the integral exact: it is their mean.
    """
    predicted, truth = _pair(predicted, truth)
    with np.errstate(over="ignore", invalid="ignore"):
        residual = _worst(np.abs(predicted.mean(axis=-1) - truth.mean(axis=-1)))
    return float(residual.mean())


def correlation(predicted: ArrayLike, truth: ArrayLike) -> Array:
    """Centred Pearson correlation over x: (..., N) twice -> (...).

    0 where the prediction is constant or not finite, NaN where the truth is
    constant and no correlation is defined.
    """
    predicted, truth = _pair(predicted, truth)
    finite = np.isfinite(predicted).all(axis=-1, keepdims=True)
    a = np.where(finite, predicted, 0.0)
    a, b = a - a.mean(axis=-1, keepdims=True), truth - truth.mean(-1, keepdims=True)
    norm_a, norm_b = np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    safe = np.where(norm_a * norm_b > 0.0, norm_a * norm_b, 1.0)
    return np.where(norm_b > 0.0, (a * b).sum(axis=-1) / safe, np.nan)


def correlation_time(predicted: ArrayLike, truth: ArrayLike, time: ArrayLike) -> float:
    """Mean over trajectories of the first time at which the correlation is below 0.9.

    predicted, truth: (T, n, N); time: (T,). In units of `time`; a trajectory that
    stays above to the end counts as its last time, so that is the most there is.
    """
    below = correlation(predicted, truth) < CORRELATION_THRESHOLD  # (T, n)
    times = np.asarray(time, dtype=np.float64)
    first = np.where(below.any(axis=0), times[below.argmax(axis=0)], times[-1])
    return float(first.mean())


def latent_nmse(predicted: ArrayLike, target: ArrayLike) -> float:
    """⟨(ẑ − z)²⟩ / ⟨(z − mean_i z)²⟩ at one horizon; dimensionless.

    predicted, target: (n, ...) latents, trajectories first. The variance is that of
    the target about its mean over trajectories, per latent coordinate: 1 is the
    error of predicting that mean. ParameterError if all targets are equal.
    """
    predicted, target = _pair(predicted, target)
    variance = target.var(axis=0).mean()
    if not variance > 0.0:
        raise ParameterError(
            "target", variance, "latents that differ", "Pass several trajectories."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return float(_worst((predicted - target) ** 2).mean() / variance)


def _pair(predicted: ArrayLike, truth: ArrayLike) -> tuple[Array, Array]:
    """Both as float64, of one shape, the truth finite."""
    predicted, truth = _numbers("predicted", predicted), _numbers("truth", truth)
    if predicted.shape != truth.shape or truth.size == 0:
        raise ParameterError(
            "predicted.shape",
            predicted.shape,
            f"the truth's shape {truth.shape}, not empty",
            "Compare the same trajectories at the same horizon.",
        )
    if not np.isfinite(truth).all():
        raise ParameterError(
            "truth", "NaN or infinity", "finite numbers", "Verify the data."
        )
    return predicted, truth


def _initial_variance(initial: ArrayLike) -> float:
    """⟨(u₀ − ū₀)²⟩, positive."""
    of_each = variances(_numbers("initial", initial))
    variance = float(of_each.mean()) if of_each.size else 0.0
    if not variance > 0.0:
        raise ParameterError(
            "initial", variance, "a positive variance in x", "Pass frame 0 as (n, N)."
        )
    return variance


def _numbers(name: str, values: ArrayLike) -> Array:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        remedy = "Pass cell averages, trajectories first."
        raise ParameterError(name, values, "an array of numbers", remedy) from error
    return np.atleast_1d(found)


def _worst(values: Array) -> Array:
    """NaN counts as the worst value there is."""
    return np.where(np.isnan(values), np.inf, values)
