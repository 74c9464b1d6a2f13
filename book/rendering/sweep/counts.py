"""The search against training, by the number of trajectories that both see."""

from collections.abc import Mapping

from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import PARENT, BySeed, nrmse
from evophys_lib.physics.families import SOURCES

TUNED = {family: f"few_shot_{family}" for family in SOURCES}


def by_count(
    found: Evidence, horizon: str | None = None
) -> dict[float, dict[str, dict[int, BySeed]]]:
    """nRMSE at a horizon against k, the trajectories of the target seen.

    By Pe, then `ps` (the search), `few_shot` (fine-tuning from the parent that the k
    trajectories choose), and k; where another k than the profile's was tried. horizon:
    by name, the last if not given.
    """
    usual = int(found.provenance["profile"]["sizes"]["search"])
    told: dict[float, dict[str, dict[int, BySeed]]] = {}
    for pe, models in nrmse(found, horizon).items():
        curves = {m: _counted(models, m) for m in ("ps", "few_shot")}
        if not any(curves.values()):
            continue
        if "ps" in models:
            curves["ps"][usual] = models["ps"]
        if {PARENT, *TUNED.values()} <= models.keys():
            curves["few_shot"][usual] = tuned_choice(models)
        told[pe] = {name: dict(sorted(curve.items())) for name, curve in curves.items()}
    return told


def _counted(models: Mapping[str, BySeed], stem: str) -> dict[int, BySeed]:
    """Of `<stem>_k<count>`, by count."""
    known = {name: name.rpartition("_k") for name in models}
    return {
        int(count): models[name]
        for name, (head, _, count) in known.items()
        if head == stem and count.isdecimal()
    }


def tuned_choice(models: Mapping[str, BySeed]) -> BySeed:
    """Few-shot tuning of the parent that was chosen: the one whose error is nearest.

    The chosen parent forecasts as itself, so the distance to one of them is rounding.
    """
    chosen = {
        seed: min(SOURCES, key=lambda f: abs(models[f][seed] - error))
        for seed, error in models[PARENT].items()
    }
    return {
        seed: models[TUNED[family]][seed]
        for seed, family in chosen.items()
        if all(seed in models[name] for name in TUNED.values())
    }
