"""Models that need no choice: persistence, θ₀, experts and their means, oracles."""

from functools import partial

import numpy as np
import torch

from evophys_lib.evaluate import oracles
from evophys_lib.merge.ensembles import ensemble_rollout, soup
from evophys_lib.models.model import Forecaster
from evophys_lib.study import scene, training
from evophys_lib.study.scene import Forecast, Scene, by_rollout, by_weights
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.rollout import Weights


def persistence(study: Study, peclet: float) -> Forecaster:
    """Nothing changes after the last context frame."""
    del study, peclet
    return Forecaster(scene.persistence)


def floor(study: Study, peclet: float) -> Forecaster:
    """The encoded truth, decoded: what the probe leaves of any forecast."""
    del study, peclet
    return Forecaster(scene.floor)


def base(study: Study, peclet: float) -> Forecaster:
    """θ₀, the pretrained predictor."""
    del peclet
    return _of(study, training.world_model(study).base)


def expert(study: Study, peclet: float, *, family: str) -> Forecaster:
    """The expert of a family."""
    del peclet
    return _of(study, training.expert(study, family).weights)


def uniform_soup(study: Study, peclet: float) -> Forecaster:
    """The mean of all experts' weights."""
    del peclet
    return _of(study, soup(list(training.experts(study).values())))


def ensemble(study: Study, peclet: float) -> Forecaster:
    """The mean of all experts' outputs, at every step."""
    del peclet
    predictor = training.world_model(study).predictor
    experts = list(training.experts(study).values())
    return Forecaster(by_rollout(partial(ensemble_rollout, predictor, experts)))


def oracle(study: Study, peclet: float, *, family: str) -> Forecaster:
    """The exact solution of a family's equation from the target's first frame."""
    del study, peclet

    def predict(shown: Scene) -> Forecast:
        solved = oracles.solve(family, shown.trajectories).astype(np.float32)
        field = torch.from_numpy(solved).to(shown.fields.device)
        context = shown.encoder.config.context
        starts = [frame + 1 - context for frame in shown.frames]
        latents = shown.encoder.windows(field, starts)
        return Forecast(
            field[:, shown.frames].transpose(0, 1), shown.latent_errors(latents)
        )

    return Forecaster(predict)


def _of(study: Study, weights: Weights) -> Forecaster:
    roll = by_weights(training.world_model(study), weights)
    return Forecaster(by_rollout(roll), weights=weights)
