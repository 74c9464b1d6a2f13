"""The search finds what it should, repeats to the byte, and survives bad points."""

import warnings

import numpy as np
import optuna
import pytest
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from catcma import CatCma
from evophys_lib.errors import ArtifactError, EvoPhysError, ParameterError
from evophys_lib.merge.engines import CmaEs, Sobol, Uniform
from evophys_lib.merge.optuna_engine import optuna_engine
from evophys_lib.merge.optuna_study import GENERATION, trials
from evophys_lib.merge.search import Budget, Generations, search
from evophys_lib.merge.space import Dimension, Space, bit, real
from optuna_cma_es import optuna_cma_es, optuna_cma_es_with_margin

BOX = Space(tuple(real(f"x{i}", -0.5, 1.5, start=0.5) for i in range(6)))
OPTIMUM = np.array([1.2, -0.1, 0.8, 0.2, 0.4, 0.9])
ENGINES = pytest.mark.parametrize(
    "engine", [optuna_cma_es, CmaEs, CatCma, Uniform, Sobol]
)


class Kept:
    """A journal in memory."""

    path = "kept"

    def __init__(self):
        self.kept = None

    def load(self):
        return self.kept

    def save(self, done):
        self.kept = Generations(done.candidates.copy(), done.fitness.copy())

    def forget_from(self, g):
        self.save(Generations(self.kept.candidates[:g], self.kept.fitness[:g]))


def quadratic(candidates):
    """An ill-conditioned bowl, condition number 100."""
    scale = np.logspace(0, 2, len(OPTIMUM))
    return (scale * (candidates - OPTIMUM) ** 2).sum(1)


@pytest.mark.parametrize("engine", [optuna_cma_es, CmaEs, CatCma])
def test_cma_es_finds_the_optimum_of_a_quadratic(engine):
    found = search(
        quadratic, BOX, budget=Budget(generations=100, popsize=12), engine=engine
    )
    assert np.abs(found.best - OPTIMUM).max() < 1e-4
    assert found.best_fitness < 1e-6


MIXED = Space(
    (
        *(bit(f"b{i}", on=i < 3) for i in range(10)),
        *(real(f"x{i}", 0.5, 1.5, start=1.0) for i in range(4)),
    )
)
PATTERN = np.array([0, 1, 0, 1, 1, 0, 1, 0, 1, 1], dtype=float)


MIXED_ENGINES = pytest.mark.parametrize(
    "engine", [CmaEs, CatCma, optuna_cma_es_with_margin, Uniform, Sobol]
)


