"""Damage to the files of a finished study, and what became of it.

Only a copy is harmed, and every fault is put right before the next one. What is told of
a fault is one of three things: it was found, and refused; it was harmless, since what
was read is what had been written; or it was read as good.
"""

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import torch
from tqdm import tqdm

from evophys_lib import notebooks, receipts
from evophys_lib.errors import ArtifactError, DataError
from evophys_lib.evaluate import evidence
from evophys_lib.physics import dataset
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal, shipped
from evophys_lib.store.memory import forget
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study.upkeep import RESULTS

FOUND, HARMLESS, AS_GOOD = "found", "harmless", "as_good"
Fault = Callable[[Path], None]
Read = Callable[[], Any]


def flips(count: int, seed: int = 0) -> Iterator[Fault]:
    """Each flips one bit, anywhere in a file."""
    rng = random.Random(seed)
    for _ in range(count):
        where, bit = rng.random(), 1 << rng.randrange(8)

        def flip(path: Path, where: float = where, bit: int = bit) -> None:
            content = bytearray(path.read_bytes())
            content[int(where * len(content))] ^= bit
            path.write_bytes(content)

        yield flip


def cuts() -> Iterator[Fault]:
    """Each cuts a file off somewhere."""
    for share in (0.01, 0.5, 0.99):

        def cut(path: Path, share: float = share) -> None:
            content = path.read_bytes()
            path.write_bytes(content[: int(share * len(content))])

        yield cut


def exchange_for(other: Path) -> Fault:
    """The bytes of another file under this one's name."""
    return lambda path: path.write_bytes(other.read_bytes())


def take_the_place_of(other: Path) -> Fault:
    """Another artifact under this one's name, with the record that vouches for it."""

    def move(path: Path) -> None:
        shutil.copy(other, path)
        shutil.copy(store.record_path(other), store.record_path(path))

    return move


def of_another_study(path: Path) -> None:
    """The record that it would have in the study of the next seed."""
    kept = store.record_path(path)
    record = json.loads(kept.read_text())
    record["config"]["seed"] += 1
    kept.write_text(json.dumps(record))


def outcome(path: Path, fault: Fault, read: Read, whole: Any) -> str:
    """What becomes of one fault; the file is put right afterwards."""
    record = store.record_path(path)
    kept = {p: p.read_bytes() for p in (path, record) if p.exists()}
    fault(path)
    forget()
    try:
        told = HARMLESS if alike(read(), whole) else AS_GOOD
    except (ArtifactError, DataError):
        told = FOUND
    finally:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for file, content in kept.items():
            file.write_bytes(content)
    return told


def alike(one: Any, other: Any) -> bool:
    """Whether two values that were read are the same."""
    if isinstance(one, dict):
        same = isinstance(other, dict) and one.keys() == other.keys()
        return same and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    return bool(one == other)


def targets(folder: Path) -> dict[str, list[tuple[Path, Read]]]:
    """Files of a study by kind, each with how the library reads it."""
    found: dict[str, list[tuple[Path, Read]]] = {}

    def add(kind: str, path: Path, read: Read) -> None:
        found.setdefault(kind, []).append((path, read))

    for path in store.artifacts_below(folder):
        add(f"{store.read_record(path)['kind']} ({path.suffix[1:]})", path, whole(path))
        add("record", store.record_path(path), used(path))
    for path in sorted(folder.rglob("*.h5")):
        read = dataset.read
        add("data (h5)", path, lambda p=path, r=read: vars(r(p.parent, p.stem)))
    for name in "thing", "other":
        artifact, none = folder / f"{name}.safetensors", store.Provenance(name, {}, {})
        kept = journal.Journal(artifact, none)
        kept.save({"x": torch.arange(2000.0)})
        add("journal", kept.path, journal.Journal(artifact, none).load)
    tables = folder / "sweep"
    for name in (*evidence.SCHEMAS, evidence.DOCUMENT):
        kind = f"evidence ({name.partition('.')[2]})"
        add(kind, tables / name, lambda: tables_of(evidence.read(tables)))
    models = folder / "shipped"
    shutil.copytree(shipped.folder("laptop", 0), models)
    for path in (models / "models").glob("*.safetensors"):
        add("shipped model (safetensors)", path, whole(path, check=shipped.check))
    executed = folder / "notebooks" / "07_analysis.ipynb"
    source = notebooks.find(executed.stem)
    executed.parent.mkdir(exist_ok=True)
    shutil.copy(source, executed)
    receipts.write(source, executed)
    for kind, path in {
        "executed notebook": executed,
        "receipt of a notebook": receipts.path_of(executed),
        RESULTS: folder / RESULTS,
    }.items():
        add(kind, path, lambda: run_before(source, executed))
    return found


