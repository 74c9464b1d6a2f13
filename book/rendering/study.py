"""One study, from its results.json."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from evophys_lib.evaluate.horizons import names
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import PROFILES
from rendering.labels import FAMILIES, is_bound, label
from rendering.text import ends, number, table

STAGES = {
    "data/": "data",
    "models/world_model": "pretraining",
    "models/probe": "probe",
    "models/expert": "experts",
    "merges/": "searches",
    "forecasts/": "forecasts",
    "scores/": "scores",
}
"""Stages by how the paths of their artifacts begin."""
FOR_OTHERS = re.compile(
    r"data/(held_out|shifted|train/pe)|(models|forecasts)/comparators"
)
"""What a study makes for sweeps and for the page on the world model only."""
POINT = re.compile(r"(?:/|_)pe([\d.]+)(?:/|$)")


def headline(run: dict[str, Any]) -> str:
    """nRMSE at every horizon, the last first: a row per model, a column per Pe.

    Bold: the best, bounds aside.
    """
    told = run.get("horizons", names())
    return "\n".join(_errors_at(run, horizon) for horizon in told[::-1])


def _errors_at(run: dict[str, Any], horizon: str) -> str:
    peclets = sorted(run["peclet"], key=float)
    models = registry.in_groups(PROFILES[run["profile"]], (Group.MODELS,))
    scores = {
        n: [_error(run["peclet"][pe], n, horizon) for pe in peclets] for n in models
    }
    racing = [row for name, row in scores.items() if not is_bound(name)]
    least = [
        min((value for value in column if value is not None), default=None)
        for column in zip(*racing, strict=True)
    ]
    rows = []
    for name, row in scores.items():
        bold = not is_bound(name)
        cells = [
            f"**{number(v)}**" if bold and v is not None and v == best else number(v)
            for v, best in zip(row, least, strict=True)
        ]
        rows.append([label(name), *cells])
    header = [f"nRMSE at t + {horizon[1:]}", *(f"Pe = {pe}" for pe in peclets)]
    return table(header, rows)


def world_model(run: dict[str, Any]) -> str:
    """The world model on its own families."""
    measured = run["world_model"]
    floors = [number(measured["probe_floor_nrmse"][family]) for family in FAMILIES]
    rows = [[label("floor"), *floors]]
    for what, prefix in (
        ("expert", ""),
        ("θ₀", "base_"),
        ("persistence", "persistence_"),
    ):
        for horizon in (5, 50):
            found = [
                measured.get(f"{prefix}{family}", {}).get(f"nrmse_t{horizon}")
                for family in FAMILIES
            ]
            rows.append([f"{what}, t + {horizon}", *map(number, found)])
    return table(["nRMSE", *FAMILIES.values()], rows)


def verdicts(run: dict[str, Any]) -> str:
    """One row per claim: by the declared rule, then with seeds as units."""
    rows = []
    for claim, found in run["verdicts"].items():
        corrected = found.get("over_seeds") or {}
        rows.append(
            [
                titled(claim),
                number(found.get("statistic")),
                f"**{found['verdict']}**",
                ends(found.get("interval")),
                number(found.get("p_value")),
                f"**{corrected['verdict']}**" if corrected.get("interval") else "–",
                ends(corrected.get("interval")),
                number(corrected.get("p_value")),
                f"{found['n_seeds']} × {found['n_peclet']}",
            ]
        )
    header = ["claim", "statistic", "as declared", "95 % interval", "p", "over seeds"]
    return table([*header, "95 % interval", "p", "seeds × Pe"], rows, numbers_from=1)


def titled(claim: str) -> str:
    """How a claim is called: of another merge than the declared one, with its name."""
    return claim.replace("_", ", ", 1).replace("_", " + ")


def stages(run: dict[str, Any]) -> str:
    """Seconds by stage, each artifact as long as its own process took.

    Of what a study makes: its models at the headline's Péclet numbers. A folder may
    hold what a sweep, other baselines and comparators have added.
    """
    seconds: dict[str, float] = defaultdict(float)
    for artifact, spent in run["timings_s"].items():
        stage = next((s for p, s in STAGES.items() if artifact.startswith(p)), None)
        if stage is not None and _is_of_study(artifact, run["peclet"]):
            seconds[stage] += spent
    order = [stage for stage in STAGES.values() if stage in seconds]
    text = table(["stage", "seconds"], ([s, f"{seconds[s]:.1f}"] for s in order))
    return (
        f"{text}\nProfile {run['profile']}, seed {run['seed']}, {run['device']}. "
        "Stages run side by side where they can: the clock shows less than the sum.\n"
    )


def _is_of_study(artifact: str, peclets: Mapping[str, Any]) -> bool:
    """Whether results.json needs it: of its Péclet numbers, and of its models."""
    if FOR_OTHERS.match(artifact):
        return False
    point = POINT.search(artifact)
    if point is None:
        return True
    if point[1] not in peclets:
        return False
    stage, *_, name = artifact.split("/")
    told = {"floor", *peclets[point[1]]["models"]}
    return stage in ("data", "merges") or name in told or name.startswith("target_")


def _error(at: dict[str, Any], name: str, horizon: str) -> float | None:
    """nRMSE at a horizon at one Pe; the floor's is over all steps."""
    if name == "floor":
        return at.get("probe_floor_nrmse")
    found: float | None = at["models"][name][f"nrmse_{horizon}"]
    return found
