"""Roll a predictor out in latent space, for one model or for a population.

    ẑ_0 = z_0,   ẑ_{h+1} = P_θ(ẑ_h),   h = 0 … H−1

The weights θ travel apart from the module, as a dictionary. So a merged model is
just another dictionary, and C models are one dictionary of stacked tensors that
passes through the network at once (`stackable`).

Nothing here switches autograd off: λ can be learned by differentiating through a
rollout. Searches that need no gradient wrap their calls in `torch.no_grad()`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

Weights = dict[str, Tensor]
"""Parameters of a predictor by name; stacked ones carry a leading axis C."""


def weights_of(module: nn.Module) -> Weights:
    """The parameters θ of a module, as an independent copy without gradient."""
    return {name: p.detach().clone() for name, p in module.named_parameters()}


def stack(models: Sequence[Weights]) -> Weights:
    """C models as one dictionary: every tensor gains a leading axis C."""
    return {name: torch.stack([w[name] for w in models]) for name in models[0]}


def unstack(stacked: Weights) -> list[Weights]:
    """The C models of a stacked dictionary; the inverse of `stack`."""
    count = len(next(iter(stacked.values())))
    return [{name: w[c] for name, w in stacked.items()} for c in range(count)]


def rollout(predictor: nn.Module, weights: Weights, z0: Tensor, steps: int) -> Tensor:
    """ẑ_1 … ẑ_H of one model.

    Args:
        predictor: the network P; its own parameters are not used.
        weights: θ.
        z0: z_0, latents at the start, (B, S, D).
        steps: H, the number of predictor steps.

    Returns:
        (H, B, S, D); z_0 itself is not repeated.
    """
    z, trajectory = z0, []
    for _ in range(steps):
        z = functional_call(predictor, weights, (z,))
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, B, S, D)


def rollout_each(
    predictor: nn.Module, stacked: Weights, z0: Tensor, steps: int
) -> Tensor:
    """ẑ_1 … ẑ_H of B trajectories, trajectory b by model b.

    Args:
        predictor: the network P.
        stacked: θ_1 … θ_B, every tensor with a leading axis B.
        z0: z_0, (B, S, D).
        steps: H.

    Returns:
        (H, B, S, D).
    """
    rolled = rollout(predictor, stacked, z0[:, None], steps)
    return rolled[:, :, 0]  # (H, B, 1, S, D) -> (H, B, S, D)


def rollout_population(
    predictor: nn.Module, stacked: Weights, z0: Tensor, steps: int
) -> Tensor:
    """ẑ_1 … ẑ_H of C models in one pass.

    Args:
        predictor: the network P.
        stacked: θ_1 … θ_C, every tensor with a leading axis C.
        z0: z_0, (B, S, D), the same for all models.
        steps: H.

    Returns:
        (H, C, B, S, D); entry [:, c] is `rollout` of model c.
    """
    population = len(next(iter(stacked.values())))
    return rollout(predictor, stacked, z0.expand(population, *z0.shape), steps)