def run_before(source: Path, executed: Path) -> None:
    """ArtifactError where `run all` would run a notebook again."""
    if not receipts.has_been_run(source, executed):
        raise ArtifactError(f"{executed} is run again")


def provenance_of(path: Path) -> store.Provenance:
    """What a sound artifact was made by."""
    own = store.sound_record(path)
    return store.Provenance(own["kind"], own["config"], own["inputs"])


def whole(path: Path, check: Callable[..., None] = store.check) -> Read:
    """Reads an artifact as whoever uses it: against what would make it."""
    wanted = provenance_of(path)
    load = load_tensors if path.suffix == ".safetensors" else disk.read_json

    def read() -> Any:
        check(path, wanted)
        return load(path)

    return read


def used(path: Path) -> Read:
    """Reads a record as whoever uses the artifact: against what it would make.

    The seconds are left out, which nothing vouches for.
    """
    wanted = provenance_of(path)

    def read() -> dict[str, Any]:
        store.check(path, wanted)
        record = store.sound_record(path)
        return {key: value for key, value in record.items() if key != "seconds"}

    return read


def tables_of(read: evidence.Evidence) -> dict[str, str]:
    """What a sweep's evidence says, as text."""
    tables = {"s": read.scores, "f": read.searches, "c": read.costs}
    told = {name: table.to_json() for name, table in tables.items()}
    return told | {"p": json.dumps(read.provenance, sort_keys=True)}


def faults_of(
    path: Path, other: Path | None, flipped: int, seed: int
) -> dict[str, list[Fault]]:
    """By name; other: a file of the same kind with another content, if there is one."""
    found: dict[str, list[Fault]] = {
        "bit flipped": [*flips(flipped, seed)],
        "cut off": [*cuts()],
        "hostile file": [*hostile.OF_EVERY_KIND],
    }
    if other:
        found["another's bytes"] = [exchange_for(other)]
    if store.exists(path):
        found["another study's"] = [of_another_study]
        if other:
            found["another's place"] = [take_the_place_of(other)]
    return found


def campaign(
    study: Path, *, flipped: int, files: int, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """All faults on up to so many files of each kind: counts by kind and fault."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "study"
        shutil.copytree(study, folder)
        for kind, every in tqdm(targets(folder).items(), unit="kind"):
            some = random.Random(seed).sample(every, min(files, len(every)))
            own = counts.setdefault(kind, {})
            for path, read in some:
                forget()
                content, sound = path.read_bytes(), read()
                other = next((o for o, _ in every if o.read_bytes() != content), None)
                each = -(-flipped // len(some))
                faults = faults_of(path, other, each, seed=seed + len(counts))
                for fault, ways in faults.items():
                    tally = own.setdefault(fault, Counter())
                    for way in ways:
                        tally[outcome(path, way, read, sound)] += 1
        assert not list(folder.rglob("harmed")), "a pickle has been loaded"
    return {
        kind: {fault: dict(tally) for fault, tally in by.items()}
        for kind, by in counts.items()
    }
