"""Stages 2 and 3: encoder and θ₀, probe, experts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from evophys_lib.merge.lineage import Lineage
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.store import shipped
from evophys_lib.store.journal import Journal, obtain_tensors
from evophys_lib.store.memory import remembered
from evophys_lib.store.tensors import Tensors, matching, require
from evophys_lib.study import data, workers
from evophys_lib.study.study import Stream, Study, plain
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
    return study.experts_folder / "models" / f"expert_{family}.safetensors"


def world_model(study: Study) -> WorldModel:
    """Encoder and θ₀, pretrained on all families if they are missing."""
    profile, path = study.profile, world_model_path(study)
    config = {
        "encoder": plain(profile.encoder),
        "predictor": plain(profile.predictor),
        "jepa": plain(profile.jepa),
        "sampling": plain(profile.sampling),
    }

    def networks() -> tuple[Encoder, Predictor]:
        with initialised(study, Stream.ENCODER):
            encoder = Encoder(profile.encoder).to(study.device)
        with initialised(study, Stream.PREDICTOR):
            return encoder, Predictor(profile.predictor).to(study.device)

    def make(journal: Journal) -> Tensors:
        encoder, predictor = networks()
        sampler = window_sampler(study, profile.families, profile.sampling)
        generator = study.generator(Stream.PRETRAINING)
        made = pretrain(encoder, predictor, sampler, profile.jepa, generator, journal)
        return {
            **{f"encoder.{k}": v for k, v in encoder.state_dict().items()},
            **{f"predictor.{k}": v for k, v in predictor.state_dict().items()},
            LOSSES: torch.tensor(made.losses),
            RANKME: torch.tensor(made.rankme, dtype=torch.float64),
        }

    trained_on = data.trained_on(study)
    provenance = study.provenance("world model", config, data=trained_on)
    tensors = _obtain(study, path, provenance, make)

    def read() -> WorldModel:
        require(tensors, (LOSSES, RANKME), path)
        encoder, predictor = networks()
        both = torch.nn.ModuleDict({"encoder": encoder, "predictor": predictor})
        load_into(both, without(tensors, LOSSES, RANKME), path)
        losses, rankme = tensors[LOSSES].tolist(), tensors[RANKME].tolist()
        return WorldModel(encoder, predictor, weights_of(predictor), losses, rankme)

    key = ("world model", path, study.device)
    return remembered(key, (path,), read)


def probe(study: Study) -> tuple[Probe, list[float]]:
    """The probe of the frozen encoder and its losses, fitted if it is missing.

    It measures, so it sees the default sampling whatever the profile trains with.
    """
    encoder, path = world_model(study).encoder, probe_path(study)
    training, families = study.profile.probe, study.profile.families

    def network() -> Probe:
        with initialised(study, Stream.PROBE):
            return Probe(encoder.config.latent, encoder.config.patch).to(study.device)

    def make(journal: Journal) -> Tensors:
        module, generator = network(), study.generator(Stream.PROBE)
        sampler = window_sampler(study, families, SamplingConfig())
        losses = probes.fit(module, encoder, sampler, training, generator, journal)
        return module.state_dict() | {LOSSES: torch.tensor(losses)}

    config = {"training": plain(training)}
    inputs = world_model_path(study)
    provenance = study.provenance("probe", config, world_model=inputs)
    tensors = _obtain(study, path, provenance, make)

    def read() -> tuple[Probe, list[float]]:
        require(tensors, (LOSSES,), path)
        module = network()
        load_into(module, without(tensors, LOSSES), path)
        return module, tensors[LOSSES].tolist()

    return remembered(("probe", path, study.device), (path,), read)


def expert(study: Study, family: str) -> Expert:
    """The expert of one family, fine-tuned from θ₀ if it is missing."""
    model, path = world_model(study), expert_path(study, family)

    def make(journal: Journal) -> Tensors:
        with one_thread():
            trained, losses = finetune.finetune(
                model.predictor,
                model.encoder,
                window_sampler(study, (family,), study.profile.sampling),
                study.profile.finetune,
                study.generator(
                    Stream.FINETUNING, study.profile.families.index(family)
                ),
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
    tensors = _obtain(study, path, provenance, make)

    def read() -> Expert:
        require(tensors, (LOSSES,), path)
        weights = matching(without(tensors, LOSSES), model.base, path)
        on_device = {name: w.to(study.device) for name, w in weights.items()}
        return Expert(on_device, tensors[LOSSES].tolist())

    return remembered(("expert", path, study.device), (path,), read)


def make_experts(study: Study) -> None:
    """Fine-tune the experts that are missing, side by side."""
    world_model(study)
    families = study.profile.families
    missing = [f for f in families if not store.exists(expert_path(study, f))]
    tasks = [partial(expert, family=family) for family in missing]
    if study.is_shipped:
        for copy in tasks:
            copy(study)
    else:
        workers.run(study, tasks)


def experts(study: Study) -> dict[str, Weights]:
    """The weights of every expert, by family."""
    make_experts(study)
    return {f: expert(study, f).weights for f in study.profile.families}


def expert_paths(study: Study) -> dict[str, Path]:
    """Their checkpoints, as inputs of what is made from them."""
    return {f"expert_{f}": expert_path(study, f) for f in study.profile.families}


def lineage(study: Study) -> Lineage:
    """θ₀ and every expert, ready to be merged."""
    model, paths = world_model(study), tuple(expert_paths(study).values())
    found = experts(study)
    return remembered(
        ("lineage", *paths, study.device),
        (world_model_path(study), *paths),
        lambda: Lineage(model.predictor, model.base, found),
    )


def _obtain(
    study: Study,
    path: Path,
    provenance: store.Provenance,
    make: Callable[[Journal], Tensors],
) -> Tensors:
    """What is missing is made, or comes with the repository."""
    if study.is_shipped and not store.exists(path):
        shipped.take(study.shipped(path), path, provenance)
    return obtain_tensors(path, provenance, make)


def window_sampler(
    study: Study, families: tuple[str, ...], sampling: SamplingConfig
) -> WindowSampler:
    """Windows of the training split, of several families or of one."""
    train = data.sources(study, Split.TRAIN)
    return WindowSampler(
        fields=[data.fields(train[name], study.device) for name in families],
        context=study.profile.encoder.context,
        stride=study.profile.predictor.stride,
        sampling=sampling,
    )


def load_into(module: torch.nn.Module, tensors: Tensors, source: Path) -> None:
    """Freeze a module at tensors whose names and shapes must be its own."""
    module.load_state_dict(matching(tensors, module.state_dict(), source))
    module.requires_grad_(False).eval()


def without(tensors: Tensors, *names: str) -> Tensors:
    """A checkpoint's weights, without what is stored beside them."""
    return {name: t for name, t in tensors.items() if name not in names}


@contextmanager
def initialised(study: Study, stream: Stream) -> Iterator[None]:
    """Weights made in this block depend on the study's seed and nothing else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.generator(stream).initial_seed())
        yield
