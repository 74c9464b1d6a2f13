"""What could be had at all, and what could be told: beside the verdicts."""

from collections.abc import Callable, Collection
from math import sqrt

import numpy as np
from scipy import stats

from evophys_lib.evaluate import evidence, findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.intervals import t_quantile
from evophys_lib.evaluate.resampling import pearson
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.physics.grid import DOMAIN_LENGTH, GRID, TIME_STEP, Array
from rendering.labels import PARENTS, heading, label, when
from rendering.text import number, reach, table, upright

Share = Callable[[Array], Array]
POWER = 0.8
"""With which a difference is to be found."""


def of_diffusion(pe: Array) -> Array:
    """α/(α + UL) = 1/(1 + Pe), the share of diffusion in what moves the target."""
    return 1 / (1 + pe)


def limits(found: Evidence, horizon: str | None = None) -> str:
    """How far the target moves, what oracles err, which difference could be told.

    horizon: the last if not given, as in all that follows.
    """
    scores, moved = findings.nrmse(found, horizon), cells(found, horizon)
    squared, at = evidence.squared_errors(found, horizon), when(found, horizon)
    rows = [[f"cells moved by {at}"]]
    rows[0] += [f"{moved[pe]:.1f}" for pe in scores]
    for name in (*(f"oracle_{p}" for p in PARENTS), *PARENTS, "ps"):
        errors = [[*models.get(name, {}).values()] for models in scores.values()]
        rows.append([f"nRMSE at {at}, {label(name)}", *map(reach, errors)])
    told = [_detectable(squared[pe]) for pe in scores]
    rows.append([f"smallest difference told at {at}, % of squared error", *told])
    return upright(["", *map(heading, scores)], rows)


def correlations(found: Evidence) -> str:
    """What correlation with 1/Pe a merge that follows physics exactly would have."""
    sets = {
        "the headline's Péclet numbers": found.provenance["profile"]["peclets"],
        "all that were searched": found.provenance["peclets"],
    }
    shares: dict[str, Share] = {
        "share of heat 1/(1 + Pe)": of_diffusion,
        "linear in −log Pe": lambda pe: -np.log(pe),
    }
    rows = [
        [name, *(number(attainable(peclets, share)) for peclets in sets.values())]
        for name, share in shares.items()
    ]
    return table(["correlation with 1/Pe of", *sets], rows)


def attainable(peclets: Collection[float], share: Share = of_diffusion) -> float:
    """Pearson correlation with 1/Pe of a share of heat, by default that of physics."""
    pe = np.array(sorted(peclets))
    return float(pearson(share(pe), 1 / pe))


def cells(found: Evidence, horizon: str | None = None) -> dict[float, float]:
    """U T N/L of the true fields, by Pe; T: from the context to a horizon."""
    table = found.scores
    speeds = table[(table["metric"] == "advection_speed") & (table["model"] == TRUTH)]
    time = int((horizon or horizon_names(found)[-1])[1:]) * TIME_STEP
    return {
        float(pe): float(speed) * time * GRID / DOMAIN_LENGTH
        for pe, speed in speeds.groupby("pe")["value"].mean().items()
    }


def _detectable(at: evidence.ErrorsAt) -> str:
    """(t_{0.975} + t_{0.8}) s/√n of PS less its better parent, over its error.

    A true difference of this size is found in four of five studies of as many seeds.
    """
    parents = np.array([[e.mean() for e in at[p]] for p in PARENTS]).min(axis=0)
    excess = np.array([e.mean() for e in at["ps"]]) - parents
    n = len(excess)
    if n < 2:
        return "–"
    quantiles = t_quantile(n) + stats.t.ppf(POWER, n - 1)
    return f"{100 * quantiles * excess.std(ddof=1) / sqrt(n) / parents.mean():.0f}"
