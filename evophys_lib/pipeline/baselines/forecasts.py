"""What baselines and variations predict on the target's test split."""

from pathlib import Path

from torch import Tensor

from evophys_lib import store
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, forecasting, training
from evophys_lib.pipeline.baselines.registry import Stages, make_all
from evophys_lib.pipeline.study import Study


def forecasts_path(study: Study, peclet: float, kind: str) -> Path:
    """Where the forecasts of stages of one kind lie, next to those of the models."""
    name = f"{kind}_pe{peclet_key(peclet)}.safetensors"
    return study.folder / "forecasts" / name


def stage_forecasts(
    study: Study, peclet: float, stages: Stages, kind: str
) -> dict[str, Tensor]:
    """Test forecasts of every stage, as `target_scores.target_forecasts` has them.

    With it, the one place where the test split is read. Made if missing, together
    with the stages. kind: of the stages, for the name of the file.
    """
    made = make_all(study, peclet, stages)
    probe, _ = training.probe(study)
    path = forecasts_path(study, peclet, kind)
    test = data.make_target(study, Split.TEST, peclet)

    def make() -> store.Tensors:
        trajectories = data.target(study, Split.TEST, peclet)
        scene = forecasting.scene(study, training.world_model(study), trajectories)
        rolls = {name: baseline.roll for name, baseline in made.items()}
        return forecasting.forecast(scene, probe, rolls)

    provenance = study.provenance(
        f"{kind} forecasts",
        {"peclet": peclet, "horizon_steps": study.profile.horizon_steps},
        data=test,
        probe=training.probe_path(study),
        **{f"expert_{f}": training.expert_path(study, f) for f in data.FAMILIES},
        **{p.stem: p for baseline in made.values() for p in baseline.paths},
    )
    forecasts = store.obtain_tensors(path, provenance, make)
    names = (*stages, *(f"{name}/latent" for name in stages))
    return store.require(forecasts, names, path)
