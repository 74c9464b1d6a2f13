"""Merging in data-flow space: layers stay as they are, their order is searched.

The blocks of the experts in order are the layers 0 … M−1 (M = 2L for two experts
of L blocks). They are repeated r times, T = M·r slots; slot s holds layer s mod M.
A path uses the slots with indicator I_s = 1, in order:

    h ← embed(z)
    h ← block_j(W_ij · h)     for each used layer j, i being the layer before it
    ẑ_next = z + head(h)      with the head of the last layer's expert

The first layer of a path gets its input unscaled. Ending with the head of the last
layer's expert, instead of forcing expert A's ends, makes the path of one expert's
layers in order *be* that expert, for either expert, and plants no order.

Source: Akiba et al., doi:10.1038/s42256-024-00975-8, "Merging in the data flow
space" (T = M·r, indicator array, scaling W).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.rollout import Weights

REPETITIONS = 3
"""r: how often the list of layers is repeated (Akiba et al. use 3)."""


@dataclass(frozen=True)
class Path:
    """A route through the layers of several experts.

    Attributes:
        experts: names in order; expert A first.
        blocks: L, blocks per expert.
        indicator: I, T = M·r booleans.
        scaling: W, M × M; W[i][j] scales the input of layer j after layer i.
    """

    experts: tuple[str, ...]
    blocks: int
    indicator: tuple[bool, ...]
    scaling: tuple[tuple[float, ...], ...]

    @property
    def size(self) -> int:
        """M, the number of layers of all experts."""
        return len(self.experts) * self.blocks

    def route(self) -> list[int]:
        """Layers in the order of their use, as indices 0 … M−1."""
        return [s % self.size for s, used in enumerate(self.indicator) if used]

    def layers(self) -> list[str]:
        """Layers in the order of their use, as "expert:block"."""
        return [self.label(layer) for layer in self.route()]

    def label(self, layer: int) -> str:
        """ "expert:block" of a layer index."""
        return f"{self.experts[layer // self.blocks]}:{layer % self.blocks}"

    def scales(self) -> list[float]:
        """Factor on the input of each used layer; the first is 1."""
        route = self.route()
        return [1.0, *(self.scaling[i][j] for i, j in pairwise(route))][: len(route)]


def slots(experts: int, blocks: int, repetitions: int = REPETITIONS) -> int:
    """T = M·r."""
    return experts * blocks * repetitions


def decode(
    vector: Array,
    *,
    experts: Sequence[str],
    blocks: int,
    repetitions: int = REPETITIONS,
) -> Path:
    """A path from the flat vector of a search: T bits, then W row by row.

    Args:
        vector: (T + M²,), or (T,) where all scalings are one; bits above one half
            are on.
        experts: names in order.
        blocks: L.
        repetitions: r.
    """
    count = slots(len(experts), blocks, repetitions)
    size = len(experts) * blocks
    numbers = np.asarray(vector[count:], dtype=float)
    scaling = numbers.reshape(size, size) if len(numbers) else np.ones((size, size))
    return Path(
        tuple(experts),
        blocks,
        tuple(bool(bit > 0.5) for bit in vector[:count]),
        tuple(tuple(float(w) for w in row) for row in scaling),
    )


def expert_path(
    experts: Sequence[str],
    blocks: int,
    *,
    which: int = 0,
    repetitions: int = REPETITIONS,
) -> Path:
    """One expert's layers in order with W = 1: the expert itself.

    With `which` = 0 it is where the search starts (Akiba et al. start at A).
    """
    indicator = np.zeros(slots(len(experts), blocks, repetitions))
    indicator[which * blocks : (which + 1) * blocks] = 1
    scaling = np.ones((len(experts) * blocks) ** 2)
    return decode(
        np.concatenate([indicator, scaling]),
        experts=experts,
        blocks=blocks,
        repetitions=repetitions,
    )


def path_along(
    route: Sequence[int],
    experts: Sequence[str],
    blocks: int,
    scaling: Sequence[Sequence[float]] | Array,
) -> Path:
    """The path that uses the layers of `route` in order, with as few slots as do it.

    Every step to a layer not after the last one opens another repetition. For
    controls: reversal, shuffles, exchanged labels.
    """
    size = len(experts) * blocks
    used, repetition = [], 0
    for step, layer in enumerate(route):
        repetition += step > 0 and layer <= route[step - 1]
        used.append(repetition * size + layer)
    indicator = np.zeros((repetition + 1) * size, dtype=bool)
    indicator[used] = True
    return Path(
        tuple(experts),
        blocks,
        tuple(indicator.tolist()),
        tuple(tuple(float(w) for w in row) for row in scaling),
    )


def reversed_path(path: Path) -> Path:
    """The layers of a path in opposite order, W transposed: a control for order."""
    scaling = np.array(path.scaling).T
    return path_along(path.route()[::-1], path.experts, path.blocks, scaling)


def random_path(
    experts: Sequence[str],
    blocks: int,
    *,
    length: int,
    rng: np.random.Generator,
    repetitions: int = REPETITIONS,
) -> Path:
    """A control: `length` slots drawn without replacement, W = 1."""
    count = slots(len(experts), blocks, repetitions)
    vector = np.ones(count + (len(experts) * blocks) ** 2)
    vector[:count] = 0
    vector[rng.choice(count, size=length, replace=False)] = 1
    return decode(vector, experts=experts, blocks=blocks, repetitions=repetitions)


def run(
    predictor: Layered,
    experts: Mapping[str, Weights],
    paths: Sequence[Path],
    z0: Tensor,
    steps: int,
) -> Tensor:
    """Roll out C paths together; at a slot, those that use it are one batch.

    Args:
        predictor: the architecture; its parameters are not used.
        experts: weights by expert's name; `embed` is the same in all of them.
        paths: C paths over the same experts in the same order; T may differ.
        z0: (B, S, D).
        steps: H.

    Returns:
        (H, C, B, S, D). A path without layers gives NaN, never an exception, so a
        search goes on past it.
    """
    first = paths[0]
    plan, heads = _plan(paths, z0), _heads(paths, z0)
    parts = parts_of(predictor, experts)

    z, trajectory = z0.expand(len(paths), *z0.shape), []  # (C, B, S, D)
    for _ in range(steps):
        h = batched(predictor.embed, parts[first.experts[0]]["embed"], z).clone()
        for layer, index, factor in plan:
            number, block = divmod(layer, first.blocks)
            weights = parts[first.experts[number]][block]
            x = batched(predictor.blocks[block], weights, h[index] * factor)
            h.index_copy_(0, index, x)  # (C, B, S, W)
        step = torch.full_like(z, torch.nan)
        for expert, index in heads.items():
            update = batched(predictor.head, parts[expert]["head"], h[index])
            step.index_copy_(0, index, update)
        z = z + step
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, C, B, S, D)


def _plan(paths: Sequence[Path], like: Tensor) -> list[tuple[int, Tensor, Tensor]]:
    """(layer, candidates that use it, scales of their inputs), slot by slot."""
    at_slot: dict[int, list[tuple[int, float]]] = {}
    for c, path in enumerate(paths):
        used = [s for s, on in enumerate(path.indicator) if on]
        for slot, scale in zip(used, path.scales(), strict=True):
            at_slot.setdefault(slot, []).append((c, scale))
    return [
        (
            slot % paths[0].size,
            torch.tensor([c for c, _ in users], device=like.device),
            torch.tensor([w for _, w in users], dtype=like.dtype)
            .to(like.device)
            .view(-1, 1, 1, 1),
        )
        for slot, users in sorted(at_slot.items())
    ]


def _heads(paths: Sequence[Path], like: Tensor) -> dict[str, Tensor]:
    """Candidates by the expert whose layer ends their path."""
    members: dict[str, list[int]] = {}
    for c, path in enumerate(paths):
        route = path.route()
        if route:
            expert = path.experts[route[-1] // path.blocks]
            members.setdefault(expert, []).append(c)
    return {e: torch.tensor(c, device=like.device) for e, c in members.items()}


def batched(module: nn.Module, weights: Weights, x: Tensor) -> Tensor:
    """Apply a module to (C, B, S, ·) as one batch of C·B."""
    y: Tensor = functional_call(module, weights, (x.flatten(0, 1),))  # (C·B, S, ·)
    split: Tensor = y.unflatten(0, x.shape[:2])  # (C, B, S, ·)
    return split


def parts_of(
    predictor: Layered, experts: Mapping[str, Weights]
) -> dict[str, dict[str | int, Weights]]:
    """Weights by expert and part: "embed", block number, "head"."""
    prefixes: dict[str | int, str] = {"embed": "embed.", "head": "head."}
    prefixes |= {b: f"blocks.{b}." for b in range(len(predictor.blocks))}
    return {
        name: {
            part: {
                key.removeprefix(prefix): value
                for key, value in weights.items()
                if key.startswith(prefix)
            }
            for part, prefix in prefixes.items()
        }
        for name, weights in experts.items()
    }
