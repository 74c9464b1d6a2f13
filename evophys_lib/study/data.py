"""Stage 1, data: made by a process that knows no model, read with its checks."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from evophys_lib.errors import DataError
from evophys_lib.parameters import peclet_key
from evophys_lib.physics import dataset, manifest
from evophys_lib.physics.files import sha256
from evophys_lib.physics.layout import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, shipped
from evophys_lib.store.memory import remembered
from evophys_lib.study.study import Study, plain

USUAL = ""
"""Test trajectories of the target that are drawn as those of the search are."""
SHIFTS: dict[str, tuple[str, ...]] = {
    "passive": ("--passive",),
    "fluctuation0.3": ("--fluctuation", "0.3"),
    "fluctuation0.1": ("--fluctuation", "0.1"),
    "scale0.158": ("--scale", "0.158"),
}
"""Targets unlike those of the search, and how they are simulated: a mean that is not
the speed, weaker fluctuations, more advection and diffusion at the same Pe."""
TARGET, HELD_OUT = "target.json", "held_out"
HELD_OUT_OFFSET = 2**30
"""Between a study's seed and that of its held-out trajectories; no study has both."""
AGAIN_OFFSET = 2**29
"""Between a study's seed and that of whoever trains once more, for the same reason."""


def sources_path(study: Study, split: Split) -> Path:
    """The record of every family's data of a split."""
    return study.data_folder / split.value / "sources.json"


def trained_on(study: Study) -> Path:
    """The record of the data that encoder, θ₀ and experts are trained on.

    Simulated if missing. That of models which come with the repository comes along:
    their data are not needed, and simulated on another kind of processor may have
    other last digits.
    """
    if not study.is_shipped:
        return make_sources(study, Split.TRAIN)
    record = study.shipped(sources_path(study, Split.TRAIN))
    config = _config(study.profile.sizes.train, Split.TRAIN, None)
    shipped.check(record, study.provenance("data", config))
    return record


def make_sources(study: Study, split: Split) -> Path:
    """Simulate every family for a split if missing; the stage's record."""
    sizes = study.profile.sizes
    count = {
        Split.TRAIN: sizes.train,
        Split.VALIDATION: sizes.validation,
        Split.TEST: sizes.test,
    }[split]
    path = sources_path(study, split)
    return _made(study, path, study.profile.families, count, split, None)


def make_target(study: Study, split: Split, peclet: float) -> Path:
    """Simulate the target for a split if missing; the stage's record.

    VALIDATION holds the k trajectories of the search, TEST those of the report. TRAIN,
    as many as a source family has, is for the ceiling alone: the one model that is
    trained on plenty of target data.
    """
    sizes = study.profile.sizes
    count = {
        Split.TRAIN: sizes.train,
        Split.VALIDATION: sizes.search,
        Split.TEST: sizes.target_test,
    }[split]
    true = _true_path(study, split.value, peclet)
    _made_target(study, true.parent, count, split, peclet, study.target.options)
    return _seen(study, split.value, peclet)


def target_path(study: Study, split: Split, peclet: float) -> Path:
    """Where the record of `make_target` lies."""
    return _seen_path(study, split.value, peclet)


def make_held_out(study: Study, peclet: float) -> Path:
    """Simulate the target for validation that no search sees if missing; its record.

    As the validation split of the target, but from another seed and as many as the
    source families have: on them it shows whether a search fitted its k trajectories
    or the equation, without a look at the test split.
    """
    other = replace(study, seed=(study.seed + HELD_OUT_OFFSET) % 2**31)
    folder = _true_path(study, HELD_OUT, peclet).parent
    count, options = study.profile.sizes.validation, study.target.options
    _made_target(other, folder, count, Split.VALIDATION, peclet, options)
    return _seen(study, HELD_OUT, peclet)


def again(study: Study) -> Study:
    """The same study but for its seed: data and order of training are others."""
    return replace(study, seed=(study.seed + AGAIN_OFFSET) % 2**31)


def make_sources_again(study: Study) -> Path:
    """Simulate every family's training split from another seed if missing; its record.

    As many trajectories as the experts have, and none of theirs.
    """
    path = study.data_folder / "again" / "sources.json"
    families, count = study.profile.families, study.profile.sizes.train
    return _made(again(study), path, families, count, Split.TRAIN, None)


def make_test(study: Study, peclet: float, kind: str = USUAL) -> Path:
    """Simulate the target's test split if missing, or one of `SHIFTS`; its record."""
    if kind == USUAL:
        return make_target(study, Split.TEST, peclet)
    folder = test_path(study, peclet, kind).parent
    count = study.profile.sizes.target_test
    return _made_target(study, folder, count, Split.TEST, peclet, SHIFTS[kind])


def test_path(study: Study, peclet: float, kind: str = USUAL) -> Path:
    """Where the record of `make_test` lies."""
    if kind == USUAL:
        return target_path(study, Split.TEST, peclet)
    folder = f"{kind}_pe{peclet_key(peclet)}"
    return study.data_folder / "shifted" / folder / TARGET


