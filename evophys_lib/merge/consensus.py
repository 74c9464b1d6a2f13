"""Consensus: how weighted task vectors of several experts become one.

With δ_e = λ_e τ̃_e, entry by entry:

    γ = sign(Σ_e δ_e), a tie counts as +            (elect)
    A = {e : δ_e ≠ 0 and sign(δ_e) = γ}             (those that agree)

All functions take δ, (..., E, P), and λ, (..., E), and return (..., P).

Source: TIES, arXiv 2306.01708, Algorithm 1 (elect, disjoint merge). The paper
weights after merging by one λ; with one λ per expert the weights go in before the
election, as in mergekit, and for equal λ > 0 the two are the same.
"""

import torch
from torch import Tensor


def total(weighted: Tensor, coefficients: Tensor) -> Tensor:
    """Σ_e δ_e: task arithmetic (arXiv 2212.04089), no election."""
    return weighted.sum(-2)


def elect(weighted: Tensor) -> Tensor:
    """γ in {−1, +1}: the sign with the larger total mass, a tie counts as +.

    Args:
        weighted: δ, (..., E, P).

    Returns:
        (..., 1, P).
    """
    mass = weighted.sum(-2, keepdim=True)
    return torch.where(mass >= 0, 1.0, -1.0).to(weighted)


def agreeing(weighted: Tensor) -> Tensor:
    """Membership of A, boolean (..., E, P); zeros belong to nobody."""
    return weighted * elect(weighted) > 0


def disjoint_sum(weighted: Tensor, coefficients: Tensor) -> Tensor:
    """Σ_{e ∈ A} δ_e: the consensus of DARE-TIES, without normalisation.

    Dividing by the weights kept would cancel a factor common to all λ, and λ could
    not be read as a share of physics; hence the default of searches over λ.
    """
    return (weighted * agreeing(weighted)).sum(-2)


def disjoint_mean(weighted: Tensor, coefficients: Tensor) -> Tensor:
    """(1/|A|) Σ_{e ∈ A} δ_e: Algorithm 1; zero where A is empty."""
    members = agreeing(weighted)
    count = members.sum(-2).clamp_min(1)
    return (weighted * members).sum(-2) / count


def disjoint_weighted_mean(weighted: Tensor, coefficients: Tensor) -> Tensor:
    """Σ_{e ∈ A} δ_e / Σ_{e ∈ A} λ_e: what mergekit calls TIES (its `normalize`).

    Homogeneous of degree 0 in λ. Where the weights kept cancel to |Σ λ| < 1e-8,
    the divisor is 1; mergekit asks for exactly 0, which rounding can miss.
    """
    members = agreeing(weighted)
    kept = (coefficients[..., None] * members).sum(-2)
    divisor = torch.where(kept.abs() < 1e-8, torch.ones_like(kept), kept)
    return (weighted * members).sum(-2) / divisor
