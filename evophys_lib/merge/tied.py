"""Fewer numbers than directions: coefficients that move together.

    c = P y,   P_ij = 1 where direction i belongs to group j, else 0

One group per expert is task arithmetic with one λ each, one per expert and layer the
box of PS, one per expert and tensor the finest λ that needs no singular value.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from evophys_lib.merge.directions import Directions
from evophys_lib.merge.lineage import Lineage
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.rollout import Weights


@dataclass(frozen=True, eq=False)
class Tied:
    """The merges of `directions` whose coefficients are equal within every group.

    Attributes:
        directions: the space that these are a part of.
        group: of a direction by its name (bank's name, tensor, i); in order of first
            appearance the groups are the numbers of a candidate.
    """

    directions: Directions
    group: Callable[[tuple[str, str, int]], Hashable]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lineage(self) -> Lineage:
        """Base, experts and architecture."""
        return self.directions.lineage

    @cached_property
    def names(self) -> list[Hashable]:
        """The groups, in order."""
        return list(dict.fromkeys(map(self.group, self.directions.names)))

    def models(self, candidates: Array | Tensor) -> Weights:
        """θ(P y) of candidates y (C, d): every tensor (C, *shape)."""
        return self.directions.models(torch.as_tensor(candidates)[:, self._places])

    @cached_property
    def _places(self) -> list[int]:
        """j of every direction: the column of P that holds its 1."""
        places = {name: j for j, name in enumerate(self.names)}
        return [places[self.group(name)] for name in self.directions.names]
