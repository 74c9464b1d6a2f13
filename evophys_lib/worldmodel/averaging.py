"""Exponential averages of weights over training."""

import torch
from torch import nn


def update_average(average: nn.Module, module: nn.Module, decay: float) -> None:
    """θ̄ ← decay θ̄ + (1 − decay) θ, in place; decay 0 copies the module."""
    with torch.no_grad():
        torch._foreach_lerp_(
            list(average.parameters()), list(module.parameters()), 1 - decay
        )
