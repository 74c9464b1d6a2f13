"""How good the world model is on its own families: floor, experts, collapse gates."""

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.evaluate.scores import finite
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.models import references
from evophys_lib.models.model import Make
from evophys_lib.physics.equations import equation_named
from evophys_lib.physics.splits import Split
from evophys_lib.scoring.forecasts import nrmse_curve
from evophys_lib.store import artifacts as store
from evophys_lib.store.tensors import Tensors, require
from evophys_lib.study import data, training
from evophys_lib.study.scene import Forecast, scene_of, truth_of
from evophys_lib.study.study import Study
from evophys_lib.worldmodel import collapse

NOWHERE = 0.0  # the Péclet number of models that are the same at all


def models(study: Study) -> dict[str, Make]:
    """What is scored at home: floor, persistence, θ₀ and every expert."""
    return {
        "floor": references.floor,
        "persistence": references.persistence,
        "base": references.base,
        **{
            family: partial(references.expert, family=family)
            for family in study.profile.families
        },
    }


def source_forecasts(study: Study, family: str) -> dict[str, Forecast]:
    """Test forecasts of `models` on one family, by name. Made if missing."""
    training.probe(study)
    made = {name: make(study, NOWHERE) for name, make in models(study).items()}
    path = study.folder / "forecasts" / f"source_{family}.safetensors"
    config = {"family": family, "horizon_steps": study.profile.horizon_steps}

    def make() -> Tensors:
        shown = scene_of(study, data.sources(study, Split.TEST)[family])
        told = {name: one.predict(shown) for name, one in made.items()}
        return {name: forecast.fields for name, forecast in told.items()}

    provenance = study.provenance(
        "source forecasts",
        config,
        data=data.make_sources(study, Split.TEST),
        probe=training.probe_path(study),
        **training.expert_paths(study),
    )
    tensors = require(store.obtain_tensors(path, provenance, make), made, path)
    return {name: Forecast(tensors[name]) for name in made}


def nrmse_by_step(
    study: Study, family: str, forecasts: dict[str, Forecast]
) -> dict[str, list[float]]:
    """nRMSE at each predictor step, for every forecast of a family."""
    truth, initial = source_truth(study, family)
    return {name: nrmse_curve(told, truth, initial) for name, told in forecasts.items()}


def source_truth(study: Study, family: str) -> tuple[np.ndarray, np.ndarray]:
    """True test fields at every predictor step (H, n, N), and frame 0 (n, N)."""
    return truth_of(study, data.sources(study, Split.TEST)[family])


def world_model_scores(study: Study) -> dict[str, Any]:
    """The `world_model` part of results.json."""
    scores: dict[str, Any] = {"probe_floor_nrmse": {}}
    for family in study.profile.families:
        curves = nrmse_by_step(study, family, source_forecasts(study, family))
        floor = float(np.sqrt(np.mean(np.square(curves["floor"]))))
        scores["probe_floor_nrmse"][family] = floor
        scores[family] = at_horizons(study, curves[family])
        for name in ("persistence", "base"):
            scores[f"{name}_{family}"] = at_horizons(study, curves[name])
    return scores | collapse_gates(study)


def at_horizons(study: Study, curve: list[float]) -> dict[str, float]:
    """nRMSE at the profile's horizons, of a curve over all steps."""
    return {f"nrmse_{h.name}": curve[h.step] for h in study.profile.horizons}


def source_fitness(study: Study, family: str) -> LatentFitness:
    """The latent error of rollouts on validation data of one family."""
    trajectories = data.sources(study, Split.VALIDATION)[family]
    latents = scene_of(study, trajectories).latents
    return LatentFitness(latents[0], latents[1:], trajectories.split)


def probe_floor(study: Study, peclet: float, floor: Forecast) -> float:
    """nRMSE of the target's encoded truth decoded, over all steps."""
    truth, initial = truth_of(study, data.test(study, peclet))
    decoded = floor.fields.numpy().reshape(-1, truth.shape[-1])
    return nrmse(decoded, truth.reshape(decoded.shape), initial)


def collapse_gates(study: Study) -> dict[str, Any]:
    """RankMe, the smallest spread of a latent number, linear probes for α, ν and m.

    Measured on the first context of the validation split; the linear probes are
    fitted on the training split, to the logarithm of what says how fast a family
    diffuses and to the mean that fields carry.
    """
    splits, families = (Split.TRAIN, Split.VALIDATION), study.profile.families
    sets = {split: data.sources(study, split) for split in splits}
    model = training.world_model(study)
    latents = {
        (split, family): model.encoder.windows(
            data.fields(sets[split][family], study.device), [0]
        )[0].cpu()
        for split in splits
        for family in families
    }
    both = torch.cat([latents[Split.VALIDATION, family] for family in families])

    def r2(seen: tuple[str, ...], values: Any) -> float | None:
        train, test = (
            (
                torch.cat([features(latents[split, f]) for f in seen]),
                torch.cat([torch.from_numpy(values(sets[split][f])) for f in seen]),
            )
            for split in splits
        )
        accuracy: float | None = finite(collapse.linear_probe_r2(train, test))
        return accuracy

    linear = {}
    for family in families:
        law = equation_named(family)
        name = law.physical[0]
        key = name if name not in linear else f"{family}_{name}"
        linear[key] = r2(
            (family,), lambda t, law=law: np.log(law.diffusion(t.parameters))
        )
    linear["mean"] = r2(families, lambda trajectories: trajectories.mean)
    return {
        "rankme": collapse.rankme(both, centred=False),
        "rankme_centred": collapse.rankme(both, centred=True),
        "rankme_fluctuation": collapse.rankme(
            both - both.mean(1, keepdim=True), centred=True
        ),
        "smallest_relative_std": collapse.smallest_std(both),
        "linear_probe_r2": linear,
    }


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
