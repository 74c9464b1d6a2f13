"""A tiny predictor and its experts, small enough for identities in every test."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from evophys_lib.merge.data_flow import Path
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.lineage import Lineage
from evophys_lib.physics.families import SOURCES
from evophys_lib.physics.grid import Array
from evophys_lib.physics.splits import Split
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.rollout import Weights, rollout, weights_of
from evophys_lib.worldmodel.stackable import LayerNorm, Linear

LATENT, WIDTH, TOKENS, BATCH = 3, 5, 4, 6


class TinyBlock(nn.Module):
    """x + V tanh(U x) with a shift between tokens, so that order matters."""

    def __init__(self) -> None:
        super().__init__()
        self.up = Linear(WIDTH, 2 * WIDTH)
        self.down = Linear(2 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(self.up(x.roll(1, -2)).tanh())


class TinyPredictor(Layered):
    """The interface of the real one: embed, blocks, head; z + head(h)."""

    def __init__(self, blocks: int = 2) -> None:
        super().__init__()
        self.embed = Linear(LATENT, WIDTH)
        self.blocks = nn.ModuleList(TinyBlock() for _ in range(blocks))
        self.head = nn.Sequential(LayerNorm(WIDTH), Linear(WIDTH, LATENT))

    def forward(self, z: Tensor) -> Tensor:
        h = self.embed(z)
        for block in self.blocks:
            h = block(h)
        return z + self.head(h)


def perturbed(base: Weights, seed: int, scale: float = 0.2) -> Weights:
    """A stand-in for fine-tuning: everything but the embedding moves."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: w.clone()
        if name.startswith("embed.")
        else w + scale * torch.randn(w.shape, generator=generator, dtype=w.dtype)
        for name, w in base.items()
    }


def lineage(blocks: int = 2, names: Sequence[str] = SOURCES) -> Lineage:
    """A base with experts of these names, in order."""
    torch.manual_seed(0)
    predictor = TinyPredictor(blocks).double()  # identities to rounding
    base = weights_of(predictor)
    experts = {name: perturbed(base, seed) for seed, name in enumerate(names, start=1)}
    return Lineage(predictor, base, experts)


def start(seed: int = 3) -> Tensor:
    """z_0, (B, S, D)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(BATCH, TOKENS, LATENT, generator=generator).double()


def fitness_towards(
    predictor: nn.Module, weights: Weights, steps: int = 3
) -> LatentFitness:
    """A fitness whose optimum, zero, is the model with these weights."""
    z0 = start()
    truth = rollout(predictor, weights, z0, steps)
    return LatentFitness(z0, truth, Split.VALIDATION)


def norm(vector: Weights) -> Tensor:
    """‖τ‖₂ over all tensors, a scalar."""
    squares = sum(v.square().sum() for v in vector.values())
    return torch.as_tensor(squares).sqrt()


def cosine(a: Weights, b: Weights) -> Tensor:
    """⟨τ_a, τ_b⟩ / (‖τ_a‖ ‖τ_b‖) over all tensors, a scalar in [−1, 1]."""
    inner = sum((a[name] * b[name]).sum() for name in a)
    return inner / (norm(a) * norm(b))


def encode(path: Path) -> Array:
    """The flat vector of a path, (T + M²,); the inverse of `decode`."""
    return np.concatenate([np.array(path.indicator, float), np.ravel(path.scaling)])


def assert_same(a: Weights, b: Weights, tolerance: float = 0.0) -> None:
    """Equal tensor by tensor."""
    assert a.keys() == b.keys()
    for name in a:
        assert torch.allclose(a[name], b[name], rtol=tolerance, atol=tolerance), name
