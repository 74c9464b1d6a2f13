"""The kinds of faults: each yields what it has counted so far, by its name."""

import atexit
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evophys_lib.store import disk
from faults import (
    bad_input,
    cluster,
    damage,
    disturbed,
    side_by_side,
    small_disk,
    untrusted,
)
from faults.undisturbed import SEED, Undisturbed, left_alone


@dataclass(frozen=True)
class Size:
    """How much is tried: seed of what is drawn; share of the points."""

    seed: int = 0
    share: float = 1.0


Counts = dict[str, Any]


@cache
def undisturbed() -> Undisturbed:
    """The study that all others are compared with, made once in a process."""
    scratch = TemporaryDirectory(prefix="evophys-whole-")
    atexit.register(scratch.cleanup)
    return left_alone(Path(scratch.name))


def befallen(size: Size, name: str) -> Iterator[Counts]:
    """Processes at work that something befalls."""
    way = disturbed.WAYS[name]
    for told in disturbed.try_all(undisturbed(), way, size.share):
        yield {name: told}


def damaged(size: Size) -> Iterator[Counts]:
    """Files of a finished study."""
    flipped, files = math.ceil(200 * size.share), math.ceil(8 * size.share)
    study = undisturbed().folder / SEED
    told = damage.campaign(study, flipped=flipped, files=files, seed=size.seed)
    yield {"damage": told}


def hostile_files(size: Size) -> Iterator[Counts]:
    """Under every name that is read."""
    data = undisturbed().folder / SEED / "data" / "validation"
    yield {"untrusted": untrusted.try_all(data, size.share)}


def badly_asked(size: Size) -> Iterator[Counts]:
    """Bad command lines, parameters and arguments."""
    for told in bad_input.try_all(size.seed, size.share):
        yield {"bad_input": told}


def together(size: Size) -> Iterator[Counts]:
    """Several processes on one store."""
    for told in side_by_side.try_all(undisturbed(), size.share):
        yield {"side_by_side": told}


def little_room(size: Size) -> Iterator[Counts]:
    """A small disk."""
    yield {"small_disk": small_disk.try_all(undisturbed(), size.share)}


def distributed(size: Size) -> Iterator[Counts]:
    """Processes of a cluster."""
    for told in cluster.try_all(undisturbed(), size.share):
        yield {"dask": told}


KINDS: dict[str, Callable[[Size], Iterator[Counts]]] = {
    "damage": damaged,
    "untrusted": hostile_files,
    "bad-input": badly_asked,
    **{name.replace("_", "-"): partial(befallen, name=name) for name in disturbed.WAYS},
    "side-by-side": together,
    "small-disk": little_room,
    "dask": distributed,
}


def write(path: Path, told: Counts) -> None:
    """The evidence, whole."""
    disk.write_text(path, disk.canonical_json(told))
