"""More task vectors than the experts', from source physics alone.

θ₀ is fine-tuned on a part of what the Burgers expert has seen, or on all of it seen
otherwise, as that expert is:

- still, fast: means |m| below and above the median, ½;
- weak, strong: fluctuations max|u₀ − m| below and above the median, ¾. None is weaker
  than ½, since a weaker one does not steepen much, which is the target in disguise;
- riding: all, from the frame that moves with the mean, u(x + m t, t): steepening
  without transport, by Galilean invariance;

and on heat and Burgers as their experts are, but for the shorter half of the unrolls
(halfway). Nothing of the target is seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evophys_lib.merge.task_vectors import task_vector
from evophys_lib.models import shelf
from evophys_lib.models.shelf import Kept
from evophys_lib.physics.grid import Array
from evophys_lib.physics.layout import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import data, training
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.finetune import FinetuneConfig, finetune
from evophys_lib.worldmodel.rollout import Weights, weights_of
from evophys_lib.worldmodel.windows import WindowSampler

BURGERS = "burgers"
Fields = Callable[[Trajectories], Tensor]
"""Trajectories to the fields (B, T, N) that are trained on."""


class Part(Enum):
    """What of Burgers is seen, or how; the value is the name of the task vector."""

    STILL = "still"
    FAST = "fast"
    WEAK = "weak"
    STRONG = "strong"
    RIDING = "riding"


def part_of_burgers(study: Study, part: Part) -> Kept:
    """θ₀ fine-tuned on a part of Burgers, as the expert is."""
    config = study.profile.finetune
    return _tuned(study, part.value, BURGERS, config, FIELDS[part])


def halfway(study: Study, family: str) -> Kept:
    """θ₀ fine-tuned on a family as its expert is, with the shorter unrolls alone."""
    whole = study.profile.finetune
    kept = len(whole.unrolls) // 2
    steps = whole.training.steps * kept // len(whole.unrolls)
    training_ = replace(whole.training, steps=steps)
    config = replace(whole, unrolls=whole.unrolls[:kept], training=training_)
    return _tuned(study, f"halfway_{family}", family, config, _all)


def vector(study: Study, kept: Kept) -> Weights:
    """τ of what was kept."""
    return task_vector(shelf.weights(study, kept), training.world_model(study).base)


def tuned(
    study: Study,
    name: str,
    sampler: Callable[[], WindowSampler],
    config: FinetuneConfig,
    generator: torch.Generator,
    told: Mapping[str, Any],
    inputs: Mapping[str, Path],
) -> Kept:
    """θ₀ fine-tuned on the windows of a sampler if missing.

    told, inputs: what provenance says of the windows beside the profile's sampling.
    """
    model = training.world_model(study)

    def make(journal: Journal) -> Tensors:
        found, _ = finetune(
            model.predictor,
            model.encoder,
            sampler(),
            config,
            generator,
            label=f"fine-tune on {name}",
            journal=journal,
        )
        return shelf.stored(weights_of(found))

    whole = {"finetune": plain(config), "sampling": plain(study.profile.sampling)}
    return shelf.baseline(study, f"bank_{name}", None, whole | {**told}, inputs, make)


def _tuned(
    study: Study, name: str, family: str, config: FinetuneConfig, fields: Fields
) -> Kept:
    place = study.profile.families.index(family)

    def sampler() -> WindowSampler:
        usual = training.window_sampler(study, (family,), study.profile.sampling)
        seen = fields(data.sources(study, Split.TRAIN)[family]).to(study.device)
        return replace(usual, fields=[seen])

    return tuned(
        study,
        name,
        sampler,
        config,
        study.generator(Stream.FINETUNING, place),
        {"family": family},
        {"data": data.make_sources(study, Split.TRAIN)},
    )


def _all(trajectories: Trajectories) -> Tensor:
    return torch.from_numpy(trajectories.field)


def _half(of: Callable[[Trajectories], Array], *, upper: bool) -> Fields:
    """Fields of the trajectories above the median of a number, or below it."""

    def fields(trajectories: Trajectories) -> Tensor:
        numbers = of(trajectories)
        above = numbers > np.median(numbers)
        return _all(trajectories)[torch.from_numpy(above == upper)]

    return fields


def _speed(trajectories: Trajectories) -> Array:
    return np.abs(trajectories.mean)


def _fluctuation(trajectories: Trajectories) -> Array:
    """max|u − m| of the first frame, to the averaging over cells."""
    first = trajectories.field[:, 0] - trajectories.mean[:, None]
    largest: Array = np.abs(first).max(axis=1)
    return largest


def riding(trajectories: Trajectories) -> Tensor:
    """u(x + m t, t) as (B, T, N): every mode turned by e^{2πi k m t}."""
    modes = torch.fft.rfft(_all(trajectories).double())
    k = torch.arange(modes.shape[-1])
    way = torch.from_numpy(np.outer(trajectories.mean, trajectories.t))  # (B, T)
    turned = modes * torch.exp(2j * torch.pi * k * way[..., None])
    moved: Tensor = torch.fft.irfft(turned, n=trajectories.field.shape[-1])
    return moved.float()


FIELDS: dict[Part, Fields] = {
    Part.STILL: _half(_speed, upper=False),
    Part.FAST: _half(_speed, upper=True),
    Part.WEAK: _half(_fluctuation, upper=False),
    Part.STRONG: _half(_fluctuation, upper=True),
    Part.RIDING: riding,
}
