"""What every training loop here shares: optimiser, schedule, clipping, progress."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from tqdm import tqdm

from evophys_lib.worldmodel.resuming import Journal, State, capture, restore


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

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        warm = min(1.0, (step + 1) / self.warmup)
        factor = warm * 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * factor


def minimise(
    parameters: Iterable[nn.Parameter],
    config: TrainingConfig,
    loss_at: Callable[[int], Tensor],
    *,
    label: str,
    after_step: Callable[[int], None] | None = None,
    state: State | None = None,
    journal: Journal | None = None,
) -> list[float]:
    """Minimise loss_at(step) by Adam; the losses, one per step, are returned.

    Adam: Kingma & Ba 2015, algorithm 1, with β = (0.9, 0.98): a shorter memory of
    squared gradients than usual, since runs are short. (Muon needs half the steps
    for the same error but, on CPUs without bfloat16 units, twice the time.)
    `after_step` is called when a step is taken, for an EMA update, say.

    With a `journal`, a training that was killed goes on where it was saved last, and
    ends with the same bytes. For that `state` must name whatever else `loss_at` and
    `after_step` read and change: tensors, changed in place, such as those of
    `module.state_dict(prefix="target.")`, and the generators drawn from.

    Raises FloatingPointError soon after the loss stops being finite, with the step and
    the losses before; nothing that came after is saved. ArtifactError if the journal is
    damaged or another training's.
    """
    trained = list(parameters)
    fused = not any(p.is_complex() for p in trained)  # torch fuses real numbers only
    optimiser = torch.optim.Adam(
        trained, lr=config.learning_rate, betas=(0.9, 0.98), fused=fused
    )
    changing = {} if state is None else state
    losses = [] if journal is None else restore(journal, optimiser, changing)
    with tqdm(
        total=config.steps, initial=len(losses), desc=label, unit="step",
        mininterval=0.5,
    ) as bar:  # fmt: skip
        for step in range(len(losses), config.steps):
            for group in optimiser.param_groups:
                group["lr"] = config.rate(step)
            loss = loss_at(step)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(trained, config.clip)
            optimiser.step()
            if after_step is not None:
                after_step(step)
            losses.append(loss.detach())
            if journal is not None and journal.due():
                _require_finite(losses, label, config)
                journal.save(capture(optimiser, losses, changing))
            bar.update()
            if step % 50 == 49:
                _require_finite(losses, label, config)
                bar.set_postfix(loss=f"{loss.item():.2e}", refresh=False)
    return _require_finite(losses, label, config)


def _require_finite(
    losses: list[Tensor], label: str, config: TrainingConfig
) -> list[float]:
    """The losses so far, or FloatingPointError with the step, the curve and advice."""
    values: list[float] = torch.stack(losses).tolist()
    first = next((i for i, v in enumerate(values) if not math.isfinite(v)), None)
    if first is None:
        return values
    curve = ", ".join(
        f"{values[i]:.3g}" for i in sorted({first * k // 8 for k in range(8)} - {first})
    )
    raise FloatingPointError(
        f"{label}: the loss is not finite at step {first} (before, in equal parts: "
        f"{curve or 'nothing'}); lower the learning rate (now "
        f"{config.learning_rate:g}), or clip at a smaller norm (now {config.clip:g})."
    )
