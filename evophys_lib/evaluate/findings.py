"""What the evidence says: tables of numbers with intervals, from its rows alone.

Intervals are Student's over seeds (`intervals`). Names of models are those of the
tables; a mark such as `@passive` says that the trajectories are of another kind.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evophys_lib.evaluate import equation, gap
from evophys_lib.evaluate.equation import Dynamics, Estimate
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.evaluate.scores import EQUATION, INITIAL_VARIANCE, TRUTH

PARENT, CEILING = "best_parent", "plenty"
BySeed = dict[int, float]
ByPeclet = dict[float, dict[str, BySeed]]
Curves = dict[str, dict[float, tuple[float, Interval | None]]]
"""By model and Pe: a value and its interval, None where there is none."""


def nrmse(found: Evidence, horizon: str | None = None) -> ByPeclet:
    """√(⟨e²⟩ / ⟨σ₀²⟩) by Pe, model and seed; ∞ where a model diverged.

    horizon: by name, the last if not given.
    """
    table, horizon = found.scores, horizon or horizon_names(found)[-1]
    errors = means(table[table["metric"] == f"squared_error_{horizon}"])
    units = means(table[table["metric"] == INITIAL_VARIANCE])
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


def means(rows: pd.DataFrame) -> ByPeclet:
    """Of values over trajectories, by Pe, model and seed.

    rows: of the scores, those of one metric.
    """
    grouped = rows.groupby(["pe", "model", "seed"], sort=True)["value"].mean()
    nested: ByPeclet = {}
    for (pe, model, seed), value in grouped.items():
        at = nested.setdefault(float(pe), {}).setdefault(str(model), {})
        at[int(seed)] = float(value)
    return nested


def mark_of(model: str) -> str:
    """What the name of a model says of its trajectories, from the @ on."""
    return model[model.index("@") :] if "@" in model else ""


def gaps(
    found: Evidence, models: Iterable[str], horizon: str | None = None
) -> dict[float, dict[str, Gap]]:
    """The gap closed by those of the models that all seeds have.

    At the Péclet numbers where all seeds have parent and ceiling. horizon: by name, the
    last if not given.
    """
    table, horizon = found.scores, horizon or horizon_names(found)[-1]
    errors = means(table[table["metric"] == f"squared_error_{horizon}"])
    units = means(table[table["metric"] == INITIAL_VARIANCE])
    wanted = tuple(models)
    return {
        pe: {
            name: gap.gap_closed(
                _listed(at[name]),
                _listed(at[PARENT]),
                _listed(at[CEILING]),
                _listed(seeds),
            )
            for name in wanted
            if at.get(name, {}).keys() == seeds.keys()
        }
        for pe, at in errors.items()
        for seeds in [units[pe][TRUTH]]
        if all(at.get(n, {}).keys() == seeds.keys() for n in (PARENT, CEILING))
    }


def _listed(by_seed: BySeed) -> list[list[float]]:
    """As errors of one trajectory each, which their mean stands for."""
    return [[value] for value in by_seed.values()]


def resolved(gaps: Mapping[float, Mapping[str, Gap]]) -> Curves:
    """Gap closed by every model, where the headroom is resolved."""
    return {
        model: {
            pe: (told.closed, told.interval)
            for pe, at in gaps.items()
            if (told := at.get(model)) is not None
            and told.closed is not None
            and told.interval is not None
        }
        for model in _models(gaps)
    }


def dynamics(
    found: Evidence, models: Iterable[str]
) -> dict[float, dict[str, dict[str, Estimate]]]:
    """The equation that some models' rollouts obey, by Pe, model and coefficient.

    Models of which a trajectory diverged have none.
    """
    wanted, table = tuple(models), found.scores
    table = table[table["metric"].isin(EQUATION) & table["model"].isin(wanted)]
    fitted: dict[float, dict[str, list[Dynamics]]] = {}
    for (pe, model, _), group in table.groupby(["pe", "model", "seed"], sort=True):
        columns = group.pivot(index="trajectory", columns="metric", values="value")
        one = Dynamics(*(columns[name].to_numpy() for name in EQUATION))
        fitted.setdefault(float(pe), {}).setdefault(str(model), []).append(one)
    return {
        pe: {
            model: equation.summary(at[model])
            for model in wanted
            if model in at and all(np.isfinite(g.diffusivity).all() for g in at[model])
        }
        for pe, at in fitted.items()
    }


def effective_peclet(
    told: Mapping[float, Mapping[str, Mapping[str, Estimate]]],
) -> Curves:
    """Û L/α̂ of every model's rollouts, where it is positive."""
    return {
        model: {
            pe: (value, at[model]["peclet"].interval)
            for pe, at in told.items()
            if model in at
            and (value := at[model]["peclet"].value) is not None
            and value > 0
        }
        for model in _models(told)
    }


def steepening(
    told: Mapping[float, Mapping[str, Mapping[str, Estimate]]],
) -> Curves:
    """γ̂ of every model's rollouts: 1 for Burgers, 0 for advection–diffusion."""
    return {
        model: {
            pe: (value, at[model]["steepening"].interval)
            for pe, at in told.items()
            if model in at and (value := at[model]["steepening"].value) is not None
        }
        for model in _models(told)
    }


def _models(by_peclet: Mapping[float, Mapping[str, Any]]) -> list[str]:
    """All that are told somewhere, in the order in which they are."""
    return list(dict.fromkeys(name for at in by_peclet.values() for name in at))
