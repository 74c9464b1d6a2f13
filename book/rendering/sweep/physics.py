"""What merges learnt: coefficients of experts, and the equation of their rollouts."""

from collections.abc import Sequence

import numpy as np

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.equation import Estimate
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.scores import EQUATION, INITIAL_VARIANCE, TRUTH
from rendering.labels import MERGES, PARENTS, heading, label
from rendering.sweep.searched import coefficients
from rendering.text import number, reach, table, upright

EQUATIONS = (TRUTH, *PARENTS, "soup", *MERGES, findings.CEILING)

COEFFICIENTS = {
    "advection_speed": "U",
    "diffusivity": "α",
    "steepening": "γ",
    "peclet": "Pe = UL/α",
}


def lambdas(found: Evidence) -> str:
    """Mean λ over layers, and over seeds with its interval."""
    by_family = {f: coefficients(found, f) for f in PARENTS}
    peclets = list(by_family["heat"])
    rows = [
        [f"λ, {label(f)}", *(reach(by_family[f][pe]) for pe in peclets)]
        for f in PARENTS
    ]
    sums = [
        reach(np.add(by_family["heat"][pe], by_family["burgers"][pe]).tolist())
        for pe in peclets
    ]
    header = ["", *map(heading, peclets)]
    return upright(header, [*rows, ["sum", *sums]])


def equations(found: Evidence, models: Sequence[str] = EQUATIONS) -> str:
    """The equation that rollouts obey, by model, at the headline's Pe."""
    told = findings.dynamics(found, models)
    headline = found.provenance["profile"]["peclets"]
    text = ""
    for pe, fitted in told.items():
        if pe not in headline:
            continue
        rows = [
            [label(name), *(_estimate(fitted[name][c]) for c in COEFFICIENTS)]
            for name in models
            if name in fitted
        ]
        header = [heading(pe), *COEFFICIENTS.values()]
        text += table(header, rows) + "\n"
    return text + _fitted(found)


def _fitted(found: Evidence) -> str:
    """To how many trajectories of the test split equations are fitted."""
    profile, table = found.provenance["profile"], found.scores
    tested = table.loc[table["metric"] == INITIAL_VARIANCE, "trajectory"].nunique()
    fitted = table.loc[table["metric"].isin(EQUATION), "trajectory"].nunique()
    return (
        f"Fitted to the first {fitted} of the {tested} test trajectories of each seed, "
        f"profile {profile['name']}.\n"
    )


def _estimate(found: Estimate) -> str:
    if found.value is None:
        return "–"
    if found.interval is None:
        return number(found.value)
    low, high = found.interval
    return f"{number(found.value)} ({number(low)} to {number(high)})"
