"""Task vectors: what fine-tuning added to the base.

    τ_e = θ_e − θ_0

Source: Ilharco et al., Editing models with task arithmetic, arXiv 2212.04089,
section 2.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from evophys_lib.errors import ArtifactError
from evophys_lib.worldmodel.rollout import Weights


def task_vector(expert: Weights, base: Weights) -> Weights:
    """τ = θ − θ_0, tensor by tensor.

    Raises:
        ArtifactError: the two do not have the same tensor names and shapes.
    """
    require_same_shapes(expert, base)
    return {name: expert[name] - base[name] for name in base}


def task_vectors(experts: Sequence[Weights], base: Weights) -> Weights:
    """τ_1 … τ_E stacked: every tensor is (E, *shape)."""
    vectors = [task_vector(expert, base) for expert in experts]
    return {name: torch.stack([v[name] for v in vectors]) for name in base}


def apply(base: Weights, vector: Weights, *, scale: float = 1.0) -> Weights:
    """θ = θ_0 + scale · τ; the inverse of `task_vector` at scale 1."""
    require_same_shapes(vector, base)
    return {name: base[name] + scale * vector[name] for name in base}


def require_same_shapes(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> None:
    """ArtifactError unless two models have the same tensor names and shapes."""
    if a.keys() != b.keys():
        odd = sorted(a.keys() ^ b.keys())
        raise ArtifactError(
            f"weights cannot be merged: only one of the models has {odd[:4]}. "
            "Merge models fine-tuned from one base."
        )
    for name, tensor in b.items():
        if a[name].shape != tensor.shape:
            raise ArtifactError(
                f"weights cannot be merged: {name} is {tuple(a[name].shape)} in one "
                f"model and {tuple(tensor.shape)} in the other. "
                "Merge models fine-tuned from one base."
            )
