"""What the evidence says: tables of numbers with intervals, from its rows alone.

Over seeds, an interval is Student's (`intervals`); over seeds and trajectories, a
bootstrap of both (`resampling`). Names of models are those of the tables; a mark such
as `@passive` says that the trajectories are of another kind.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evophys_lib.evaluate import equation, evidence, gap
from evophys_lib.evaluate.equation import Dynamics, Estimate
from evophys_lib.evaluate.evidence import INITIAL_VARIANCE, TRUTH, Evidence
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.paired import Ratio, ratio
from evophys_lib.evaluate.resampling import Interval

PARENT, CEILING = "best_parent", "plenty"
BySeed = dict[int, float]
Curves = dict[str, dict[float, tuple[float, Interval | None]]]
"""By model and Pe: a value and its interval, None where there is none."""
DYNAMICS = ("advection_speed", "diffusivity", "steepening", "information")


def nrmse(found: Evidence, horizon: str = "t50") -> dict[float, dict[str, BySeed]]:
    """√(⟨e²⟩ / ⟨σ₀²⟩) by Pe, model and seed; ∞ where a model diverged."""
    table = found.scores
    errors = _means(table[table["metric"] == f"squared_error_{horizon}"])
    units = _means(table[table["metric"] == INITIAL_VARIANCE])
    return {
        pe: {
            model: {
                seed: float(np.sqrt(error / units[pe][TRUTH + mark_of(model)][seed]))
                for seed, error in by_seed.items()
            }
            for model, by_seed in models.items()
        }
        for pe, models in errors.items()
    }


def latent(found: Evidence, horizon: str = "t50") -> dict[float, dict[str, BySeed]]:
    """The latent MSE over the target's variance by Pe, model and seed."""
    table = found.scores
    return _means(table[table["metric"] == f"latent_nmse_{horizon}"])


def mark_of(model: str) -> str:
    """What the name of a model says of its trajectories, from the @ on."""
    return model[model.index("@") :] if "@" in model else ""


def against(
    scores: Mapping[str, BySeed], model: str, rivals: tuple[str, ...]
) -> dict[str, Ratio | None]:
    """How many times a model's error is each rival's, seed by seed."""
    return {rival: ratio(scores[model], scores[rival]) for rival in rivals}


def gaps(found: Evidence) -> dict[float, dict[str, Gap]]:
    """The gap closed by every model that all seeds have.

    At the Péclet numbers where all seeds have parent and ceiling.
    """
    errors = evidence.squared_errors(found)
    table = found.scores
    units = table[
        (table["metric"] == INITIAL_VARIANCE) & (table["model"] == TRUTH)
    ].groupby(["pe", "seed"], sort=True)
    variances: dict[float, list[np.ndarray]] = {}
    for (pe, _), group in units:
        variances.setdefault(float(pe), []).append(group["value"].to_numpy())
    return {
        pe: {
            name: gap.gap_closed(e, models[PARENT], models[CEILING], variances[pe])
            for name, e in models.items()
            if not mark_of(name) and len(e) == len(variances[pe])
        }
        for pe, models in errors.items()
        if all(len(models.get(n, ())) == len(variances[pe]) for n in (PARENT, CEILING))
    }


def resolved(gaps: Mapping[float, Mapping[str, Gap]], models: Iterable[str]) -> Curves:
    """Gap closed by some models, where the headroom is resolved."""
    return {
        model: {
            pe: (at[model].closed, at[model].interval)
            for pe, at in gaps.items()
            if model in at and at[model].interval is not None
        }
        for model in models
    }


def dynamics(found: Evidence) -> dict[float, dict[str, dict[str, Estimate]]]:
    """The equation that each model's rollouts obey, by Pe, model and coefficient.

    Models of which a trajectory diverged have none.
    """
    table = found.scores[found.scores["metric"].isin(DYNAMICS)]
    told: dict[float, dict[str, list[Dynamics]]] = {}
    for (pe, model, _), group in table.groupby(["pe", "model", "seed"], sort=True):
        columns = group.pivot(index="trajectory", columns="metric", values="value")
        fitted = Dynamics(*(columns[name].to_numpy() for name in DYNAMICS))
        told.setdefault(float(pe), {}).setdefault(str(model), []).append(fitted)
    return {
        pe: {
            model: equation.summary(groups)
            for model, groups in models.items()
            if all(np.isfinite(g.diffusivity).all() for g in groups)
        }
        for pe, models in told.items()
    }


def effective_peclet(
    told: Mapping[float, Mapping[str, Mapping[str, Estimate]]], models: Iterable[str]
) -> Curves:
    """Û L/α̂ of some models' rollouts, where it is positive."""
    return {
        model: {
            pe: (by_model[model]["peclet"].value, by_model[model]["peclet"].interval)
            for pe, by_model in told.items()
            if model in by_model and (by_model[model]["peclet"].value or 0) > 0
        }
        for model in models
    }


def costs(found: Evidence) -> pd.DataFrame:
    """Means over seeds and Péclet numbers: a row per model, a column per quantity."""
    return found.costs.pivot_table(
        index="model", columns="quantity", values="value", aggfunc="mean", sort=False
    )


def coefficients(
    found: Evidence, family: str, method: str = "ps"
) -> dict[float, list[float]]:
    """λ of one family, the mean over layers, by Pe: one number per seed."""
    rows = evidence.coefficients(found, method, family)
    return {pe: [float(lam.mean()) for lam in seeds] for pe, seeds in rows.items()}


def heat_share(found: Evidence, order: str, method: str = "dfs") -> np.ndarray:
    """Whether the path is in a heat layer, at ten depths: (paths, 10) of 0 and 1.

    Depth is the place along the path, so paths of all lengths compare. order: of the
    search, AB or BA.
    """
    depth = (np.arange(10) + 0.5) / 10
    routes = [r for r in evidence.routes(found, method) if r.order == order]
    paths = [route.is_heat() for route in routes]
    return np.array([heat[(depth * len(heat)).astype(int)] for heat in paths])


def _means(rows: pd.DataFrame) -> dict[float, dict[str, BySeed]]:
    """Over trajectories, by Pe, model and seed."""
    grouped = rows.groupby(["pe", "model", "seed"], sort=True)["value"].mean()
    nested: dict[float, dict[str, BySeed]] = {}
    for (pe, model, seed), value in grouped.items():
        at = nested.setdefault(float(pe), {}).setdefault(str(model), {})
        at[int(seed)] = float(value)
    return nested
