"""What every model predicts on test data: latent rollouts, decoded by one probe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from evophys_lib.evaluate.metrics import latent_nmse, nrmse
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.pipeline import data
from evophys_lib.pipeline.study import Study
from evophys_lib.pipeline.training import WorldModel
from evophys_lib.worldmodel.probe import Probe
from evophys_lib.worldmodel.rollout import Weights, rollout

Roll = Callable[[Tensor, int], Tensor]
"""(z0 (B, S, D), steps H) -> (H, B, S, D): anything that can be scored."""


@dataclass(frozen=True)
class Scene:
    """Test trajectories as the models see them.

    fields (B, T, N); latents (H + 1, B, S, D), encoded truth from the context on;
    now: the last frame of the context, from which horizons are counted; frames: the
    frame that each of the H predictor steps ends in.
    """

    fields: Tensor
    latents: Tensor
    now: int
    frames: list[int]

    @property
    def truth(self) -> Tensor:
        """The true fields at the horizons, (H, B, N)."""
        return self.fields[:, self.frames].transpose(0, 1)


def scene(study: Study, model: WorldModel, trajectories: Trajectories) -> Scene:
    """Encode test trajectories at the context and at every predictor step."""
    fields = data.fields(trajectories, study.device)
    stride, steps = model.predictor.config.stride, study.profile.horizon_steps
    starts = [stride * h for h in range(steps + 1)]
    now = model.encoder.config.context - 1
    return Scene(
        fields=fields,
        latents=model.encoder.windows(fields, starts),
        now=now,
        frames=[now + start for start in starts[1:]],
    )


def by_weights(model: WorldModel, weights: Weights) -> Roll:
    """A predictor with the given weights as something that can be scored."""
    return lambda z0, steps: rollout(model.predictor, weights, z0, steps)


@torch.no_grad()
def forecast(
    scene: Scene, probe: Probe, rolls: Mapping[str, Roll]
) -> dict[str, Tensor]:
    """Fields and latent errors of several models.

    Returns by name: `<model>` (H, B, N), decoded, and `<model>/latent` (H,), the
    latent MSE over the target's variance.
    """
    forecasts = {}
    for name, roll in rolls.items():
        latents = roll(scene.latents[0], len(scene.frames))
        forecasts[name] = probe(latents)
        forecasts[f"{name}/latent"] = latent_errors(latents, scene.latents[1:])
    return forecasts


def latent_errors(predicted: Tensor, truth: Tensor) -> Tensor:
    """`latent_nmse` at each horizon: (H, B, S, D) twice → (H,) float64."""
    pairs = zip(predicted.cpu().numpy(), truth.cpu().numpy(), strict=True)
    return torch.tensor([latent_nmse(*pair) for pair in pairs], dtype=torch.float64)


@torch.no_grad()
def persistence(scene: Scene) -> dict[str, Tensor]:
    """The forecast that nothing changes after the last context frame."""
    steps = len(scene.frames)
    still = scene.latents[:1].expand(steps, -1, -1, -1)
    return {
        "persistence": scene.fields[:, scene.now].expand(steps, -1, -1),
        "persistence/latent": latent_errors(still, scene.latents[1:]),
    }


@torch.no_grad()
def floor(scene: Scene, probe: Probe) -> Tensor:
    """What the probe makes of the encoded truth: (H, B, N)."""
    return probe(scene.latents[1:])


def truth_at_horizons(study: Study, trajectories: Trajectories) -> np.ndarray:
    """The fields that H predictor steps lead to: (H, n, N)."""
    now = study.profile.encoder.context - 1
    stride, steps = study.profile.predictor.stride, study.profile.horizon_steps
    frames = [now + stride * h for h in range(1, steps + 1)]
    return trajectories.field[:, frames].swapaxes(0, 1)


def nrmse_curves(
    forecasts: Mapping[str, Tensor], truth: np.ndarray, initial: np.ndarray
) -> dict[str, list[float]]:
    """nRMSE at each horizon, for every forecast field.

    forecasts: (H, n, N) by name, latent errors beside them are left out; truth
    (H, n, N); initial (n, N): frame 0, whose variance is the unit.
    """
    return {
        name: [
            nrmse(predicted.numpy(), true, initial)
            for predicted, true in zip(field, truth, strict=True)
        ]
        for name, field in forecasts.items()
        if not name.endswith("/latent")
    }
