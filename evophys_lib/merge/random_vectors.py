"""Random task vectors: is it the experts that help, or any two directions?

    τ'_e = ‖τ_e‖ g / ‖g‖,   g ~ N(0, I),   tensor by tensor

A search over λ could gain by moving θ_0 along whatever directions it is given. Random
ones of the same length in every tensor are the control; what a merge gains beyond them
is due to what the experts learned.
"""

import torch
from torch import Generator, Tensor

from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.task_vectors import apply
from evophys_lib.worldmodel.rollout import Weights, unstack


def norm_matched(vectors: Weights, generator: Generator) -> Weights:
    """τ' of stacked task vectors τ, every tensor (E, *shape).

    generator: on the CPU, so that a seed gives the same directions on every device;
    tensors are drawn in the order of names. Where τ is zero (the embedding) τ' is too.
    """
    return {name: _direction(tau, generator) for name, tau in sorted(vectors.items())}


def spectrum_matched(vector: Weights, generator: Generator) -> Weights:
    """U' Σ V'ᵀ for every matrix U Σ Vᵀ of τ, U' and V' random frames.

    The control for directions: as many, as long, and about nothing. Vectors are drawn
    as `norm_matched` does. generator: on the CPU; in the order of names.
    """
    drawn = {}
    for name, tau in sorted(vector.items()):
        if tau.ndim != 2:
            drawn[name] = _direction(tau[None], generator)[0]
            continue
        sigma = torch.linalg.svdvals(tau.double())
        left, right = (
            torch.linalg.qr(
                torch.randn(size, len(sigma), generator=generator, dtype=torch.float64)
            )[0].to(sigma)
            for size in tau.shape
        )
        drawn[name] = ((left * sigma) @ right.mT).to(tau)
    return drawn


def random_lineage(lineage: Lineage, generator: Generator) -> Lineage:
    """The same base, with θ_0 + τ' in place of each expert, by the same names."""
    drawn = unstack(norm_matched(lineage.vectors, generator))
    experts = [apply(lineage.base, vector) for vector in drawn]
    named = dict(zip(lineage.names, experts, strict=True))
    return Lineage(lineage.predictor, lineage.base, named)


def _direction(tau: Tensor, generator: Generator) -> Tensor:
    g = torch.randn(tau.shape, generator=generator, dtype=torch.float64)
    g, flat = g.to(tau.device), tau.double().flatten(1)  # flat (E, P)
    length = flat.norm(dim=1) / g.flatten(1).norm(dim=1)  # (E,)
    scaled: Tensor = length.view(-1, *[1] * (tau.ndim - 1)) * g
    return scaled.to(tau)
