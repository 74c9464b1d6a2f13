"""The baselines by name, in the order of tables; a new one is one entry here."""

from collections.abc import Mapping
from functools import partial

from evophys_lib import store
from evophys_lib.pipeline import training, workers
from evophys_lib.pipeline.baselines import ensembles, merges, tuning
from evophys_lib.pipeline.baselines.entry import Baseline, Stage, baseline_path
from evophys_lib.pipeline.study import Study

Stages = Mapping[str, Stage]

GAP: Stages = {"best_parent": merges.best_parent, "plenty": tuning.plenty}
"""From the first to the second the gap closed is measured."""

RIVALS: Stages = {
    "model_stock": merges.model_stock,
    "lambda_line": merges.lambda_line,
    "slerp": merges.slerp,
    "task_arithmetic": merges.task_arithmetic,
    "ties": merges.ties,
    "dare_ties": merges.dare_ties,
    "sobol": merges.sobol,
    "gradient": merges.gradient,
    "random_vectors": merges.random_vectors,
    "fitted_ensemble": ensembles.fitted_ensemble,
    "heat_then_burgers": ensembles.heat_then_burgers,
    "burgers_then_heat": ensembles.burgers_then_heat,
    "burgers_after_heat": ensembles.burgers_after_heat,
    "heat_after_burgers": ensembles.heat_after_burgers,
    "few_shot_base": tuning.few_shot_base,
    "few_shot_heat": tuning.few_shot_heat,
    "few_shot_burgers": tuning.few_shot_burgers,
    "joint": tuning.joint,
}
"""What a merge is held against."""

BASELINES: Stages = {
    "best_parent": GAP["best_parent"],
    **RIVALS,
    "plenty": GAP["plenty"],
}


def make_all(
    study: Study, peclet: float, stages: Stages = BASELINES
) -> dict[str, Baseline]:
    """Every stage at one Péclet number; those missing are made side by side."""
    training.make_experts(study)
    missing = [
        partial(_make, stage=stage, peclet=peclet)
        for name, stage in stages.items()
        if not any(
            store.exists(baseline_path(study, name, at)) for at in (peclet, None)
        )
    ]
    workers.run(study, missing)
    return {name: stage(study, peclet) for name, stage in stages.items()}


def _make(study: Study, *, stage: Stage, peclet: float) -> None:
    stage(study, peclet)
