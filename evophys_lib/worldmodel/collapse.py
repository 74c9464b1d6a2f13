"""Collapse gates: how much of its space a latent uses, and what it keeps."""

import torch
from torch import Tensor

RIDGE = 1e-2


def rankme(z: Tensor, *, centred: bool) -> float:
    """exp(−Σ p_i ln p_i), p_i = σ_i/Σσ: the effective rank of a latent.

    z: latents (B, S, D), taken as B·S rows; σ: singular values, of the rows about
    their mean if `centred`. From 1 (one direction) to D (all alike).
    Source: Garrido et al. 2023, RankMe (arXiv 2210.02885), eq. 1.
    """
    rows = z.flatten(0, -2).double()
    values = torch.linalg.svdvals(rows - rows.mean(0) if centred else rows)
    share = values / values.sum()
    return float(torch.exp(-torch.xlogy(share, share).sum()))


def smallest_std(z: Tensor) -> float:
    """min_d σ_d over rows and relative to the mean σ: zero where a number is dead."""
    spread = z.flatten(0, -2).std(0)
    return float(spread.min() / spread.mean())


def linear_probe_r2(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """R² on `test` of a ridge regression fitted on `train`.

    R² = 1 − mean (y − ŷ)² / Var y, the variance taken on `train`: 1 is perfect, 0
    is no better than the mean. Each argument is (features (n, F), y (n,)); y is the
    logarithm of α or ν, or the mean m.
    """
    features, target = (t.double() for t in train)
    mean, spread = features.mean(0), features.std(0) + 1e-12
    x = (features - mean) / spread
    gram = x.mT @ x / len(x)  # (F, F)
    ridge = RIDGE * torch.eye(len(gram)).to(gram)
    weight = torch.linalg.solve(gram + ridge, x.mT @ (target - target.mean()) / len(x))
    features, wanted = (t.double() for t in test)
    guess = (features - mean) / spread @ weight + target.mean()
    return float(1 - (wanted - guess).square().mean() / target.var(correction=0))
