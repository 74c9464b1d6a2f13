"""What models are scored on: trajectories as they see them, and what they say of them.

A forecast is a field at every predictor step; models that work in latent space roll out
there and are decoded by the one probe that all share.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from evophys_lib.evaluate.metrics import latent_nmse
from evophys_lib.physics.layout import Trajectories
from evophys_lib.store.memory import remembered
from evophys_lib.study import data, training
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.probe import Probe
from evophys_lib.worldmodel.rollout import Weights, rollout

Roll = Callable[[Tensor, int], Tensor]
"""(z0 (B, S, D), steps H) -> (H, B, S, D): a rollout in latent space."""


@dataclass(frozen=True)
class Scene:
    """Trajectories, encoded at the context and at every predictor step.

    fields (B, T, N), the context as it is seen and then the truth; latents
    (H + 1, B, S, D), what is encoded of them from the context on;
    now: the last frame of the context, from which horizons are counted; frames: the
    frame that each of the H predictor steps ends in.
    """

    trajectories: Trajectories
    encoder: Encoder
    probe: Probe
    fields: Tensor
    latents: Tensor
    now: int
    frames: list[int]

    @property
    def steps(self) -> int:
        """H."""
        return len(self.frames)

    @property
    def context(self) -> Tensor:
        """The frames that are seen before a forecast, (B, T', N)."""
        return self.fields[:, : self.now + 1]

    @property
    def truth(self) -> Tensor:
        """The true fields at the horizons, (H, B, N)."""
        return self.fields[:, self.frames].transpose(0, 1)

    def latent_errors(self, latents: Tensor) -> Tensor:
        """`latent_nmse` of (H, B, S, D) at each predictor step: (H,) float64."""
        pairs = zip(latents.cpu().numpy(), self.latents[1:].cpu().numpy(), strict=True)
        return torch.tensor([latent_nmse(*pair) for pair in pairs], dtype=torch.float64)


@dataclass(frozen=True)
class Forecast:
    """What a model says: fields (H, B, N), and latent errors (H,) if it has latents."""

    fields: Tensor
    latent: Tensor | None = None


Predict = Callable[[Scene], Forecast]


def scene(study: Study, peclet: float, kind: str = data.USUAL) -> Scene:
    """The target's test trajectories at one Péclet number, the usual or shifted ones.

    With `scoring.home`, the one place where a test split is read.
    """
    record, frames = data.make_test(study, peclet, kind), study.profile.encoder.context

    def shown() -> Trajectories:
        return study.target.seen(data.test(study, peclet, kind), frames)

    return _remembered(study, record, shown)


def scene_of(study: Study, trajectories: Trajectories) -> Scene:
    """Any trajectories."""
    model, (probe, _) = training.world_model(study), training.probe(study)
    fields = data.fields(trajectories, study.device)
    starts = [study.profile.stride * h for h in range(study.profile.horizon_steps + 1)]
    now = model.encoder.config.context - 1
    return Scene(
        trajectories=trajectories,
        encoder=model.encoder,
        probe=probe,
        fields=fields,
        latents=model.encoder.windows(fields, starts),
        now=now,
        frames=[now + start for start in starts[1:]],
    )


def by_rollout(roll: Roll) -> Predict:
    """Forecasts of what rolls out in latent space."""

    @torch.no_grad()
    def predict(scene: Scene) -> Forecast:
        latents = roll(scene.latents[0], scene.steps)
        return Forecast(scene.probe(latents), scene.latent_errors(latents))

    return predict


def by_weights(model: training.WorldModel, weights: Weights) -> Roll:
    """The rollout of one predictor."""
    return lambda z0, steps: rollout(model.predictor, weights, z0, steps)


@torch.no_grad()
def persistence(scene: Scene) -> Forecast:
    """Nothing changes after the last context frame."""
    still = scene.latents[:1].expand(scene.steps, -1, -1, -1)
    fields = scene.fields[:, scene.now].expand(scene.steps, -1, -1)
    return Forecast(fields, scene.latent_errors(still))


@torch.no_grad()
def floor(scene: Scene) -> Forecast:
    """What the probe makes of the encoded truth."""
    latents = scene.latents[1:]
    return Forecast(scene.probe(latents), scene.latent_errors(latents))


def truth_of(study: Study, trajectories: Trajectories) -> tuple[np.ndarray, np.ndarray]:
    """The fields that H predictor steps lead to (H, n, N), and frame 0 (n, N)."""
    now, stride = study.profile.encoder.context - 1, study.profile.stride
    frames = [now + stride * h for h in range(1, study.profile.horizon_steps + 1)]
    field = trajectories.field
    return field[:, frames].swapaxes(0, 1), field[:, 0]


def _remembered(
    study: Study, record: Path, trajectories: Callable[[], Trajectories]
) -> Scene:
    key = ("scene", record, study.profile.horizon_steps, study.device)
    files = record, training.world_model_path(study), training.probe_path(study)
    return remembered(key, files, lambda: scene_of(study, trajectories()))
