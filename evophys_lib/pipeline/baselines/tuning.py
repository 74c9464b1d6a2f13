"""Baselines that are trained: on the k trajectories, on both sources, on plenty.

Training on the target is what merging claims to do without. Few-shot fine-tuning sees
what the search sees and may take as many predictor passes (`entry`); it may start at
any frame of a trajectory, the fitness always starts at the first. "Plenty" has as
many target trajectories and steps as an expert has of its own family: the ceiling.
"""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from evophys_lib import store
from evophys_lib.errors import SplitError
from evophys_lib.journal import Journal
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, forecasting, training
from evophys_lib.pipeline.baselines import entry
from evophys_lib.pipeline.baselines.entry import Baseline
from evophys_lib.pipeline.study import Stream, Study, plain
from evophys_lib.profiles import Profile
from evophys_lib.worldmodel.finetune import FinetuneConfig, finetune
from evophys_lib.worldmodel.rollout import weights_of
from evophys_lib.worldmodel.training import TrainingConfig
from evophys_lib.worldmodel.windows import WindowSampler

BASE = "base"
LOSSES = "losses"
TRAINED = ("joint", "plenty", "few_shot_base", "few_shot_heat", "few_shot_burgers")
"""Each has random numbers of its own, by its place here."""


def few_shot_base(study: Study, peclet: float) -> Baseline:
    """θ₀ fine-tuned on the k trajectories."""
    return few_shot(study, peclet, BASE)


def few_shot_heat(study: Study, peclet: float) -> Baseline:
    """The heat expert fine-tuned on the k trajectories."""
    return few_shot(study, peclet, "heat")


def few_shot_burgers(study: Study, peclet: float) -> Baseline:
    """The Burgers expert fine-tuned on the k trajectories."""
    return few_shot(study, peclet, "burgers")


def joint(study: Study, peclet: float) -> Baseline:
    """θ₀ fine-tuned on both families at once: data mixed instead of weights.

    Twice the steps of one expert on batches of half heat, half Burgers: it sees as
    many windows of each family as that family's expert. The same at every Pe.
    """
    config = _longer(study.profile.finetune, 2)
    inputs = {"data": data.make_sources(study, Split.TRAIN)}

    def sampler() -> WindowSampler:
        return training.window_sampler(study, data.FAMILIES, study.profile.sampling)

    return _tuned(study, "joint", None, config, sampler, inputs)


def plenty(study: Study, peclet: float) -> Baseline:
    """θ₀ fine-tuned on plenty of target trajectories, as an expert is: the ceiling."""
    return _tuned(
        study,
        "plenty",
        peclet,
        study.profile.finetune,
        lambda: target_sampler(study, data.target(study, Split.TRAIN, peclet)),
        {"data": data.make_target(study, Split.TRAIN, peclet)},
        trajectories=study.profile.sizes.train,
    )


def few_shot_config(profile: Profile, k: int) -> FinetuneConfig:
    """Batches of k windows, as many steps as cost what the search costs.

        steps = E k H / (3 k mean H_s),   E = G P

    rounded down, but one for each length of unroll at least.
    """
    size = profile.ps
    passes = size.generations * size.popsize * k * profile.horizon_steps
    unrolls = profile.finetune.unrolls
    mean = sum(unrolls) / len(unrolls)
    steps = int(passes / (GRADIENT_COST * k * mean))
    return replace(
        profile.finetune,
        training=TrainingConfig(
            steps=max(steps, len(unrolls)),
            batch=k,
            learning_rate=profile.few_shot.learning_rate,
            warmup=profile.few_shot.warmup,
        ),
    )


def target_sampler(study: Study, trajectories: Trajectories) -> WindowSampler:
    """Windows of target trajectories; SplitError for those of the test split."""
    if trajectories.split is Split.TEST:
        raise SplitError(
            "trajectories of Split.TEST are not allowed: nothing is trained on what "
            "the report is about. Pass those of another split."
        )
    return WindowSampler(
        fields=[data.fields(trajectories, study.device)],
        context=study.profile.encoder.context,
        stride=study.profile.predictor.stride,
        sampling=study.profile.sampling,
    )


def few_shot(
    study: Study, peclet: float, origin: str, seen: entry.Sight | None = None
) -> Baseline:
    """θ₀ or an expert fine-tuned on what the search sees, or on another sight."""
    usual, stream = study.profile.sizes.search, f"few_shot_{origin}"
    seen = seen or entry.sight(study, peclet)
    return _tuned(
        study,
        stream if seen.count == usual else f"{stream}_k{seen.count}",
        peclet,
        few_shot_config(study.profile, seen.count),
        lambda: target_sampler(study, seen.trajectories()),
        seen.inputs,
        origin=origin,
        trajectories=seen.count,
        stream=stream,
    )


def _longer(config: FinetuneConfig, times: int) -> FinetuneConfig:
    steps = times * config.training.steps
    return replace(config, training=replace(config.training, steps=steps))


def _tuned(
    study: Study,
    name: str,
    peclet: float | None,
    config: FinetuneConfig,
    sampler: Callable[[], WindowSampler],
    inputs: dict[str, Path],
    *,
    origin: str = BASE,
    trajectories: int = 0,
    stream: str | None = None,
) -> Baseline:
    """A fine-tuned predictor; `origin` is θ₀ or the expert that it starts from.

    stream: the name of TRAINED whose random numbers it has, if not its own.
    """
    model = training.world_model(study)

    def make(journal: Journal) -> store.Tensors:
        start = copy.deepcopy(model.predictor)
        if origin != BASE:
            start.load_state_dict(training.expert(study, origin).weights)
        where = "" if peclet is None else f" at Pe {peclet_key(peclet)}"
        tuned, losses = finetune(
            start,
            model.encoder,
            sampler(),
            config,
            study.generator(Stream.BASELINE, 1 + TRAINED.index(stream or name)),
            label=f"{name}{where}",
            journal=journal,
        )
        return entry.stored(weights_of(tuned)) | {LOSSES: torch.tensor(losses)}

    settings = {
        "trajectories": trajectories,
        "finetune": plain(config),
        "sampling": plain(study.profile.sampling),
        "origin": origin,
    }
    tensors, path = entry.obtain(study, name, peclet, settings, inputs, make)
    weights = entry.loaded(study, tensors, path)
    return Baseline(
        roll=forecasting.by_weights(model, weights),
        cost=entry.trained(config, trajectories, path),
        paths=(path,),
        weights=weights,
    )
