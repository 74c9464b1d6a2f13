"""What the evidence says: tables of numbers with intervals, from its rows alone.

Over seeds, an interval is Student's (`intervals`); over seeds and trajectories, a
bootstrap of both (`resampling`). Names of models are those of the tables; a mark such
as `@passive` says that the trajectories are of another kind.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evophys_lib.evaluate import equation, evidence, gap
from evophys_lib.evaluate.equation import Dynamics, Estimate
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.evaluate.scores import EQUATION, INITIAL_VARIANCE, TRUTH
from evophys_lib.physics.families import SOURCES

PARENT, CEILING = "best_parent", "plenty"
TUNED = {family: f"few_shot_{family}" for family in SOURCES}
BySeed = dict[int, float]
Curves = dict[str, dict[float, tuple[float, Interval | None]]]
"""By model and Pe: a value and its interval, None where there is none."""


def nrmse(
    found: Evidence, horizon: str | None = None
) -> dict[float, dict[str, BySeed]]:
    """√(⟨e²⟩ / ⟨σ₀²⟩) by Pe, model and seed; ∞ where a model diverged.

    horizon: by name, the last if not given.
    """
    table, horizon = found.scores, horizon or horizon_names(found)[-1]
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


def latent(
    found: Evidence, horizon: str | None = None
) -> dict[float, dict[str, BySeed]]:
    """The latent MSE over the target's variance by Pe, model and seed."""
    table, horizon = found.scores, horizon or horizon_names(found)[-1]
    return _means(table[table["metric"] == f"latent_nmse_{horizon}"])


def mark_of(model: str) -> str:
    """What the name of a model says of its trajectories, from the @ on."""
    return model[model.index("@") :] if "@" in model else ""


def by_count(found: Evidence) -> dict[float, dict[str, dict[int, BySeed]]]:
    """nRMSE at the last horizon against k, the trajectories of the target seen.

    By Pe, then `ps` (the search), `few_shot` (fine-tuning from the parent that the k
    trajectories choose), and k; where another k than the profile's was tried.
    """
    usual = int(found.provenance["profile"]["sizes"]["search"])
    told: dict[float, dict[str, dict[int, BySeed]]] = {}
    for pe, models in nrmse(found).items():
        curves = {m: _counted(models, m) for m in ("ps", "few_shot")}
        if not any(curves.values()):
            continue
        if "ps" in models:
            curves["ps"][usual] = models["ps"]
        if {PARENT, *TUNED.values()} <= models.keys():
            curves["few_shot"][usual] = _tuned_choice(models)
        told[pe] = {name: dict(sorted(curve.items())) for name, curve in curves.items()}
    return told


def gaps(found: Evidence, models: Iterable[str]) -> dict[float, dict[str, Gap]]:
    """The gap closed by those of the models that all seeds have.

    At the Péclet numbers where all seeds have parent and ceiling.
    """
    errors = evidence.squared_errors(found)
    table = found.scores
    units = table[
        (table["metric"] == INITIAL_VARIANCE) & (table["model"] == TRUTH)
    ].groupby(["pe", "seed"], sort=True)
    variances: dict[float, list[NDArray[np.float64]]] = {}
    for (pe, _), group in units:
        variances.setdefault(float(pe), []).append(group["value"].to_numpy())
    wanted = tuple(models)
    return {
        pe: {
            name: gap.gap_closed(at[name], at[PARENT], at[CEILING], variances[pe])
            for name in wanted
            if len(at.get(name, ())) == len(variances[pe])
        }
        for pe, at in errors.items()
        if all(len(at.get(n, ())) == len(variances[pe]) for n in (PARENT, CEILING))
    }


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


def heat_share(found: Evidence, order: str, method: str = "dfs") -> NDArray[np.float64]:
    """Whether the path is in a heat layer, at ten depths: (paths, 10) of 0 and 1.

    Depth is the place along the path, so paths of all lengths compare. order: of the
    search, AB or BA.
    """
    depth = (np.arange(10) + 0.5) / 10
    routes = [r for r in evidence.routes(found, method) if r.order == order]
    paths = [route.is_heat() for route in routes]
    return np.array([heat[(depth * len(heat)).astype(int)] for heat in paths])


def _counted(models: Mapping[str, BySeed], stem: str) -> dict[int, BySeed]:
    """Of `<stem>_k<count>`, by count."""
    known = {name: name.rpartition("_k") for name in models}
    return {
        int(count): models[name]
        for name, (head, _, count) in known.items()
        if head == stem and count.isdecimal()
    }


def _tuned_choice(models: Mapping[str, BySeed]) -> BySeed:
    """Few-shot tuning of the parent that was chosen, whose error it shares."""
    chosen = {
        seed: next(f for f in SOURCES if models[f][seed] == error)
        for seed, error in models[PARENT].items()
    }
    return {
        seed: models[TUNED[family]][seed]
        for seed, family in chosen.items()
        if all(seed in models[name] for name in TUNED.values())
    }


def _means(rows: pd.DataFrame) -> dict[float, dict[str, BySeed]]:
    """Over trajectories, by Pe, model and seed."""
    grouped = rows.groupby(["pe", "model", "seed"], sort=True)["value"].mean()
    nested: dict[float, dict[str, BySeed]] = {}
    for (pe, model, seed), value in grouped.items():
        at = nested.setdefault(float(pe), {}).setdefault(str(model), {})
        at[int(seed)] = float(value)
    return nested


def _models(by_peclet: Mapping[float, Mapping[str, Any]]) -> list[str]:
    """All that are told somewhere, in the order in which they are."""
    return list(dict.fromkeys(name for at in by_peclet.values() for name in at))
