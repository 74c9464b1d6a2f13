"""Merging in parameter space, with a coefficient per expert and layer.

    θ = θ_0 + consensus_e( λ_{e,l} · rescale(m_e ⊙ τ_e) )   for tensors of layer l

Task arithmetic, TIES and DARE-TIES differ in the three parts only: which entries
the mask m keeps, how they are rescaled, how experts agree. A `Recipe` names them.

Coefficients with a leading axis C merge C candidates at once: the search gets a
whole generation as stacked weights without a loop over candidates.

Sources: Ilharco et al., arXiv 2212.04089; Yadav et al. (TIES), arXiv 2306.01708,
Algorithm 1; Yu et al. (DARE), arXiv 2311.03099; per-layer coefficients: Akiba et
al., doi:10.1038/s42256-024-00975-8, "Merging in the parameter space".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from evophys_lib.errors import ParameterError
from evophys_lib.merge import consensus, sparsify
from evophys_lib.worldmodel.rollout import Weights


@dataclass(frozen=True)
class Recipe:
    """The three parts of a merge.

    Attributes:
        score: (vectors, generator) -> score of every entry; see `sparsify`. None
            keeps all entries whatever the density.
        rescale: (vectors, kept, density) -> rescaled vectors.
        combine: (weighted vectors, coefficients) -> one vector; see `consensus`.
    """

    score: Callable[[Tensor, Generator], Tensor] | None
    rescale: Callable[[Tensor, Tensor, Tensor], Tensor]
    combine: Callable[[Tensor, Tensor], Tensor]

    @property
    def parts(self) -> list[str | None]:
        """The three by name, for provenance."""
        functions = (self.score, self.rescale, self.combine)
        return [part and part.__name__ for part in functions]


TASK_ARITHMETIC = Recipe(None, sparsify.no_rescale, consensus.total)
"""Σ_e λ_e τ_e."""

TIES = Recipe(sparsify.magnitude_score, sparsify.no_rescale, consensus.disjoint_mean)
"""Trim by magnitude, elect, mean of those that agree."""

ELECT_SUM = Recipe(None, sparsify.no_rescale, consensus.disjoint_sum)
"""TIES' election of signs alone: sum those that agree, none trimmed."""

ELECT_MEAN = Recipe(None, sparsify.no_rescale, consensus.disjoint_weighted_mean)
"""The same over the sum of the coefficients that agree: scaling all λ cancels."""

DARE_TIES = Recipe(
    sparsify.uniform_score, sparsify.inverse_density, consensus.disjoint_sum
)
"""Drop at random and divide by density, elect, sum those that agree."""


def draw_scores(vectors: Weights, recipe: Recipe, *, seed: int) -> Weights | None:
    """Scores of every entry of stacked task vectors, for `merge`.

    Args:
        vectors: τ, every tensor (E, *shape).
        recipe: its `score` is applied tensor by tensor, in the order of names.
        seed: of the generator; without effect on scores that are not random.

    Returns:
        Every tensor (E, P), or None where the recipe keeps all entries.
    """
    if recipe.score is None:
        return None
    generator = Generator().manual_seed(seed)
    return {
        name: recipe.score(tau.flatten(1), generator)
        for name, tau in sorted(vectors.items())
    }


def merge(
    base: Weights,
    vectors: Weights,
    coefficients: Tensor,
    layers: Mapping[str, int | None],
    *,
    recipe: Recipe,
    scores: Weights | None = None,
    density: Tensor | float = 1.0,
) -> Weights:
    """θ = θ_0 + consensus of the weighted, sparsified task vectors.

    Args:
        base: θ_0.
        vectors: τ_1 … τ_E, stacked: every tensor (E, *shape).
        coefficients: λ, (E, n_layers) for one model, (C, E, n_layers) for C.
        layers: layer l of every tensor by name; None (the embedding, frozen in
            fine-tuning) keeps the base's value.
        recipe: how to sparsify, rescale and combine.
        scores: of `draw_scores`; needed where the recipe has a score.
        density: share of entries kept, in (0, 1]; a number, (E,), or (C, E). The
            default keeps all.

    Returns:
        The merged weights; with C candidates every tensor is (C, *shape).

    Raises:
        ParameterError: the coefficients do not fit the experts, a density lies
            outside (0, 1], or scores are missing.
    """
    lead = coefficients.shape[:-2]
    density = torch.as_tensor(density, dtype=torch.float64, device=coefficients.device)
    density = density.expand(*lead, coefficients.shape[-2])  # (..., E)
    _check(vectors, coefficients, recipe, scores, density)
    merged = {}
    for name, theta0 in base.items():
        layer = layers[name]
        if layer is None:
            merged[name] = theta0.expand(*lead, *theta0.shape).clone()
            continue
        tau = vectors[name].flatten(1)  # (E, P)
        if recipe.score is not None and scores is not None:
            kept = sparsify.mask(scores[name], density)  # (..., E, P)
            tau = recipe.rescale(tau, kept, density)
        lam = coefficients[..., layer].to(tau)  # (..., E)
        delta = recipe.combine(lam[..., None] * tau, lam)  # (..., P)
        merged[name] = theta0 + delta.reshape(*lead, *theta0.shape)
    return merged


def task_arithmetic(
    base: Weights,
    vectors: Weights,
    coefficients: Tensor,
    layers: Mapping[str, int | None],
) -> Weights:
    """θ_0 + Σ_e λ_{e,l} τ_e; see `merge` for arguments and shapes."""
    return merge(base, vectors, coefficients, layers, recipe=TASK_ARITHMETIC)


def _check(
    vectors: Weights,
    coefficients: Tensor,
    recipe: Recipe,
    scores: Weights | None,
    density: Tensor,
) -> None:
    experts = len(next(iter(vectors.values())))
    if coefficients.shape[-2] != experts:
        raise ParameterError(
            "coefficients",
            tuple(coefficients.shape),
            f"a tensor (..., E, n_layers) with E = {experts} experts",
            "Give one row of coefficients per task vector.",
        )
    if not bool(((density > 0) & (density <= 1)).all()):
        raise ParameterError(
            "density",
            density.tolist(),
            "a number in (0, 1]",
            "Use 1 to keep every entry.",
        )
    if recipe.score is not None and scores is None:
        raise ParameterError(
            "scores",
            None,
            "the result of draw_scores for a recipe that sparsifies",
            "Draw them once with draw_scores(vectors, recipe, seed=...).",
        )
