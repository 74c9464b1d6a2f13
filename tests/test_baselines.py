"""Soup and ensemble by their definitions."""

import pytest
import torch
from families import assert_same, family, start

from evophys_lib.merge.baselines import ensemble_rollout, soup
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.worldmodel.rollout import rollout


def test_the_soup_is_task_arithmetic_with_equal_shares():
    f = family()
    half = torch.full((2, 3), 0.5)
    expected = task_arithmetic(f.base, f.vectors, half, f.layers)
    assert_same(soup(list(f.experts.values())), expected, 1e-14)


def test_the_soup_of_one_model_is_that_model():
    f = family()
    assert_same(soup([f.base, f.base]), f.base)


def test_the_ensemble_feeds_the_mean_of_predictions_back():
    f, z = family(), start()
    out = ensemble_rollout(f.predictor, list(f.experts.values()), z, 3)
    for h in range(3):
        one = [rollout(f.predictor, w, z, 1)[0] for w in f.experts.values()]
        z = (one[0] + one[1]) / 2
        assert torch.allclose(out[h], z, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["heat", "burgers"])
def test_an_ensemble_of_copies_is_the_model(name):
    f, z0 = family(), start()
    expert = f.experts[name]
    out = ensemble_rollout(f.predictor, [expert, expert, expert], z0, 3)
    expected = rollout(f.predictor, expert, z0, 3)
    assert torch.allclose(out, expected, rtol=0, atol=1e-12)
