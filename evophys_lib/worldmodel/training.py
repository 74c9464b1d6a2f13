"""What every training loop here shares: optimiser, schedule, clipping, progress."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

SMALLEST_MATRIX = 16
"""Below this many rows or columns a tensor is a table, such as attention biases."""


@dataclass(frozen=True)
class TrainingConfig:
    """How long and how fast to train.

    steps; batch: windows per step; learning_rate: peak, reached after `warmup` steps
    and taken to zero along a half cosine; clip: largest norm of the gradient; muon:
    whether matrices are trained by Muon (twice the learning rate) in place of Adam.
    """

    steps: int
    batch: int = 64
    learning_rate: float = 1e-3
    warmup: int = 50
    clip: float = 1.0
    muon: bool = True


def minimise(
    parameters: Iterable[nn.Parameter],
    config: TrainingConfig,
    loss_at: Callable[[int], Tensor],
    *,
    label: str,
    after_step: Callable[[int], None] | None = None,
) -> list[float]:
    """Minimise loss_at(step); the losses, one per step, are returned.

    `after_step` is called when a step is taken (an EMA update, say). Raises
    FloatingPointError if the loss stops being finite.
    """
    trained = list(parameters)
    optimisers = _optimisers(trained, config)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, _warm_cosine(config))
        for optimiser in optimisers
    ]
    losses: list[Tensor] = []
    with tqdm(total=config.steps, desc=label, unit="step", mininterval=0.5) as bar:
        for step in range(config.steps):
            loss = loss_at(step)
            for parameter in trained:
                parameter.grad = None
            loss.backward()
            nn.utils.clip_grad_norm_(trained, config.clip)
            for optimiser, schedule in zip(optimisers, schedules, strict=True):
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


def _optimisers(
    trained: list[nn.Parameter], config: TrainingConfig
) -> list[torch.optim.Optimizer]:
    """Muon for matrices, Adam for the rest.

    Adam: Kingma & Ba 2015, algorithm 1, with β = (0.9, 0.98), a shorter memory of
    squared gradients than usual, since runs are short. Muon: Jordan et al. 2024,
    orthogonalised momentum; at equal steps it halved the error of a ten-step
    rollout.
    """
    matrices = [p for p in trained if config.muon and _is_matrix(p)]
    others = [p for p in trained if not (config.muon and _is_matrix(p))]
    rate = config.learning_rate
    optimisers: list[torch.optim.Optimizer] = []
    if others:
        optimisers += [torch.optim.Adam(others, lr=rate, betas=(0.9, 0.98), fused=True)]
    if matrices:
        muon = torch.optim.Muon(
            matrices, lr=2 * rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        )
        optimisers += [muon]
    return optimisers


def _is_matrix(parameter: nn.Parameter) -> bool:
    return parameter.ndim == 2 and min(parameter.shape) >= SMALLEST_MATRIX


def _warm_cosine(config: TrainingConfig) -> Callable[[int], float]:
    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / config.warmup)
        return warm * 0.5 * (1 + math.cos(math.pi * step / config.steps))

    return factor
