"""DFS paths as routes through two experts: who leads, and is it more than chance?

For a path of n ≥ 2 layers with h_j = 1 where layer j is a heat layer,

    lead = mean of h over the first ⌊n/2⌋ layers − mean over the last ⌊n/2⌋,

in [−1, 1]: 1 for heat then Burgers, −1 for Burgers then heat. A path of one layer
has no order and leads by 0. Reversing a path flips the sign of its lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evophys_lib.errors import ParameterError
from evophys_lib.physics.families import SOURCES
from evophys_lib.physics.grid import Array

LEADER, FOLLOWER = SOURCES  # which the claim says comes first, and last


@dataclass(frozen=True)
class Route:
    """One path that a DFS search found.

    seed, peclet: the run. order: "AB" if the slots listed heat's layers before
    Burgers', "BA" the other way round; other letters of other numbers of experts.
    path: its layers in order, such as ("heat:0", "burgers:3").
    """

    seed: int
    peclet: float
    order: str
    path: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.path or not all(layer.partition(":")[2] for layer in self.path):
            raise ParameterError(
                "path",
                self.path,
                "at least one layer, each 'expert:l' such as 'heat:0'",
                "Pass the layers as the search records them.",
            )

    def is_heat(self) -> Array:
        """h, shape (n,): 1 for a heat layer, 0 for any other."""
        return np.array([float(owner == LEADER) for owner in self.owners()])

    def owners(self) -> list[str]:
        """Whose layers these are."""
        return [layer.partition(":")[0] for layer in self.path]


def lead(is_heat: Array) -> Array:
    """The lead of paths given as h of shape (..., n); returns (...)."""
    half = is_heat.shape[-1] // 2
    if half == 0:
        return np.zeros(is_heat.shape[:-1])
    halves = is_heat[..., :half], is_heat[..., -half:]
    difference: Array = halves[0].mean(axis=-1) - halves[1].mean(axis=-1)
    return difference


def pairs(routes: Sequence[Route]) -> list[tuple[Route, Route]]:
    """Runs searched in both orders, as (AB, BA), sorted by seed and Péclet number.

    A run with one order only is left out: its lead may be its initialisation's.
    ParameterError if a run was given twice in the same order.
    """
    found: dict[tuple[int, float], dict[str, Route]] = {}
    for route in routes:
        run = found.setdefault((route.seed, route.peclet), {})
        if route.order in run:
            raise ParameterError(
                "routes",
                f"seed {route.seed}, Pe {route.peclet:g}, {route.order} twice",
                "one route per seed, Péclet number and order",
                "Drop the duplicate.",
            )
        run[route.order] = route
    return [
        (run["AB"], run["BA"])
        for _, run in sorted(found.items())
        if run.keys() >= {"AB", "BA"}
    ]


def shuffled_mean_leads(
    routes: Sequence[Route], rng: np.random.Generator, resamples: int
) -> Array:
    """Mean lead over routes with the labels of each shuffled: (R,).

    The label-permutation null: how many layers of either expert a path holds is
    kept, where they stand is not.
    """
    total = np.zeros(resamples)
    for route in routes:
        labels = np.broadcast_to(route.is_heat(), (resamples, len(route.path)))
        total += lead(rng.permuted(labels, axis=1))
    return total / len(routes)
