"""Baselines that use both experts without evolution: soups and ensembles.

Random search and Sobol points at equal evaluations are the searches themselves with
another engine: `merge_in_parameter_space(..., engine=Uniform)`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from evophys_lib.worldmodel.rollout import Weights, stack


def soup(experts: Sequence[Weights]) -> Weights:
    """θ = (1/E) Σ_e θ_e, the uniform soup.

    Equals θ_0 + (1/E) Σ_e τ_e for whatever base. Source: Wortsman et al., Model
    soups, arXiv 2203.05482.
    """
    return {name: w.mean(0) for name, w in stack(experts).items()}


def ensemble_rollout(
    predictor: nn.Module, experts: Sequence[Weights], z0: Tensor, steps: int
) -> Tensor:
    """ẑ_{h+1} = (1/E) Σ_e P_{θ_e}(ẑ_h): the uniform output ensemble, fed back.

    It costs E predictors per step, where a merge costs one.

    Args:
        predictor: the architecture.
        experts: θ_1 … θ_E.
        z0: (B, S, D).
        steps: H.

    Returns:
        (H, B, S, D), the shape of `rollout`.
    """
    stacked, z, trajectory = stack(experts), z0, []
    for _ in range(steps):
        states = z.expand(len(experts), *z.shape)  # one state through all experts
        z = functional_call(predictor, stacked, (states,)).mean(0)  # (B, S, D)
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, B, S, D)


def weighted_ensemble_rollout(
    predictor: nn.Module,
    experts: Sequence[Weights],
    weights: Tensor,
    z0: Tensor,
    steps: int,
) -> Tensor:
    """ẑ_{h+1} = ẑ_h + Σ_e w_e (P_{θ_e}(ẑ_h) − ẑ_h): C weighted output ensembles.

    What is weighted is what an expert changes, so w is to outputs what λ is to
    parameters: 0 leaves the state, (1, 0) is the first expert, 1/E each the uniform
    ensemble, and weights need not add up to one. It costs E predictors per step.

    Args:
        predictor: the architecture.
        experts: θ_1 … θ_E.
        weights: w, (C, E).
        z0: (B, S, D).
        steps: H.

    Returns:
        (H, C, B, S, D), the shape of `rollout_population`.
    """
    count = len(weights)
    z, trajectory = z0.expand(count, *z0.shape), []
    shares = weights.to(z0).T[..., None, None, None]  # (E, C, 1, 1, 1)
    for _ in range(steps):
        states = z.flatten(0, 1)  # (C * B, S, D)
        changes = [functional_call(predictor, w, (states,)) - states for w in experts]
        z = z + sum(
            share * change.unflatten(0, (count, -1))
            for share, change in zip(shares, changes, strict=True)
        )
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, C, B, S, D)


def alternating_rollout(
    predictor: nn.Module, experts: Sequence[Weights], z0: Tensor, steps: int
) -> Tensor:
    """ẑ_{h+1} = P_{θ_e}(ẑ_h), e = h mod E: experts take turns, the first one first.

    Each step advances time by Δ frames, under one physics alone: E steps are a
    splitting in which every physics acts for 1/E of the time. Where physics shall add
    up, all of them act in each step: that is every E-th of E · H of these.

    Args:
        predictor: the architecture.
        experts: θ_1 … θ_E, in the order of their turns.
        z0: (B, S, D).
        steps: H, of one expert each.

    Returns:
        (H, B, S, D), the shape of `rollout`.
    """
    z, trajectory = z0, []
    for h in range(steps):
        z = functional_call(predictor, experts[h % len(experts)], (z,))
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, B, S, D)
