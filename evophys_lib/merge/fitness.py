"""Fitness of a rollout: normalised latent error on validation trajectories.

    f = (1/H) Σ_h  MSE_h / Var_h
    MSE_h = mean over b, s, d of (ẑ_h − z_h)²
    Var_h = mean over b, s, d of (z_h − mean_b z_h)²

Dividing by the target's variance at the same horizon gives early and late steps
equal weight although fields decay. f = 1 is what predicting the mean gives. A single
trajectory has no spread over b: its mean is taken over the tokens s instead. Lots of
trajectories at several Péclet numbers have a fitness each, and f is their mean: pooled,
the lot with the largest fields would decide.

This is the only door to the search, and it opens for the validation split only.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from evophys_lib.errors import ParameterError, SplitError
from evophys_lib.physics.grid import Array
from evophys_lib.physics.splits import Split


@dataclass(frozen=True, eq=False)
class LatentFitness:
    """f of rollouts against encoded validation trajectories; lower is better.

    Attributes:
        z0: latents at the start, (B, S, D), of B ≥ 1 trajectories.
        truth: encoded truth z_1 … z_H, (H, B, S, D).
        split: what the trajectories may be used for; must be VALIDATION.
        lots: G, equal parts of the trajectories, one after the other.

    Raises:
        SplitError: any other split. A search that sees test data proves nothing.
        ParameterError: shapes do not match, or trajectories do not divide.
    """

    z0: Tensor
    truth: Tensor
    split: Split
    lots: int = 1
    variance: Tensor = field(init=False, repr=False)  # Var_h, (H, G) float64

    def __post_init__(self) -> None:
        if self.split is not Split.VALIDATION:
            raise SplitError(
                f"split = {self.split!r} is not allowed: the search sees "
                "Split.VALIDATION only. Encode the validation split instead."
            )
        if self.truth.ndim != 4 or self.truth.shape[1:] != self.z0.shape:
            raise ParameterError(
                "truth",
                tuple(self.truth.shape),
                f"a tensor (H, B, S, D) over z0 of shape {tuple(self.z0.shape)}",
                "Encode the same trajectories for both.",
            )
        if not len(self.z0):
            raise ParameterError(
                "z0",
                tuple(self.z0.shape),
                "at least one trajectory",
                "Use more validation trajectories.",
            )
        if len(self.z0) % self.lots:
            raise ParameterError(
                "lots",
                self.lots,
                f"a divisor of the {len(self.z0)} trajectories",
                "Take equally many of each.",
            )
        truth = self.truth.unflatten(1, (self.lots, -1))  # (H, G, B/G, S, D)
        over = 2 if truth.shape[2] > 1 else 3  # trajectories, or the tokens of one
        centred = truth - truth.mean(over, keepdim=True)
        variance = centred.double().square().mean((2, 3, 4))
        object.__setattr__(self, "variance", variance)

    @property
    def steps(self) -> int:
        """H, the number of predictor steps that count."""
        return len(self.truth)

    def per_horizon(self, predicted: Tensor) -> Tensor:
        """MSE_h / Var_h of C models, the mean over lots.

        Args:
            predicted: (H, C, B, S, D).

        Returns:
            (C, H) float64, differentiable.
        """
        error = (predicted - self.truth[:, None]).square()
        apart = error.unflatten(2, (self.lots, -1))  # (H, C, G, B/G, S, D)
        mse = apart.mean((3, 4, 5), dtype=torch.float64)  # (H, C, G)
        ratio: Tensor = (mse / self.variance[:, None]).mean(2)
        return ratio.T  # (C, H)

    def residuals(self, predicted: Tensor) -> Tensor:
        """What f sums the squares of, apart: f = Σ_b |ρ_b|².

            ρ = (ẑ − z) / √(H B S D Var_h)

        Args:
            predicted: (H, C, B, S, D).

        Returns:
            (C, B, H·S·D), one row for each model and trajectory.
        """
        numbers = self.truth[0].numel() * self.steps
        unit = (self.variance * numbers).rsqrt().to(predicted)  # (H, G)
        own = unit.repeat_interleave(len(self.z0) // self.lots, 1)  # (H, B)
        scaled = (predicted - self.truth[:, None]) * own[:, None, :, None, None]
        return scaled.permute(1, 2, 0, 3, 4).flatten(2)  # (C, B, H * S * D)

    def __call__(self, predicted: Tensor) -> Array:
        """f of C models, (C,) float64; inf where a rollout is not finite."""
        value = self.per_horizon(predicted).mean(1).detach().cpu().numpy()
        return np.where(np.isfinite(value), value, np.inf)


def require_validation(fitness: object) -> None:
    """SplitError unless `fitness` was built from the validation split."""
    if not isinstance(fitness, LatentFitness):
        raise SplitError(
            f"fitness = {type(fitness).__name__} is not allowed: a search takes a "
            "LatentFitness, which only the validation split can build."
        )
