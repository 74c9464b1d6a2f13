"""World models of several seeds: all that comes before merging, made and scored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from evophys_lib.diagnosis import aims, comparators
from evophys_lib.evaluate.scores import finite
from evophys_lib.scoring import home, report
from evophys_lib.store import artifacts as store
from evophys_lib.study import training, workers
from evophys_lib.study.study import Study

Document = dict[str, Any]


def scores(study: Study) -> Document:
    """One seed: scores, comparators and seconds, made with all they need if missing."""
    others = {
        family: comparators.rows(study, family) for family in study.profile.families
    }
    told: Document = finite(
        {
            "seed": study.seed,
            "world_model": home.world_model_scores(study),
            "comparators": {
                family: {name: row.columns() for name, row in rows.items()}
                for family, rows in others.items()
            },
            "seconds": seconds(study),
        }
    )
    return told


def seconds(study: Study) -> dict[str, float]:
    """What pretraining, the probe and either expert took, and `clock`.

    clock: pretraining and both fine-tunings as a study of its own makes them, the
    experts side by side on two cores, or one after the other on a GPU.
    """
    taken = {
        "pretraining": store.seconds_of(training.world_model_path(study)),
        "probe": store.seconds_of(training.probe_path(study)),
    }
    tuning = {
        f: store.seconds_of(training.expert_path(study, f))
        for f in study.profile.families
    }
    together = sum if study.device.type == "cuda" else max
    taken |= {f"expert_{family}": spent for family, spent in tuning.items()}
    return taken | {"clock": taken["pretraining"] + together(tuning.values())}


def run(studies: Sequence[Study]) -> Iterator[tuple[int, Document | Exception]]:
    """Score every seed, side by side; (seed, scores or error) as they come.

    Each seed works alone in its process, so its own stages follow one another.
    """
    alone = [replace(s, profile=replace(s.profile, processes=1)) for s in studies]
    tasks = [partial(scores, study) for study in alone]
    count = workers.side_by_side(studies[0].profile, studies[0].device)
    for position, result in workers.as_finished(tasks, count):
        yield studies[position].seed, result


def work(study: Study) -> Mapping[Path, int]:
    """The artifacts that take long, each with its steps of training."""
    profile = study.profile
    trained = {
        training.world_model_path(study): profile.jepa.training.steps,
        training.probe_path(study): profile.probe.steps,
    }
    for family in profile.families:
        expert = training.expert_path(study, family)
        trained[expert] = profile.finetune.training.steps
        operator = comparators.path(study, comparators.OPERATOR, family)
        trained[operator] = profile.neural_operator.training.steps
    return trained


def document(first: Study, rows: Sequence[Document]) -> Document:
    """world_models.json: what was aimed at, and a row per seed."""
    aimed = aims.of_profile(first.profile.name)
    return {
        "profile": first.profile.name,
        "targets": None if aimed is None else aimed.described(),
        "test_trajectories": first.profile.sizes.test,
        "rows": sorted(rows, key=lambda row: row["seed"]),
        "versions": report.versions(),
        "device": report.device_name(first.device),
    }
