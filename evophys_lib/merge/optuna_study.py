"""Evaluated generations as an Optuna study, for Optuna's dashboard and plots.

One trial per candidate, in the order of evaluation, with its generation as a user
attribute; one without finite fitness counts as failed. The study is for looking at:
no sampler drew its trials, so it does not go on from there.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from evophys_lib.merge.optuna_engine import distributions, quiet, trial_parameters
from evophys_lib.merge.search import Generations
from evophys_lib.merge.space import Space

# isort: split
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

GENERATION = "generation"


def write_studies(
    path: Path, searches: Mapping[str, tuple[Generations, Space]]
) -> None:
    """Write searches, by the study's name, as an Optuna journal to a new file.

    `optuna-dashboard <path>` shows it; `optuna.load_study` reads it through
    `JournalStorage(JournalFileBackend(path))`.
    """
    with quiet():
        storage = JournalStorage(JournalFileBackend(str(path)))
        for name, (done, space) in searches.items():
            study = optuna.create_study(storage=storage, study_name=name)
            study.add_trials(trials(done, space))


def trials(done: Generations, space: Space) -> list[FrozenTrial]:
    """One trial per candidate, in the order of evaluation."""
    known = distributions(space)
    return [
        optuna.trial.create_trial(
            state=TrialState.COMPLETE if np.isfinite(value) else TrialState.FAIL,
            value=float(value) if np.isfinite(value) else None,
            params=trial_parameters(candidate, space),
            distributions=known,
            user_attrs={GENERATION: g},
        )
        for g, (candidates, fitness) in enumerate(
            zip(done.candidates, done.fitness, strict=True)
        )
        for candidate, value in zip(candidates, fitness, strict=True)
    ]
