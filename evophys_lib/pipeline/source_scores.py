"""How good the world model is on its own families: floor, experts, collapse gates."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate.results import score
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, forecasting, training
from evophys_lib.pipeline.study import Study
from evophys_lib.pipeline.training import WorldModel
from evophys_lib.worldmodel import collapse

FLOOR = "floor"


def source_forecasts(study: Study, family: str) -> dict[str, Tensor]:
    """Test forecasts of persistence, θ₀ and both experts on one family.

    By name, as `forecasting.forecast` returns them, and `floor`: the encoded truth
    decoded. Made if missing.
    """
    model = training.world_model(study)
    probe, _ = training.probe(study)
    experts = training.experts(study)
    path = study.folder / "forecasts" / f"source_{family}.safetensors"
    config = {"family": family, "horizon_steps": study.profile.horizon_steps}
    test = data.make_sources(study, Split.TEST)

    def make() -> store.Tensors:
        trajectories = data.sources(study, Split.TEST)[family]
        scene = forecasting.scene(study, model, trajectories)
        rolls = {
            name: forecasting.by_weights(model, weights)
            for name, weights in {"base": model.base, **experts}.items()
        }
        return {
            FLOOR: forecasting.floor(scene, probe),
            **forecasting.persistence(scene),
            **forecasting.forecast(scene, probe, rolls),
        }

    inputs = {f"expert_{name}": training.expert_path(study, name) for name in experts}
    provenance = study.provenance(
        "source forecasts",
        config,
        data=test,
        probe=training.probe_path(study),
        **inputs,
    )
    forecasts = store.obtain_tensors(path, provenance, make)
    return store.require(forecasts, (FLOOR, "persistence", "base", *experts), path)


def nrmse_by_horizon(
    study: Study, family: str, forecasts: dict[str, Tensor]
) -> dict[str, list[float]]:
    """nRMSE at each predictor step, for every forecast of a family."""
    return forecasting.nrmse_curves(forecasts, *source_truth(study, family))


def source_truth(study: Study, family: str) -> tuple[np.ndarray, np.ndarray]:
    """True test fields at the horizons (H, n, N), and frame 0 (n, N)."""
    trajectories = data.sources(study, Split.TEST)[family]
    truth = forecasting.truth_at_horizons(study, trajectories)
    return truth, trajectories.field[:, 0]


def world_model_scores(study: Study) -> dict[str, Any]:
    """The `world_model` part of results.json."""
    scores: dict[str, Any] = {"probe_floor_nrmse": {}}
    for family in data.FAMILIES:
        curves = nrmse_by_horizon(study, family, source_forecasts(study, family))
        floor = float(np.sqrt(np.mean(np.square(curves[FLOOR]))))
        scores["probe_floor_nrmse"][family] = floor
        scores[family] = _ends(curves[family])
        scores[f"persistence_{family}"] = _ends(curves["persistence"])
        scores[f"base_{family}"] = _ends(curves["base"])
    return scores | collapse_gates(study)


def _ends(curve: list[float]) -> dict[str, float]:
    return {"nrmse_t5": curve[0], "nrmse_t50": curve[-1]}


def source_fitness(study: Study, family: str) -> LatentFitness:
    """The latent error of rollouts on validation data of one family."""
    fields = data.sources(study, Split.VALIDATION)[family]
    latents = forecasting.scene(study, training.world_model(study), fields).latents
    return LatentFitness(latents[0], latents[1:], fields.split)


def collapse_gates(study: Study) -> dict[str, Any]:
    """RankMe, the smallest spread of a latent number, linear probes for α, ν and m.

    Measured on the first context of the validation split; the linear probes are
    fitted on the training split.
    """
    model = training.world_model(study)
    sets = {
        split: data.sources(study, split) for split in (Split.TRAIN, Split.VALIDATION)
    }
    latents = {
        (split, family): _contexts(study, model, trajectories)
        for split, families in sets.items()
        for family, trajectories in families.items()
    }
    both = torch.cat([latents[Split.VALIDATION, family] for family in data.FAMILIES])
    linear = {}
    for family, name in (("heat", "diffusivity"), ("burgers", "viscosity")):
        pairs = [
            (
                features(latents[split, family]),
                torch.from_numpy(np.log(sets[split][family].parameters[name])),
            )
            for split in (Split.TRAIN, Split.VALIDATION)
        ]
        linear[name] = score(collapse.linear_probe_r2(*pairs))
    means = [
        (
            torch.cat([features(latents[split, f]) for f in data.FAMILIES]),
            torch.cat([torch.from_numpy(sets[split][f].mean) for f in data.FAMILIES]),
        )
        for split in (Split.TRAIN, Split.VALIDATION)
    ]
    linear["mean"] = score(collapse.linear_probe_r2(*means))
    return {
        "rankme": collapse.rankme(both, centred=False),
        "rankme_centred": collapse.rankme(both, centred=True),
        "rankme_fluctuation": collapse.rankme(
            both - both.mean(1, keepdim=True), centred=True
        ),
        "smallest_relative_std": collapse.smallest_std(both),
        "linear_probe_r2": linear,
    }


def _contexts(study: Study, model: WorldModel, trajectories: Trajectories) -> Tensor:
    return model.encoder.windows(data.fields(trajectories, study.device), [0])[0].cpu()


def features(latents: Tensor) -> Tensor:
    """Shift-invariant summary of a latent: mean and covariance over the ring.

    (B, S, D) → (B, D + D (D + 1)/2). Diffusivity shows in how neighbouring frames
    differ, a second moment, so first moments alone could not reveal it.
    """
    mean = latents.mean(1, keepdim=True)
    deviation = latents - mean
    covariance = deviation.mT @ deviation / latents.shape[1]  # (B, D, D)
    upper = torch.triu_indices(*covariance.shape[1:])
    return torch.cat([mean[:, 0], covariance[:, upper[0], upper[1]]], 1)
