"""Do the models that come with the repository agree with those of a training?"""

from dataclasses import dataclass, replace
from pathlib import Path

from evophys_lib.physics.splits import Split
from evophys_lib.scoring import home
from evophys_lib.scoring.forecasts import nrmse_curve
from evophys_lib.store import artifacts as store
from evophys_lib.store import shipped
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of, truth_of
from evophys_lib.study.study import Study

TOLERANCE = 0.15
"""By how much errors at home may differ. A processor of another kind adds in another
order, trainings amplify it, and two makes ended with errors up to 5 % apart."""


@dataclass(frozen=True)
class Agreement:
    """equal: whether all checkpoints have the same bytes; ratios: nRMSE of the
    trained over that of the shipped, by model, family and horizon."""

    equal: bool
    ratios: dict[str, float]

    @property
    def holds(self) -> bool:
        """Equal, or within the tolerance."""
        far = max(abs(ratio - 1.0) for ratio in self.ratios.values())
        return self.equal or far <= TOLERANCE


def checkpoints(study: Study) -> list[Path]:
    """What comes with the repository, as a study has it: models, and the record of
    the data that they were trained on."""
    return [
        data.trained_on(study),
        training.world_model_path(study),
        training.probe_path(study),
        *training.expert_paths(study).values(),
    ]


def agreement(study: Study) -> Agreement:
    """Of a study's own models, trained if they are missing, with the shipped ones."""
    training.probe(study)
    training.make_experts(study)
    other = replace(study, part=shipped.PART)
    own, theirs = errors(study, study), errors(other, study)
    return Agreement(
        equal=all(
            store.digest_of(path) == store.digest_of(other.shipped(other.folder / name))
            for path in checkpoints(study)
            for name in [path.relative_to(study.folder)]
        ),
        ratios={name: own[name] / theirs[name] for name in own},
    )


def errors(study: Study, tested: Study) -> dict[str, float]:
    """nRMSE of θ₀ and both experts on the test trajectories of a study's families."""
    found = {}
    for family, trajectories in data.sources(tested, Split.TEST).items():
        shown = scene_of(study, trajectories)
        for name in ("base", *study.profile.families):
            told = home.models(study)[name](study, home.NOWHERE).predict(shown)
            curve = nrmse_curve(told, *truth_of(study, trajectories))
            for horizon, error in home.at_horizons(study, curve).items():
                found[f"{name} on {family}, {horizon}"] = error
    return found


def ship(study: Study) -> None:
    """Put a study's models in the place of those that come with the repository."""
    other = replace(study, part=shipped.PART)
    training.probe(study)
    training.make_experts(study)
    for path in checkpoints(study):
        place = other.shipped(other.folder / path.relative_to(study.folder))
        store.discard(place)
        shipped.copy(path, place)
