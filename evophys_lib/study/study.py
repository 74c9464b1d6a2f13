"""A study: one profile, one seed, one device, one folder of artifacts."""

import sys
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import torch

from evophys_lib import extensions, parameters
from evophys_lib.profiles import Profile, profile
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, shipped
from evophys_lib.study import targets
from evophys_lib.study.targets import Target
from evophys_lib.worldmodel import device as devices


class Stream(Enum):
    """What random numbers are for; each use has a stream of its own."""

    ENCODER = 1
    PREDICTOR = 2
    PRETRAINING = 3
    PROBE = 4
    FINETUNING = 5
    SEARCH = 6
    NEURAL_OPERATOR = 7
    BASELINE = 8
    DIRECTIONS = 9


@dataclass(frozen=True)
class Study:
    """What every stage takes.

    profile: all sizes; seed: of everything random; device: where tensors live.

    A study that varies another one reuses what both have in common. part: names its
    own folder, beside the other's; data_from, world_model_from, experts_from: the
    studies whose simulated data, whose encoder, θ₀ and probe, and whose experts it
    takes; itself if not given. target: what merges are searched and tested on.
    """

    profile: Profile
    seed: int
    device: torch.device
    part: str = ""
    data_from: "Study | None" = None
    world_model_from: "Study | None" = None
    experts_from: "Study | None" = None
    target: Target = targets.USUAL

    @property
    def folder(self) -> Path:
        """`<outputs>/<profile>/<part>/seed<seed>`, where artifacts of the study lie."""
        root = disk.outputs_root() / self.profile.name
        return root / self.part / f"seed{self.seed}"

    @property
    def data_folder(self) -> Path:
        """Where the simulated data lie."""
        return (self.data_from or self).folder / "data"

    @property
    def world_model_folder(self) -> Path:
        """Where encoder, θ₀ and probe lie."""
        return (self.world_model_from or self).folder

    @property
    def target_folder(self) -> Path:
        """Where the simulated target lies; one of another kind, in the study's own."""
        return self.folder / "data" if self.target.options else self.data_folder

    @property
    def experts_folder(self) -> Path:
        """Where the experts lie."""
        return (self.experts_from or self).folder

    @property
    def is_shipped(self) -> bool:
        """Whether its models come with the repository and are not trained."""
        return self.part == shipped.PART

    def of(self, target: Target) -> "Study":
        """The study of another target, with this one's world model and experts."""
        return replace(
            self,
            part=f"targets/{target.name}",
            data_from=self.data_from or self,
            world_model_from=self.world_model_from or self,
            experts_from=self.experts_from or self,
            target=target,
        )

    def shipped(self, path: Path) -> Path:
        """What comes with the repository for an artifact of this study."""
        lie = shipped.folder(self.profile.name, self.seed)
        return lie / path.relative_to(self.folder)

    def generator(self, stream: Stream, *more: int) -> torch.Generator:
        """The random numbers of one purpose."""
        return devices.seeded(self.seed, stream.value, *more)

    def provenance(
        self, kind: str, config: dict[str, Any], **inputs: Path
    ) -> store.Provenance:
        """The provenance of an artifact made from settings and other artifacts."""
        return store.Provenance(
            kind=kind,
            config={"seed": self.seed} | config,
            inputs={name: store.digest_of(path) for name, path in inputs.items()},
        )


def open_study(
    profile_name: object = "laptop",
    seed: object = 0,
    device: object = "auto",
    *,
    train: bool = False,
) -> Study:
    """A study with checked parameters; threads and determinism are set here, once.

    Models that come with the repository are used, and one line says so, unless `train`
    is set, $EVOPHYS_FROM_SCRATCH is, or the study has trained some.

    Raises ParameterError for an unknown profile, a seed out of range, a device that
    is not there, or an extension that cannot be imported.
    """
    extensions.load()
    chosen = Study(
        profile=profile(profile_name),
        seed=parameters.seed(seed),
        device=devices.resolve(device),
    )
    devices.set_threads()
    devices.prefer_deterministic()
    if train or not _finds_models(chosen):
        return chosen
    lie = shipped.folder(chosen.profile.name, chosen.seed)
    where = lie.relative_to(shipped.FOLDER.parent)
    print(f"Trained models of {where} are used. {shipped.REMEDY}", file=sys.stderr)
    return replace(chosen, part=shipped.PART)


def folder_of(profile_name: str, seed: int) -> Path:
    """The folder of the study that `open_study` gives."""
    chosen = Study(profile(profile_name), seed, torch.device("cpu"))
    part = shipped.PART if _finds_models(chosen) else ""
    return replace(chosen, part=part).folder


def _finds_models(study: Study) -> bool:
    own = study.folder / "models"
    return shipped.are_used(study.profile.name, study.seed, own)


def plain(config: object) -> dict[str, Any]:
    """A configuration dataclass as JSON-ready values."""
    return {
        key: _plain_value(value)
        for key, value in asdict(config).items()  # type: ignore[call-overload]
    }


def _plain_value(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain_value(inner) for key, inner in value.items()}
    return value
