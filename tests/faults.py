"""Faults injected for real into a copy of a finished study, and what became of them.

    python -m tests.faults STUDY [--flips N] [--out book/evidence/faults.json]

STUDY is the folder of a finished study, such as `outputs/smoke/seed0`. Only a copy is
harmed, and every fault is put right before the next one. What is told of a fault is one
of three things: it was found, and refused; it was harmless, since what was read is what
had been written; or it was read as good.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import hostile
import numpy as np
import torch
from tqdm import tqdm

from evophys_lib.errors import ArtifactError, DataError
from evophys_lib.evaluate import evidence
from evophys_lib.physics import dataset
from evophys_lib.store import artifacts as store
from evophys_lib.store import journal
from evophys_lib.store.memory import forget

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


def outcome(path: Path, fault: Fault, read: Read, whole: Any) -> str:
    """What becomes of one fault; the file is put right afterwards."""
    kept = path.read_bytes()
    fault(path)
    forget()
    try:
        told = HARMLESS if alike(read(), whole) else AS_GOOD
    except (ArtifactError, DataError):
        told = FOUND
    finally:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(kept)
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
        load = store.load_tensors if path.suffix == ".safetensors" else store.read_json
        add(
            f"{store.read_record(path)['kind']} ({path.suffix[1:]})",
            path,
            lambda path=path, load=load: (store.sound_record(path), load(path))[1],
        )
        add("record", store.record_path(path), used(path))
    for path in sorted(folder.rglob("*.h5")):
        read = dataset.read
        add("data (h5)", path, lambda p=path, r=read: vars(r(p.parent, p.stem)))
    kept = journal.Journal(folder / "thing.safetensors", store.Provenance("k", {}, {}))
    kept.save({"x": torch.arange(2000.0)})
    add("journal", kept.path, lambda: journal.read(kept.path)[0])
    tables = folder / "sweep"
    for name in (*evidence.SCHEMAS, evidence.DOCUMENT):
        if (tables / name).exists():
            add("evidence", tables / name, lambda: tables_of(evidence.read(tables)))
    return found


def used(path: Path) -> Read:
    """Reads a record as whoever uses the artifact: against what it would make.

    The seconds are left out, which nothing vouches for.
    """
    own = store.sound_record(path)
    wanted = store.Provenance(own["kind"], own["config"], own["inputs"])

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


def campaign(study: Path, *, flipped: int, files: int) -> dict[str, dict[str, Any]]:
    """All faults on up to so many files of each kind: counts by kind and fault."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "study"
        shutil.copytree(study, folder)
        for kind, every in tqdm(targets(folder).items(), unit="kind"):
            some = random.Random(0).sample(every, min(files, len(every)))
            others = [path for path, _ in every]
            for path, read in some:
                other = next(
                    (o for o in others if o.read_bytes() != path.read_bytes()), None
                )
                whole = read()
                exchanged = [exchange_for(other)] if other else []
                for fault, ways in {
                    "bit flipped": flips(-(-flipped // len(some)), seed=len(counts)),
                    "cut off": cuts(),
                    "another's bytes": exchanged,
                    "hostile file": hostile.OF_EVERY_KIND,
                }.items():
                    tally = counts.setdefault(kind, {}).setdefault(fault, Counter())
                    for way in ways:
                        tally[outcome(path, way, read, whole)] += 1
        assert not list(folder.rglob("harmed")), "a pickle has been loaded"
    return {
        kind: {fault: dict(tally) for fault, tally in by.items()}
        for kind, by in counts.items()
    }


def main() -> None:
    """Run the campaign and write its counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("study", type=Path, help="the folder of a finished study")
    parser.add_argument("--flips", type=int, default=200, help="bits, for each kind")
    parser.add_argument("--files", type=int, default=8, help="files of each kind")
    parser.add_argument("--out", type=Path, default=Path("book/evidence/faults.json"))
    asked = parser.parse_args()
    counts = campaign(asked.study, flipped=asked.flips, files=asked.files)
    store.write_text(asked.out, store.canonical_json({"damage": counts}))
    print(asked.out)


if __name__ == "__main__":
    main()
