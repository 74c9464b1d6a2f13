"""Merges by directions that start elsewhere than at the uniform soup.

    θ(0) = θ_0 + Σ_e s_{e,l} τ_e,   s = 0: θ_0;  1 for the better parent alone;  λ of PS

with the evaluations of `directions.many`, among which those that found the start count.
Random directions from the same starts are the controls: what comes from where a merge
starts, what from the directions that it takes.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from evophys_lib.merge.directions import Start
from evophys_lib.models import coefficients
from evophys_lib.models.directions import Layout, at_peclet, enough, space
from evophys_lib.models.model import Cost, Forecaster, Make
from evophys_lib.models.parameter_space import FoundCoefficients
from evophys_lib.study.study import Study

RANDOM = "directions_random"
KINDS = {"directions": "directions", RANDOM: "random directions"}
Begin = Callable[[Study, float], tuple[Start, Forecaster | None]]
"""s at a Péclet number, and what was searched for it."""


def starts() -> dict[str, tuple[str, Make]]:
    """Label and maker by name: the experts' directions, and random ones."""
    origins: dict[str, tuple[str, Begin]] = {
        "base": ("θ₀", _base),
        "parent": ("the better parent", _parent),
        "ps": ("PS", _ps),
    }
    return {
        f"{kind}_from_{name}": (
            f"{label}, from {words}",
            partial(_from, name=name, kind=kind, begin=begin),
        )
        for kind, label in KINDS.items()
        for name, (words, begin) in origins.items()
    }


def _base(study: Study, peclet: float) -> tuple[Start, None]:
    """θ₀."""
    del peclet
    return (0.0,) * len(study.profile.families), None


def _parent(study: Study, peclet: float) -> tuple[Start, Forecaster]:
    """The expert with the lower fitness on the k trajectories."""
    model = coefficients.best_parent(study, peclet)
    fitness = _found(model).history
    return tuple(np.eye(fitness.size)[fitness.argmin()].tolist()), model


def _ps(study: Study, peclet: float) -> tuple[Start, Forecaster]:
    """λ per expert and layer."""
    model = coefficients.ps(study, peclet)
    lam = _found(model).coefficients
    assert lam is not None, "λ is what PS searches"
    return tuple(map(tuple, lam.values())), model


def _found(model: Forecaster) -> FoundCoefficients:
    assert isinstance(model.found, FoundCoefficients), "it was searched"
    return model.found


def _from(
    study: Study, peclet: float, *, name: str, kind: str, begin: Begin
) -> Forecaster:
    """What finding the start took is left out of the search."""
    rank, (start, before) = study.profile.directions.rank, begin(study, peclet)
    random = kind == RANDOM
    layout = Layout(
        space=lambda: space(study, rank, random=random, start=start),
        config={"rank": rank, "random": random, "start": name},
        inputs={} if before is None else {"start": before.paths[0]},
    )
    taken = Cost() if before is None else before.cost
    spent = enough(study, layout, taken.evaluations)
    found = at_peclet(study, peclet, f"{kind}_from_{name}", spent, layout)
    return replace(found, cost=taken.after(found.cost))
