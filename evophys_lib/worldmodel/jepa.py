"""JEPA pretraining: predict the latent of the future, reconstruct nothing.

    loss = (κ/H) Σ_h ‖P^h(E(u_t)) − sg Ē(u_{t+hk})‖² / V  +  anchor

E is the encoder, Ē its exponential moving average (EMA), sg stops the gradient, P
the predictor; V is the variance that the anchor holds latents at, which makes the
first term a share. Without the anchor the constant map would be optimal: collapse.
Sources: Assran et al. 2023 (I-JEPA, arXiv 2301.08243), eq. 1; the form of the loss,
VICReg, Bardes et al. 2022 (arXiv 2105.04906), eq. 6.
"""

import copy
import math
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Generator, Tensor, nn

from evophys_lib.worldmodel.anchors import ANCHORS, Anchor
from evophys_lib.worldmodel.averaging import update_average
from evophys_lib.worldmodel.encoder import Encoder, isometry
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.training import TrainingConfig
from evophys_lib.worldmodel.unrolling import unrolled_error


class Objective(Enum):
    """How the encoder comes by its weights; see `pretraining`."""

    JEPA = "jepa"
    AUTOENCODER = "autoencoder"
    RANDOM = "random"


@dataclass(frozen=True)
class JEPAConfig:
    """How to pretrain.

    unroll H: predictor steps per sample; prediction_weight κ: of the first term;
    ema_start: the target encoder's decay at first, raised to 1 along a half cosine
    (0.99: a memory of a hundred steps); ema: without it Ē is E itself; anchor: what
    holds the latent open; objective: what trains the encoder.
    """

    training: TrainingConfig
    unroll: int = 2
    prediction_weight: float = 10.0
    ema_start: float = 0.99
    ema: bool = True
    anchor: Anchor = Anchor.COVARIANCE
    objective: Objective = Objective.JEPA

    def decay_at(self, step: int) -> float:
        """The decay of Ē after a step; 0 without EMA."""
        if not self.ema:
            return 0.0
        remaining = 0.5 * (1 + math.cos(math.pi * step / self.training.steps))
        return 1 - (1 - self.ema_start) * remaining


class Pretext(nn.Module):
    """The loss of a batch, with what it carries from step to step.

    forward: windows (H + 1, B, context, N) → scalar.
    """

    def __init__(
        self, encoder: Encoder, predictor: Predictor, config: JEPAConfig
    ) -> None:
        super().__init__()
        self.encoder, self.predictor, self.config = encoder, predictor, config

    def after_step(self, step: int) -> None:
        """What follows the weights; nothing unless a loss says so."""


class JEPA(Pretext):
    """Prediction for both, and an anchor; carries Ē, Q and V."""

    reference: Tensor  # Q, (D, patch * context)
    variance: Tensor  # V

    def __init__(
        self,
        encoder: Encoder,
        predictor: Predictor,
        config: JEPAConfig,
        generator: Generator,
    ) -> None:
        super().__init__(encoder, predictor, config)
        self.generator = generator
        self.anchor = ANCHORS[config.anchor]
        self.target = copy.deepcopy(encoder).requires_grad_(False)
        if encoder.config.skip:
            q = encoder.skip.weight.detach().clone()
        else:
            q = isometry(encoder.config, generator).to(encoder.out.weight.device)
        self.register_buffer("reference", q)
        self.register_buffer("variance", torch.zeros((), device=q.device))

    def forward(self, windows: Tensor) -> Tensor:
        c, steps = self.config, len(windows) - 1
        z = self.encoder(windows[0])  # (B, S, D)
        with torch.no_grad():
            future = self.target(windows[1:].flatten(0, 1)).unflatten(0, (steps, -1))
            reference = self.encoder.patches(windows[0]) @ self.reference.mT
            if self.variance == 0:  # of the first batch, for good
                self.variance.copy_(self.anchor.variance(reference))
        error = unrolled_error(self.predictor, z, future)
        anchor = self.anchor.penalty(z, reference, self.generator)
        return c.prediction_weight * error / self.variance + anchor

    def after_step(self, step: int) -> None:
        """Let Ē follow E."""
        update_average(self.target, self.encoder, self.config.decay_at(step))
