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
) -> Path:
    config = {"trajectories": count, "split": split.value, "peclet": peclet}

    def make() -> dict[str, str]:
        shards = {}
        for equation in equations:
            _simulate(equation, count, study.seed, split, peclet, path.parent)
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
    equation: str,
    count: int,
    seed: int,
    split: Split,
    peclet: float | None,
    folder: Path,
) -> None:
    command = [sys.executable, "-m", "evophys_lib", "simulate"]
    command += ["--equation", equation, "--trajectories", str(count)]
    command += ["--seed", str(seed), "--split", split.value, "--out", str(folder)]
    if peclet is not None:
        command += ["--pe", repr(peclet)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise DataError(
            f"simulating {equation} into {folder} failed (exit status "
            f"{done.returncode}); its message stands above."
        )
