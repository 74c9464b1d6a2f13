"""Sparsify task vectors: which entries survive, and how those are rescaled.

Every entry of a task vector gets a score s in [0, 1), and

    mask = 1[s < density]

keeps a share `density` of them. TIES scores by rank of magnitude, DARE by a
uniform random number. Scores are drawn once; masks of any number of densities
then are one broadcast comparison, and masks of rising density are nested. A search
that keeps its scores therefore compares candidates under common random numbers.

All functions act on flattened task vectors of one tensor, (E, P): E experts, P
entries. Inputs are never mutated.

Sources: TIES, arXiv 2306.01708, Algorithm 1 (trim); DARE, arXiv 2311.03099,
equations 2–4 (drop and rescale).
"""

import torch
from torch import Generator, Tensor


def magnitude_score(vectors: Tensor, generator: Generator) -> Tensor:
    """s_p = rank of |τ_p| / P, the largest entry first: TIES' trim.

    Equal magnitudes rank by position, so exactly ceil(density · P) entries are
    kept (Algorithm 1, keep_topk_reset_rest_to_zero). mergekit keeps the floor of it,
    and at least one.

    Args:
        vectors: τ, (E, P).
        generator: not used; trimming is deterministic.

    Returns:
        (E, P) float64.
    """
    order = vectors.abs().argsort(dim=-1, descending=True, stable=True)  # (E, P)
    ranks = torch.arange(vectors.shape[-1], device=vectors.device).expand_as(order)
    score = torch.empty(vectors.shape, dtype=torch.float64, device=vectors.device)
    return score.scatter_(-1, order, ranks.double() / vectors.shape[-1])


def uniform_score(vectors: Tensor, generator: Generator) -> Tensor:
    """s_p ~ U(0, 1), independent: DARE's drop, m_p ~ Bernoulli(density).

    Args:
        vectors: τ, (E, P); only its shape and device are read.
        generator: the source of randomness, on the CPU so that a seed gives the
            same masks on every device.

    Returns:
        (E, P) float64.
    """
    drawn = torch.rand(vectors.shape, generator=generator, dtype=torch.float64)
    return drawn.to(vectors.device)


def mask(score: Tensor, density: Tensor) -> Tensor:
    """m = 1[s < density], boolean.

    Args:
        score: s, (E, P).
        density: share kept in (0, 1], one per expert and, with leading axes, per
            candidate: (..., E).

    Returns:
        (..., E, P).
    """
    return score < density.to(score)[..., None]


def no_rescale(vectors: Tensor, kept: Tensor, density: Tensor) -> Tensor:
    """m ⊙ τ: TIES leaves what it keeps as it is."""
    return vectors * kept


def inverse_density(vectors: Tensor, kept: Tensor, density: Tensor) -> Tensor:
    """m ⊙ τ / density, unbiased: E[m ⊙ τ / density] = τ (DARE, equation 4)."""
    return vectors * kept / density.to(vectors)[..., None]
