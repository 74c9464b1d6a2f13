"""Merging by directions: a coefficient for every singular direction of a task vector.

    θ(c) = θ_0 + Σ_e [ s_e τ_e + Σ_i c_{e,i} σ_{e,i} u_{e,i} v_{e,i}ᵀ + c_{e,⊥} τ_{e,⊥} ]

tensor by tensor, i = 1 … r over the leading singular triples of τ_e, and τ_{e,⊥} what
they leave of it. Vectors (biases, gains) are one direction each. c = 0 is the start
θ_0 + Σ_e s_e τ_e; c_e = −s_e everywhere takes expert e out; equal c_e everywhere are
task arithmetic with λ_e = s_e + c_e; so whatever r is, per-tensor merging lies inside.

Coefficients are in units of the expert's own: 1 adds a direction once more. All
functions take a leading axis of C candidates.

Source: singular directions of task vectors, Gargiulo et al., Task singular vectors,
arXiv 2412.00081, section 3; a coefficient per block of a task vector, learned: Zhang et
al. (aTLAS), arXiv 2407.02880, equation 4.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from evophys_lib.errors import ParameterError
from evophys_lib.merge.lineage import Lineage
from evophys_lib.worldmodel.rollout import Weights

Triples = tuple[Tensor, Tensor]
"""σ u (E, m, r) and v (E, n, r)."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The space of merges along the directions of every expert.

    Attributes:
        lineage: base, experts and architecture.
        rank: r ≥ 1; what a tensor has more is one direction together.
        start: s, one number per expert; the uniform soup (1/E each) if not given.

    Raises:
        ParameterError: a rank below 1, or a start for other experts.
    """

    lineage: Lineage
    rank: int = 8
    start: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.lineage.names)
        if self.rank < 1:
            raise ParameterError("rank", self.rank, "a whole number from 1", "Use 8.")
        if not self.start:
            object.__setattr__(self, "start", (1 / count,) * count)
        if len(self.start) != count:
            raise ParameterError(
                "start", self.start, f"{count} numbers, one per expert",
                "Leave it out to start from the uniform soup.",
            )  # fmt: skip

    def __len__(self) -> int:
        return sum(self._widths.values()) * len(self.lineage.names)

    @cached_property
    def names(self) -> list[str]:
        """Of the coefficients, in order: "expert tensor i", i = "rest" for τ_⊥."""
        return [
            f"{expert} {tensor} {i + 1 if i < self._leading[tensor] else 'rest'}"
            for tensor, width in self._widths.items()
            for expert in self.lineage.names
            for i in range(width)
        ]

    def models(self, candidates: np.ndarray | Tensor) -> Weights:
        """θ(c) of candidates (C, d): every tensor (C, *shape)."""
        base = self.lineage.base
        c = torch.as_tensor(candidates).to(next(iter(base.values())))  # (C, d)
        experts = len(self.lineage.names)
        split = c.split([experts * width for width in self._widths.values()], dim=1)
        merged = dict(base)
        for (name, width), numbers in zip(self._widths.items(), split, strict=True):
            own = numbers.unflatten(1, (experts, width))  # (C, E, width)
            merged[name] = self._origin[name] + self._moved(name, own)
        return {
            name: w if name in self._widths else w.expand(len(c), *w.shape)
            for name, w in merged.items()
        }

    def removing(self, expert: str) -> np.ndarray:
        """The candidate (d,) that takes an expert out."""
        sign = -self.start[self.lineage.names.index(expert)]
        return np.array([sign if n.split()[0] == expert else 0.0 for n in self.names])

    def _moved(self, name: str, own: Tensor) -> Tensor:
        """Σ_e Σ_i c_{e,i} σ u vᵀ + c_⊥ τ_⊥: (C, E, width) → (C, *shape)."""
        rest = self._rest[name]
        if name not in self._triples:
            return torch.einsum("ce,e...->c...", own[..., 0], rest)
        scaled, right = self._triples[name]
        leading = self._leading[name]
        moved = torch.einsum("emr,cer,enr->cmn", scaled, own[..., :leading], right)
        if own.shape[-1] > leading:
            moved = moved + torch.einsum("ce,e...->c...", own[..., -1], rest)
        return moved

    @cached_property
    def _merged(self) -> list[str]:
        """The tensors that merge; the embedding, which experts share, does not."""
        return [n for n, layer in self.lineage.layers.items() if layer is not None]

    @cached_property
    def _leading(self) -> dict[str, int]:
        """How many singular directions of a tensor have a number of their own."""
        shapes = {name: self.lineage.base[name].shape for name in self._merged}
        return {
            name: min(self.rank, *shape) if len(shape) == 2 else 0
            for name, shape in shapes.items()
        }

    @cached_property
    def _widths(self) -> dict[str, int]:
        """Coefficients per expert of a tensor: leading ones, and one for the rest."""
        full = {
            name: leading > 0 and leading == min(self.lineage.base[name].shape)
            for name, leading in self._leading.items()
        }
        return {name: n + (not full[name]) for name, n in self._leading.items()}

    @cached_property
    def _origin(self) -> Weights:
        """θ_0 + Σ_e s_e τ_e."""
        base, vectors = self.lineage.base, self.lineage.vectors
        s = torch.tensor(self.start).to(next(iter(base.values())))
        return {
            name: base[name] + torch.einsum("e,e...->...", s, vectors[name])
            for name in self._merged
        }

    @cached_property
    def _triples(self) -> dict[str, Triples]:
        found = {}
        for name, leading in self._leading.items():
            if leading:
                tau = self.lineage.vectors[name]
                u, sigma, v = torch.linalg.svd(tau.double(), full_matrices=False)
                scaled = (u * sigma[:, None])[..., :leading].to(tau)
                found[name] = scaled, v.mT[..., :leading].to(tau)
        return found

    @cached_property
    def _rest(self) -> Weights:
        """τ_⊥: τ less its leading part, and all of a vector."""
        rest = {}
        for name in self._merged:
            tau = self.lineage.vectors[name]
            if name in self._triples:
                scaled, right = self._triples[name]
                tau = tau - torch.einsum("emr,enr->emn", scaled, right)
            rest[name] = tau
        return rest
