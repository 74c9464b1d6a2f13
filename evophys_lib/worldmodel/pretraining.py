"""Pretraining: one loop, three ways of getting an encoder, and θ₀ with each.

JEPA trains the encoder by what it predicts. Two other ways, at equal steps, show
what that is worth; in both the predictor learns on latents that its loss cannot
change:

    autoencoder:  ‖D(E(u)) − p‖²/V + (κ/H) Σ_h ‖P^h(sg E(u_t)) − sg E(u_{t+hk})‖²/V
    random:       (κ/H) Σ_h ‖P^h(E₀(u_t)) − E₀(u_{t+hk})‖²/V,   E₀ as initialised

p: patches of the window; D: a decoder that is thrown away; V: variance of p.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from evophys_lib.worldmodel.anchors import field_variance
from evophys_lib.worldmodel.collapse import rankme
from evophys_lib.worldmodel.encoder import Encoder, EncoderConfig
from evophys_lib.worldmodel.jepa import JEPA, JEPAConfig, Objective, Pretext
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.resuming import Journal
from evophys_lib.worldmodel.training import minimise
from evophys_lib.worldmodel.unrolling import unrolled_error
from evophys_lib.worldmodel.windows import WindowSampler

TRACED = 20  # times that RankMe is taken while training: every 5 % of the steps
TRACE_BATCH = 256


@dataclass(frozen=True)
class Pretraining:
    """How pretraining went.

    losses: one per step; rankme: (step, RankMe of the fluctuation) before training
    and every 5 % of it, on one batch of training windows.
    """

    losses: list[float]
    rankme: list[tuple[int, float]]


def mirrored(config: EncoderConfig) -> EncoderConfig:
    """Sizes of the decoder: an encoder that reads latents and returns patches.

    It takes S cells of D "frames", one cell per token: latents as (B, D, S).
    """
    return replace(
        config,
        grid=config.tokens,
        patch=1,
        context=config.latent,
        latent=config.patch_size,
    )


class Autoencoder(Pretext):
    """Reconstruction for the encoder; prediction for the predictor alone."""

    def __init__(
        self,
        encoder: Encoder,
        predictor: Predictor,
        config: JEPAConfig,
        generator: Generator,
    ) -> None:
        super().__init__(encoder, predictor, config)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator.initial_seed())
            self.decoder = Encoder(mirrored(encoder.config))
        self.decoder.to(encoder.out.weight.device)

    def forward(self, windows: Tensor) -> Tensor:
        p = self.encoder.patches(windows[0])  # (B, S, patch * context)
        z = self.encoder(windows[0])
        wrong: Tensor = (self.decoder(z.mT) - p).square().mean()
        error = detached_error(self.encoder, self.predictor, windows)
        return (wrong + self.config.prediction_weight * error) / field_variance(p)


class Frozen(Pretext):
    """Prediction for the predictor; the encoder stays as it was initialised."""

    def __init__(
        self,
        encoder: Encoder,
        predictor: Predictor,
        config: JEPAConfig,
        generator: Generator,
    ) -> None:
        del generator  # nothing is drawn
        super().__init__(encoder.requires_grad_(False), predictor, config)

    def forward(self, windows: Tensor) -> Tensor:
        error = detached_error(self.encoder, self.predictor, windows)
        p = self.encoder.patches(windows[0])
        return self.config.prediction_weight * error / field_variance(p)


OBJECTIVES: dict[
    Objective, Callable[[Encoder, Predictor, JEPAConfig, Generator], Pretext]
] = {
    Objective.JEPA: JEPA,
    Objective.AUTOENCODER: Autoencoder,
    Objective.RANDOM: Frozen,
}


def detached_error(encoder: Encoder, predictor: Predictor, windows: Tensor) -> Tensor:
    """`unrolled_error` on latents that carry no gradient to the encoder."""
    with torch.no_grad():
        latents = encoder(windows.flatten(0, 1)).unflatten(0, (len(windows), -1))
    return unrolled_error(predictor, latents[0], latents[1:])


def pretrain(
    encoder: Encoder,
    predictor: Predictor,
    sampler: WindowSampler,
    config: JEPAConfig,
    generator: Generator,
    journal: Journal | None = None,
) -> Pretraining:
    """Train encoder and predictor in place.

    Afterwards the encoder is frozen and the predictor is θ₀. With a journal, a run
    that was killed goes on, if it starts from the same models and generator.
    """
    training = config.training
    watched = sampler.draw(TRACE_BATCH, 0, _copy(generator))[0]
    objective = OBJECTIVES[config.objective](encoder, predictor, config, generator)
    marks = sorted({round(i * training.steps / TRACED) for i in range(TRACED + 1)})
    ranks = torch.full((len(marks),), torch.nan, dtype=torch.float64)

    def watch(taken: int) -> None:
        if taken in marks:
            ranks[marks.index(taken)] = fluctuation_rank(encoder, watched)

    def loss_at(step: int) -> Tensor:
        windows = sampler.draw(training.batch, config.unroll, generator)
        loss: Tensor = objective(windows)
        return loss

    def after_step(step: int) -> None:
        objective.after_step(step)
        watch(step + 1)

    watch(0)
    tensors = objective.state_dict(keep_vars=True)
    carried = {name: t for name, t in tensors.items() if not t.requires_grad}
    losses = minimise(
        [p for p in objective.parameters() if p.requires_grad],
        training,
        loss_at,
        label=f"pretrain ({config.objective.value})",
        after_step=after_step,
        state={"windows": generator, "ranks": ranks, **carried},
        journal=journal,
    )
    encoder.requires_grad_(False).eval()
    return Pretraining(losses, list(zip(marks, ranks.tolist(), strict=True)))


@torch.no_grad()
def fluctuation_rank(encoder: Encoder, windows: Tensor) -> float:
    """RankMe of the latents about each sample's mean over the ring."""
    z = encoder(windows).cpu()
    return rankme(z - z.mean(1, keepdim=True), centred=True)


def _copy(generator: Generator) -> Generator:
    copied = Generator()
    copied.set_state(generator.get_state())
    return copied
