"""Stages 2 and 3: encoder and θ₀, probe, experts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from evophys_lib import store
from evophys_lib.journal import Journal, obtain_tensors
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, workers
from evophys_lib.pipeline.study import Stream, Study, plain
from evophys_lib.worldmodel import finetune
from evophys_lib.worldmodel import probe as probes
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.pretraining import pretrain
from evophys_lib.worldmodel.probe import Probe
from evophys_lib.worldmodel.rollout import Weights, weights_of
from evophys_lib.worldmodel.windows import SamplingConfig, WindowSampler

LOSSES = "losses"
RANKME = "rankme"


@dataclass(frozen=True)
class WorldModel:
    """The frozen encoder and the pretrained predictor.

    base: θ₀; predictor: the network that any weights are run through; losses: of
    pretraining, one per step; rankme (K, 2): steps taken, and RankMe of the
    fluctuation then.
    """

    encoder: Encoder
    predictor: Predictor
    base: Weights
    losses: list[float]
    rankme: list[list[float]]


@dataclass(frozen=True)
class Expert:
    """A fine-tuned predictor: its weights, and its losses, one per step."""

    weights: Weights
    losses: list[float]


def world_model_path(study: Study) -> Path:
    """The checkpoint of encoder and θ₀."""
    return study.world_model_folder / "models" / "world_model.safetensors"


def probe_path(study: Study) -> Path:
    """The checkpoint of the probe."""
    return study.world_model_folder / "models" / "probe.safetensors"


def expert_path(study: Study, family: str) -> Path:
    """The checkpoint of one expert."""
    return study.folder / "models" / f"expert_{family}.safetensors"


def world_model(study: Study) -> WorldModel:
    """Encoder and θ₀, pretrained on both families if they are missing."""
    profile, path = study.profile, world_model_path(study)
    with initialised(study, Stream.ENCODER):
        encoder = Encoder(profile.encoder).to(study.device)
    with initialised(study, Stream.PREDICTOR):
        predictor = Predictor(profile.predictor).to(study.device)
    config = {
        "encoder": plain(profile.encoder),
        "predictor": plain(profile.predictor),
        "jepa": plain(profile.jepa),
        "sampling": plain(profile.sampling),
    }

    def make(journal: Journal) -> store.Tensors:
        sampler = window_sampler(study, data.FAMILIES, profile.sampling)
        generator = study.generator(Stream.PRETRAINING)
        made = pretrain(encoder, predictor, sampler, profile.jepa, generator, journal)
        return {
            **{f"encoder.{k}": v for k, v in encoder.state_dict().items()},
            **{f"predictor.{k}": v for k, v in predictor.state_dict().items()},
            LOSSES: torch.tensor(made.losses),
            RANKME: torch.tensor(made.rankme, dtype=torch.float64),
        }

    train = data.make_sources(study, Split.TRAIN)
    provenance = study.provenance("world model", config, data=train)
    tensors = obtain_tensors(path, provenance, make)
    losses, rankme = take(tensors, LOSSES, path), take(tensors, RANKME, path)
    both = torch.nn.ModuleDict({"encoder": encoder, "predictor": predictor})
    store.load_into(both, tensors, path)
    both.requires_grad_(False).eval()
    return WorldModel(encoder, predictor, weights_of(predictor), losses, rankme)


def probe(study: Study) -> tuple[Probe, list[float]]:
    """The probe of the frozen encoder and its losses, fitted if it is missing.

    It measures, so it sees the default sampling whatever the profile trains with.
    """
    encoder, path = world_model(study).encoder, probe_path(study)
    with initialised(study, Stream.PROBE):
        module = Probe(encoder.config.latent, encoder.config.patch).to(study.device)
    training = study.profile.probe

    def make(journal: Journal) -> store.Tensors:
        sampler = window_sampler(study, data.FAMILIES, SamplingConfig())
        generator = study.generator(Stream.PROBE)
        losses = probes.fit(module, encoder, sampler, training, generator, journal)
        return module.state_dict() | {LOSSES: torch.tensor(losses)}

    config = {"training": plain(training)}
    inputs = world_model_path(study)
    provenance = study.provenance("probe", config, world_model=inputs)
    tensors = obtain_tensors(path, provenance, make)
    losses = take(tensors, LOSSES, path)
    store.load_into(module, tensors, path)
    return module.requires_grad_(False).eval(), losses


def expert(study: Study, family: str) -> Expert:
    """The expert of one family, fine-tuned from θ₀ if it is missing."""
    model, path = world_model(study), expert_path(study, family)

    def make(journal: Journal) -> store.Tensors:
        with one_thread():
            trained, losses = finetune.finetune(
                model.predictor,
                model.encoder,
                window_sampler(study, (family,), study.profile.sampling),
                study.profile.finetune,
                study.generator(Stream.FINETUNING, data.FAMILIES.index(family)),
                label=f"fine-tune on {family}",
                journal=journal,
            )
        return trained.state_dict() | {LOSSES: torch.tensor(losses)}

    config = {
        "family": family,
        "finetune": plain(study.profile.finetune),
        "sampling": plain(study.profile.sampling),
    }
    inputs = world_model_path(study)
    provenance = study.provenance("expert", config, world_model=inputs)
    tensors = obtain_tensors(path, provenance, make)
    losses = take(tensors, LOSSES, path)
    store.load_into(model.predictor, tensors, path)
    return Expert(weights_of(model.predictor), losses)


def make_experts(study: Study) -> None:
    """Fine-tune the experts that are missing, side by side."""
    world_model(study)
    missing = [f for f in data.FAMILIES if not store.exists(expert_path(study, f))]
    workers.run(study, [partial(expert, family=family) for family in missing])


def experts(study: Study) -> dict[str, Weights]:
    """The weights of both experts, by family."""
    make_experts(study)
    return {family: expert(study, family).weights for family in data.FAMILIES}


def window_sampler(
    study: Study, families: tuple[str, ...], sampling: SamplingConfig
) -> WindowSampler:
    """Windows of the training split, of both families or of one."""
    train = data.sources(study, Split.TRAIN)
    return WindowSampler(
        fields=[data.fields(train[name], study.device) for name in families],
        context=study.profile.encoder.context,
        stride=study.profile.predictor.stride,
        sampling=sampling,
    )


def take(tensors: store.Tensors, name: str, path: Path) -> list:
    """Remove what is stored beside a checkpoint's weights, and return it."""
    return store.require(tensors, (name,), path).pop(name).tolist()


@contextmanager
def initialised(study: Study, stream: Stream) -> Iterator[None]:
    """Weights made in this block depend on the study's seed and nothing else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.generator(stream).initial_seed())
        yield
