"""Models that are trained: on the k trajectories, on all sources, on plenty.

Training on the target is what merging claims to do without. Few-shot fine-tuning sees
what the search sees and may take as many predictor passes (`model`); it may start at
any frame of a trajectory, the fitness always starts at the first. "Plenty" has as
many target trajectories and steps as an expert has of its own family: a mark, which
longer training from a better start may pass.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from evophys_lib.errors import SplitError
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.models import shelf
from evophys_lib.models.directions import counted, shifts_of
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.physics.layout import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import Profile
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import Sight, fitness_of, inputs_of, sight
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.finetune import FinetuneConfig, finetune
from evophys_lib.worldmodel.rollout import weights_of
from evophys_lib.worldmodel.training import TrainingConfig
from evophys_lib.worldmodel.windows import WindowSampler

BASE = "base"
POOLED_BATCH = 16  # windows, in equal shares of all Péclet numbers
LOSSES = "losses"
JOINT, PLENTY = "joint", "plenty"


def streams(families: tuple[str, ...]) -> tuple[str, ...]:
    """What is trained; each has random numbers of its own, by its place here."""
    return (JOINT, PLENTY, *(few_shot_name(origin) for origin in (BASE, *families)))


def few_shot_name(origin: str) -> str:
    """Of the model that starts from θ₀ ("base") or from an expert."""
    return f"few_shot_{origin}"


def joint(study: Study, peclet: float) -> Forecaster:
    """θ₀ fine-tuned on all families at once: data mixed instead of weights.

    The steps of all experts together on batches of equal shares: it sees as many
    windows of each family as that family's expert. The same at every Pe.
    """
    del peclet
    families = study.profile.families
    config = longer(study.profile.finetune, len(families))
    inputs = {"data": data.make_sources(study, Split.TRAIN)}

    def sampler() -> WindowSampler:
        return training.window_sampler(study, families, study.profile.sampling)

    return _tuned(study, JOINT, None, config, sampler, inputs)


def plenty(study: Study, peclet: float) -> Forecaster:
    """θ₀ fine-tuned on plenty of target trajectories, as an expert is of its own."""
    return _tuned(
        study,
        PLENTY,
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
    passes = profile.ps.evaluations * k * profile.horizon_steps
    return _spending(profile, passes, k)


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


def sampler_of(study: Study, lots: Sequence[Trajectories]) -> WindowSampler:
    """Windows of several lots of target trajectories, in equal shares."""
    samplers = [target_sampler(study, lot) for lot in lots]
    return replace(samplers[0], fields=[s.fields[0] for s in samplers])


def few_shot(
    study: Study, peclet: float, *, origin: str, seen: Sight | None = None
) -> Forecaster:
    """θ₀ or an expert fine-tuned on what the search sees, or on another sight."""
    usual, stream = study.profile.sizes.search, few_shot_name(origin)
    seen = seen or sight(study, peclet)
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


def pooled_name(origin: str) -> str:
    """Of the model that starts from θ₀ ("base") or from an expert."""
    return f"pooled_{origin}"


def pooled(
    study: Study, peclet: float, *, origin: str, count: int, draw: int = 0
) -> Forecaster:
    """One network for all Pe: fine-tuned on `count` trajectories at each headline Pe.

    It sees what `directions.of_peclet` sees and has as many predictor passes; at which
    Péclet number a window lies it can only tell from the window.
    """
    del peclet  # the same at all
    peclets = study.profile.peclets
    seen = {pe: sight(study, pe, count=count, draw=draw) for pe in peclets}
    config = pooled_config(study.profile, count)

    def sampler() -> WindowSampler:
        return sampler_of(study, [one.trajectories() for one in seen.values()])

    return _tuned(
        study,
        f"{pooled_name(origin)}_{counted(count, draw)}",
        None,
        config,
        sampler,
        inputs_of(seen),
        origin=origin,
        trajectories=count * len(seen),
        stream=few_shot_name(origin),
        draw=draw,
    )


def pooled_config(profile: Profile, count: int) -> FinetuneConfig:
    """Batches of `POOLED_BATCH`, as many steps as cost what the search of c(Pe) costs.

    steps = E n H / (3 b mean H_s), n looks at the target an evaluation
    """
    looks = count * shifts_of(profile, count)
    evaluations = profile.directions.together * len(profile.peclets)
    passes = evaluations * looks * profile.horizon_steps
    return _spending(profile, passes, POOLED_BATCH)


def steps_costing(passes: int, batch: int, unrolls: Sequence[int]) -> int:
    """passes / (3 b mean H_s), but one step for each length of unroll at least."""
    mean = sum(unrolls) / len(unrolls)
    return max(len(unrolls), int(passes / (GRADIENT_COST * batch * mean)))


def _spending(profile: Profile, passes: int, batch: int) -> FinetuneConfig:
    """Fine-tuning on few trajectories that costs these passes."""
    return replace(
        profile.finetune,
        training=TrainingConfig(
            steps=steps_costing(passes, batch, profile.finetune.unrolls),
            batch=batch,
            learning_rate=profile.few_shot.learning_rate,
            warmup=profile.few_shot.warmup,
        ),
    )


def nearest(study: Study, peclet: float) -> Forecaster:
    """`few_shot_of` at the headline's Péclet number that is nearest in log Pe."""
    seen = min(study.profile.peclets, key=lambda pe: abs(math.log(pe / peclet)))
    return few_shot_of(study, seen, count=study.profile.sizes.search)


def few_shot_of(study: Study, peclet: float, *, count: int) -> Forecaster:
    """The expert that another number of trajectories chooses, fine-tuned on them."""
    seen = sight(study, peclet, count=count)
    model, fitness = training.world_model(study), seen.fitness()
    found = {
        name: fitness_of(model, weights, fitness)
        for name, weights in training.experts(study).items()
    }
    return few_shot(study, peclet, origin=min(found, key=found.__getitem__), seen=seen)


def longer(config: FinetuneConfig, times: int) -> FinetuneConfig:
    """So many times the steps, at every length of unroll."""
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
    draw: int = 0,
) -> Forecaster:
    """A fine-tuned predictor; `origin` is θ₀ or the expert that it starts from.

    stream: which of `streams` has its random numbers, if not its own; draw: which
    trajectories it saw.
    """
    model = training.world_model(study)
    place = streams(study.profile.families).index(stream or name)

    def make(journal: Journal) -> Tensors:
        start = copy.deepcopy(model.predictor)
        if origin != BASE:
            start.load_state_dict(training.expert(study, origin).weights)
        tuned, losses = finetune(
            start,
            model.encoder,
            sampler(),
            config,
            study.generator(Stream.BASELINE, 1 + place),
            label=shelf.label(name, peclet),
            journal=journal,
        )
        return shelf.stored(weights_of(tuned)) | {LOSSES: torch.tensor(losses)}

    settings = {
        "trajectories": trajectories,
        "finetune": plain(config),
        "sampling": plain(study.profile.sampling),
        "origin": origin,
    }
    if draw:
        settings["draw"] = draw
    kept = shelf.baseline(study, name, peclet, settings, inputs, make)
    weights = shelf.weights(study, kept)
    return Forecaster(
        predict=by_rollout(by_weights(model, weights)),
        cost=Cost(0, passes_of(config), trajectories, store.seconds_of(kept.path)),
        paths=(kept.path,),
        weights=weights,
    )


def passes_of(config: FinetuneConfig) -> int:
    """3 b Σ_s H_s."""
    steps, batch = config.training.steps, config.training.batch
    return GRADIENT_COST * batch * sum(config.unroll_at(step) for step in range(steps))
