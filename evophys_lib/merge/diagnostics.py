"""Experts as merging material: do their task vectors agree, is there a ridge between?

    cos(τ_A, τ_B),   |τ_e|/|θ₀|,   share of entries with τ_A τ_B < 0
    height = max_s [ L((1 − s) θ_A + s θ_B) − ((1 − s) L(θ_A) + s L(θ_B)) ]

Vectors at right angles can be added without disturbing each other; opposed ones
fight. Where the loss on the straight line stays at or below its chord, both experts
lie in one basin and averaging them makes sense.
Sources: Yadav et al. (TIES), arXiv 2306.01708, section 3; the barrier, Frankle et
al. 2020 (arXiv 1912.05671), section 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from evophys_lib.errors import ParameterError
from evophys_lib.merge.by_layer import joined, members
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.lineage import Lineage
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.rollout import Weights, rollout_population, stack


@dataclass(frozen=True)
class Comparison:
    """How the task vectors of two experts compare, over some of their tensors.

    cosine: in [−1, 1], NaN where a vector is zero; relative_norms: |τ_e|/|θ₀| by
    expert; opposed: share of entries that differ in sign.
    """

    cosine: float
    relative_norms: dict[str, float]
    opposed: float


def compare(lineage: Lineage, names: Sequence[str] | None = None) -> Comparison:
    """Compare two experts over the tensors of `names`, by default all that merge.

    ParameterError unless the lineage has two experts.
    """
    if len(lineage.experts) != 2:
        raise ParameterError(
            "lineage.experts", list(lineage.experts), "two experts", "Choose a pair."
        )
    if names is None:
        names = [name for layer in members(lineage.layers).values() for name in layer]
    a, b = joined(lineage.vectors, names, lead=1)  # (P,) each
    base = joined(lineage.base, names).norm()
    norms = a.norm(), b.norm()
    return Comparison(
        cosine=float(a @ b / (norms[0] * norms[1])),
        relative_norms={
            name: float(norm / base)
            for name, norm in zip(lineage.names, norms, strict=True)
        },
        opposed=float((a * b < 0).double().mean()),
    )


def compare_layers(lineage: Lineage) -> list[Comparison]:
    """`compare` for every layer: the blocks in order, then the head."""
    return [
        compare(lineage, names) for _, names in sorted(members(lineage.layers).items())
    ]


@torch.no_grad()
def losses_between(
    lineage: Lineage, fitness: Mapping[str, LatentFitness], position: Array
) -> dict[str, Array]:
    """The loss of (1 − s) θ_A + s θ_B at every s in `position`, by name of a loss.

    fitness: losses by name; position (K,) in [0, 1]. Each value is (K,).
    """
    first, second = lineage.experts.values()
    line = stack([_between(first, second, s) for s in position])
    return {
        name: f(rollout_population(lineage.predictor, line, f.z0, f.steps))
        for name, f in fitness.items()
    }


def _between(first: Weights, second: Weights, s: float) -> Weights:
    return {name: torch.lerp(first[name], second[name], s) for name in first}


def barrier_height(loss: Array, position: Array) -> float:
    """The largest rise of a loss (K,) above its chord; 0 where there is none."""
    chord = loss[0] + position * (loss[-1] - loss[0])
    return float((loss - chord).max())
