"""Controls of composition: the same merges of parents that have nothing to compose.

Does a merge predict the target better than its parents because these know different
physics, or because averages of weights that were trained briefly are better weights?
The soup, PS and directions, by the budgets that heat and Burgers have, of

- one expert twice: the study's, and another from the same θ₀, with other training data
  and in another order;
- two that were trained on both families, likewise;
- heat, and one that has learnt a reaction instead, in which nothing spreads and nothing
  is carried (`physics.reaction`; neither encoder nor θ₀ have seen it);
- the experts, trained four times as long.

And with one number, λ on a grid: θ₀ + λ (θ_joint − θ₀). Nothing of this sees more of
the target than PS does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from evophys_lib.merge.directions import Directions
from evophys_lib.merge.ensembles import soup
from evophys_lib.merge.fewer_numbers import Grid, Line
from evophys_lib.merge.lineage import Lineage
from evophys_lib.models import bank, shelf, tuning
from evophys_lib.models.directions import Layout, at_peclet
from evophys_lib.models.model import Cost, Forecaster, Make
from evophys_lib.models.parameter_space import Parents, search_coefficients
from evophys_lib.models.shelf import Kept
from evophys_lib.physics import reaction
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.study import Stream, Study
from evophys_lib.worldmodel.rollout import Weights
from evophys_lib.worldmodel.windows import WindowSampler

LONGER = 4
"""Steps over those of an expert."""
JOINT, REACTION = "joint", "reaction"


@dataclass(frozen=True)
class Trained:
    """A parent: its checkpoint, and its weights when called."""

    path: Path
    weights: Callable[[], Weights]


MakeParents = Callable[[Study], Mapping[str, Trained]]


def models(
    families: tuple[str, ...], titles: Callable[[str], str]
) -> dict[str, tuple[str, Make]]:
    """Label and maker by name: parents that only controls have, then all merges."""
    found: dict[str, tuple[str, Make]] = {}
    for f in families:
        title = titles(f)
        found[f"{f}_again"] = f"{title} expert, again", partial(_alone, make=again(f))
        found[f"{f}_long"] = f"{title} expert, long", partial(_alone, make=long(f))
    found["joint_again"] = "joint fine-tuning, again", partial(_alone, make=joint_again)
    found[REACTION] = "reaction expert", partial(_alone, make=of_reaction)
    found["joint_line"] = "θ₀ to joint, one λ", joint_line
    pairs: dict[str, tuple[str, MakeParents]] = {
        f"{f}_twice": (f"{titles(f)} twice", partial(twice, family=f)) for f in families
    }
    pairs["joint_twice"] = "joint twice", joint_twice
    pairs["unrelated"] = f"{titles(families[0])} and reaction", unrelated
    pairs["long"] = "long experts", long_experts
    for pair, (label, parents) in pairs.items():
        for merge, (stem, make) in MERGES.items():
            name = f"{merge}_{pair}"
            maker = partial(make, name=name, parents=parents)
            found[name] = f"{stem}, {label}", maker
    return found


def expert(study: Study, family: str) -> Trained:
    """That of the study."""
    training.make_experts(study)
    path = training.expert_path(study, family)
    return Trained(path, lambda: training.expert(study, family).weights)


def again(family: str) -> Callable[[Study], Kept]:
    """θ₀ fine-tuned as the family's expert is, with other data and another order."""

    def make(study: Study) -> Kept:
        place = study.profile.families.index(family)
        return bank.tuned(
            study,
            f"{family}_again",
            lambda: _windows_again(study, (family,)),
            study.profile.finetune,
            data.again(study).generator(Stream.FINETUNING, place),
            {"family": family},
            {"data": data.make_sources_again(study)},
        )

    return make


def joint_again(study: Study) -> Kept:
    """θ₀ fine-tuned as `tuning.joint` is, likewise."""
    families = study.profile.families
    place = tuning.streams(families).index(tuning.JOINT)
    return bank.tuned(
        study,
        "joint_again",
        lambda: _windows_again(study, families),
        tuning.longer(study.profile.finetune, len(families)),
        data.again(study).generator(Stream.BASELINE, 1 + place),
        {"families": list(families)},
        {"data": data.make_sources_again(study)},
    )


def long(family: str) -> Callable[[Study], Kept]:
    """θ₀ fine-tuned as the family's expert is, but `LONGER`: every unroll so."""

    def make(study: Study) -> Kept:
        sampling = study.profile.sampling
        return bank.tuned(
            study,
            f"{family}_long",
            lambda: training.window_sampler(study, (family,), sampling),
            tuning.longer(study.profile.finetune, LONGER),
            study.generator(Stream.FINETUNING, study.profile.families.index(family)),
            {"family": family},
            {"data": data.make_sources(study, Split.TRAIN)},
        )

    return make


