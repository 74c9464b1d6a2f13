"""A neural operator trained on the k trajectories of a search: nothing is merged.

A Fourier neural operator, as large as encoder and predictor together, from random
weights. It trains on the windows that few-shot tuning draws and for as many passes, a
pass being a step of the operator. Its rate is one of `FACTORS` times the usual one, and
it stops where `choosing` says, by rollouts of the last quarter of the trajectories;
trials take half as many passes again, which favours it and which `Cost` has.
"""

from dataclasses import replace

import numpy as np
import torch

from evophys_lib.comparators import neural_operator
from evophys_lib.comparators.neural_operator import (
    NeuralOperator,
    NeuralOperatorConfig,
)
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.models import shelf
from evophys_lib.models.choosing import Setting, choose, fold
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.models.tuning import (
    few_shot_config,
    passes_of,
    steps_costing,
    target_sampler,
)
from evophys_lib.physics.layout import Trajectories
from evophys_lib.profiles import Profile
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import Forecast, Scene
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Stream, Study, plain

FACTORS = (0.1, 0.3, 1.0)
"""On the rate of the operator that is trained on plenty: few windows bear less."""
SHARES = (24, 16, 8)
"""Steps over those of a trial, by round."""
SCRATCH = "scratch"
NETWORK = "network."


def fno(study: Study, peclet: float) -> Forecaster:
    """The operator of this Péclet number, chosen and trained if it is missing."""
    seen, usual = sight(study, peclet), config_of(study.profile)

    def make(journal: Journal) -> Tensors:
        return _chosen(study, peclet, seen.trajectories(), journal)

    config = {
        "neural_operator": plain(usual),
        "factors": list(FACTORS),
        "shares": list(SHARES),
        "context": study.profile.encoder.context,
        "stride": study.profile.stride,
        "sampling": plain(study.profile.sampling),
        **seen.config,
    }
    inputs = {"data": seen.inputs["data"]}
    kept = shelf.baseline(study, "operator", peclet, config, inputs, make).require(
        "cost"
    )

    def predict(scene: Scene) -> Forecast:
        module, size = _network(study, usual), len(NETWORK)
        own = {n[size:]: t for n, t in kept.tensors.items() if n.startswith(NETWORK)}
        training.load_into(module, own, kept.path)
        return Forecast(neural_operator.forecast(module, scene.context, scene.steps))

    evaluations, passes = kept.tensors["cost"].tolist()
    return Forecaster(
        predict=predict,
        cost=Cost(evaluations, passes, seen.count, store.seconds_of(kept.path)),
        paths=(kept.path,),
    )


def config_of(profile: Profile) -> NeuralOperatorConfig:
    """The usual operator, batches of k windows, the passes of few-shot tuning."""
    usual, k = profile.neural_operator, profile.sizes.search
    passes = passes_of(few_shot_config(profile, k))
    steps = steps_costing(passes, k, usual.unrolls)
    training = replace(usual.training, steps=steps, batch=k)
    return replace(usual, training=training)


def _chosen(
    study: Study, peclet: float, trajectories: Trajectories, journal: Journal
) -> Tensors:
    """The weights of the best setting, and what all trials and it took: `cost`."""
    part = fold({peclet: trajectories}, 0)
    fit, left = part.fit[peclet], part.left.get(peclet, trajectories)
    label = shelf.label("operator", peclet)
    spent: list[int] = []

    def train(
        setting: Setting, lot: Trajectories, journal: Journal | None = None
    ) -> NeuralOperator:
        usual = config_of(study.profile)
        rate = setting.factor * usual.training.learning_rate
        asked = replace(usual.training, steps=setting.steps, learning_rate=rate)
        config, module = replace(usual, training=asked), _network(study, usual)
        unrolls = sum(config.unroll_at(step) for step in range(setting.steps))
        spent.append(GRADIENT_COST * asked.batch * unrolls)
        neural_operator.fit(
            module,
            target_sampler(study, lot),
            config,
            study.generator(Stream.NEURAL_OPERATOR, len(study.profile.families)),
            label=label,
            journal=journal,
        )
        return module

    def error(setting: Setting) -> float:
        steps, context = study.profile.horizon_steps, study.profile.encoder.context
        spent.append(len(left) * steps)
        try:
            module = train(setting, fit)
        except FloatingPointError:
            return np.inf
        fields = data.fields(left, study.device)
        told = neural_operator.forecast(module, fields[:, :context], steps)
        ends = [context - 1 + study.profile.stride * h for h in range(1, steps + 1)]
        found = float((told - fields[:, ends].swapaxes(0, 1)).square().mean())
        return found if np.isfinite(found) else np.inf

    whole = config_of(study.profile).training.steps
    least = len(study.profile.neural_operator.unrolls)
    first, second, third = (max(least, whole // share) for share in SHARES)
    setting = choose(
        error, (SCRATCH,), FACTORS, rounds=(first, second, third), whole=whole
    )
    evaluations = len(spent) // 2
    module = train(setting, trajectories, journal)
    weights = {NETWORK + name: w for name, w in module.state_dict().items()}
    return weights | {"cost": torch.tensor([evaluations, sum(spent)])}


def _network(study: Study, config: NeuralOperatorConfig) -> NeuralOperator:
    with training.initialised(study, Stream.NEURAL_OPERATOR):
        module = NeuralOperator(config, study.profile.encoder.context)
    return module.to(study.device)
