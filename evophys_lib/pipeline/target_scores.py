"""How every model does on advection–diffusion, which none was trained on."""

from collections.abc import Callable
from pathlib import Path as FilePath

import numpy as np
import torch
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate import metrics, oracles
from evophys_lib.evaluate.results import MODELS
from evophys_lib.merge.baselines import ensemble_rollout, soup
from evophys_lib.merge.data_flow import Path, run
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, forecasting, searching, training
from evophys_lib.pipeline.forecasting import Roll, Scene
from evophys_lib.pipeline.study import Study
from evophys_lib.pipeline.training import WorldModel
from evophys_lib.worldmodel.rollout import Weights

FLOOR = "floor"


def forecasts_path(study: Study, peclet: float) -> FilePath:
    """Where the forecasts at one Péclet number lie."""
    label = peclet_key(peclet)
    return study.folder / "forecasts" / f"target_pe{label}.safetensors"


def target_forecasts(study: Study, peclet: float) -> dict[str, Tensor]:
    """Test forecasts of every model of the contract at one Péclet number.

    By name, as `forecasting.forecast` returns them, and `floor`: the encoded truth
    decoded. This is the one place where the target's test split is read. Made if
    missing, together with the searches.
    """
    test = data.make_target(study, Split.TEST, peclet)
    return forecasts_of(
        study,
        peclet,
        forecasts_path(study, peclet),
        test,
        lambda: data.target(study, Split.TEST, peclet),
    )


def forecasts_of(
    study: Study,
    peclet: float,
    path: FilePath,
    simulated: FilePath,
    trajectories: Callable[[], Trajectories],
) -> dict[str, Tensor]:
    """Forecasts of trajectories whose record is `simulated`, stored at `path`."""
    searching.make_all(study, (peclet,))
    probe, _ = training.probe(study)
    model = training.world_model(study)

    def make() -> store.Tensors:
        shown = trajectories()
        scene = forecasting.scene(study, model, shown)
        return {
            FLOOR: forecasting.floor(scene, probe),
            **forecasting.persistence(scene),
            **forecasting.forecast(scene, probe, _rolls(study, model, peclet)),
            **_oracle_forecasts(model, scene, shown),
        }

    provenance = study.provenance(
        "target forecasts",
        {"peclet": peclet, "horizon_steps": study.profile.horizon_steps},
        data=simulated,
        probe=training.probe_path(study),
        **{m: searching.merge_path(study, m, peclet) for m in searching.METHODS},
    )
    forecasts = store.obtain_tensors(path, provenance, make)
    names = (FLOOR, *MODELS, *(f"{name}/latent" for name in MODELS))
    return store.require(forecasts, names, path)


def target_truth(study: Study, peclet: float) -> tuple[np.ndarray, np.ndarray]:
    """True test fields at the horizons (H, n, N), and frame 0 (n, N)."""
    return truth_of(study, data.target(study, Split.TEST, peclet))


def truth_of(study: Study, trajectories: Trajectories) -> tuple[np.ndarray, np.ndarray]:
    """The same of any trajectories."""
    truth = forecasting.truth_at_horizons(study, trajectories)
    return truth, trajectories.field[:, 0]


def model_scores(study: Study, peclet: float) -> dict[str, dict[str, float]]:
    """The `models` part of results.json at one Péclet number."""
    forecasts = target_forecasts(study, peclet)
    truth, initial = target_truth(study, peclet)
    scores = {}
    for name in MODELS:
        field, latent = forecasts[name].numpy(), forecasts[f"{name}/latent"]
        scores[name] = metrics.scores(
            predicted_t5=field[0],
            predicted_t50=field[-1],
            truth_t5=truth[0],
            truth_t50=truth[-1],
            initial=initial,
        ) | {
            "latent_nmse_t5": float(latent[0]),
            "latent_nmse_t50": float(latent[-1]),
        }
    return scores


def nrmse_by_horizon(study: Study, peclet: float) -> dict[str, list[float]]:
    """nRMSE at each predictor step, for every model and the floor."""
    forecasts = target_forecasts(study, peclet)
    return forecasting.nrmse_curves(forecasts, *target_truth(study, peclet))


def squared_errors(study: Study, peclet: float) -> dict[str, np.ndarray]:
    """Mean squared error of each test trajectory at t+50, (n,), by model."""
    forecasts = target_forecasts(study, peclet)
    truth, _ = target_truth(study, peclet)
    return {
        name: metrics.squared_errors(forecasts[name][-1].numpy(), truth[-1])
        for name in MODELS
    }


def probe_floor(study: Study, peclet: float) -> float:
    """nRMSE of the encoded truth decoded, over all horizons."""
    decoded = target_forecasts(study, peclet)[FLOOR].numpy()
    truth, initial = target_truth(study, peclet)
    flat = decoded.reshape(-1, decoded.shape[-1])
    return metrics.nrmse(flat, truth.reshape(flat.shape), initial)


def _rolls(study: Study, model: WorldModel, peclet: float) -> dict[str, Roll]:
    experts = training.experts(study)
    weights = {
        "base": model.base,
        **experts,
        "soup": soup(list(experts.values())),
        "ps": searching.ps(study, peclet).weights,
        "random_search": searching.random_search(study, peclet).weights,
    }
    rolls = {name: forecasting.by_weights(model, w) for name, w in weights.items()}
    rolls["ensemble"] = lambda z0, steps: ensemble_rollout(
        model.predictor, list(experts.values()), z0, steps
    )
    combined = searching.combined_models(study, peclet)
    rolls["dfs"] = by_path(model, experts, searching.dfs(study, peclet).path)
    rolls["ps_dfs"] = by_path(model, combined, searching.ps_dfs(study, peclet).path)
    return rolls


def by_path(model: WorldModel, models: dict[str, Weights], path: Path) -> Roll:
    """A layer sequence as something that can be scored."""
    return lambda z0, steps: run(model.predictor, models, [path], z0, steps)[:, 0]


def _oracle_forecasts(
    model: WorldModel, scene: Scene, trajectories: Trajectories
) -> dict[str, Tensor]:
    """The exact heat and Burgers solutions from the target's initial condition."""
    forecasts = {}
    for name, solve in (("heat", oracles.heat), ("burgers", oracles.burgers)):
        solved = solve(trajectories).astype(np.float32)
        field = torch.from_numpy(solved).to(scene.fields.device)
        context = model.encoder.config.context
        starts = [frame + 1 - context for frame in scene.frames]
        latents = model.encoder.windows(field, starts)
        errors = forecasting.latent_errors(latents, scene.latents[1:])
        forecasts[f"oracle_{name}"] = field[:, scene.frames].transpose(0, 1)
        forecasts[f"oracle_{name}/latent"] = errors
    return forecasts
