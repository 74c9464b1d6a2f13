"""Stage 1, data: made by a process that knows no model, read with its checks."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch

from evophys_lib import store
from evophys_lib.errors import DataError
from evophys_lib.parameters import peclet_key
from evophys_lib.physics import dataset, manifest
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.physics.files import sha256
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline.study import Study

FAMILIES = ("heat", "burgers")
TARGET = "advection-diffusion"
SHIFTS: dict[str, tuple[str, ...]] = {
    "passive": ("--passive",),
    "fluctuation0.3": ("--fluctuation", "0.3"),
    "fluctuation0.1": ("--fluctuation", "0.1"),
    "scale0.158": ("--scale", "0.158"),
}
"""Targets unlike those of the search, and how they are simulated: a mean that is not
the speed, weaker fluctuations, more advection and diffusion at the same Pe."""
HELD_OUT_OFFSET = 2**30
"""Between a study's seed and that of its held-out trajectories; no study has both."""


def make_sources(study: Study, split: Split) -> Path:
    """Simulate heat and Burgers for a split if missing; the stage's record."""
    sizes = study.profile.sizes
    count = {
        Split.TRAIN: sizes.train,
        Split.VALIDATION: sizes.validation,
        Split.TEST: sizes.test,
    }[split]
    path = study.data_folder / split.value / "sources.json"
    return _made(study, path, FAMILIES, count, split, None)


def make_target(study: Study, split: Split, peclet: float) -> Path:
    """Simulate advection–diffusion for a split if missing; the stage's record.

    VALIDATION holds the k trajectories of the search, TEST those of the report. TRAIN,
    as many as a source family has, is for the ceiling alone: the one baseline that is
    trained on plenty of target data.
    """
    sizes = study.profile.sizes
    count = {
        Split.TRAIN: sizes.train,
        Split.VALIDATION: sizes.search,
        Split.TEST: sizes.target_test,
    }[split]
    folder = study.data_folder / split.value / f"pe{peclet_key(peclet)}"
    return _made(study, folder / "target.json", (TARGET,), count, split, peclet)


def make_held_out(study: Study, peclet: float) -> Path:
    """Simulate advection–diffusion that no search sees if missing; its record.

    As the validation split of the target, but from another seed and as many as the
    source families have: on them it shows whether a search fitted its k trajectories
    or the equation, without a look at the test split.
    """
    other = replace(study, seed=(study.seed + HELD_OUT_OFFSET) % 2**31)
    folder = study.data_folder / "held_out" / f"pe{peclet_key(peclet)}"
    count = study.profile.sizes.validation
    return _made(
        other, folder / "target.json", (TARGET,), count, Split.VALIDATION, peclet
    )


def make_shifted(study: Study, peclet: float, shift: str) -> Path:
    """Simulate a test split of another kind if missing; the stage's record."""
    folder = study.data_folder / "shifted" / f"{shift}_pe{peclet_key(peclet)}"
    count = study.profile.sizes.target_test
    path, options = folder / "target.json", SHIFTS[shift]
    return _made(study, path, (TARGET,), count, Split.TEST, peclet, options)


def shifted(study: Study, peclet: float, shift: str) -> Trajectories:
    """Advection–diffusion trajectories of another kind, for the report alone."""
    return _read(make_shifted(study, peclet, shift), TARGET)


def sources(study: Study, split: Split) -> dict[str, Trajectories]:
    """Heat and Burgers trajectories of a split, simulated if they are missing."""
    path = make_sources(study, split)
    return {name: _read(path, name) for name in FAMILIES}


def target(study: Study, split: Split, peclet: float) -> Trajectories:
    """Advection–diffusion trajectories of a split at one Péclet number."""
    return _read(make_target(study, split, peclet), TARGET)


def held_out(study: Study, peclet: float) -> Trajectories:
    """Advection–diffusion trajectories for validation that no search has seen."""
    return _read(make_held_out(study, peclet), TARGET)


def fields(trajectories: Trajectories, device: torch.device) -> torch.Tensor:
    """The fields as a tensor (n, T, N) on a device."""
    return torch.from_numpy(trajectories.field).to(device)


def _made(
    study: Study,
    path: Path,
    equations: tuple[str, ...],
    count: int,
    split: Split,
    peclet: float | None,
    options: tuple[str, ...] = (),
) -> Path:
    config = {"trajectories": count, "split": split.value, "peclet": peclet}
    if options:
        config["options"] = list(options)

    def make() -> dict[str, str]:
        shards = {}
        for equation in equations:
            command = [*_simulate(equation, count, study.seed, split, peclet), *options]
            _run(command, equation, path.parent)
            shards[equation] = sha256(path.parent / f"{equation}.h5")
        return shards

    store.obtain_json(path, study.provenance("data", config), make)
    return path


def _read(path: Path, equation: str) -> Trajectories:
    """Sound trajectories, if they are those that the stage at `path` recorded."""
    folder, name = path.parent, f"{equation}.h5"
    remedy = f"Within a study: delete the folder {folder} and run again."
    try:
        trajectories = dataset.read(folder, equation)
        found = manifest.load(folder)["shards"][name]["sha256"]
    except DataError as error:
        raise DataError(f"{error} {remedy}") from error
    if found != store.read_json(path)[equation]:
        raise DataError(
            f"{folder / name} is not the file that {path.name} was written for. "
            f"{remedy}"
        )
    return trajectories


def _simulate(
    equation: str, count: int, seed: int, split: Split, peclet: float | None
) -> list[str]:
    command = [sys.executable, "-m", "evophys_lib", "simulate"]
    command += ["--equation", equation, "--trajectories", str(count)]
    command += ["--seed", str(seed), "--split", split.value]
    return command if peclet is None else [*command, "--pe", repr(peclet)]


def _run(command: list[str], equation: str, folder: Path) -> None:
    command = [*command, "--out", str(folder)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise DataError(
            f"simulating {equation} into {folder} failed (exit status "
            f"{done.returncode}); its message stands above."
        )
