"""Fine-tuning: from θ₀ to the expert of one equation, on ever longer unrolls.

    loss = (1/H) Σ_{h=1..H} ‖P_θ^h(z_t) − z_{t+hk}‖²,  z = E(u), E frozen

One-step training alone lets the error of a rollout explode, since the model never
sees its own output as input; H therefore grows along `unrolls`.
"""

import copy
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from evophys_lib.worldmodel.averaging import update_average
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.resuming import Journal
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.unrolling import unrolled_error
from evophys_lib.worldmodel.windows import WindowSampler

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class FinetuneConfig:
    """How to fine-tune.

    unrolls: values of H, each for an equal part of the steps; averaging: decay of
    the average over steps that becomes the expert (0: the last weights);
    push_forward: whether each error trains only the step that made it.
    """

    training: TrainingConfig
    unrolls: tuple[int, ...] = (1, 3, 6, 10)
    averaging: float = 0.0
    push_forward: bool = False

    def unroll_at(self, step: int) -> int:
        """H at a step."""
        return self.unrolls[step * len(self.unrolls) // self.training.steps]


def finetune(
    base: Predictor,
    encoder: Encoder,
    sampler: WindowSampler,
    config: FinetuneConfig,
    generator: torch.Generator,
    *,
    label: str,
    journal: Journal | None = None,
) -> tuple[Predictor, list[float]]:
    """The expert and its losses; `base` is left as it is.

    `embed` is frozen: task vectors are then zero there, and layers of different
    experts read the same input. With a journal, a run that was killed goes on, if it
    starts from the same base and generator.
    """
    expert = copy.deepcopy(base).requires_grad_(True)
    expert.embed.requires_grad_(False)
    return tune(
        expert, encoder, sampler, config, generator, label=label, journal=journal
    )


def tune(
    network: Network,
    encoder: Encoder,
    sampler: WindowSampler,
    config: FinetuneConfig,
    generator: torch.Generator,
    *,
    label: str,
    journal: Journal | None = None,
) -> tuple[Network, list[float]]:
    """Fine-tune whatever of a network requires a gradient, in place.

    network: z (B, S, D) → ẑ (B, S, D). The average over steps is returned, with the
    losses; journal: as of `finetune`.
    """
    average = copy.deepcopy(network)
    training = config.training

    def loss_at(step: int) -> Tensor:
        unroll = config.unroll_at(step)
        windows = sampler.draw(training.batch, unroll, generator)
        with torch.no_grad():
            latents = encoder(windows.flatten(0, 1)).unflatten(0, (unroll + 1, -1))
        with parametrize.cached():  # weights that follow from others: once, not H times
            return unrolled_error(
                network, latents[0], latents[1:], push_forward=config.push_forward
            )

    trained = [p for p in network.parameters() if p.requires_grad]
    losses = minimise(
        trained,
        training,
        loss_at,
        label=label,
        after_step=lambda _: update_average(average, network, config.averaging),
        state={"windows": generator} | average.state_dict(prefix="average."),
        journal=journal,
    )
    return average.requires_grad_(False).eval(), losses
