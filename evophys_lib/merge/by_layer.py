"""A layer as one vector: its tensors flattened and joined, in the order of names.

Angles between models are taken layer by layer: over a whole model the largest layer
decides, tensor by tensor a bias of a few numbers gets an angle that is mostly chance.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from evophys_lib.worldmodel.rollout import Weights


def members(layers: Mapping[str, int | None]) -> dict[int, list[str]]:
    """Names of the tensors of every layer; those that belong to none are left out."""
    found: dict[int, list[str]] = {}
    for name, layer in sorted(layers.items()):
        if layer is not None:
            found.setdefault(layer, []).append(name)
    return found


def joined(weights: Weights, names: Sequence[str], *, lead: int = 0) -> Tensor:
    """The tensors of `names` as one vector in float64.

    Args:
        weights: every tensor (…, *shape).
        names: of one layer.
        lead: how many leading axes stay; 1 for stacked task vectors.

    Returns:
        (…, P). Float64, so that angles of float32 models do not hang on the order of
        a sum.
    """
    flat = [weights[name].flatten(lead).double() for name in names]
    return torch.cat(flat, dim=-1)
