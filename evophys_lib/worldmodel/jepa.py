"""JEPA pretraining: predict the latent of the future, reconstruct nothing.

    loss = (κ/H) Σ_h ‖P^h(E(u_t)) − sg Ē(u_{t+hk})‖² / V  +  anchor

E is the encoder, Ē its exponential moving average (EMA), sg stops the gradient, P
the predictor; V is the variance of a fresh skip's latents, which makes the first
term a share. Without the anchor the constant map would be optimal: collapse.
Sources: Assran et al. 2023 (I-JEPA, arXiv 2301.08243), eq. 1; VICReg, Bardes et al.
2022 (arXiv 2105.04906), eqs. 1–4, whose target covariance is changed here.
"""

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.windows import WindowSampler


@dataclass(frozen=True)
class JEPAConfig:
    """How to pretrain.

    unroll H: predictor steps per sample; prediction_weight κ: of the first term;
    ema_start: the target encoder's decay at first, raised to 1 along a half cosine
    (0.99: a memory of a hundred steps).
    """

    training: TrainingConfig
    unroll: int = 2
    prediction_weight: float = 10.0
    ema_start: float = 0.99


def covariance_anchor(z: Tensor, reference: Tensor) -> Tensor:
    """Σ_d max(0, 1 − σ_d(z)/σ_d(r))/D + ‖C(z) − C(r)‖²/‖C(r)‖², C about ring means.

    VICReg asks for unit variance and no covariance, which amplifies the directions
    in which fields hardly differ until they count as much as the field itself. The
    anchor asks instead for the spread that an isometry of the field has: it forbids
    collapse and leaves the metric of the latent that of the field.

    z: latents (B, S, D); reference r: an isometric projection of the same windows,
    (B, S, D). σ_d over batch and ring; C: covariance of the deviation from each
    sample's mean over the ring.
    """
    spread, wanted = z.flatten(0, 1).std(0), reference.flatten(0, 1).std(0)
    hinge = F.relu(1 - spread / (wanted + 1e-6)).mean()
    c, c_wanted = _ring_covariance(z), _ring_covariance(reference)
    return hinge + (c - c_wanted).square().sum() / c_wanted.square().sum()


def _ring_covariance(z: Tensor) -> Tensor:
    deviation = (z - z.mean(1, keepdim=True)).flatten(0, 1)  # (B * S, D)
    return deviation.mT @ deviation / len(deviation)  # (D, D)


def update_average(average: nn.Module, module: nn.Module, decay: float) -> None:
    """θ̄ ← decay θ̄ + (1 − decay) θ, in place."""
    with torch.no_grad():
        torch._foreach_lerp_(
            list(average.parameters()), list(module.parameters()), 1 - decay
        )


def pretrain(
    encoder: Encoder,
    predictor: Predictor,
    sampler: WindowSampler,
    config: JEPAConfig,
    generator: torch.Generator,
) -> list[float]:
    """Train encoder and predictor in place; the losses are returned.

    Afterwards the encoder is frozen and the predictor is θ₀.
    """
    target = copy.deepcopy(encoder).requires_grad_(False)
    isometry = copy.deepcopy(encoder.skip).requires_grad_(False)
    training = config.training
    variance: list[Tensor] = []

    def loss_at(step: int) -> Tensor:
        windows = sampler.draw(training.batch, config.unroll, generator)
        z = encoder(windows[0])  # (B, S, D)
        with torch.no_grad():
            future = target(windows[1:].flatten(0, 1)).unflatten(0, (config.unroll, -1))
            reference = isometry(encoder.patches(windows[0]))
            if not variance:
                variance.append(_ring_covariance(reference).diagonal().mean())
        prediction, error = z, torch.zeros((), device=z.device)
        for wanted in future:
            prediction = predictor(prediction)
            error = error + (prediction - wanted).square().mean() / config.unroll
        anchor = covariance_anchor(z, reference)
        return config.prediction_weight * error / variance[0] + anchor

    def follow(step: int) -> None:
        remaining = 0.5 * (1 + math.cos(math.pi * step / training.steps))
        decay = 1 - (1 - config.ema_start) * remaining
        update_average(target, encoder, decay)

    trained = [*encoder.parameters(), *predictor.parameters()]
    losses = minimise(
        trained, training, loss_at, label="pretrain (JEPA)", after_step=follow
    )
    encoder.requires_grad_(False).eval()
    return losses
