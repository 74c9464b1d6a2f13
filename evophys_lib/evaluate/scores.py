"""The one table of metrics: what is measured of a forecast, and at which horizons.

A metric is one function and one entry of `METRICS`. It may give one number for all
trajectories or one for each, and is taken at every horizon, at the last, or once for
the whole forecast. Its columns are then named after it, with the horizon's name where
it is taken at every one: mse_t5, mse_t50, spectrum_error.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

import numpy as np

from evophys_lib.evaluate import equation, metrics
from evophys_lib.evaluate.horizons import Horizon
from evophys_lib.physics.grid import Array

Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What is measured: a forecast, or the truth, which stands in its own place.

    predicted, truth (H, n, N); initial (n, N): frame 0; latent (H,): latent errors,
    None for what has no latents; interval: between predictor steps, in units of t;
    fitted: how many trajectories an equation is fitted to.
    """

    predicted: Array
    truth: Array
    initial: Array
    latent: Array | None
    interval: float
    fitted: int

    @property
    def times(self) -> Array:
        """After the context, (H,)."""
        return self.interval * np.arange(1.0, len(self.truth) + 1)


class At(Enum):
    """Where a metric is taken."""

    EVERY_HORIZON = "every horizon"
    LAST_HORIZON = "last horizon"
    ALL_STEPS = "all steps"


Value = float | Array | Mapping[str, Array] | None
"""One number, one for each trajectory, several columns of these, or nothing to say."""


@dataclass(frozen=True)
class Metric:
    """One entry of the table.

    name; at; measure: (case, predictor step) → value; columns: their names where the
    value has several; of_truth: whether the truth is measured, too, or alone; derived:
    whether other columns of the evidence give it.
    """

    name: str
    at: At
    measure: Callable[[Case, int], Value]
    columns: tuple[str, ...] = ()
    of_forecast: bool = True
    of_truth: bool = False
    derived: bool = False

    def names(self, horizons: Iterable[Horizon]) -> list[str]:
        """Of its columns."""
        if self.at is At.EVERY_HORIZON:
            return [f"{self.name}_{horizon.name}" for horizon in horizons]
        return list(self.columns or (self.name,))

    def measured(self, case: Case, horizons: tuple[Horizon, ...]) -> Document:
        """Its columns."""
        if self.at is At.EVERY_HORIZON:
            return {
                f"{self.name}_{horizon.name}": self.measure(case, horizon.step)
                for horizon in horizons
            }
        value = self.measure(case, horizons[-1].step)
        return dict(value) if isinstance(value, Mapping) else {self.name: value}


TRUTH = "truth"
"""What the scores of the true fields are called."""
INITIAL_VARIANCE = "initial_variance"
EQUATION = tuple(field.name for field in fields(equation.Dynamics))


def _pooled(
    measure: Callable[[Array, Array], Value],
) -> Callable[[Case, int], Value]:
    return lambda case, step: measure(case.predicted[step], case.truth[step])


def _in_units(
    measure: Callable[[Array, Array, Array], Value],
) -> Callable[[Case, int], Value]:
    return lambda case, step: measure(
        case.predicted[step], case.truth[step], case.initial
    )


def _latent(case: Case, step: int) -> float | None:
    return None if case.latent is None else float(case.latent[step])


def _correlation_time(case: Case, step: int) -> float:
    return metrics.correlation_time(case.predicted, case.truth, case.times)


def _equation(case: Case, step: int) -> Mapping[str, Array]:
    few = case.predicted[:, : case.fitted]
    return asdict(equation.fit(few, interval=case.interval))


METRICS = {
    metric.name: metric
    for metric in (
        Metric("mse", At.EVERY_HORIZON, _pooled(metrics.mse), derived=True),
        Metric("vrmse", At.EVERY_HORIZON, _in_units(metrics.vrmse)),
        Metric("nrmse", At.EVERY_HORIZON, _in_units(metrics.nrmse), derived=True),
        Metric("latent_nmse", At.EVERY_HORIZON, _latent),
        Metric("spectrum_error", At.LAST_HORIZON, _pooled(metrics.spectrum_error)),
        Metric(
            "log_spectrum_error",
            At.LAST_HORIZON,
            _pooled(metrics.log_spectrum_error),
        ),
        Metric(
            "conservation_residual",
            At.LAST_HORIZON,
            _pooled(metrics.conservation_residual),
        ),
        Metric("correlation_time", At.ALL_STEPS, _correlation_time),
        Metric("squared_error", At.EVERY_HORIZON, _pooled(metrics.squared_errors)),
        Metric("equation", At.ALL_STEPS, _equation, columns=EQUATION, of_truth=True),
        Metric(
            INITIAL_VARIANCE,
            At.ALL_STEPS,
            lambda case, step: metrics.variances(case.initial),
            of_forecast=False,
            of_truth=True,
        ),
    )
}
"""By name, in the order of tables."""


def measured(case: Case, horizons: tuple[Horizon, ...], *, truth: bool) -> Document:
    """Every column of a forecast, or of the truth itself: numbers, lists of numbers.

    null for what is not finite.
    """
    found: Document = {}
    for metric in METRICS.values():
        if metric.of_truth if truth else metric.of_forecast:
            found |= metric.measured(case, horizons)
    plain = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in found.items()
        if value is not None
    }
    return {name: finite(value) for name, value in plain.items()}


def pooled(columns: Mapping[str, Any]) -> Document:
    """The columns that are one number for all trajectories."""
    return {name: v for name, v in columns.items() if not isinstance(v, list)}


def derived(horizons: Iterable[Horizon]) -> set[str]:
    """The columns that others give."""
    known = tuple(horizons)
    return {c for m in METRICS.values() if m.derived for c in m.names(known)}


def finite(value: Any) -> Any:
    """The same dictionaries and lists, None (null) for every float that is not finite.

    JSON has no infinity; null says that a model diverged.
    """
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
