"""PS as a function of the Péclet number: λ(Pe) = a + b ℓ, ℓ linear in log Pe.

Searched by the engine of PS on what `directions.of_peclet` sees, with as many
evaluations of a fitness, and read off at any Pe.
"""

import torch

from evophys_lib.merge.affine import AffineObjective, at
from evophys_lib.merge.engines import name_of
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.merge.ps import Coefficients, Objective
from evophys_lib.merge.search import search
from evophys_lib.models import generations, shelf
from evophys_lib.models.coefficients import RECIPE
from evophys_lib.models.directions import basis, counted, shifts_of
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.models.parameter_space import ENGINE, FoundCoefficients
from evophys_lib.models.shelf import HISTORY
from evophys_lib.profiles import SearchSize
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import fitness_on, inputs_of, sight
from evophys_lib.study.study import Study, plain

BEST = "best"


def ps_of_peclet(study: Study, peclet: float, *, count: int) -> Forecaster:
    """λ(Pe) from `count` trajectories at each headline number; the same at all Pe."""
    profile, name = study.profile, f"ps_of_pe_{counted(count)}"
    seen = {pe: sight(study, pe, count=count) for pe in profile.peclets}
    levels = [basis(study, pe)[1] for pe in seen]
    shifts, popsize = shifts_of(profile, count), profile.ps.popsize
    size = SearchSize(max(1, profile.directions.together // popsize), popsize)
    budget = shelf.budget_of(study, size)
    lineage, box = training.lineage(study), Coefficients()

    def make(journal: Journal) -> Tensors:
        looks = [
            fitness_on(study, one.trajectories(), one.steps, shifts=shifts)
            for one in seen.values()
        ]
        parts = [Objective(lineage, f, RECIPE, box, budget.seed) for f in looks]
        objective = AffineObjective(parts, levels)
        found = search(
            objective,
            objective.space,
            budget=budget,
            engine=ENGINE,
            journal=generations.search_journal(journal),
            label=name,
        )
        return generations.stored(found) | {BEST: torch.from_numpy(found.best)}

    first = next(iter(seen.values()))
    config = {
        "peclets": list(seen),
        "shifts": shifts,
        "ranges": plain(box),
        "reach": AffineObjective.reach,
        "engine": name_of(ENGINE),
        "recipe": RECIPE.parts,
        "budget": plain(budget),
        **first.config,
    }
    kept = shelf.baseline(study, name, None, config, inputs_of(seen), make)
    kept.require(BEST, HISTORY)
    best, history = kept.tensors[BEST].numpy(), kept.tensors[HISTORY].numpy()
    lam, _ = box.decode(
        at(best[None], basis(study, peclet)[1]), len(lineage.names), lineage.blocks + 1
    )  # (1, E, n_layers)
    coefficients = torch.from_numpy(lam[0]).to(study.device)
    weights = task_arithmetic(
        lineage.base, lineage.vectors, coefficients, lineage.layers
    )
    evaluations = len(seen) * history.size
    return Forecaster(
        predict=by_rollout(by_weights(training.world_model(study), weights)),
        cost=Cost(
            evaluations=evaluations,
            passes=evaluations * count * shifts * first.steps,
            trajectories=count * len(seen),
            seconds=store.seconds_of(kept.path),
        ),
        paths=(kept.path,),
        weights=weights,
        found=FoundCoefficients(
            history, dict(zip(lineage.names, lam[0].tolist(), strict=True))
        ),
    )