def of_reaction(study: Study) -> Kept:
    """θ₀ fine-tuned as an expert is, on as many trajectories of the reaction."""
    place, count = len(study.profile.families), study.profile.sizes.train
    usual = study.profile.sampling

    def sampler() -> WindowSampler:
        fields = reaction.training_fields(np.random.default_rng(study.seed), count)
        shown = torch.from_numpy(fields.astype(np.float32)).to(study.device)
        like = training.window_sampler(study, study.profile.families[:1], usual)
        return replace(like, fields=[shown])

    return bank.tuned(
        study,
        REACTION,
        sampler,
        study.profile.finetune,
        study.generator(Stream.FINETUNING, place),
        {"family": REACTION, "trajectories": count, "rates": list(reaction.RATE_RANGE)},
        {},
    )


def twice(study: Study, *, family: str) -> Mapping[str, Trained]:
    """An expert, and the same again."""
    other = _trained(study, again(family)(study))
    return {family: expert(study, family), f"{family}_again": other}


def joint_twice(study: Study) -> Mapping[str, Trained]:
    """Jointly fine-tuned, and the same again."""
    return {JOINT: joint(study), "joint_again": _trained(study, joint_again(study))}


def joint(study: Study) -> Trained:
    """The model `joint`, which is the same at every Pe."""
    made = tuning.joint(study, study.profile.peclets[0])
    weights = made.weights
    assert weights is not None, "what is tuned is one predictor"
    return Trained(made.paths[0], lambda: weights)


def unrelated(study: Study) -> Mapping[str, Trained]:
    """The first family's expert, and one of a reaction."""
    first = study.profile.families[0]
    other = _trained(study, of_reaction(study))
    return {first: expert(study, first), REACTION: other}


def long_experts(study: Study) -> Mapping[str, Trained]:
    """Every expert, trained `LONGER`."""
    return {
        f"{f}_long": _trained(study, long(f)(study)) for f in study.profile.families
    }


def joint_line(study: Study, peclet: float) -> Forecaster:
    """θ₀ + λ (θ_joint − θ₀), λ on a grid with the evaluations of PS."""

    def ends(study: Study) -> Mapping[str, Trained]:
        start = training.world_model_path(study)
        base = Trained(start, lambda: training.world_model(study).base)
        return {JOINT: joint(study), tuning.BASE: base}

    engine = partial(Grid, points=study.profile.ps.evaluations)
    return search_coefficients(
        study,
        "joint_line",
        peclet,
        box=Line(),
        engine=engine,
        parents=parents_of(study, ends(study)),
    )


def _alone(study: Study, peclet: float, *, make: Callable[[Study], Kept]) -> Forecaster:
    del peclet  # the same at all
    kept = make(study)
    return _forecaster(study, shelf.weights(study, kept), (kept.path,))


def _soup(
    study: Study, peclet: float, *, name: str, parents: MakeParents
) -> Forecaster:
    del peclet, name  # the same at all
    found = parents(study)
    weights = soup([one.weights() for one in found.values()])
    return _forecaster(study, weights, tuple(one.path for one in found.values()))


def _ps(study: Study, peclet: float, *, name: str, parents: MakeParents) -> Forecaster:
    return search_coefficients(
        study, name, peclet, parents=parents_of(study, parents(study))
    )


def _directions(
    study: Study, peclet: float, *, name: str, parents: MakeParents
) -> Forecaster:
    """With the evaluations of `directions.many`."""
    size, found = study.profile.directions, parents_of(study, parents(study))
    layout = Layout(
        space=lambda: Directions(found.lineage(), size.rank),
        config={"rank": size.rank, "parents": list(found.names)},
        inputs=found.inputs,
    )
    return at_peclet(study, peclet, name, size.many, layout)


MERGES = {
    "soup": ("soup", _soup),
    "ps": ("PS", _ps),
    "directions": ("directions", _directions),
}
"""Label and maker by name, of any parents."""


def parents_of(study: Study, found: Mapping[str, Trained]) -> Parents:
    """Ready to be merged in place of the experts."""
    model = training.world_model(study)

    def lineage() -> Lineage:
        weights = {name: one.weights() for name, one in found.items()}
        return Lineage(model.predictor, model.base, weights)

    inputs = {f"parent_{name}": one.path for name, one in found.items()}
    return Parents(tuple(found), lineage, inputs)


def _trained(study: Study, kept: Kept) -> Trained:
    return Trained(kept.path, lambda: shelf.weights(study, kept))


def _forecaster(study: Study, weights: Weights, paths: tuple[Path, ...]) -> Forecaster:
    roll = by_weights(training.world_model(study), weights)
    seconds = sum(map(store.seconds_of, paths))
    return Forecaster(
        by_rollout(roll), Cost(seconds=seconds), paths=paths, weights=weights
    )


def _windows_again(study: Study, families: tuple[str, ...]) -> WindowSampler:
    usual = training.window_sampler(study, families, study.profile.sampling)
    found = data.sources_again(study)
    return replace(
        usual, fields=[data.fields(found[f], study.device) for f in families]
    )
