"""Trained models that come with the repository, so that a first look takes a minute.

`models/<profile>/seed<seed>/` is laid out as a study's folder and holds artifacts with
their records: encoder and θ₀, probe, experts, and the record of the data that they
were trained on. Data themselves are simulated where they are needed.
"""

import os
import shutil
from pathlib import Path

from evophys_lib.errors import ArtifactError
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk

FOLDER = disk.REPOSITORY / "models"
PART = "shipped"
"""Where studies that use them lie, below outputs and profile: apart from those that
train, since models trained on another kind of processor have other last digits, and
what is made of the ones must not meet what is made of the others."""
SCRATCH_VARIABLE = "EVOPHYS_FROM_SCRATCH"
REMEDY = f"To train models of your own: --from-scratch, or {SCRATCH_VARIABLE}=1."


def folder(profile: str, seed: int) -> Path:
    """Where the models of a profile and seed lie, if they come along."""
    return FOLDER / profile / f"seed{seed}"


def are_used(profile: str, seed: int, own: Path) -> bool:
    """Whether they are there, nobody asked to train, and nobody has trained.

    own: the folder in which trainings of this profile and seed put models.
    """
    from_scratch = os.environ.get(SCRATCH_VARIABLE, "") not in ("", "0")
    there = folder(profile, seed).is_dir()
    trained = any(own.glob(f"*{store.RECORD_SUFFIX}"))
    return there and not from_scratch and not trained


def check(path: Path, provenance: store.Provenance) -> None:
    """Refuse one that is damaged, or not what a study would have made."""
    try:
        store.check(path, provenance)
    except ArtifactError as error:
        raise ArtifactError(
            f"a model that comes with the repository cannot be used: {error} "
            f"`git checkout models` restores it. {REMEDY}"
        ) from error


def take(source: Path, path: Path, provenance: store.Provenance) -> None:
    """Copy an artifact to where a study looks for it, after `check`."""
    check(source, provenance)
    copy(source, path)


def copy(source: Path, path: Path) -> None:
    """Copy a sound artifact and its record, unless there is one already.

    The record's copy is as old as the record: it was loaded, not made.
    """
    with disk.locked(path):
        if store.exists(path):
            return
        store.sound_record(source)
        with disk.replacing(path) as temporary:
            shutil.copyfile(source, temporary)
        record, copied = store.record_path(source), store.record_path(path)
        disk.write_text(copied, record.read_text(encoding="utf-8"))
        made = record.stat().st_mtime
        os.utime(copied, (made, made))