def mismatch(candidates):
    """OneMax against a pattern, and a sphere."""
    wrong = (candidates[:, :10] != PATTERN).sum(1)
    return wrong + ((candidates[:, 10:] - 1.3) ** 2).sum(1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("engine", [CmaEs, CatCma])
def test_a_mixed_problem_is_solved(engine, seed):
    budget = Budget(generations=150, popsize=16, seed=seed)
    found = search(mismatch, MIXED, budget=budget, engine=engine)
    assert found.best[:10].tolist() == PATTERN.tolist()
    assert found.best_fitness < 1e-3
    blind = search(mismatch, MIXED, budget=budget, engine=Uniform)
    assert found.best_fitness < 0.01 * blind.best_fitness


@pytest.mark.parametrize("engine", [CmaEs, CatCma])
def test_the_first_generation_of_paths_is_near_the_start_and_varied(engine):
    candidates = engine(MIXED, 64, 0).ask()
    flips = (candidates[:, :10] != MIXED.start[:10]).mean()
    assert 0.03 < flips < 0.12  # Φ(−1.5) = 0.067
    assert len(np.unique(candidates[:, :10], axis=0)) > 10
    spread = candidates[:, 10:].std()
    assert spread == pytest.approx(1 / 6, rel=0.2)


@MIXED_ENGINES
def test_bits_are_exact_bounds_are_kept_and_seeds_repeat(engine):
    runs = [
        search(mismatch, MIXED, budget=Budget(6, 8, seed), engine=engine)
        for seed in (3, 3, 4)
    ]
    assert runs[0] == runs[1] and runs[0] != runs[2]
    for found in runs:
        assert set(np.unique(found.candidates[..., :10])) <= {0.0, 1.0}
        assert found.candidates[..., 10:].min() >= 0.5
        assert found.candidates[..., 10:].max() <= 1.5
        assert found.candidates[0, 0].tolist() == MIXED.start.tolist()


@MIXED_ENGINES
def test_a_search_over_bits_resumes_to_the_bit(engine):
    budget, journal = Budget(5, 8, 1), Kept()
    whole = search(mismatch, MIXED, budget=budget, engine=engine, journal=journal)
    journal.forget_from(3)
    resumed = search(mismatch, MIXED, budget=budget, engine=engine, journal=journal)
    assert resumed == whole


@pytest.mark.parametrize("engine", [CmaEs, CatCma])
def test_bits_alone_can_be_searched(engine):
    bits = Space(MIXED.dimensions[:10])
    found = search(
        lambda c: (c != PATTERN).sum(1), bits, budget=Budget(60, 16), engine=engine
    )
    assert found.best_fitness == 0


def test_invalid_candidates_do_not_drown_the_penalty_at_the_bounds():
    """The optimum is a corner, where half of all samples have to be mended."""
    corner = np.where(OPTIMUM > 0.5, 1.5, -0.5)

    def evaluate(candidates):
        value = ((candidates - corner) ** 2).sum(1)
        value[-4:] = np.inf
        return value

    found = [
        search(evaluate, BOX, budget=Budget(30, 12, seed), engine=CatCma).best_fitness
        for seed in range(9)
    ]
    assert np.median(found) < 0.08


@ENGINES
def test_candidates_stay_in_the_box_and_begin_at_the_start(engine):
    found = search(quadratic, BOX, budget=Budget(8, 16), engine=engine)
    assert found.candidates.min() >= -0.5 and found.candidates.max() <= 1.5
    assert np.allclose(found.candidates[0, 0], 0.5)
    assert found.best_fitness <= quadratic(BOX.start[None])[0] + 1e-12


@ENGINES
def test_the_same_seed_gives_the_same_bytes(engine):
    runs = [
        search(quadratic, BOX, budget=Budget(6, 8, seed), engine=engine)
        for seed in (3, 3, 4)
    ]
    assert runs[0] == runs[1] and runs[0] != runs[2]
    assert runs[0].candidates.tobytes() == runs[1].candidates.tobytes()


@ENGINES
def test_an_interrupted_search_resumes_to_the_bit(engine):
    budget, journal = Budget(7, 8, 1), Kept()
    whole = search(quadratic, BOX, budget=budget, engine=engine, journal=journal)
    journal.forget_from(4)
    evaluated = []

    def counted(candidates):
        evaluated.append(len(candidates))
        return quadratic(candidates)

    resumed = search(counted, BOX, budget=budget, engine=engine, journal=journal)
    assert resumed == whole
    assert evaluated == [8, 8, 8]


def test_a_journal_of_another_search_is_refused():
    journal = Kept()
    search(quadratic, BOX, budget=Budget(3, 8, seed=1), journal=journal)
    with pytest.raises(ArtifactError, match="kept was left by another .* generation 0"):
        search(quadratic, BOX, budget=Budget(3, 8, seed=2), journal=journal)
    journal.kept.fitness[1] = journal.kept.fitness[1, ::-1]  # leads elsewhere
    with pytest.raises(ArtifactError, match="generation 2 are not those"):
        search(quadratic, BOX, budget=Budget(3, 8, seed=1), journal=journal)


@ENGINES
def test_candidates_without_finite_fitness_are_survived(engine):
    def evaluate(candidates):
        value = quadratic(candidates)
        value[::2] = np.nan
        value[1] = np.inf
        return value

    found = search(evaluate, BOX, budget=Budget(10, 8), engine=engine)
    assert np.isfinite(found.best_fitness) and np.isfinite(found.candidates).all()
    assert np.isinf(found.history[:, ::2]).all() and not np.isnan(found.history).any()


def test_a_search_without_any_finite_fitness_says_so():
    def evaluate(candidates):
        return np.full(len(candidates), np.nan)

    with pytest.raises(EvoPhysError, match="none of 32 candidates"):
        search(evaluate, BOX, budget=Budget(4, 8))


def test_one_call_evaluates_one_generation():
    shapes = []

    def evaluate(candidates):
        shapes.append(candidates.shape)
        return quadratic(candidates)

    found = search(evaluate, BOX, budget=Budget(5, 8))
    assert shapes == [(8, 6)] * 5
    assert found.evaluations == 40
    assert found.history.min() == found.best_fitness
    assert quadratic(found.best[None])[0] == found.best_fitness


def test_sobol_fills_the_box_more_evenly_than_random():
    def discrepancy(engine):
        from scipy.stats import qmc

        points = engine(BOX, 256, 0).ask()
        return qmc.discrepancy(np.clip((points + 0.5) / 2, 0, 1))

    assert discrepancy(Sobol) < 0.5 * discrepancy(Uniform)


def test_any_optuna_sampler_drives_the_same_loop():
    tpe = optuna_engine(lambda seed: TPESampler(seed=seed))
    found = search(
        lambda c: (c[:, :10] != PATTERN).sum(1), MIXED, budget=Budget(5, 4), engine=tpe
    )
    assert set(np.unique(found.candidates[..., :10])) <= {0.0, 1.0}


def test_a_generation_is_a_trial_per_candidate_and_what_overflowed_failed():
    space = Space((real("x", 0.0, 1.0, start=0.5), bit("b", on=True)))
    candidates = np.array([[[0.25, 1.0], [0.5, 0.0]], [[0.75, 1.0], [1.0, 1.0]]])
    fitness = np.array([[3.0, np.inf], [2.0, 1.0]])
    told = trials(Generations(candidates, fitness), space)
    assert [t.value for t in told] == [3.0, None, 2.0, 1.0]
    assert [t.state for t in told] == [
        TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE,
    ]  # fmt: skip
    assert [t.user_attrs[GENERATION] for t in told] == [0, 0, 1, 1]
    assert told[1].params == {"x": 0.5, "b": 0}


def test_optuna_stays_quiet_and_keeps_the_users_level():
    level = optuna.logging.get_verbosity()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search(quadratic, BOX, budget=Budget(3, 8), engine=optuna_cma_es)
        search(lambda c: c.sum(1), MIXED, budget=Budget(3, 8))
        search(quadratic, BOX, budget=Budget(3, 6), engine=Sobol)
    assert optuna.logging.get_verbosity() == level


def test_optunas_cma_es_refuses_what_it_cannot_start_from():
    off_centre = Space((real("x", 0, 1, start=0.2), real("y", 0, 1, start=0.5)))
    for space in (off_centre, MIXED):
        with pytest.raises(ParameterError, match=r"engines\.CmaEs"):
            optuna_cma_es(space, 8, 0)


def test_bad_budgets_and_spaces_are_refused():
    with pytest.raises(ParameterError, match="popsize"):
        Budget(popsize=1)
    with pytest.raises(ParameterError, match="generations"):
        Budget(generations=0)
    with pytest.raises(ParameterError, match="start of x"):
        real("x", 0, 1, start=2)
    with pytest.raises(ParameterError, match="which must differ"):
        real("x", 0.5, float("0.5"), start=0.5)
    with pytest.raises(ParameterError, match="spread of x"):
        Dimension("x", 0, 1, 0.5, 0.0)
