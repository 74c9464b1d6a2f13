"""What every training loop here shares: optimiser, schedule, clipping, progress."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from tqdm import tqdm


@dataclass(frozen=True)
class TrainingConfig:
    """How long and how fast to train.

    steps; batch: windows per step; learning_rate: peak, reached after `warmup` steps
    and taken to zero along a half cosine; clip: largest norm of the gradient.
    """

    steps: int
    batch: int = 64
    learning_rate: float = 1e-3
    warmup: int = 50
    clip: float = 1.0


def minimise(
    parameters: Iterable[nn.Parameter],
    config: TrainingConfig,
    loss_at: Callable[[int], Tensor],
    *,
    label: str,
    after_step: Callable[[int], None] | None = None,
) -> list[float]:
    """Minimise loss_at(step) by Adam; the losses, one per step, are returned.

    Adam: Kingma & Ba 2015, algorithm 1, with β = (0.9, 0.98): a shorter memory of
    squared gradients than usual, since runs are short. (Muon needs half the steps
    for the same error but, on CPUs without bfloat16 units, twice the time.)
    `after_step` is called when a step is taken, for an EMA update, say. Raises
    FloatingPointError if the loss stops being finite.
    """
    trained = list(parameters)
    optimiser = torch.optim.Adam(
        trained, lr=config.learning_rate, betas=(0.9, 0.98), fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _warm_cosine(config))
    losses: list[Tensor] = []
    with tqdm(total=config.steps, desc=label, unit="step", mininterval=0.5) as bar:
        for step in range(config.steps):
            loss = loss_at(step)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(trained, config.clip)
            optimiser.step()
            schedule.step()
            if after_step is not None:
                after_step(step)
            losses.append(loss.detach())
            bar.update()
            if step % 50 == 49:
                bar.set_postfix(loss=f"{loss.item():.2e}", refresh=False)
    values = torch.stack(losses).cpu()
    if not values.isfinite().all():
        first = int(values.isfinite().logical_not().nonzero()[0, 0])
        raise FloatingPointError(
            f"{label}: the loss is not finite at step {first}; lower the learning "
            f"rate (now {config.learning_rate:g})."
        )
    return values.tolist()


def _warm_cosine(config: TrainingConfig) -> Callable[[int], float]:
    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / config.warmup)
        return warm * 0.5 * (1 + math.cos(math.pi * step / config.steps))

    return factor
