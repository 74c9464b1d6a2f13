"""λ learned by gradient descent through the rollout: a baseline for the searches.

    λ ← clip( λ − Adam( ∂f/∂λ ) ),   f = (1/H) Σ_h MSE_h / Var_h

A merge is linear in λ and a rollout is differentiable, so ∂f/∂λ costs one backward
pass. Descents from several starts go side by side, as one population.

What a gradient counts as. A backward pass multiplies twice where the forward pass
multiplies once, so a gradient is counted as GRADIENT_COST = 3 evaluations: a budget of
G generations of P candidates pays for G steps of P/3 descents. Whoever would count
evaluations of f alone can say `cost=1`.

Source: Adam, Kingma & Ba, arXiv 1412.6980; merging coefficients learned by gradient:
Yang et al. (AdaMerging), arXiv 2310.02575, there by entropy, here by f itself.
"""

import time

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import ParameterError
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC, Recipe
from evophys_lib.merge.ps import Coefficients, Objective, ParameterSpaceMerge, merged
from evophys_lib.merge.search import Budget, SearchResult
from evophys_lib.merge.space import Space
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.resuming import Journal, capture, restore

GRADIENT_COST = 3
"""Evaluations that one value and gradient of f are counted as."""


def descend(
    lineage: Lineage,
    fitness: LatentFitness,
    *,
    budget: Budget,
    recipe: Recipe = TASK_ARITHMETIC,
    coefficients: Coefficients | None = None,
    rate: float = 0.05,
    cost: int = GRADIENT_COST,
    mask_seeds: int = 5,
    journal: Journal | None = None,
    label: str = "gradient",
) -> ParameterSpaceMerge:
    """Learn λ by Adam from several starts; the same seed gives the same bytes.

    The first descent starts where searches do, the others as far from it as the first
    generation of CMA-ES. Each step ends inside the box.

    Args:
        lineage: base, experts and architecture.
        fitness: from the validation split.
        budget: G steps of P // cost descents, at least one; the seed draws the starts.
        recipe: how to merge. Where a sign is elected the gradient is that of the
            merge with the signs as they are.
        coefficients: the box; `Coefficients()` if not given.
        rate: Adam's learning rate, in units of λ: at first each step moves each λ by
            this much. 0.05 crosses the box in G = 40 steps.
        cost: what a gradient counts as, in evaluations.
        mask_seeds: how many fresh masks the winner is scored on.
        journal: saved to whenever it is due; a descent that was killed goes on from
            what it holds.
        label: shown by the progress bar.

    Returns:
        As a search does; its `search.history` is (G, P // cost), one value for each
        gradient.

    Raises:
        SplitError: the fitness is not one of the validation split.
        ParameterError: the box searches densities, in which a mask has no gradient;
            a rate that is not positive; a cost below one.
        EvoPhysError: no descent had a finite fitness.
        ArtifactError: the journal is damaged, or another descent's.
    """
    box = Coefficients() if coefficients is None else coefficients
    _check(box, rate, cost)
    objective = Objective(lineage, fitness, recipe, box, budget.seed)
    space, began = objective.space, time.perf_counter()
    starts = _starts(space, max(1, budget.popsize // cost), budget.seed)
    x = torch.tensor(starts, device=fitness.z0.device, requires_grad=True)  # (R, d)
    low, high = (torch.tensor(space.column(c)).to(x) for c in ("low", "high"))
    adam = torch.optim.Adam([x], lr=rate)
    candidates = torch.zeros((budget.generations, *x.shape), dtype=torch.float64)
    state = {"candidates": candidates}  # (G, R, d)
    values = [] if journal is None else restore(journal, adam, state)
    with tqdm(
        total=budget.generations, initial=len(values), desc=label, unit="step"
    ) as bar:
        for g in range(len(values), budget.generations):
            value = objective.per_horizon(x).mean(1)  # (R,)
            candidates[g] = x.detach()
            values.append(value.detach())
            (x.grad,) = torch.autograd.grad(value.sum(), x)
            x.grad.nan_to_num_(0.0, 0.0, 0.0)  # what diverged stays where it is
            adam.step()
            with torch.no_grad():
                x.copy_(x.clamp(low, high))
            if journal is not None and journal.due():
                journal.save(capture(adam, values, state))
            bar.set_postfix(best=f"{_finite(values).min():.4g}", refresh=False)
            bar.update()
    seconds = time.perf_counter() - began
    result = SearchResult.of(candidates.numpy(), _finite(values), seconds, label=label)
    return merged(objective, result, mask_seeds=mask_seeds)


def _finite(values: list[Tensor]) -> Array:
    """(R,) of each step as (G, R), ∞ where a descent diverged."""
    found = torch.stack(values).double().cpu().numpy()
    return np.where(np.isfinite(found), found, np.inf)


def _starts(space: Space, count: int, seed: int) -> Array:
    """(R, d): the start of the space, then normal draws about it, in the box."""
    noise = np.random.default_rng(seed).standard_normal((count, len(space)))
    noise[0] = 0.0
    starts = space.column("start") + space.column("spread") * noise
    return np.clip(starts, space.column("low"), space.column("high"))


def _check(box: Coefficients, rate: float, cost: int) -> None:
    if box.lowest_density is not None:
        raise ParameterError(
            "coefficients.lowest_density",
            box.lowest_density,
            "None: a mask is a step in its density and has no gradient there",
            "Fix `density`, or search by an engine.",
        )
    parameters.positive("rate", rate, "Use 0.05.")
    parameters.whole("cost", cost, 1, f"Use {GRADIENT_COST}.")
