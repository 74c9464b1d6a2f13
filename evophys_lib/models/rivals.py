"""Networks that are trained where the merge is searched, given their best chance.

A rival sees k trajectories of the target at one Péclet number, or at each of the
headline's. What of the network is trained is its `Form`; where it starts, at which rate
and for how many steps it is trained, is chosen without the test split (`choosing`). It
then trains on all it sees, for no more passes than the search that it rivals. Trials
come on top, about twice as many passes again, four times where there are two folds:
that favours the rival, and `Cost` has them.

A network that is told Pe is told ℓ, linear in log Pe, as the merge is (`directions`).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.models import shelf
from evophys_lib.models.choosing import Lots, Setting, choose, fold, fold_count
from evophys_lib.models.directions import basis, counted, shifts_of
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.models.shelf import Kept
from evophys_lib.models.tuning import (
    BASE,
    few_shot_config,
    few_shot_name,
    passes_of,
    pooled_config,
    sampler_of,
    streams,
)
from evophys_lib.physics.layout import Trajectories
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import Sight, fitness_of, fitness_on, inputs_of, sight
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel import adapters
from evophys_lib.worldmodel.finetune import FinetuneConfig, tune
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.rollout import Weights

SLOPES = "slopes."


@dataclass(frozen=True)
class Form:
    """What of a predictor is trained.

    adapt: of a predictor, ℓ of every row of a batch, and random numbers; factors: on
    the usual rate, from low to high.
    """

    name: str
    adapt: Callable[[Predictor, Tensor, torch.Generator], nn.Module]
    factors: tuple[float, float, float]


RANK, CORE_RANK = 1, 5
"""Of low-rank additions: the fewest numbers, yet 6,744 at the laptop profile with all
vectors, where directions have 392. Of cores: 441, the nearest to these."""
WIDER, FASTER = (1 / 3, 1.0, 3.0), (1.0, 3.0, 10.0)
"""Rates to try; fewer numbers bear higher ones."""
TUNED = Form("tuned", lambda p, levels, g: adapters.whole(p), WIDER)
TOLD = Form("told", lambda p, levels, g: adapters.Told(p, levels), WIDER)
HEAD = Form("head", lambda p, levels, g: adapters.head_only(p), FASTER)
LOW_RANK = Form("low_rank", lambda p, levels, g: adapters.low_rank(p, RANK, g), FASTER)
CORE = Form("core", lambda p, levels, g: adapters.core_only(p, CORE_RANK), FASTER)

POOLED_SHARES, FEW_SHOT_SHARES = (4, 4, 2), (8, 4, 2)
"""Steps over those of a trial, by round."""


@dataclass(frozen=True, eq=False)
class Rival:
    """A network to be trained on what is seen.

    peclet: None if it is the same at all; config: with the usual rate and the steps
    that may be spent; shares: steps over those of a trial, by round.
    """

    study: Study
    name: str
    peclet: float | None
    form: Form
    seen: Mapping[float, Sight]
    config: FinetuneConfig
    shares: tuple[int, int, int]

    def at(self, peclet: float) -> Forecaster:
        """The rival at one Péclet number, chosen and trained if it is missing."""
        setting, trials = self.chosen

        def make(journal: Journal) -> Tensors:
            weights, slopes = self._trained(setting, self._lots(), journal, self.name)
            named = {SLOPES + name: slope for name, slope in slopes.items()}
            return shelf.stored(weights) | named

        inputs = {f"trial_{i}": trial.path for i, trial in enumerate(trials)}
        kept = self._kept(self.name, setting, {}, inputs, make)
        slopes = {
            name.removeprefix(SLOPES): slope.to(self.study.device)
            for name, slope in kept.tensors.items()
            if name.startswith(SLOPES)
        }
        own = shelf.weights(self.study, kept)
        weights = adapters.weights_at(own, slopes, basis(self.study, peclet)[1])
        tried = [trial.tensors["cost"].tolist() for trial in trials]
        return Forecaster(
            predict=by_rollout(by_weights(training.world_model(self.study), weights)),
            cost=Cost(
                evaluations=sum(evaluations for evaluations, _ in tried),
                passes=sum(passes for _, passes in tried)
                + passes_of(self._config(setting)),
                trajectories=sum(one.count for one in self.seen.values()),
                seconds=sum(store.seconds_of(one.path) for one in [kept, *trials]),
            ),
            paths=(kept.path,),
            weights=weights,
        )

    @cached_property
    def chosen(self) -> tuple[Setting, list[Kept]]:
        """The best setting, and all trials that say so.

        Where nothing can be left out, as of one trajectory at fewer than three Péclet
        numbers, it is the first family's expert, the middle rate and all steps.
        """
        families, whole = self.study.profile.families, self.config.training.steps
        folds = range(fold_count(self._sight.count, len(self.seen)))
        if not folds:
            return Setting(families[0], self.form.factors[1], whole), []
        trials: dict[Setting, list[Kept]] = {}

        def error(setting: Setting) -> float:
            tried = [self._trial(setting, number) for number in folds]
            trials[setting] = tried
            return float(torch.cat([trial.tensors["errors"] for trial in tried]).mean())

        least = len(self.config.unrolls)
        first, second, third = (max(least, whole // share) for share in self.shares)
        setting = choose(
            error,
            (*families, BASE),
            self.form.factors,
            rounds=(first, second, third),
            whole=whole,
        )
        return setting, [kept for tried in trials.values() for kept in tried]

    @property
    def _sight(self) -> Sight:
        return next(iter(self.seen.values()))

    def _trial(self, setting: Setting, number: int) -> Kept:
        """`errors`: ln f of what is left out, by Pe, ∞ if it diverged; `cost`."""
        study, model = self.study, training.world_model(self.study)
        mark = f"{setting.origin}_x{setting.factor:.2g}_{setting.steps}_{number}"

        def make(journal: Journal) -> Tensors:
            part = fold(self._lots(), number)
            looks = {pe: self._look(lot) for pe, lot in part.left.items()}
            spent = sum(len(one.z0) * one.steps for one in looks.values())
            try:
                weights, slopes = self._trained(
                    setting, part.fit, journal, f"{self.name}, trial {mark}"
                )
                found = [
                    fitness_of(
                        model,
                        adapters.weights_at(weights, slopes, basis(study, pe)[1]),
                        fitness,
                    )
                    for pe, fitness in looks.items()
                ]
            except FloatingPointError:
                found = [np.inf] * len(looks)
            passes = passes_of(self._config(setting)) + spent
            return {
                "errors": torch.tensor(found, dtype=torch.float64).log(),
                "cost": torch.tensor([len(looks), passes]),
            }

        name = f"trials/{self.name}_{mark}"
        kept = self._kept(name, setting, {"fold": number}, {}, make)
        return kept.require("errors", "cost")

    def _lots(self) -> Lots:
        return {pe: one.trajectories() for pe, one in self.seen.items()}

    def _look(self, left: Trajectories) -> LatentFitness:
        shifts = shifts_of(self.study.profile, len(left))
        return fitness_on(self.study, left, self._sight.steps, shifts=shifts)

    def _trained(
        self, setting: Setting, lots: Lots, journal: Journal, label: str
    ) -> tuple[Weights, Weights]:
        """θ and θ' from trajectories, with the random numbers of its origin."""
        study, model = self.study, training.world_model(self.study)
        config = self._config(setting)
        start = copy.deepcopy(model.predictor)
        if setting.origin != BASE:
            start.load_state_dict(training.expert(study, setting.origin).weights)
        sampler = sampler_of(study, list(lots.values()))
        levels = torch.tensor([basis(study, pe)[1] for pe in lots])
        shares = torch.tensor(sampler.shares(config.training.batch))
        name = few_shot_name(setting.origin)
        place = 1 + streams(study.profile.families).index(name)
        network = self.form.adapt(
            start,
            levels.repeat_interleave(shares),
            study.generator(Stream.BASELINE, place, 1),
        )
        tuned, _ = tune(
            network,
            model.encoder,
            sampler,
            config,
            study.generator(Stream.BASELINE, place),
            label=label,
            journal=journal,
        )
        return adapters.parts(tuned)

    def _config(self, setting: Setting) -> FinetuneConfig:
        usual = self.config.training
        rate = setting.factor * usual.learning_rate
        asked = replace(usual, steps=setting.steps, learning_rate=rate)
        return replace(self.config, training=asked)

    def _kept(
        self,
        name: str,
        setting: Setting,
        more: Mapping[str, Any],
        inputs: Mapping[str, Any],
        make: shelf.MakeTensors,
    ) -> Kept:
        told = {
            "form": self.form.name,
            "origin": setting.origin,
            "finetune": plain(self._config(setting)),
            "sampling": plain(self.study.profile.sampling),
            "peclets": list(self.seen),
            **self._sight.config,
            **more,
        }
        given = {**inputs_of(self.seen), **inputs}
        return shelf.baseline(self.study, name, self.peclet, told, given, make)


def pooled(study: Study, peclet: float, *, form: Form, count: int) -> Forecaster:
    """One network for all Pe, from `count` trajectories at each headline number.

    It sees what `directions.of_peclet` sees and spends as many passes, trials aside.
    """
    seen = {pe: sight(study, pe, count=count) for pe in study.profile.peclets}
    config = pooled_config(study.profile, count)
    name = f"pooled_{form.name}_{counted(count)}"
    return Rival(study, name, None, form, seen, config, POOLED_SHARES).at(peclet)


def few_shot(study: Study, peclet: float, *, form: Form) -> Forecaster:
    """A network for this Pe alone, from what the search sees.

    It spends as many passes as the search in parameter space, trials aside.
    """
    seen = {peclet: sight(study, peclet)}
    config = few_shot_config(study.profile, study.profile.sizes.search)
    name = f"few_shot_{form.name}"
    return Rival(study, name, peclet, form, seen, config, FEW_SHOT_SHARES).at(peclet)
