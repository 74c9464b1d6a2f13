"""Baselines that use both experts without evolution.

Random search and Sobol points at equal evaluations are the searches themselves with
another engine: `merge_in_parameter_space(..., engine=Uniform)`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

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
    step = vmap(
        lambda w, z: functional_call(predictor, w, (z,)), in_dims=(0, None)
    )  # one state through all experts
    stacked, z, trajectory = stack(experts), z0, []
    for _ in range(steps):
        z = step(stacked, z).mean(0)  # (E, B, S, D) -> (B, S, D)
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, B, S, D)