def sources(study: Study, split: Split) -> dict[str, Trajectories]:
    """Trajectories of every family of a split, simulated if they are missing."""
    path = make_sources(study, split)
    return {name: _read(path, name) for name in study.profile.families}


def sources_again(study: Study) -> dict[str, Trajectories]:
    """Trajectories of `make_sources_again`, by family."""
    path = make_sources_again(study)
    return {name: _read(path, name) for name in study.profile.families}


def target(study: Study, split: Split, peclet: float) -> Trajectories:
    """Trajectories of the target of a split at one Péclet number, as they are seen."""
    make_target(study, split, peclet)
    true = _read(_true_path(study, split.value, peclet), study.profile.target)
    return study.target.seen(true)


def held_out(study: Study, peclet: float) -> Trajectories:
    """Trajectories of the target for validation that no search has seen."""
    make_held_out(study, peclet)
    true = _read(_true_path(study, HELD_OUT, peclet), study.profile.target)
    return study.target.seen(true)


def test(study: Study, peclet: float, kind: str = USUAL) -> Trajectories:
    """True trajectories of the target for the report alone: its own, or of `SHIFTS`."""
    record = make_test(study, peclet, kind)
    if kind == USUAL:
        record = _true_path(study, Split.TEST.value, peclet)
    return _read(record, study.profile.target)


def shards(path: Path) -> tuple[Path, ...]:
    """The files beside the record of a stage that it vouches for."""
    folder = path.parent
    return folder / manifest.NAME, *sorted(folder.glob("*.h5"))


def check_shards(path: Path) -> None:
    """DataError unless all shards are those that the stage at `path` recorded."""
    for equation, digest in store.stored_json(path).items():
        _, entry = manifest.shard(path.parent, f"{equation}.h5")
        if entry["sha256"] != digest:
            raise DataError(f"{equation}.h5 is not the file of {path}.")


def fields(trajectories: Trajectories, device: torch.device) -> torch.Tensor:
    """The fields as a tensor (n, T, N) on a device."""
    return torch.from_numpy(trajectories.field).to(device)


def _true_path(study: Study, part: str, peclet: float) -> Path:
    """Where the record of the simulated target lies; part: a split, or held out."""
    return study.target_folder / part / f"pe{peclet_key(peclet)}" / TARGET


def _seen_path(study: Study, part: str, peclet: float) -> Path:
    """Where the record of what is seen of it lies."""
    true = _true_path(study, part, peclet)
    if study.target.is_seen_as_it_is:
        return true
    return study.folder / "seen" / part / f"pe{peclet_key(peclet)}" / TARGET


def _seen(study: Study, part: str, peclet: float) -> Path:
    """The record of what is seen of the simulated target, made if missing.

    It holds the checksums that the simulation's does, and how that is looked at, so
    that nobody takes what was made from one for what was made from the other.
    """
    true, path = _true_path(study, part, peclet), _seen_path(study, part, peclet)
    if path != true:
        asked = plain(study.target)
        provenance = study.provenance("observation", asked, data=true)
        store.obtain_json(
            path, provenance, lambda: {"shards": store.stored_json(true), **asked}
        )
    return path


def _made_target(
    study: Study,
    folder: Path,
    count: int,
    split: Split,
    peclet: float,
    options: tuple[str, ...],
) -> Path:
    path, equations = folder / TARGET, (study.profile.target,)
    return _made(study, path, equations, count, split, peclet, options)


def _made(
    study: Study,
    path: Path,
    equations: tuple[str, ...],
    count: int,
    split: Split,
    peclet: float | None,
    options: tuple[str, ...] = (),
) -> Path:
    config = _config(count, split, peclet)
    if options:
        config["options"] = list(options)

    def make() -> dict[str, str]:
        shards = {}
        for equation in equations:
            command = [*_simulate(equation, count, study.seed, split, peclet), *options]
            _run(command, equation, path.parent)
            shards[equation] = sha256(path.parent / f"{equation}.h5")
        return shards

    made = store.obtain_json(path, study.provenance("data", config), make)
    if made.keys() != set(equations):
        raise DataError(
            f"{path} was made for {', '.join(made)}, not for {', '.join(equations)}. "
            f"Set {disk.OUTPUTS_VARIABLE} to another folder for other equations."
        )
    return path


def _config(count: int, split: Split, peclet: float | None) -> dict[str, Any]:
    return {"trajectories": count, "split": split.value, "peclet": peclet}


def _read(path: Path, equation: str) -> Trajectories:
    """Sound trajectories, if they are those that the stage at `path` recorded."""
    folder, name = path.parent, f"{equation}.h5"
    remedy = f"Within a study: delete the folder {folder} and run again."

    def read() -> Trajectories:
        try:
            trajectories = dataset.read(folder, equation)
            found = manifest.load(folder)["shards"][name]["sha256"]
        except DataError as error:
            raise DataError(f"{error} {remedy}") from error
        if found != store.stored_json(path)[equation]:
            raise DataError(
                f"{folder / name} is not the file that {path.name} was written for. "
                f"{remedy}"
            )
        return trajectories

    files = folder / name, folder / manifest.NAME, path
    return remembered(("trajectories", folder / name), files, read)


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
