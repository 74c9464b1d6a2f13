"""A small exact problem for the world model: decaying waves on 32 cells."""

from dataclasses import replace

import numpy as np
import torch

from evophys_lib.worldmodel.encoder import Encoder, EncoderConfig
from evophys_lib.worldmodel.predictor import Predictor, PredictorConfig
from evophys_lib.worldmodel.windows import WindowSampler

ENCODER = EncoderConfig(grid=32, context=3, patch=4, latent=12, width=16, blocks=1)
PREDICTOR = PredictorConfig(tokens=8, latent=12, width=16, blocks=1, stride=3)


def waves() -> torch.Tensor:
    """Forty fields u = e^{−a t} sin(2πkx + φ) of 30 frames: (40, 30, 32)."""
    rng = np.random.default_rng(0)
    x, t = (np.arange(32) + 0.5) / 32, np.arange(30) * 0.01
    k, phase = rng.integers(1, 3, 40), rng.uniform(0, 6, 40)
    rate = rng.uniform(1, 5, 40)
    wave = np.sin(2 * np.pi * k[:, None] * x + phase[:, None])
    decay = np.exp(-rate[:, None] * t)
    return torch.from_numpy(decay[:, :, None] * wave[:, None]).float()


def wave_sampler() -> WindowSampler:
    """Windows of the waves, of the shape that the models read."""
    return WindowSampler([waves()], ENCODER.context, PREDICTOR.stride)


def models(**changes: object) -> tuple[Encoder, Predictor]:
    """Encoder, with changes to its sizes, and predictor, always initialised alike."""
    torch.manual_seed(0)
    encoder = Encoder(replace(ENCODER, **changes))
    return encoder, Predictor(replace(PREDICTOR, latent=encoder.config.latent))


def generator(seed: int = 0) -> torch.Generator:
    """Random numbers of a test."""
    return torch.Generator().manual_seed(seed)
