"""Model stock: how far from the base towards the mean, by the experts' angle.

    θ = θ_0 + t · (1/k) Σ_e τ_e,   t = k cos θ / (1 + (k − 1) cos θ)

layer by layer, with cos θ the mean cosine over the pairs of the k task vectors. Were
they noise around one centre in high dimension, this would be its estimate: parallel
vectors are believed (t = 1, the uniform soup), perpendicular ones share nothing
(t = 0, the base). No data are needed and nothing is tuned.

Source: Jang et al., Model Stock, arXiv 2403.19522, section 4. Below cos θ = 0, which
the paper does not meet, t would step away from the experts and reach a pole at
cos θ = −1/(k − 1); here it stays 0. mergekit goes on along the formula, and works
tensor by tensor.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from evophys_lib.errors import ParameterError
from evophys_lib.merge.by_layer import joined, members
from evophys_lib.worldmodel.rollout import Weights


def model_stock(
    base: Weights, vectors: Weights, layers: Mapping[str, int | None]
) -> Weights:
    """θ = θ_0 + t_l mean_e τ_e.

    Args:
        base: θ_0.
        vectors: τ_1 … τ_k, stacked: every tensor (k, *shape), k ≥ 2.
        layers: layer l of every tensor by name; None (the embedding, frozen in
            fine-tuning) keeps the base's value.

    Raises:
        ParameterError: a single expert, which has an angle with nobody.
    """
    merged = {name: w.clone() for name, w in base.items() if layers[name] is None}
    for names in members(layers).values():
        t = ratio(joined(vectors, names, lead=1))
        for name in names:
            tau = vectors[name]
            merged[name] = base[name] + t.to(tau) * tau.mean(0)
    return {name: merged[name] for name in base}


def ratio(vectors: Tensor) -> Tensor:
    """t in [0, 1] of the task vectors of one layer, (k, P) → a scalar."""
    k = len(vectors)
    if k < 2:
        raise ParameterError(
            "vectors", k, "at least two task vectors", "Use the expert as it is."
        )
    cosine = mean_cosine(vectors).clamp_min(0)
    return k * cosine / (1 + (k - 1) * cosine)


def mean_cosine(vectors: Tensor) -> Tensor:
    """Mean of cos(τ_i, τ_j) over i < j, (k, P) → a scalar; a zero vector counts 0."""
    k = len(vectors)
    norm = vectors.norm(dim=1, keepdim=True)
    unit = vectors / torch.where(norm > 0, norm, 1)
    gram = unit @ unit.T  # (k, k)
    return (gram.sum() - gram.trace()) / (k * (k - 1))
