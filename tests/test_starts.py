"""Merges that start elsewhere than at the soup: where, along what, at what price."""

import numpy as np
import pytest
import torch
from blind import make_blind
from tiny import PECLET

from evophys_lib.merge.least_squares import Budget
from evophys_lib.models import directions, registry
from evophys_lib.models.model import Group
from evophys_lib.study import training
from evophys_lib.study.sight import fitness_of, sight

ORIGINS = {"base": "base", "parent": "best_parent", "ps": "ps"}
"""The model at the start, by what the names end with."""
KINDS = {"directions": False, "directions_random": True}


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with these models; test data cannot be read meanwhile."""
    return make_blind(finished_study, tmp_path_factory, group)


def group(study):
    return registry.in_groups(study.profile, (Group.STARTS,))


def own_start(study, origin):
    """s, found anew."""
    if origin == "base":
        return (0.0, 0.0)
    if origin == "ps":
        lam = registry.MODELS["ps"].make(study, PECLET).found.coefficients
        return np.array([lam[family] for family in study.profile.families])
    model, fitness = training.world_model(study), sight(study, PECLET).fitness()
    experts = training.experts(study)
    errors = [fitness_of(model, experts[f], fitness) for f in study.profile.families]
    return (1.0, 0.0) if errors[0] < errors[1] else (0.0, 1.0)


def test_each_origin_stands_with_its_control(study):
    names = {f"{kind}_from_{origin}" for kind in KINDS for origin in ORIGINS}
    assert {*group(study)} == names


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_search_begins_at_its_start_and_leaves_it_along_its_directions(
    study, kind, origin
):
    made = group(study)[f"{kind}_from_{origin}"].make(study, PECLET)
    rank, start = study.profile.directions.rank, own_start(study, origin)
    space = directions.space(study, rank, random=KINDS[kind], start=start)
    at_start = space.models(np.zeros((1, len(space))))
    began = registry.of(study.profile)[ORIGINS[origin]].make(study, PECLET).weights
    found = space.models(made.found.x)
    for key, w in made.weights.items():
        torch.testing.assert_close(at_start[key][0], began[key], rtol=0, atol=1e-6)
        torch.testing.assert_close(found[key][0], w, rtol=0, atol=1e-6)
    history = made.found.history
    assert history[-1, 1] < history[0, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_found_the_start_is_taken_off_the_search(study, kind):
    size, ps = study.profile.directions, registry.MODELS["ps"].make(study, PECLET)
    made = group(study)[f"{kind}_from_ps"].make(study, PECLET)
    least = 1 + made.found.x.size + Budget.trials * size.secants
    own = made.found.history[-1, 0]
    assert own <= max(size.many - ps.cost.evaluations, least)
    assert made.cost.evaluations >= ps.cost.evaluations + own
    assert made.cost.passes > ps.cost.passes
