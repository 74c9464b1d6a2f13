"""Merging by directions: a coefficient for every singular direction of a task vector.

    θ(c) = θ_0 + Σ_e s_{e,l} τ_e + Σ_b ( Σ_i c_i σ_i u_i v_iᵀ + c_⊥ τ_⊥ )

for tensors of layer l, tensor by tensor. e runs over the experts, b over a bank of task
vectors, by default the experts' own; i = 1 … r over the leading singular triples of
τ_b, and τ_⊥ is what they leave of it. Vectors (biases, gains) are one direction each.
c = 0 is the start; a tensor without coefficients stays there. Where the bank is the
experts', c_e = −s_e everywhere takes expert e out, and equal c_e everywhere are task
arithmetic with λ_{e,l} = s_{e,l} + c_e, whatever r is.

Coefficients are in units of the task vector's own: 1 adds a direction once more. All
functions take a leading axis of C candidates.

Source: singular directions of task vectors, Gargiulo et al., Task singular vectors,
arXiv 2412.00081, section 3; a coefficient per block of a task vector, learned: Zhang et
al. (aTLAS), arXiv 2407.02880, equation 4.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from evophys_lib import parameters
from evophys_lib.errors import ParameterError
from evophys_lib.merge.lineage import Lineage
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.rollout import Weights, unstack

Start = Sequence[float] | Sequence[Sequence[float]] | Array
"""s: (E,), or (E, n_layers) with n_layers counting the head, as λ of PS."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The space of merges along the directions of a bank of task vectors.

    Attributes:
        lineage: base, experts and architecture.
        rank: r ≥ 1; what a tensor has more is one direction together.
        start: s, (E,) or (E, n_layers): numbers per expert, or per expert and layer
            as those of PS, the head's last. The uniform soup (1/E each) if not given,
            which no data choose; 1 and 0 are a parent, λ of PS is its merge.
        bank: task vectors by name; the experts' own if not given.
        tensors: name -> whether the tensor has coefficients; one that has none stays
            at the start. All have if not given: a search finds which matter. The
            embedding, which experts share, never has.

    Raises:
        ParameterError: a rank below 1, or a start for other experts or layers.
    """

    lineage: Lineage
    rank: int = 8
    start: Start = ()
    bank: Mapping[str, Weights] | None = None
    tensors: Callable[[str], bool] = lambda name: True

    def __post_init__(self) -> None:
        count, layers = len(self.lineage.names), self.lineage.blocks + 1
        parameters.whole("rank", self.rank, 1, "Use 8.")
        shape = _shape(self.start)
        if shape == (0,):
            object.__setattr__(self, "start", (1 / count,) * count)
        elif shape not in ((count,), (count, layers)):
            raise ParameterError(
                "start",
                self.start,
                f"{count} numbers, one per expert, or {count} rows of {layers}, "
                "one per layer, the head's last",
                "Leave it out to start from the uniform soup.",
            )

    def __len__(self) -> int:
        return sum(self._widths.values()) * len(self._bank)

    @cached_property
    def names(self) -> list[tuple[str, str, int]]:
        """What the coefficients belong to, in order: bank's name, tensor, i from 0.

        Where i is the tensor's number of triples, it is the rest.
        """
        return [
            (name, tensor, i)
            for tensor, width in self._widths.items()
            for name in self._bank
            for i in range(width)
        ]

    def models(self, candidates: Array | Tensor) -> Weights:
        """θ(c) of candidates (C, d): every tensor (C, *shape)."""
        base = self.lineage.base
        c = torch.as_tensor(candidates).to(next(iter(base.values())))  # (C, d)
        count = len(self._bank)
        parts = c.split([count * width for width in self._widths.values()], dim=1)
        start = base | self._origin
        merged = {n: w.expand(len(c), *w.shape) for n, w in start.items()}
        for name, numbers in zip(self._widths, parts, strict=True):
            own = numbers.unflatten(1, (count, -1))  # (C, b, width)
            merged[name] = self._origin[name] + self._moved(name, own)
        return merged

    def _moved(self, name: str, own: Tensor) -> Tensor:
        """Σ_b Σ_i c σ u vᵀ + c_⊥ τ_⊥: (C, b, width) → (C, *shape)."""
        rest = self._rest[name]
        if name not in self._triples:
            return torch.einsum("cb,b...->c...", own[..., 0], rest)
        scaled, right = self._triples[name]
        leading = self._leading[name]
        moved = torch.einsum("bmr,cbr,bnr->cmn", scaled, own[..., :leading], right)
        if own.shape[-1] > leading:
            moved = moved + torch.einsum("cb,b...->c...", own[..., -1], rest)
        return moved

    @cached_property
    def _bank(self) -> Mapping[str, Weights]:
        if self.bank is not None:
            return self.bank
        vectors = unstack(self.lineage.vectors)
        return dict(zip(self.lineage.names, vectors, strict=True))

    @cached_property
    def _layers(self) -> dict[str, int]:
        """Layer of every tensor that merges: the embedding does not."""
        layers = self.lineage.layers
        return {name: layer for name, layer in layers.items() if layer is not None}

    @cached_property
    def _leading(self) -> dict[str, int]:
        """How many triples of a tensor have a number each; 0 for a vector.

        Of the tensors that merge and have coefficients.
        """
        base = self.lineage.base
        shapes = {name: base[name].shape for name in self._layers if self.tensors(name)}
        return {
            name: min(self.rank, *shape) if len(shape) == 2 else 0
            for name, shape in shapes.items()
        }

    @cached_property
    def _widths(self) -> dict[str, int]:
        """Numbers per task vector of a tensor: its triples, and the rest if any."""
        ranks = {name: min(self.lineage.base[name].shape) for name in self._leading}
        return {
            name: leading + (leading == 0 or leading < ranks[name])
            for name, leading in self._leading.items()
        }

    @cached_property
    def _origin(self) -> Weights:
        """θ_0 + Σ_e s_{e,l} τ_e of every tensor that merges."""
        base, vectors = self.lineage.base, self.lineage.vectors
        s = torch.from_numpy(np.array(self.start, dtype=np.float64))
        s = s.to(next(iter(base.values())))  # (E,) or (E, n_layers)
        shares = {n: s if s.ndim == 1 else s[:, at] for n, at in self._layers.items()}
        return {
            name: base[name] + torch.einsum("e,e...->...", share, vectors[name])
            for name, share in shares.items()
        }

    @cached_property
    def _triples(self) -> dict[str, tuple[Tensor, Tensor]]:
        """σ u (b, m, r) and v (b, n, r) of every matrix."""
        found = {}
        for name, leading in self._leading.items():
            if leading:
                tau = self._stacked(name)
                u, sigma, v = torch.linalg.svd(tau.double(), full_matrices=False)
                scaled = (u * sigma[:, None])[..., :leading].to(tau)
                found[name] = scaled, v.mT[..., :leading].to(tau)
        return found

    @cached_property
    def _rest(self) -> Weights:
        """τ_⊥ (b, *shape): τ less its triples, and all of a vector."""
        rest = {}
        for name in self._leading:
            tau = self._stacked(name)
            if name in self._triples:
                scaled, right = self._triples[name]
                tau = tau - torch.einsum("bmr,bnr->bmn", scaled, right)
            rest[name] = tau
        return rest

    def _stacked(self, name: str) -> Tensor:
        return torch.stack([vector[name] for vector in self._bank.values()])


def _shape(start: Start) -> tuple[int, ...] | None:
    """Of an array of numbers; None of what is none, such as rows of unequal length."""
    try:
        return np.asarray(start, dtype=np.float64).shape
    except (TypeError, ValueError):
        return None


def evenly(directions: Directions, shares: Mapping[str, float]) -> Array:
    """The candidate (d,) whose every coefficient is the share of its task vector.

    shares: by the bank's names; 0 where not given. With those of the experts it is task
    arithmetic, and minus the start of one, if a number, takes that expert out.
    """
    return np.array([shares.get(name, 0.0) for name, _, _ in directions.names])
