"""Trials: who wins, what is left out, and that it is fair."""

from types import SimpleNamespace

import numpy as np
import pytest

from evophys_lib.models.choosing import Setting, choose, fold, fold_count

ORIGINS, FACTORS = ("heat", "burgers", "base"), (0.5, 1.0, 2.0)


def chosen(errors):
    """The choice, and all trials, where errors tells that of a setting."""
    tried = []

    def error(setting):
        tried.append(setting)
        return errors(setting)

    setting = choose(error, ORIGINS, FACTORS, rounds=(10, 20, 40), whole=160)
    return setting, tried


def test_the_best_of_a_separable_grid_is_found():
    for origin in ORIGINS:
        for factor in FACTORS:
            best, tried = chosen(
                lambda s, o=origin, f=factor: (
                    (s.origin != o) + abs(np.log(s.factor / f)) - s.steps / 1000
                )
            )
            assert best == Setting(origin, factor, 160)  # still falling: to the end
            assert len(tried) == len(set(tried)) == len(ORIGINS) + 5


def test_it_stops_early_where_longer_trials_are_worse():
    best, tried = chosen(lambda s: s.steps + s.factor)
    assert best == Setting("heat", 0.5, 20)
    assert [s.steps for s in tried] == [10] * 3 + [20] * 3 + [40] * 2


def test_a_diverged_trial_never_wins():
    best, _ = chosen(lambda s: np.inf if s.factor > 0.5 else 1.0)
    assert best.factor == 0.5


class Lot(SimpleNamespace):
    """Stands in for trajectories: which ones."""

    def take(self, chosen):
        return Lot(which=self.which[chosen])

    def __len__(self):
        return len(self.which)


def lots(count, peclets):
    return {pe: Lot(which=list(range(count))) for pe in peclets}


@pytest.mark.parametrize(("count", "left"), [(2, 1), (4, 1), (16, 4), (64, 16)])
def test_the_last_quarter_of_the_trajectories_is_left_out(count, left):
    assert fold_count(count, 1) == fold_count(count, 4) == 1
    part = fold(lots(count, (0.1, 1.0)), 0)
    for pe in (0.1, 1.0):
        assert part.fit[pe].which == list(range(count - left))
        assert part.left[pe].which == list(range(count - left, count))


def test_of_one_trajectory_inner_peclet_numbers_are_left_out():
    headline = (0.1, 1.0, 10.0, 100.0)
    assert [fold_count(1, n) for n in (1, 2, 3, 4, 9)] == [0, 0, 1, 2, 2]
    parts = [fold(lots(1, headline), i) for i in range(2)]
    assert [[*part.left] for part in parts] == [[1.0], [10.0]]
    for part in parts:
        assert {*part.fit} == {*headline} - {*part.left}
    dense = tuple(np.geomspace(0.1, 100, 9))
    left = [[*fold(lots(1, dense), i).left] for i in range(2)]
    assert sorted(left[0] + left[1]) == sorted(dense[1:-1])
