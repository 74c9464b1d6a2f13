"""What every model and baseline predicts on the target's test split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate import equation, metrics
from evophys_lib.evaluate.equation import Dynamics
from evophys_lib.evaluate.gap import Gap, gap_closed
from evophys_lib.evaluate.results import MODELS
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import (
    data,
    forecasting,
    target_scores,
    training,
)
from evophys_lib.pipeline.baselines.registry import BASELINES, Stages, make_all
from evophys_lib.pipeline.study import Study

PARENT, CEILING = "best_parent", "plenty"


@dataclass(frozen=True)
class Score:
    """How one model does on n test trajectories.

    Attributes:
        squared_errors_t5, squared_errors_t50: mean over x, per trajectory, (n,).
        nrmse: at each predictor step, (H,).
        latent_nmse: likewise, in latent space.
    """

    squared_errors_t5: np.ndarray
    squared_errors_t50: np.ndarray
    nrmse: tuple[float, ...]
    latent_nmse: tuple[float, ...]


def forecasts_path(study: Study, peclet: float, kind: str = "baselines") -> Path:
    """Where the stages' forecasts lie, next to those of the models."""
    name = f"{kind}_pe{peclet_key(peclet)}.safetensors"
    return study.folder / "forecasts" / name


def baseline_forecasts(
    study: Study,
    peclet: float,
    stages: Stages = BASELINES,
    kind: str = "baselines",
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


def all_forecasts(study: Study, peclet: float) -> dict[str, Tensor]:
    """Those of the models of the contract, then those of the baselines."""
    models = target_scores.target_forecasts(study, peclet)
    return models | baseline_forecasts(study, peclet)


def scores(study: Study, peclet: float) -> dict[str, Score]:
    """Of every model and baseline, by name."""
    forecasts = all_forecasts(study, peclet)
    truth, initial = target_scores.target_truth(study, peclet)
    curves = forecasting.nrmse_curves(forecasts, truth, initial)
    return {
        name: Score(
            squared_errors_t5=metrics.squared_errors(forecasts[name][0], truth[0]),
            squared_errors_t50=metrics.squared_errors(forecasts[name][-1], truth[-1]),
            nrmse=tuple(curves[name]),
            latent_nmse=tuple(forecasts[f"{name}/latent"].tolist()),
        )
        for name in (*MODELS, *BASELINES)
    }


def gaps(
    scored: dict[int, dict[str, Score]], variances: dict[int, np.ndarray]
) -> dict[str, Gap]:
    """The gap closed by every model at one Péclet number, over seeds.

    scored: by seed what `scores` returns; variances: by seed those of the initial test
    fields, (n,).
    """
    seeds = sorted(scored)

    def errors(name: str) -> list[np.ndarray]:
        return [scored[seed][name].squared_errors_t50 for seed in seeds]

    unit = [variances[seed] for seed in seeds]
    return {
        name: gap_closed(errors(name), errors(PARENT), errors(CEILING), unit)
        for name in scored[seeds[0]]
    }


def dynamics(study: Study, peclet: float) -> dict[str, Dynamics]:
    """The equation that each model's decoded rollout obeys, and the truth's.

    From the first predictor step on, so that no step goes from a true field to a
    decoded one. `truth` is fitted to the true fields at the same times.
    """
    forecasts = all_forecasts(study, peclet)
    truth, _ = target_scores.target_truth(study, peclet)
    interval = study.profile.predictor.stride * TIME_STEP
    fields = {name: forecasts[name].numpy() for name in (*MODELS, *BASELINES)}
    fields["truth"] = truth
    return {n: equation.fit(f, interval=interval) for n, f in fields.items()}
